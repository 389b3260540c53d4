"""Where origins lie, and that nothing but what was known by then reaches a forecast."""

import csv
from datetime import date, timedelta

import numpy as np
import pytest

from clove.engine.local import LocalEngine
from clove.intake.read import read
from clove.kernel.errors import ArgumentRefused, NotEnoughData
from clove.kernel.period import Horizon
from clove.wiring.build import build
from clove.wiring.settings import Settings
from clove.workflows.backtest import BacktestRequest, backtest
from clove.workflows.backtest_scores import judge_all
from clove.workflows.contestants import Recipe, contestants
from clove.workflows.origins import Origin, Spacing
from clove.workflows.simulate import simulate_shop

AS_OF = date(2025, 12, 31)
ORIGIN = AS_OF - timedelta(days=100)


def spaced(days, horizon="100d", count=3, as_of=AS_OF):
    return Spacing.of(as_of - timedelta(days=days), as_of, Horizon.parse(horizon), count)


def test_windows_follow_each_other_where_there_is_room():
    spacing = spaced(400)
    assert spacing.origins == tuple(AS_OF - timedelta(days=100 * k) for k in (1, 2, 3))
    assert not spacing.overlap
    assert "each window ending where the next begins" in spacing.words


def test_windows_overlap_where_there_is_less_room_and_it_is_said():
    spacing = spaced(399)
    assert spacing.overlap
    assert spacing.origins[0] == ORIGIN
    # the earliest has a window's worth of history, the others stand at equal distances
    assert spacing.origins[-1] == AS_OF - timedelta(days=299)
    gaps = -np.diff([origin.toordinal() for origin in spacing.origins])
    assert np.ptp(gaps) <= 1
    assert "overlap" in spacing.words
    assert "One date" in spaced(200, count=1).words


@pytest.mark.parametrize("as_of", [date(2024, 3, 31), date(2025, 2, 28), date(2024, 12, 30)])
def test_windows_of_months_end_by_the_as_of_date(as_of):
    horizon = Horizon.parse("1m")
    for start in spaced(400, "1m", 4, as_of).origins:
        assert horizon.end(start) <= as_of
        as_of = start
    newest = spaced(400, "1m", 4, date(2024, 3, 31)).origins[0]
    assert horizon.end(newest + timedelta(days=1)) > date(2024, 3, 31)


def test_a_short_history_is_refused_with_what_would_do():
    with pytest.raises(NotEnoughData, match="do not fit") as refused:
        spaced(205)
    assert "--horizon 95d" in refused.value.remedy
    assert "fewer --origins" in refused.value.remedy
    assert spaced(205, "95d").overlap
    assert len(spaced(205, count=1).origins) == 1
    with pytest.raises(NotEnoughData) as refused:
        spaced(199, count=1)
    assert "--horizon 99d" in refused.value.remedy
    assert "--origins" not in refused.value.remedy
    assert spaced(199, "99d", 1).origins
    with pytest.raises(NotEnoughData, match="windows of 12 months") as refused:
        spaced(500, "1y")
    assert "--origins" not in refused.value.remedy  # not even one would fit
    with pytest.raises(NotEnoughData, match="do not fit") as refused:
        spaced(1, "1d", 1)
    assert refused.value.remedy == "Give a longer history"


@pytest.mark.parametrize("fault", [{"origins": 0}, {"origins": 25}, {"model": "crystal-ball"}, {"seed": -1}])
def test_arguments_out_of_range_are_refused(tmp_path, fault):
    with pytest.raises(ArgumentRefused):
        backtest(BacktestRequest((tmp_path / "orders.csv",), **fault), build(Settings()))


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """Orders of a small shop, header first."""
    folder = simulate_shop(700, 5, tmp_path_factory.mktemp("small") / "shop").folder
    with (folder / "orders.csv").open(newline="") as file:
        return list(csv.reader(file))


def written(path, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def at(rows, first, last):
    """Positions of the purchases of customers with an order before the origin, between two days."""
    known = {row[1] for row in rows[1:] if row[2][:10] <= str(ORIGIN)}
    return [
        place
        for place, row in enumerate(rows)
        if place and row[1] in known and not row[0].startswith("C") and str(first) < row[2][:10] <= str(last)
    ]


def forecasts(rows, path, model):
    """What everybody says from the origin, and what came."""
    with LocalEngine.open(threads=1) as engine:
        read(engine, [written(path, rows)], mapping=None, today=date(2026, 11, 20))
        origin = Origin.opened(engine, ORIGIN, AS_OF, seed=1, model=model)
        judged, missing = judge_all(origin, contestants(model))
    assert not missing
    return origin, judged


def changed(rows, place, amount="98765.43"):
    return [*rows[:place], [*rows[place][:3], amount], *rows[place + 1 :]]


@pytest.mark.parametrize("model", ["bg-nbd", "auto"])
def test_a_row_in_the_window_changes_what_came_and_no_forecast(rows, tmp_path, model):
    place = at(rows, ORIGIN, AS_OF)[3]
    origin, before = forecasts(rows, tmp_path / "one.csv", model)
    other, after = forecasts(changed(rows, place), tmp_path / "two.csv", model)
    who = origin.window.history.customer_id == rows[place][1]
    assert who.sum() == 1
    assert (origin.window.actual[~who] == other.window.actual[~who]).all()
    assert other.window.actual[who] - origin.window.actual[who] == pytest.approx(98765.43 - float(rows[place][3]))
    assert origin.record.common == other.record.common
    assert origin.record.widening == other.record.widening
    assert origin.record.trained.choice == other.record.trained.choice
    assert origin.record.choice == other.record.choice
    for name, forecast in before.items():
        if name == Recipe().name:  # it may look at outcomes of the window, and says so
            assert Recipe().peeks
            continue
        for part in ("mean", "p10", "p50", "p90"):
            one, two = getattr(forecast, part), getattr(after[name], part)
            assert one is two is None or (one == two).all(), (name, part)
        if forecast.pit is not None:
            assert (forecast.pit[~who] == after[name].pit[~who]).all()


def test_a_row_before_the_origin_does_change_forecasts(rows, tmp_path):
    """The test above would not notice if nothing ever changed anything."""
    place = at(rows, ORIGIN - timedelta(days=100), ORIGIN)[3]
    _, before = forecasts(rows, tmp_path / "one.csv", "bg-nbd")
    _, after = forecasts(changed(rows, place), tmp_path / "two.csv", "bg-nbd")
    for name, forecast in before.items():
        assert not np.array_equal(forecast.mean, after[name].mean), name


def run(rows, path, **options):
    request = BacktestRequest((written(path, rows),), origins=1, model="bg-nbd", today=date(2026, 11, 20), **options)
    document = backtest(request, build(Settings(threads=2))).document
    return {name: document[name] for name in ("origins", "pooled", "opened", "as_of")}


def test_a_row_after_the_as_of_date_changes_nothing(rows, tmp_path):
    as_of = AS_OF - timedelta(days=30)
    place = at(rows, as_of, AS_OF)[0]
    late = ["999999", "a-new-customer", f"{AS_OF} 12:00:00", "50000.00"]
    whole = run(rows, tmp_path / "one.csv", as_of=as_of)
    assert run([*changed(rows, place), late], tmp_path / "two.csv", as_of=as_of) == whole
    assert run(changed(rows, at(rows, ORIGIN, as_of)[0]), tmp_path / "three.csv", as_of=as_of) != whole


def test_an_origin_without_customers_is_refused(tmp_path):
    """One in a hundred came early; the base came late, and nobody can be judged before that."""
    header = ["order_id", "customer_id", "ordered_at", "amount"]
    early = [[f"{k}", f"c{k % 3}", f"2025-01-{1 + k:02d}", "10"] for k in range(9)]
    late = [[f"x{k}", f"d{k % 90}", f"2025-11-{1 + k % 28:02d}", "10"] for k in range(300)]
    with pytest.raises(NotEnoughData, match="customers had bought") as refused:
        run([header, *early, *late], tmp_path / "one.csv")
    assert "--origins" in refused.value.remedy
