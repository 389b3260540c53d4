"""Runs inside the interpreter that is measured: loads a task once, then times its call whenever it is told to.

Only the standard library is imported here, so that the interpreter holds nothing but the task's own packages.

A task is a Python file with three functions:
    prepare(**arguments) -> state       reads the data; not timed
    measured(state) -> result           the public call; timed
    facts(state, result) -> dict        what came out, as JSON, so that the sides can be held against each other
"""

import gc
import importlib.util
import json
import os
import statistics
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

KIB = 1024
LONG_ENOUGH = 0.5  # seconds
MOST_CALLS = 25
LONG = 5.0  # seconds; beside a call like this it does not show what the first one pays to get memory back


def _load(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location("task", path)
    if spec is None or spec.loader is None:
        message = f"{path} is no Python file"
        raise ImportError(message)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _forget_peak() -> None:
    """Let the kernel count the peak of resident memory from now on (Linux)."""
    Path("/proc/self/clear_refs").write_text("5")


def _memory(field: str) -> int:
    """A field of /proc/self/status in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * KIB
    message = f"the kernel does not report {field}"
    raise RuntimeError(message)


def _timed(task: ModuleType, state: Any) -> tuple[float, Any]:  # noqa: ANN401 - only the task knows its types
    gc.collect()
    start = time.perf_counter()
    result = task.measured(state)
    return time.perf_counter() - start, result


def main() -> None:
    """Answer each line of standard input with a line of JSON.

    A turn begins with a call that is shown but does not count: while the others had their turn, the memory that this
    process gave back has gone to them or to the machine's host, and the first call pays to get it back. Then a short
    call is repeated for a while, a long one made once, and the median counts. A very long one counts at once.
    """
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever the packages print goes to the log
    task = _load(sys.argv[1])
    state = task.prepare(**json.loads(sys.argv[2]))
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for _ in sys.stdin:
        _forget_peak()
        waking, result = _timed(task, state)
        times: list[float] = [waking] if waking >= LONG else []
        while not times or (sum(times) < LONG_ENOUGH and len(times) < MOST_CALLS):
            result = None  # what the call before has made is gone before the next
            seconds, result = _timed(task, state)
            times.append(seconds)
        seconds = statistics.median(times)
        lap = {"seconds": seconds, "waking": waking, "peak": _memory("VmHWM"), "facts": task.facts(state, result)}
        result = None
        print(json.dumps(lap), file=answers, flush=True)


if __name__ == "__main__":
    main()
