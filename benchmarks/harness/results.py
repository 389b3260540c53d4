"""results.json, the raw figures of every row's latest full run, and RESULTS.md, the same for people."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness.environments import BENCHMARKS
from harness.lines import MISSED, NOT_MEASURED, Line

RAW = BENCHMARKS / "results.json"
PAGE = BENCHMARKS / "RESULTS.md"
HEAD = ("", "ours", "peer", "theirs", "ratio (min to max)", "bar", "")
INTRODUCTION = """\
# Results

Written by `make bench`; do not edit. How to read and repeat it: [README.md](README.md).

Sides take turns, round by round. Times are medians. A ratio is the median of the ratios of each round, with its
smallest and largest. Memory is the highest resident memory, with the packages and the data that are held.
"""


def record(row: str, title: str, note: str, lines: list[Line], about: dict[str, Any]) -> None:
    """Replace what is held of this row."""
    held = _held()
    held[row] = {"title": title, "note": note, "about": about, "lines": [asdict(line) for line in lines]}
    RAW.write_text(json.dumps(held, indent=1, ensure_ascii=False) + "\n")


def render(order: list[str]) -> None:
    """Write RESULTS.md from all rows that are held, in this order."""
    held = _held()
    parts = [INTRODUCTION]
    for row in order:
        if row in held:
            entry = held[row]
            lines = [Line(**line) for line in entry["lines"]]
            about = "; ".join(f"{name} {value}" for name, value in entry["about"].items())
            parts.append(f"## {entry['title']}\n\n{entry['note']}\n\n{table(lines)}\n\n*Measured: {about}.*\n")
    missed = [f"{row}: never measured" for row in order if row not in held]
    missed += [
        f"{held[row]['title']}, {line['what']}: {line['verdict']}"
        for row in order
        if row in held
        for line in held[row]["lines"]
        if line["verdict"] in {MISSED, NOT_MEASURED}
    ]
    verdict = "Not every bar is met:\n\n" + "\n".join(f"* {line}" for line in missed) if missed else "No bar is missed."
    parts.insert(1, verdict + "\n")
    PAGE.write_text("\n".join(parts))


def table(lines: list[Line]) -> str:
    """Markdown, one line each."""
    rows = [HEAD, tuple("---" for _ in HEAD)]
    rows += [
        (line.what, line.ours, line.peer, line.theirs, line.ratio, line.bar, _loud(line.verdict)) for line in lines
    ]
    return "\n".join("| " + " | ".join(cell.replace("|", "/") for cell in row) + " |" for row in rows)


def _loud(verdict: str) -> str:
    return f"**{verdict}**" if verdict in {MISSED, NOT_MEASURED} else verdict


def _held() -> dict[str, Any]:
    if not Path(RAW).exists():
        return {}
    held: dict[str, Any] = json.loads(RAW.read_text())
    return held
