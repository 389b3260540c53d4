"""A table cut at a date, and counted through time, agrees with pandas doing the same by brute force."""

from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import clove
from clove.engine.local import LocalEngine
from clove.kernel.errors import ArgumentRefused, NotEnoughData
from clove.models import BgNbd
from clove.valuation.repeat_purchases import RepeatPurchases
from clove.workflows.tracking import ledger_counts

CALIBRATION, OBSERVATION = date(1997, 9, 30), date(1998, 6, 30)
COLUMNS = {"customer": "who", "time": "when", "amount": "paid"}


def orders(customers=400, seed=4):
    """Like CDNOW, but with customers who go on coming: watched for a year and a half, with hours of the day."""
    rng = np.random.default_rng(seed)
    born = rng.integers(0, 330, customers)  # some come after the calibration
    made = BgNbd(0.6, 40.0, 0.8, 2.5).simulate(546.0 - born, seed)
    who = np.concatenate([np.arange(customers), np.repeat(made.customer, 1 + (made.customer % 7 == 0))])
    time = np.concatenate([born, born[made.customer] + made.time])
    time = np.concatenate([time[:customers], np.repeat(time[customers:], 1 + (made.customer % 7 == 0))])
    frame = pd.DataFrame(
        {
            "who": [f"c{name:04d}" for name in who],
            "when": pd.Timestamp("1997-01-01") + pd.to_timedelta((time * 24).round(2), unit="h"),
            "paid": rng.integers(0, 9_000, who.size) / 100,
        }
    )
    return frame.sample(frac=1, random_state=seed, ignore_index=True)


def brute_force(frame, unit):
    """Occasions of each customer before and after the calibration's end, with their spend."""
    period = frame["when"].dt.floor("h" if unit == "hour" else "D")
    spend = frame.assign(period=period).groupby(["who", "period"], as_index=False)["paid"].sum()
    cut = pd.Timestamp(CALIBRATION) + pd.Timedelta(days=1)
    early, late = spend[spend["period"] < cut], spend[spend["period"] >= cut]
    late = late[late["period"] < pd.Timestamp(OBSERVATION) + pd.Timedelta(days=1)]
    names = sorted(early["who"].unique())
    return names, early, late[late["who"].isin(names)]


@pytest.mark.parametrize("unit", ["hour", "day", "week"])
def test_a_split_is_the_one_that_pandas_makes(unit):
    frame = orders()
    split = clove.calibration_and_holdout(
        frame, **COLUMNS, calibration_end=CALIBRATION, observation_end="1998-06-30", unit=unit
    )
    names, early, late = brute_force(frame, unit)
    assert split.history.customer_id.tolist() == names
    grouped = early.groupby("who")["period"]
    step = {"hour": 1 / 24, "day": 1, "week": 7}[unit]
    last = pd.Timestamp(CALIBRATION) + (pd.Timedelta(hours=23) if unit == "hour" else pd.Timedelta(0))
    days = (grouped.max() - grouped.min()).dt.total_seconds() / 86_400
    np.testing.assert_allclose(split.history.recency, days[names] / step)
    np.testing.assert_allclose(split.history.T, ((last - grouped.min()).dt.total_seconds() / 86_400)[names] / step)
    assert split.history.frequency.tolist() == (grouped.size()[names] - 1).tolist()
    bought = late.groupby("who").size().reindex(names, fill_value=0)
    assert split.purchases.tolist() == bought.tolist()
    np.testing.assert_allclose(split.mean_spend, late.groupby("who")["paid"].mean().reindex(names), rtol=1e-12)
    assert split.horizon == pytest.approx((OBSERVATION - CALIBRATION).days / step)
    assert (split.calibration_end, split.observation_end) == (CALIBRATION, OBSERVATION)


def test_the_holdout_ends_with_the_last_purchase_and_may_know_no_amounts():
    frame = orders(50)
    split = clove.calibration_and_holdout(frame, customer="who", time="when", calibration_end="1997-09-30")
    assert split.observation_end == frame["when"].max().date()
    assert np.isnan(split.mean_spend).all()
    assert np.isnan(split.history.monetary_value).all()


def test_a_stream_that_can_be_read_once_is_enough():
    table = pa.Table.from_pandas(orders(60))
    given = {"calibration_end": CALIBRATION, "observation_end": OBSERVATION}
    once = clove.calibration_and_holdout(table.to_reader(), **COLUMNS, **given)
    whole = clove.calibration_and_holdout(table, **COLUMNS, **given)
    assert once.purchases.tolist() == whole.purchases.tolist()
    assert once.history.frequency.tolist() == whole.history.frequency.tolist()


def test_a_split_that_cannot_be_is_refused():
    frame = orders(20)
    for given, what in (
        ({"calibration_end": "1998-06-30", "observation_end": "1998-06-30"}, "a holdout that ends on"),
        ({"calibration_end": "yesterday"}, "calibration_end: 'yesterday' is no date"),
        ({"calibration_end": CALIBRATION, "unit": "opportunity"}, "cannot be counted from times"),
    ):
        with pytest.raises(ArgumentRefused, match=what):
            clove.calibration_and_holdout(frame, **COLUMNS, **given)
    with pytest.raises(NotEnoughData):
        clove.calibration_and_holdout(frame, **COLUMNS, calibration_end="1996-01-01")


@pytest.mark.parametrize("unit", ["hour", "day", "week"])
def test_counts_through_time_are_those_of_the_arrays(unit):
    frame = orders()
    counts = clove.transaction_counts(
        frame, customer="who", time="when", as_of=CALIBRATION, until=OBSERVATION, unit=unit
    )
    step = 3_600 if unit == "hour" else 86_400
    period = (frame["when"] - pd.Timestamp("1970-01-01")).dt.total_seconds().to_numpy() // step
    length = 7 if unit == "week" else 1
    last, end = (
        ((pd.Timestamp(day) - pd.Timestamp("1970-01-01")).days * (24 if unit == "hour" else 1))
        + (23 if unit == "hour" else 0)
        for day in (CALIBRATION, OBSERVATION)
    )
    by_hand = RepeatPurchases.of(frame["who"], period / length, as_of=last / length, until=end / length, unit=unit)
    for name in ("births", "born", "ends", "counts"):
        np.testing.assert_allclose(getattr(counts, name), getattr(by_hand, name), atol=1e-9)
    assert counts.as_of == pytest.approx(by_hand.as_of)
    assert counts.began is not None
    assert counts.began.date() == frame["when"].min().date()


def test_counts_agree_with_the_history_of_the_same_table():
    frame = orders()
    history = clove.purchase_history(frame, customer="who", time="when", as_of=CALIBRATION, unit="week")
    counts = clove.transaction_counts(frame, customer="who", time="when", as_of=CALIBRATION, unit="week")
    known = counts.ends <= counts.as_of + 1e-9
    assert counts.customers == len(history)
    assert counts.counts[known].sum() == history.frequency.sum()
    ages = np.sort(counts.as_of - np.repeat(counts.births, counts.born.astype(int)))
    np.testing.assert_allclose(ages, np.sort(history.T), atol=1e-9)
    of_each = counts.of_customers(history)
    np.testing.assert_allclose(
        np.sort(of_each.births), np.sort(np.repeat(counts.births, counts.born.astype(int))), atol=1e-9
    )


def test_counts_that_cannot_be_are_refused():
    frame = orders(20)
    with pytest.raises(ArgumentRefused, match="an observation until"):
        clove.transaction_counts(frame, customer="who", time="when", as_of=OBSERVATION, until=CALIBRATION)
    with pytest.raises(NotEnoughData):
        clove.transaction_counts(frame, customer="who", time="when", as_of="1996-01-01")


def test_the_ledger_counts_what_the_table_does():
    frame = orders(80)
    of_table = clove.transaction_counts(frame, customer="who", time="when", as_of=CALIBRATION, until=OBSERVATION)
    events = frame.rename(columns={"who": "customer_id", "when": "time"}).assign(kind="purchase")
    returns = events.head(5).assign(kind="return", customer_id="nobody")
    with LocalEngine.open(threads=1) as engine:
        engine.load("events", pa.Table.from_pandas(pd.concat([events, returns]), preserve_index=False))
        of_ledger = ledger_counts(engine, CALIBRATION, OBSERVATION)
    for name in ("births", "born", "ends", "counts"):
        np.testing.assert_array_equal(getattr(of_ledger, name), getattr(of_table, name))


def test_cdnow_is_split_as_in_the_paper(shared_data):
    rows = np.loadtxt(shared_data / "cdnow" / "CDNOW_sample.txt", usecols=(1, 2, 4))
    frame = pd.DataFrame(
        {"who": rows[:, 0].astype(int), "when": rows[:, 1].astype(int).astype(str), "paid": rows[:, 2]}
    )
    frame["when"] = pd.to_datetime(frame["when"])
    split = clove.calibration_and_holdout(
        frame, **COLUMNS, calibration_end=CALIBRATION, observation_end=OBSERVATION, unit="week"
    )
    assert len(split.history) == 2_357
    assert split.horizon == 39
    # Fader, Hardie & Lee (2005): 946 of the 2,357 customers bought again in the calibration
    assert (split.history.frequency > 0).sum() == 946
    names, _, late = brute_force(frame, "week")
    assert split.history.customer_id.tolist() == names
    assert split.purchases.sum() == len(late)
