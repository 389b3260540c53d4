"""Run the command as a person would."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def clove():
    """Call `clove` in a process of its own; returns the finished process."""

    def call(*words: object, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "clove", *map(str, words)],
            capture_output=True,
            text=True,
            timeout=300,
            cwd=cwd,
            env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200", **environment},
            check=False,
        )

    return call


@pytest.fixture(scope="session")
def value_files():
    """Value files in this process, with the command's own workflow; returns the result."""
    from clove.wiring.build import build
    from clove.wiring.settings import Settings
    from clove.workflows.request import ValueRequest
    from clove.workflows.value import value

    def call(*files: Path, out: Path, **options: object):
        return value(ValueRequest(tuple(files), out, **options), build(Settings(threads=2)))

    return call
