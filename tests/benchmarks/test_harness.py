"""What the benchmarks say has to follow from what was measured."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def harness(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "harness"]:
        del sys.modules[name]


def laps(name: str, *seconds: float, mebibytes: int = 100, **facts: float):
    from harness.race import Lap, Laps

    return Laps(name, [Lap(s, s, mebibytes * 2**20, facts) for s in seconds])


@pytest.mark.parametrize(("bar", "verdict"), [(8, "met"), (9, "met"), (9.01, "MISSED")])
def test_a_ratio_is_the_median_of_the_rounds_and_not_of_the_times(harness, bar, verdict):
    from harness.lines import quicker

    line = quicker("task", laps("clove", 1.0, 2.0, 1.0), laps("peer", 9.0, 16.0, 90.0), at_least=bar)
    assert line.verdict == verdict
    assert line.ratio == "9.0x (8.0 to 90.0)"


def test_a_share_is_ours_of_theirs(harness):
    from harness.lines import share

    assert share("task", laps("clove", 1.0), laps("peer", 2.0), at_most=0.5).verdict == "met"
    assert share("task", laps("clove", 1.1), laps("peer", 2.0), at_most=0.5).verdict == "MISSED"


def test_a_side_that_failed_is_named_with_its_reason(harness):
    from harness.lines import quicker
    from harness.race import Laps

    line = quicker("task", laps("clove", 1.0), Laps("peer", failed="it cannot be installed"), at_least=8)
    assert (line.verdict, line.theirs) == ("not measured", "it cannot be installed")


@pytest.mark.parametrize(
    ("seconds", "mebibytes", "verdict"), [(0.5, 100, "met"), (0.49, 100, "MISSED"), (0.5, 99, "MISSED")]
)
def test_a_limit_of_time_and_one_of_memory_both_count(harness, seconds, mebibytes, verdict):
    from harness.lines import alone

    assert alone("start", laps("clove", 0.5), seconds=seconds, mebibytes=mebibytes).verdict == verdict


def test_sides_that_disagree_are_told(harness):
    from harness.agreement import differences

    ours, theirs = laps("clove", 1.0, clv=100.0, n=3), laps("peer", 1.0, clv=100.2, n=3)
    assert differences(ours, theirs, ["clv", "n"], 1e-2) == []
    assert differences(ours, theirs, ["clv", "n"], 1e-4) == ["clv: ours 100, peer 100.2"]


def test_sides_take_turns_and_a_dead_one_does_not_stop_the_others(harness, tmp_path, monkeypatch):
    from harness import race
    from harness.environments import ours

    (tmp_path / "tasks").mkdir()
    fine = "prepare = lambda: []\ndef measured(s): s.append(1)\ndef facts(s, r): return {'calls': len(s)}\n"
    (tmp_path / "tasks" / "fine.py").write_text(fine)
    (tmp_path / "tasks" / "dead.py").write_text("raise SystemExit('no such luck')\n")
    monkeypatch.setattr(race, "BENCHMARKS", tmp_path)
    monkeypatch.setattr(race, "LOGS", tmp_path / "logs")
    alive, dead = race.race([race.Side(ours(), "fine", {}), race.Side(ours(), "dead", {})], rounds=2, warmups=1)
    # a turn is one call that does not count and, these being short, 25 that do; one turn went before
    assert [lap.facts["calls"] for lap in alive.laps] == [52, 78]
    assert all(lap.peak > 2**20 for lap in alive.laps)
    assert (dead.laps, dead.failed) == ([], "no such luck")


def test_the_likelihood_that_judges_all_sides_is_the_published_one(cdnow_sample):
    import pandas as pd

    judge = _module("tasks/log_likelihood.py")
    frame = pd.DataFrame({"frequency": cdnow_sample.frequency, "recency": cdnow_sample.recency, "T": cdnow_sample.T})
    published = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
    reached = judge.measured({"frame": frame, "parameters": {"paper": published}})["paper"]
    assert reached == pytest.approx(-9582.4, abs=0.05)


def test_the_reference_of_the_failure_cases_is_the_published_expectation():
    # Fader, Hardie & Lee (2005), table 3's example: 1.226 purchases in 39 weeks
    cases = _module("worlds/failure_cases.py")
    assert cases.expected_purchases(2, 30.43, 38.86, 39.0, **cases.CDNOW) == pytest.approx(1.226, abs=5e-4)


def test_the_summary_that_the_fits_start_from(monkeypatch):
    import numpy as np
    import pyarrow as pa

    summary = _module("worlds/summary.py")
    times = np.array(["2025-01-01T09", "2025-01-01T20", "2025-01-11T09", "2025-01-05T10"], dtype="datetime64[us]")
    table = pa.table({"customer_id": [7, 7, 7, 9], "time": times, "amount": [1.0, 2.0, 4.0, 8.0]})
    rows = summary.summarise(table, np.datetime64("2025-01-31", "D")).to_pydict()
    assert rows == {
        "customer_id": [7, 9],
        "frequency": [1.0, 0.0],
        "recency": [10.0, 0.0],
        "T": [30.0, 26.0],
        "monetary_value": [4.0, 0.0],
    }


MEASURE = """
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from harness import processes
from harness.environments import ours
processes.LOGS = Path(sys.argv[2])
code = "import json; held = bytearray(200 * 2**20); print(json.dumps({'n': 1}))"
lap = processes.run(processes.Program(ours(), [sys.executable, "-c", code], "own"))
print(json.dumps({"peak": lap.peak, "facts": lap.facts}))
"""


def test_the_memory_of_a_process_is_its_own(tmp_path):
    # from a small process, as the benchmarks are: a child's peak begins with that of its parent
    shown = subprocess.run(
        [sys.executable, "-c", MEASURE, BENCHMARKS, tmp_path], capture_output=True, text=True, check=True
    ).stdout
    lap = json.loads(shown)
    assert 200 <= lap["peak"] / 2**20 < 400
    assert lap["facts"] == {"n": 1}


def test_a_process_that_fails_says_why(harness, tmp_path, monkeypatch):
    from harness import processes
    from harness.environments import ours

    monkeypatch.setattr(processes, "LOGS", tmp_path)
    with pytest.raises(RuntimeError, match="no such luck"):
        processes.run(processes.Program(ours(), [sys.executable, "-c", "raise SystemExit('no such luck')"], "dead"))


def test_the_command_knows_its_rows():
    shown = subprocess.run(
        [sys.executable, BENCHMARKS / "run.py", "--help"], capture_output=True, text=True, check=True
    ).stdout
    rows = {path.stem for path in (BENCHMARKS / "rows").glob("*.py")}
    assert all(row in shown for row in rows)
    assert json.loads((BENCHMARKS / "results.json").read_text()).keys() <= rows


def _module(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(Path(path).stem, BENCHMARKS / path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[spec.name]
    return module
