"""What every customer is worth, in one call."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

import clove
from clove.kernel.errors import ArgumentRefused
from clove.models import BgBb, BgNbd, GammaGamma, PurchaseHistory
from clove.valuation import Distribution, Expectation, Steps

END = date(2025, 12, 31)


@pytest.fixture(scope="module")
def orders():
    rng = np.random.default_rng(1)
    who = rng.integers(0, 300, 1_500)
    day = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 365, 1_500), unit="D")
    return pd.DataFrame({"who": [f"C{number:04d}" for number in who], "day": day, "paid": rng.gamma(4.0, 9.0, 1_500)})


@pytest.fixture(scope="module")
def history(orders):
    return clove.purchase_history(orders, customer="who", time="day", amount="paid", as_of=END)


@pytest.fixture(scope="module")
def models(history):
    return BgNbd.fit(history), GammaGamma.fit(history)


def test_it_is_the_calls_that_it_stands_for(history, models):
    found = clove.customer_values(history, *models, "3m", margin=0.4, discount_rate=0.1, seed=7)
    # January, February and March of 2026
    steps = Steps(units=np.array([31.0, 59.0, 90.0]), years=np.array([1, 2, 3]) / 12)
    expected = Expectation.of(history, *models, steps, margin=0.4, discount_rate=0.1)
    outcomes = Distribution.of(history, *models, 90.0, scale=0.4 * expected.discounting, seed=7)
    assert found.clv == pytest.approx(expected.clv)
    for ours, theirs in ((found.clv_p10, outcomes.p10), (found.clv_p50, outcomes.p50), (found.clv_p90, outcomes.p90)):
        assert (ours == theirs).all()
    assert (found.totals == outcomes.totals[0]).all()
    assert (found.as_of, found.until) == (END, date(2026, 3, 31))


def test_the_columns_make_a_frame(history, models):
    found = clove.customer_values(history, *models)
    frame = pd.DataFrame(found.as_dict()).set_index("customer_id")
    assert list(frame.columns) == [
        "probability_alive",
        "expected_purchases",
        "expected_spend",
        "clv",
        "clv_p10",
        "clv_p50",
        "clv_p90",
    ]
    assert frame.notna().all().all()
    assert (frame.clv_p10 <= frame.clv_p50).all()
    assert frame.clv.sum() == pytest.approx(found.totals.mean(), rel=0.05)
    assert (frame.clv == frame.expected_purchases * frame.expected_spend).all()
    assert "300 customers" in repr(found) or f"{len(frame)} customers" in repr(found)


def test_weeks_and_days_are_the_same_calendar(orders):
    values = []
    for unit in ("day", "week"):
        history = clove.purchase_history(orders, customer="who", time="day", amount="paid", as_of=END, unit=unit)
        values.append(clove.customer_values(history, BgNbd.fit(history), GammaGamma.fit(history), "6m"))
    assert values[0].clv == pytest.approx(values[1].clv, rel=1e-4)


def test_the_day_is_the_histories_or_given(history, models):
    nameless = PurchaseHistory.of(history.frequency, history.recency, history.T, history.monetary_value)
    with pytest.raises(ArgumentRefused, match="as_of"):
        clove.customer_values(nameless, *models)
    february = clove.customer_values(nameless, *models, "1m", as_of="2026-01-31")
    march = clove.customer_values(nameless, *models, "1m", as_of=date(2026, 2, 28))
    assert (february.until, march.until) == (date(2026, 2, 28), date(2026, 3, 28))
    assert clove.customer_values(history, *models, as_of="2025-12-31").as_of == END
    with pytest.raises(ArgumentRefused, match="2025-11-30 from a history as of 2025-12-31"):
        clove.customer_values(history, *models, as_of="2025-11-30")


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        ({"horizon": "12 parsecs"}, "horizon"),
        ({"margin": -0.1}, "margin"),
        ({"margin": np.nan}, "margin"),
        ({"discount_rate": -0.5}, "discount_rate"),
        ({"as_of": "tomorrow"}, "no date"),
    ],
)
def test_arguments_that_are_none(history, models, asked, fault):
    with pytest.raises(ArgumentRefused, match=fault) as refused:
        clove.customer_values(history, *models, **asked)
    assert refused.value.remedy


def test_what_has_no_value_is_refused(orders, models):
    bare = clove.purchase_history(orders, customer="who", time="day")
    with pytest.raises(ArgumentRefused, match="without spend"):
        clove.customer_values(bare, *models)
    turns = PurchaseHistory.of([1, 0], [1, 0], [3, 3], [5, 0], unit="opportunity")
    with pytest.raises(ArgumentRefused, match="calendar"):
        clove.customer_values(turns, BgBb(alpha=1.0, beta=1.0, gamma=1.0, delta=1.0), models[1])
    with pytest.raises(ArgumentRefused, match="purchase_history"):
        clove.customer_values(orders, *models)


def test_a_history_knows_its_day_its_customers_and_what_is_known_of_them(history, orders):
    assert history.as_of == END
    assert history.take(slice(0, 5)).as_of == END
    assert clove.purchase_history(orders, customer="who", time="day").as_of == orders.day.max().date()
    one = history.customer("C0169")
    assert one.customer_id.tolist() == ["C0169"]
    (row,) = np.flatnonzero(history.customer_id == "C0169")
    assert one.T[0] == history.T[row]
    known = history.with_covariates({"friend": np.arange(len(history))})
    assert pd.DataFrame(known.as_dict()).columns.tolist()[-1] == "friend"
    assert known.customer("C0169").covariates["friend"] == [row]
    with pytest.raises(ArgumentRefused, match="every history has"):
        history.with_covariates({"T": history.T})


@pytest.mark.parametrize("nobody", ["c0169", "", 169])
def test_customers_that_are_not_there(history, nobody):
    with pytest.raises(ArgumentRefused, match="no customers") as refused:
        history.customer(nobody)
    assert repr(str(history.customer_id[0])) in refused.value.remedy


def test_a_customer_who_is_there_twice_is_not_guessed():
    history = PurchaseHistory.of([0, 0], [0, 0], [3, 4], customer_id=["a", "a"])
    with pytest.raises(ArgumentRefused, match="2 customers 'a'"):
        history.customer("a")


def test_a_picture_of_a_split_is_that_of_its_parts(orders):
    split = clove.calibration_and_holdout(orders, customer="who", time="day", calibration_end="2025-09-30")
    assert split.history.as_of == date(2025, 9, 30)
    model = BgNbd.fit(split.history)
    whole = clove.plots.calibration(model, split, by="silence")
    parts = clove.plots.calibration(model, split.history, split.purchases, split.horizon, by="silence")
    heights = [[patch.get_height() for patch in figure.axes[0].patches] for figure in (whole, parts)]
    points = [[line.get_ydata().tolist() for line in figure.axes[0].lines] for figure in (whole, parts)]
    assert heights[0] == heights[1]
    assert points[0] == points[1]
    assert whole.get_suptitle() == parts.get_suptitle()
    with pytest.raises(ArgumentRefused, match="without its holdout"):
        clove.plots.calibration(model, split.history)
    with pytest.raises(ArgumentRefused, match="purchase_history"):
        clove.plots.calibration(model, orders)
