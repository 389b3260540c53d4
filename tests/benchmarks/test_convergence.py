"""A fit that has not arrived must not pass for one."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def convergence(monkeypatch: pytest.MonkeyPatch) -> Iterator:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    from rows import convergence

    yield convergence
    for name in [name for name in sys.modules if name.partition(".")[0] in {"harness", "rows"}]:
        del sys.modules[name]


def arrival(convergence, **changes):
    usual = {"name": "w", "refused": "", "boundary": False, "lead": 0.0, "plain": True, "theirs": True, "times": (1, 1)}
    return convergence.Arrival(**(usual | changes))


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "met"),
        ({"lead": float("inf"), "plain": False, "theirs": False}, "met"),
        ({"lead": -0.5e-4}, "met"),
        ({"lead": -2e-4}, "MISSED"),
        ({"lead": -2e-4, "boundary": True}, "met"),
        ({"lead": -0.25, "boundary": True}, "MISSED"),
        ({"lead": float("-inf"), "refused": "did not converge"}, "MISSED"),
    ],
)
def test_what_counts_as_arrived(convergence, changes, verdict):
    arrivals = [arrival(convergence), arrival(convergence, **changes)]
    assert convergence._likelihood("BG/NBD", arrivals).verdict == verdict


def test_the_worst_world_decides_on_time_and_only_where_they_have_a_fit(convergence):
    quick = [arrival(convergence, times=(1.0, 10.0)), arrival(convergence, times=(9.0, 0.0), plain=False)]
    assert convergence._time("BG/NBD", quick).verdict == "met"
    assert convergence._time("BG/NBD", [*quick, arrival(convergence, times=(6.0, 1.0))]).verdict == "MISSED"


@pytest.mark.parametrize("model", ["bg-nbd", "mbg-nbd", "pareto-nbd", "bg-bb"])
def test_worlds_hold_possible_histories_of_somebody_who_bought_twice(model, monkeypatch):
    from clove.models import PurchaseHistory

    monkeypatch.syspath_prepend(str(BENCHMARKS / "worlds"))
    try:
        import convergence as worlds

        monkeypatch.setitem(worlds.SEEDS, model, 2)
        for world in worlds.worlds(model):
            history = PurchaseHistory.of(world["x"], world["t_x"], world["T"], unit=world["unit"])
            assert history.frequency.any()
    finally:
        for name in ("convergence", "behaviours"):
            sys.modules.pop(name, None)
