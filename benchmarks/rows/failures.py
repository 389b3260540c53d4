"""Where the peers are known to give no answer or a wrong one, and what we answer there."""

import json
import math
import subprocess
from typing import Any

from harness.environments import BENCHMARKS, Environment
from harness.lines import NOT_MEASURED, Line, compared
from harness.settings import DATA, MASTER, Settings

TITLE = "Answers where the usual formulas have none"
NOTE = (
    "Expected purchases in 39 weeks (BG/BB: 10 opportunities), of the BG/NBD where no model is named, and expected "
    "spend per purchase after a fit. Where parameters are given the right answer is computed with 120 digits "
    "(`worlds/failure_cases.py`); the number is the largest relative error. All sides get the same parameters. In the "
    "last cases the mean of spend is infinite, so no answer is right: a usable one is finite and above 0, and Clove "
    "says that it rests on a few orders."
)
EXACT = 1e-10


def measure(settings: Settings) -> list[Line]:
    """Every case, ours beside each peer."""
    DATA.mkdir(parents=True, exist_ok=True)
    path = DATA / "failure_cases.json"
    _run(settings.clove, "worlds/failure_cases.py", str(path), str(settings.shared / MASTER))
    cases: list[dict[str, Any]] = json.loads(path.read_text())
    lines: list[Line] = []
    theirs = {settings.lifetimes.name: _answers(settings.lifetimes, "tasks/failures_lifetimes.py", str(path))}
    if isinstance(fitted := theirs[settings.lifetimes.name], list):
        # the penalised parameters are those that lifetimes itself arrives at
        for case, answer in zip(cases, fitted, strict=True):
            case.setdefault("parameters", answer.get("parameters"))
    usable = [case for case in cases if case["kind"] != "penalised" or case.get("parameters")]
    path.write_text(json.dumps(usable))
    theirs[settings.lifetimes.name] = _answers(settings.lifetimes, "tasks/failures_lifetimes.py", str(path))
    theirs[settings.pymc_marketing.name] = _answers(
        settings.pymc_marketing, "tasks/failures_pymc_marketing.py", str(path)
    )
    ours = _answers(settings.clove, "tasks/failures_clove.py", str(path))
    if not any(case["kind"] == "penalised" for case in usable):
        what = "CDNOW under a penalised fit"
        reason = f"needs lifetimes and {MASTER} in the shared data"
        lines.append(Line(what, reason, "", "", "", "none missing", NOT_MEASURED))
    for index, case in enumerate(usable):
        for name, answers in theirs.items():
            mine, right = _judged(case, ours, index)
            other, _ = _judged(case, answers, index)
            lines.append(compared(case["name"], mine, name, other, "finite, ≥ 0, error ≤ 1e-10", met=right))
    return lines


def _judged(case: dict[str, Any], answers: list[dict[str, Any]] | str, index: int) -> tuple[str, bool]:
    """In words, and whether nothing is wrong."""
    if isinstance(answers, str):
        return answers, False
    values: list[float] = answers[index]["values"]
    unknown = sum(not math.isfinite(value) for value in values)
    negative = sum(value < 0 for value in values)
    faults = [f"{unknown:,} nan or inf"] if unknown else []
    faults += [f"{negative:,} negative"] if negative else []
    error = 0.0
    if case["reference"]:
        pairs = zip(values, case["reference"], strict=True)
        error = max((abs(v - right) / right for v, right in pairs if math.isfinite(v)), default=0.0)
        if error:
            faults += [f"error {error:.0e}"]
    text = f"{len(values):,} customers: {', '.join(faults) or 'all usable'}"
    return text, not unknown and not negative and error <= EXACT


def _answers(environment: Environment, script: str, cases: str) -> list[dict[str, Any]] | str:
    """The side's answers, or why there are none."""
    if environment.missing:
        return environment.missing
    try:
        answers: list[dict[str, Any]] = json.loads(_run(environment, script, cases).splitlines()[-1])
    except subprocess.CalledProcessError as failure:
        lines = [line for line in failure.stderr.splitlines() if line.strip()]
        return lines[-1] if lines else f"exit code {failure.returncode}"
    return answers


def _run(environment: Environment, script: str, *arguments: str) -> str:
    finished = subprocess.run(
        [environment.python, BENCHMARKS / script, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env=environment.variables(),
    )
    return finished.stdout
