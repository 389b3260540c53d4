"""The curves, intervals, medians and restricted means of lifelines 0.30, on sets that are hard on purpose."""

import json

import numpy as np
import pytest

from clove.models.kaplan_meier import KaplanMeier

from .lifelines_curves import ANSWERS, HORIZON, answers, hard_sets

SETS = hard_sets()
TOLD = json.loads(ANSWERS.read_text(encoding="utf-8"))["sets"]


def compared(rows, told):
    fitted = KaplanMeier.fit(rows["duration"], rows["ended"], entry=rows["entry"], weights=rows["weights"])
    time, survival = np.array(told["time"]), np.array(told["survival"])
    assert fitted.at(time)[0] == pytest.approx(survival, abs=1e-9)
    inside = (survival > 1e-9) & (survival < 1)  # elsewhere lifelines writes 1 for an interval that nothing tells
    for share, (low, high) in told["interval"].items():
        for ours, theirs in zip(fitted.interval_at(time, float(share)), (low, high), strict=True):
            assert ours[0][inside] == pytest.approx(np.array(theirs)[inside], abs=1e-9)
    assert fitted.quantile()[0] == pytest.approx(np.nan if told["median"] is None else told["median"], nan_ok=True)
    mean = fitted.restricted_mean(HORIZON)[0][0]
    if time[-1] >= HORIZON or survival[-1] < 1e-9:  # lifelines holds a curve that ends above 0
        assert mean == pytest.approx(told["mean"], abs=1e-9)
    else:
        assert np.isnan(mean)


@pytest.mark.parametrize("name", SETS)
def test_lifelines_has_said_the_same(name):
    compared(SETS[name], TOLD[name])


@pytest.mark.filterwarnings("ignore")  # its own
@pytest.mark.parametrize("name", SETS)
def test_lifelines_says_the_same_where_it_is_installed(name):
    pytest.importorskip("lifelines")
    compared(SETS[name], answers(SETS[name]))


def test_all_sets_at_once_are_as_one_by_one():
    columns = {key: np.concatenate([rows[key] for rows in SETS.values()]) for key in next(iter(SETS.values()))}
    group = np.repeat(np.arange(len(SETS)), [rows["duration"].size for rows in SETS.values()])
    order = np.random.default_rng(0).permutation(group.size)
    columns = {key: column[order] for key, column in columns.items()}
    together = KaplanMeier.fit(
        columns["duration"], columns["ended"], group=group[order], entry=columns["entry"], weights=columns["weights"]
    )
    times = np.linspace(0, 45, 91)
    for row, rows in enumerate(SETS.values()):
        alone = KaplanMeier.fit(rows["duration"], rows["ended"], entry=rows["entry"], weights=rows["weights"])
        assert together.at(times)[row] == pytest.approx(alone.at(times)[0], abs=1e-12, nan_ok=True)
        for ours, theirs in zip(together.interval_at(times), alone.interval_at(times), strict=True):
            assert ours[row] == pytest.approx(theirs[0], abs=1e-9, nan_ok=True)
        for ours, theirs in zip(together.restricted_mean(5.0), alone.restricted_mean(5.0), strict=True):
            assert ours[row] == pytest.approx(theirs[0], abs=1e-12, nan_ok=True)
