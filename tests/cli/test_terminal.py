"""What a person at a terminal sees, and a program that reads the output does not."""

import json
import os
import pty
import subprocess
import sys

STAGES = (
    "Reading orders",
    "Computing features",
    "Judging old forecasts",
    "Fitting models",
    "Forecasting every customer",
    "Drawing the report",
    "Writing results",
)


def test_stages_are_shown_on_a_terminal(simulated_shop, tmp_path):
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "clove", "value", simulated_shop / "orders.csv", "--out", tmp_path / "out"],
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    ) as process:
        os.close(theirs)
        seen = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            seen += piece
        assert process.wait(timeout=120) == 0
    os.close(ours)
    text = seen.decode()
    places = [text.index(stage) for stage in STAGES]
    assert places == sorted(places)


def test_the_stages_are_those_of_the_timings(valuation):
    timings = json.loads((valuation / "timings.json").read_text())
    assert tuple(timings) == (*STAGES, "total")
