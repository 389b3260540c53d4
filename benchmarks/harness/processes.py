"""Whole processes, from start to exit: wall time and the peak of resident memory, in turn."""

import json
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.environments import Environment
from harness.race import LOGS, Lap, Laps

KIB = 1024


@dataclass(frozen=True, slots=True)
class Program:
    """A command of an environment; what it prints last may be a line of JSON, its facts."""

    environment: Environment
    command: list[str]
    label: str  # names the log


def run(program: Program) -> Lap:
    """Start the program and wait for its end.

    Raises:
        RuntimeError: It ended with another exit code than 0; the message is its last line.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    out, log = LOGS / f"{program.label}.out", LOGS / f"{program.label}.log"
    with out.open("w") as stdout, log.open("w") as stderr:
        start = time.perf_counter()
        process = subprocess.Popen(
            program.command, stdout=stdout, stderr=stderr, stdin=subprocess.DEVNULL, env=program.environment.variables()
        )
        # wait4 gives the memory of this one child; the parent is small, because a child inherits its parent's peak
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(_reason(log) or f"exit code {process.returncode}")
    return Lap(seconds, seconds, usage.ru_maxrss * KIB, _facts(out))


def run_in_turn(programs: list[Program], *, rounds: int, warmups: int = 1) -> list[Laps]:
    """Measure every program `rounds` times, after `warmups` that fill the caches on disk."""
    outcome = [Laps(program.environment.name, failed=program.environment.missing) for program in programs]
    for turn in range(-warmups, rounds):
        shift = turn % len(programs)
        indices = list(range(len(programs)))
        for index in indices[shift:] + indices[:shift]:
            side = outcome[index]
            if side.failed:
                continue
            try:
                lap = run(programs[index])
            except (RuntimeError, OSError) as reason:
                side.failed = str(reason)
                side.laps.clear()
            else:
                if turn >= 0:
                    side.laps.append(lap)
    return outcome


def _reason(log: Path) -> str:
    """A traceback's last line; our own refusals put the remedy, after an arrow, on a line of its own."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    spoken = [line for line in lines if not line.startswith("→")]
    return spoken[-1] if spoken else ""


def _last_line(path: Path) -> str:
    lines = [line.strip() for line in path.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else ""


def _facts(path: Path) -> dict[str, Any]:
    line = _last_line(path)
    if not line.startswith("{"):
        return {}
    try:
        facts: dict[str, Any] = json.loads(line)
    except json.JSONDecodeError:
        return {}
    return facts
