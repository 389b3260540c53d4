"""Every feature against the referee, and that nothing after the as-of date can touch one."""

import random
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from clove.features.customer_features import BENCHMARK_FEATURES, customer_features
from clove.features.ledger_summary import ledger_summary
from clove.features.sets import feature_sql
from clove.kernel.errors import InputRefused
from clove.ledger.events import EVENT_SCHEMA, EVENTS

AS_OF = date(2023, 12, 1)
NOON = datetime(2023, 3, 6, 12)  # noqa: DTZ001 - a Monday, local wall time


def test_every_feature_agrees_with_the_referee(engine, hold, ledgers, referee):
    @given(ledgers)
    @settings(max_examples=150, deadline=None)
    def check(rows):
        hold(rows)
        table = customer_features(engine, AS_OF)
        expected = referee(rows, AS_OF)
        assert table.num_rows == len(expected)
        if not len(expected):
            return
        assert set(table.column_names) == set(expected.columns)
        for name in table.column_names:
            for ours, theirs in zip(table[name].to_pylist(), expected[name].tolist(), strict=True):
                where = (name, ours, theirs)
                if theirs is None or theirs != theirs:  # noqa: PLR0124 - pandas turns None into nan
                    assert ours is None, where
                elif isinstance(theirs, float):
                    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-6), where
                else:
                    assert ours == theirs, where

    check()


def test_the_22_features_of_the_benchmark_are_all_there(engine, hold):
    hold([{}])
    assert len(set(BENCHMARK_FEATURES)) == 22
    assert set(BENCHMARK_FEATURES) <= set(customer_features(engine, AS_OF).column_names)


def test_nothing_after_the_as_of_date_touches_a_figure(engine, hold, ledgers):
    later = datetime(2023, 12, 2)  # noqa: DTZ001 - the first moment that is not known

    @given(ledgers, ledgers)
    @settings(max_examples=50, deadline=None)
    def check(rows, others):
        past = [row for row in rows if row["time"] < later]
        hold(past)
        known = customer_features(engine, AS_OF)
        hold(past + [{**row, "time": later + timedelta(minutes=place)} for place, row in enumerate(others)])
        assert customer_features(engine, AS_OF).equals(known)

    check()


def test_each_row_before_the_as_of_date_counts(engine, hold, ledgers):
    @given(ledgers, st.integers(0, 39))
    @settings(max_examples=50, deadline=None)
    def check(rows, place):
        past = [row for row in rows if row["kind"] == "purchase" and row["time"].date() <= AS_OF]
        assume(past)
        hold(past)
        known = customer_features(engine, AS_OF)
        changed = past[place % len(past)]
        hold([{**row, "amount": row["amount"] + 1} if row is changed else row for row in past])
        assert not customer_features(engine, AS_OF).equals(known)

    check()


def test_the_last_minute_of_the_as_of_day_counts_and_the_next_does_not(engine, hold):
    last = datetime(2023, 12, 1, 23, 59, 59, 999999)  # noqa: DTZ001 - local wall time
    hold([{"time": last}, {"time": last + timedelta(microseconds=1), "order_id": "o2"}])
    (row,) = customer_features(engine, AS_OF).to_pylist()
    assert (row["orders"], row["T"], row["recency_days"]) == (1, 0, 0)


def test_the_order_of_the_rows_changes_no_bit(engine, hold):
    chance = random.Random(7)
    rows = [
        {
            "customer_id": f"c{chance.randrange(300)}",
            "order_id": f"o{chance.randrange(2000)}",
            "time": NOON + timedelta(minutes=chance.randrange(300_000)),
            "amount": chance.lognormvariate(3, 2),
            "quantity": chance.random() * 10,
        }
        for _ in range(5000)
    ]
    hold(rows)
    table = customer_features(engine, AS_OF)
    for _ in range(3):
        chance.shuffle(rows)
        hold(rows)
        assert customer_features(engine, AS_OF).equals(table)


def test_a_column_that_the_file_lacks_is_unknown_not_zero(engine, hold):
    hold([{"customer_id": "ann"}, {"customer_id": "bob", "item": "A", "quantity": 2.0, "country": "France"}])
    ann, bob = customer_features(engine, AS_OF).to_pylist()
    names = ("unique_products", "avg_quantity_per_item", "uk_customer")
    assert [ann[name] for name in names] == [None, None, None]
    assert [bob[name] for name in names] == [1, 2.0, 0]


def test_a_customer_by_hand(engine, hold):
    hold(
        [
            {"order_id": "1", "time": NOON, "amount": 20.0, "item": "A", "quantity": 2.0},
            {"order_id": "1", "time": NOON, "amount": 10.0, "item": "B", "quantity": 4.0},
            {"order_id": "2", "time": NOON + timedelta(days=5, hours=5), "amount": 50.0, "item": "A"},  # Saturday 17:00
            {"order_id": "3", "time": NOON + timedelta(days=15), "amount": 40.0},
            {"kind": "return", "order_id": "C1", "time": NOON + timedelta(days=6), "amount": 50.0},
            {"kind": "return", "order_id": "C2", "time": NOON + timedelta(days=6), "amount": 3.0, "is_product": False},
        ]
    )
    (row,) = customer_features(engine, NOON.date() + timedelta(days=20)).to_pylist()
    assert row == pytest.approx(
        {
            "customer_id": "ann",
            "first_purchase": date(2023, 3, 6),
            "last_purchase": date(2023, 3, 21),
            "orders": 3,
            "frequency": 2,
            "recency": 15,
            "T": 20,
            "monetary_value": 45.0,
            "recency_days": 5,
            "monetary_total": 120.0,
            "monetary_avg": 40.0,
            "monetary_max": 50.0,
            "tenure_days": 15,
            "purchase_velocity": 3 / (15 / 30.44),
            "inter_purchase_days_avg": 7.5,
            "inter_purchase_days_std": 12.5**0.5,
            "unique_products": 2,
            "cancellation_rate": 0.25,
            "avg_quantity_per_item": 3.0,
            "uk_customer": None,
            "acquisition_month": 3,
            "acquisition_quarter": 1,
            "purchased_in_q4": 0,
            "weekend_purchase_ratio": 0.25,
            "evening_purchase_ratio": 0.25,
            "rfm_recency_score": 3,
            "rfm_frequency_score": 3,
            "rfm_monetary_score": 3,
            "rfm_combined_score": 9,
            "orders_30d": 3,
            "orders_90d": 3,
            "orders_180d": 3,
            "revenue_30d": 120.0,
            "revenue_90d": 120.0,
            "revenue_180d": 120.0,
            "return_orders": 1,
            "returned_amount": 50.0,
            "net_revenue": 70.0,
            "interval_cv": 12.5**0.5 / 7.5,
            "log_intervals": np.log(5) + np.log(10),
            "first_order_value": 30.0,
            "first_order_items": 2,
            "country": None,
            "channel": None,
            "first_category": None,
        }
    )


def test_what_is_known_of_the_first_day_is_not_what_came_later(engine, hold):
    tea, cups = {"category": "tea", "channel": "web"}, {"category": "cups", "channel": "shop"}
    hold(
        [
            {"order_id": "1", "time": NOON, "amount": 20.0, "country": "France", **tea},
            {"order_id": "1", "time": NOON, "amount": 15.0, "country": "France", **tea, "category": "pots"},
            # the same day, with less tea in the first line than pots in both
            {"order_id": "2", "time": NOON + timedelta(hours=3), "amount": 6.0, **tea, "category": "pots"},
            {"order_id": "3", "time": NOON + timedelta(days=1), "amount": 900.0, "country": "Austria", **cups},
            # bob's first day knows none of it
            {"customer_id": "bob", "order_id": "4", "time": NOON, "amount": 5.0},
            {"customer_id": "bob", "order_id": "5", "time": NOON + timedelta(days=2), "country": "Spain", **cups},
        ]
    )
    names = ("first_order_value", "first_order_items", "country", "channel", "first_category")
    ann, bob = customer_features(engine, AS_OF).to_pylist()
    assert [ann[name] for name in names] == [41.0, 3, "France", "web", "pots"]
    assert [bob[name] for name in names] == [5.0, 1, None, None, None]


def test_a_window_of_30_days_holds_the_as_of_day_and_29_before(engine, hold):
    for days_before, within in ((29, 1), (30, 0)):
        hold([{"time": datetime(2023, 12, 1) - timedelta(days=days_before)}])  # noqa: DTZ001 - local wall time
        (row,) = customer_features(engine, AS_OF).to_pylist()
        assert (row["orders_30d"], row["revenue_30d"]) == (within, within * 10.0)


def test_distinct_values_fill_the_quintiles_evenly_and_equal_ones_share_theirs(engine, hold):
    hold([{"customer_id": f"{place:02}", "amount": 1.0 + place} for place in range(20)])
    table = customer_features(engine, AS_OF)
    assert table["rfm_monetary_score"].to_pylist() == [1] * 4 + [2] * 4 + [3] * 4 + [4] * 4 + [5] * 4
    assert set(table["rfm_frequency_score"].to_pylist()) == {3}


def test_customers_come_in_binary_order_and_only_with_a_purchase(engine, hold):
    hold([{"customer_id": name} for name in ("b", "B", "10", "9", "é")] + [{"customer_id": "zoe", "kind": "return"}])
    assert customer_features(engine, AS_OF)["customer_id"].to_pylist() == ["10", "9", "B", "b", "é"]


def test_an_empty_ledger_gives_a_table_without_rows(engine, hold):
    hold([])
    table = customer_features(engine, AS_OF)
    assert (table.num_rows, set(BENCHMARK_FEATURES) <= set(table.column_names)) == (0, True)


@pytest.mark.parametrize("wrong", [{"amount": 1e12}, {"amount": 1e99}, {"quantity": 1e12}])
def test_an_amount_that_no_sum_can_hold_is_refused(engine, hold, wrong):
    hold([{}, wrong])
    with pytest.raises(InputRefused, match="too large"):
        customer_features(engine, AS_OF)


@pytest.fixture(scope="module")
def retail(shared_data) -> pa.Table:
    frame = pd.read_csv(
        shared_data / "online_retail_2010_2011.csv.gz",
        dtype={"Invoice": str, "StockCode": str, "Customer ID": str},
        parse_dates=["InvoiceDate"],
    )
    frame = frame[
        frame["Customer ID"].notna()
        & ~frame["Invoice"].str.startswith("C")
        & (frame["Quantity"] > 0)
        & (frame["Price"] > 0)
    ]
    return pa.table(
        {
            "kind": ["purchase"] * len(frame),
            "customer_id": frame["Customer ID"],
            "order_id": frame["Invoice"],
            "time": frame["InvoiceDate"],
            "amount": frame["Quantity"] * frame["Price"],
            "item": frame["StockCode"],
            "quantity": frame["Quantity"].astype(float),
            "country": frame["Country"],
            "channel": pa.nulls(len(frame), pa.string()),
            "category": pa.nulls(len(frame), pa.string()),
            "is_product": [True] * len(frame),
            "file": [0] * len(frame),
            "row": frame.index + 2,
        }
    ).cast(EVENT_SCHEMA)


def test_the_retail_file_gives_the_figures_that_it_is_published_with(engine, retail):
    engine.load(EVENTS, retail)
    frame = customer_features(engine, date(2011, 12, 9)).to_pandas()
    summary = ledger_summary(engine, date(2011, 12, 9))
    assert (len(frame), frame["orders"].sum()) == (4338, 18532)
    assert frame["monetary_total"].sum() == pytest.approx(8_911_407.904, abs=1e-6)
    assert (summary.purchase_rows, summary.customers, summary.orders) == (397_884, 4338, 18532)
    assert summary.gross_revenue == 8_911_407.904
    # it sells on Sundays, never on Saturdays
    lines = retail["time"].to_pandas()
    sundays = (lines.dt.day_of_week == 6).groupby(retail["customer_id"].to_pandas()).mean()
    assert frame.set_index("customer_id")["weekend_purchase_ratio"].to_numpy() == pytest.approx(sundays.sort_index())


def test_without_a_time_of_day_nobody_s_evenings_are_known(engine, hold):
    monday, tuesday = (datetime.fromisoformat(day) for day in ("2024-11-04", "2024-11-05"))
    as_of = date(2024, 11, 30)
    hold([{"time": monday}, {"customer_id": "bob", "time": tuesday}])
    assert customer_features(engine, as_of)["evening_purchase_ratio"].to_pylist() == [None, None]
    hold([{"time": monday}, {"customer_id": "bob", "time": tuesday.replace(hour=18)}])
    assert sorted(customer_features(engine, as_of)["evening_purchase_ratio"].to_pylist()) == [0.0, 1.0]


def test_no_window_over_everything():
    # DuckDB 1.5.5, several threads: "Attempted to access index 0 within vector of size 0", once in two hundred calls
    code = [line for line in feature_sql("customer_features").splitlines() if not line.strip().startswith("--")]
    assert not any("OVER ()" in line for line in code)
