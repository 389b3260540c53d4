"""A season is found where there is one, from what was known by then alone, and makes forecasts come true."""

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest

from clove.engine.local import LocalEngine
from clove.intake.read import read
from clove.kernel.period import Horizon
from clove.models import BgNbd
from clove.models.spend import choose_spend_model
from clove.valuation.season import Season
from clove.wiring.build import build
from clove.wiring.settings import Settings
from clove.workflows.opening import Opening
from clove.workflows.request import ValueRequest
from clove.workflows.season import Seasons
from clove.workflows.summary import history_of
from clove.workflows.training import RollingOrigins
from clove.workflows.value import value
from clove.workflows.window import Window

from .seasonal_shop import TRUTH, seasonal_orders

TODAY = date(2026, 11, 20)
AUGUST, CHRISTMAS = date(2025, 8, 31), date(2025, 12, 24)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return seasonal_orders(tmp_path_factory.mktemp("seasonal") / "orders.csv", 3_000, 2)


@pytest.fixture(scope="module")
def engine(shop):
    with LocalEngine.open(threads=1) as opened:
        read(opened, [shop], mapping=None, today=TODAY)
        yield opened


@pytest.fixture(scope="module")
def window(engine):
    return Window.opened(engine, AUGUST, CHRISTMAS)


@pytest.fixture(scope="module")
def found(engine, window):
    return Seasons(engine, Opening.of(window.features)).by(AUGUST, window.features)


def season_of(orders, day):
    with LocalEngine.open(threads=1) as opened:
        read(opened, [orders], mapping=None, today=TODAY)
        features = Window.opened(opened, day, day).features
        return Seasons(opened, Opening.of(features)).by(day, features)


def total_bias(window):
    """Of BG/NBD and Gamma-Gamma in the window's clock."""
    purchases, spend = BgNbd.fit(window.history), choose_spend_model(window.history).model
    expected = purchases.expected_purchases(window.history, window.elapsed) * spend.expected_spend(window.history)
    return float(expected.sum() / window.actual.sum() - 1)


def purchases_bias(window):
    expected = BgNbd.fit(window.history).expected_purchases(window.history, window.elapsed)
    return float(expected.sum() / window.actual_purchases.sum() - 1)


def test_the_index_is_recovered(found):
    index, low, high = (np.array(values) for values in (found.season.index, found.season.low, found.season.high))
    truth = np.array(TRUTH.index)
    assert np.abs(np.log(index / truth)).max() < 0.12
    assert ((low < truth) & (truth < high)).sum() >= 8
    assert found.season.until == AUGUST
    assert found.season.since > date(2023, 4, 1)  # the opening months are not looked at


def test_an_autumn_comes_as_forecast(window, found):
    assert total_bias(window) < -0.2
    assert abs(total_bias(window.told_in(found.season))) < 0.05


def test_a_spring_is_not_overstated(engine):
    spring = Window.opened(engine, date(2024, 12, 31), date(2025, 4, 30))
    season = Seasons(engine, Opening.of(spring.features)).by(spring.as_of, spring.features).season
    assert purchases_bias(spring) > 0.4
    assert abs(purchases_bias(spring.told_in(season))) < 0.07


def test_the_parameters_of_the_world_are_found_in_its_clock(window, found):
    by_clock = BgNbd.fit(window.told_in(found.season).history)
    assert np.log(by_clock.parameters / [0.8, 60.0, 0.7, 6.0]) == pytest.approx(0.0, abs=0.25)


def test_the_boosted_value_learns_in_the_same_clock(engine, window, found):
    opening = Opening.of(window.features)
    told = window.told_in(found.season)
    trained = RollingOrigins(engine, opening, 115, BgNbd, 1).train(AUGUST, found.season)
    purchases, spend = BgNbd.fit(told.history), choose_spend_model(told.history).model
    boost = trained.boost(told.features, told.history, purchases, spend, told.days, ahead=told.ahead)
    # its windows are of every time of the year: none of them makes the level of this one
    assert abs(boost.outlook.expected.sum() / told.actual.sum() - 1) < 0.1


@pytest.mark.parametrize("day", [date(2024, 6, 30), AUGUST])
def test_where_there_is_none_none_is_found(tmp_path, day):
    even = season_of(seasonal_orders(tmp_path / "even.csv", 2_000, 7, Season.none()), day)
    assert not even.season.known
    assert "no season" in even.because


def test_a_short_history_says_so(engine):
    day = date(2024, 3, 1)
    features = Window.opened(engine, day, day).features
    seasons = Seasons(engine, Opening.of(features))
    assert not seasons.by(day, features).season.known
    assert "a year of orders" in seasons.by(day, features).because
    unheeded = Seasons(engine, Opening.of(features), heeded=False)
    assert "opportunities" in unheeded.by(AUGUST, features).because


def test_no_row_after_the_date_changes_it_and_a_row_before_does(shop, found, tmp_path):
    head, *rows = shop.read_text("utf-8").splitlines()
    early = [row for row in rows if row.split(",")[2] <= AUGUST.isoformat()]
    stray = ["999999,NEW,2025-09-01,1.00", *(f"{10**6 + k},C00001,2025-11-{k + 1:02d},9999.00" for k in range(20))]
    other = tmp_path / "other.csv"
    other.write_text("\n".join([head, *early, *stray]) + "\n", encoding="utf-8")
    assert season_of(other, AUGUST) == found
    other.write_text("\n".join([head, *early, "999999,C00001,2025-08-30,9.00"]) + "\n", encoding="utf-8")
    assert season_of(other, AUGUST).season != found.season


def test_histories_stay_possible(window, found):
    plain, told = window.history, history_of(window.features, found.season)
    again = told.frequency > 0
    assert (told.recency <= told.T).all()
    assert (told.recency[again] > 0).all()
    assert (told.recency[~again] == 0).all()
    x, gaps = told.frequency[again], told.log_intervals[again]
    # logs of intervals add up to most where all are equal
    assert (gaps <= x * np.log(told.recency[again] / x) + 1e-9).all()
    assert np.abs(told.T - plain.T).max() > 5


@pytest.fixture(scope="module")
def valued(shop, tmp_path_factory):
    folder = tmp_path_factory.mktemp("seasonal")
    out, orders = folder / "out", folder / "orders.csv"
    # an order of a customer who never came again: last year's days brought it, no forecast stands on it
    orders.write_text(shop.read_text("utf-8") + "999999,ONCE,2023-08-01,1000000.00\n", encoding="utf-8")
    day = date(2024, 6, 30)
    value(
        ValueRequest(
            (orders,), out, as_of=day, today=TODAY, horizon=Horizon(100, "d"), model="bg-nbd", discount_rate=0.1
        ),
        build(Settings(threads=1)),
    )
    return out, json.loads((out / "run.json").read_text("utf-8"))


def test_a_run_says_that_its_forecast_holds_the_season(valued, shop):
    out, run = valued
    season = Season.from_json((out / "models" / "season.json").read_text("utf-8"))
    assert list(season.index) == run["season"]["index"]
    assert any("The season of the last" in finding for finding in run["findings"])
    assert 'id="season"' in (out / "report.html").read_text("utf-8")
    rows = pd.read_csv(shop)
    who = rows[rows.ordered_at <= "2024-06-30"].customer_id.unique()
    came = rows[rows.customer_id.isin(who) & rows.ordered_at.between("2024-07-01", "2024-10-08")].amount.sum()
    assert run["totals"]["clv"]["mean"] == pytest.approx(came, rel=0.1)
    assert run["totals"]["clv"]["p10"] < came < run["totals"]["clv"]["p90"]


def test_the_table_counts_by_the_calendar_and_adds_up(valued):
    out, _ = valued
    rows, features = pd.read_csv(out / "customers.csv"), pd.read_parquet(out / "features.parquet")
    assert (rows["T"] == features["T"]).all()
    assert (rows["T"] == (pd.Timestamp("2024-06-30") - pd.to_datetime(rows.first_purchase)).dt.days).all()
    model = BgNbd.from_json((out / "models" / "bg-nbd.json").read_text("utf-8"))
    season = Season.from_json((out / "models" / "season.json").read_text("utf-8"))
    history = history_of(pd_table(features), season)
    expected = model.expected_purchases(history, season.elapsed(date(2024, 6, 30), date(2024, 10, 8)))
    assert rows.expected_purchases.to_numpy() == pytest.approx(expected, abs=1e-5)
    known = rows.next_purchase.notna()
    days = (pd.to_datetime(rows.next_purchase[known]) - pd.Timestamp("2024-06-30")).dt.days.to_numpy()
    ahead = [season.elapsed(date(2024, 6, 30), date(2024, 6, 30) + pd.Timedelta(days=int(day))) for day in days[:20]]
    some = history.take(np.flatnonzero(known)[:20])
    assert (model.probability_no_purchase(some, np.array(ahead)) <= 0.5 + 1e-9).all()


def pd_table(frame):
    import pyarrow as pa

    return pa.Table.from_pandas(frame, preserve_index=False)


def test_a_forecast_far_from_last_year_is_worth_a_warning(valued, shop):
    _, run = valued
    [warning] = [finding for finding in run["findings"] if "a year before" in finding]
    rows = pd.read_csv(shop)
    then = rows[rows.ordered_at.between("2023-07-01", "2023-10-08")].amount.sum()
    assert "below" in warning
    assert f"{then + 1_000_000:,.0f}" in warning
    assert "(2023-07-01 to 2023-10-08)" in warning
