"""Sides that do the same work, measured in turn: A B C, B C A, … so that a noisy minute hits them all."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.environments import BENCHMARKS, REPOSITORY, Environment

LOGS = REPOSITORY / "build" / "bench" / "logs"
WORKER = Path(__file__).with_name("worker.py")


@dataclass(frozen=True, slots=True)
class Side:
    """A task in an interpreter."""

    environment: Environment
    task: str  # file in tasks/, without its ending
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Lap:
    """One measured turn."""

    seconds: float
    waking: float  # seconds of the call before it, the first after the others' turns; equal for a whole process
    peak: int  # bytes of resident memory, the highest of the turn, data and packages included
    facts: dict[str, Any]


@dataclass(slots=True)
class Laps:
    """What one side did, in the order of the rounds."""

    name: str
    laps: list[Lap] = field(default_factory=list)
    failed: str = ""  # why there are no laps


class _Stopped(Exception):
    """The worker is gone."""


class _Worker:
    def __init__(self, side: Side, process: "subprocess.Popen[str]", log: Path) -> None:
        self.side = side
        self.process = process
        self.log = log

    def answer(self) -> dict[str, Any]:
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line:
            self.process.wait()
            lines = [text.strip() for text in self.log.read_text().splitlines() if text.strip()]
            raise _Stopped(lines[-1] if lines else f"exit code {self.process.returncode}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def lap(self) -> Lap:
        if self.process.stdin is None:
            raise _Stopped("it takes no orders")
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        answer = self.answer()
        return Lap(answer["seconds"], answer["waking"], answer["peak"], answer["facts"])


@contextmanager
def _worker(side: Side) -> Iterator[_Worker]:
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{side.task}.log"
    with (
        log.open("w") as stderr,
        subprocess.Popen(
            [side.environment.python, WORKER, BENCHMARKS / "tasks" / f"{side.task}.py", json.dumps(side.arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env=side.environment.variables(),
        ) as process,
    ):
        try:
            yield _Worker(side, process, log)
        finally:
            process.kill()


def race(sides: list[Side], *, rounds: int, warmups: int = 1) -> list[Laps]:
    """Measure every side `rounds` times, after `warmups` calls that do not count.

    A side that cannot run is told about in its `failed`, and the others go on.
    """
    outcome = [Laps(side.environment.name, failed=side.environment.missing) for side in sides]
    with ExitStack() as stack:
        workers: dict[int, _Worker] = {}
        for index, side in enumerate(sides):
            if not outcome[index].failed:
                workers[index] = stack.enter_context(_worker(side))
        for index, worker in list(workers.items()):
            try:
                worker.answer()
                for _ in range(warmups):
                    worker.lap()
            except _Stopped as reason:
                outcome[index].failed = str(reason)
                del workers[index]
        for turn in range(rounds):
            running = list(workers)
            shift = turn % len(running) if running else 0
            for index in running[shift:] + running[:shift]:
                try:
                    outcome[index].laps.append(workers[index].lap())
                except _Stopped as reason:
                    outcome[index].failed = str(reason)
                    outcome[index].laps.clear()
                    del workers[index]
    return outcome
