"""The figures of the whole ledger: cohorts, holdouts and counts, by hand and against the customers' own."""

from datetime import date, datetime

import pytest
from hypothesis import given, settings

from clove.features.cohort_retention import cohort_retention
from clove.features.customer_features import customer_features
from clove.features.ledger_summary import LedgerSummary, ledger_summary
from clove.features.purchases_between import purchases_between
from clove.features.returns_without_purchases import ReturnsWithoutPurchases, returns_without_purchases

AS_OF = date(2023, 12, 1)


def at(month: int, day: int, hour: int = 12) -> datetime:
    return datetime(2023, month, day, hour)  # noqa: DTZ001 - local wall time


def test_a_cohort_by_hand(engine, hold):
    hold(
        [
            {"customer_id": "ann", "time": at(1, 31)},
            {"customer_id": "ann", "time": at(3, 1)},
            {"customer_id": "ann", "time": at(3, 2)},
            {"customer_id": "bob", "time": at(1, 1)},
            {"customer_id": "cy", "time": at(3, 31)},
            {"customer_id": "cy", "time": at(4, 1)},
            {"customer_id": "dee", "time": at(2, 1), "kind": "return"},
        ]
    )
    assert [tuple(row.values()) for row in cohort_retention(engine, date(2023, 3, 31)).to_pylist()] == [
        (date(2023, 1, 1), 0, 2, 2),
        (date(2023, 1, 1), 1, 0, 2),
        (date(2023, 1, 1), 2, 1, 2),
        (date(2023, 3, 1), 0, 1, 1),
    ]


def test_months_are_counted_across_the_turn_of_the_year(engine, hold):
    hold([{"time": datetime(2022, 12, 31)}, {"time": at(1, 1)}])  # noqa: DTZ001 - local wall time
    assert cohort_retention(engine, date(2023, 1, 5))["customers_active"].to_pylist() == [1, 1]


def test_cohorts_hold_every_customer_once_and_are_whole_in_month_0(engine, hold, ledgers):
    @given(ledgers)
    @settings(max_examples=40, deadline=None)
    def check(rows):
        hold(rows)
        table = cohort_retention(engine, AS_OF).to_pandas()
        start = table[table["months_since"] == 0]
        assert start["cohort_size"].sum() == customer_features(engine, AS_OF).num_rows
        assert (start["customers_active"] == start["cohort_size"]).all()
        assert (table["customers_active"] <= table["cohort_size"]).all()

    check()


def test_a_holdout_begins_after_its_first_day_and_ends_with_its_last(engine, hold):
    hold([{"time": at(6, day, hour), "amount": float(day)} for day, hour in ((1, 23), (2, 0), (2, 9), (30, 23))])
    hold_july = {"time": at(7, 1, 0), "amount": 100.0}
    assert purchases_between(engine, date(2023, 6, 1), date(2023, 6, 30)).to_pylist() == [
        {"customer_id": "ann", "purchase_days": 2, "spend": 34.0}
    ]
    hold([hold_july])
    assert purchases_between(engine, date(2023, 6, 1), date(2023, 6, 30)).num_rows == 0


def test_what_was_known_and_what_came_add_up(engine, hold, ledgers):
    cut = date(2023, 4, 11)

    @given(ledgers)
    @settings(max_examples=40, deadline=None)
    def check(rows):
        hold(rows)
        spend = {row["customer_id"]: row["spend"] for row in purchases_between(engine, cut, AS_OF).to_pylist()}
        days = {row["customer_id"]: row["purchase_days"] for row in purchases_between(engine, cut, AS_OF).to_pylist()}
        for row in customer_features(engine, cut).to_pylist():
            name = row["customer_id"]
            spend[name] = spend.get(name, 0) + row["monetary_total"]
            days[name] = days.get(name, 0) + row["frequency"] + 1
        whole = customer_features(engine, AS_OF).to_pylist()
        assert {row["customer_id"]: row["monetary_total"] for row in whole} == pytest.approx(spend)
        assert {row["customer_id"]: row["frequency"] + 1 for row in whole} == days

    check()


def test_a_summary_by_hand(engine, hold):
    hold(
        [
            {"time": at(1, 5), "amount": 0.1},
            {"time": at(1, 6), "amount": 0.2},
            {"customer_id": "bob", "time": at(2, 1), "amount": 4.0},
            {"kind": "return", "order_id": "C1", "time": at(2, 2), "amount": 1.0},
            {"kind": "return", "order_id": "C1", "time": at(2, 3), "amount": 5.0, "is_product": False},
            {"time": at(12, 2)},
            {"kind": "return", "time": at(12, 3)},
            {"kind": "return", "time": at(12, 4)},
        ]
    )
    summary = ledger_summary(engine, AS_OF)
    assert summary == LedgerSummary(
        purchase_rows=3,
        return_rows=2,
        held_purchase_rows=1,
        held_return_rows=2,
        customers=2,
        orders=2,
        return_orders=1,
        gross_revenue=4.3,
        returned_amount=1.0,
        other_returned_amount=5.0,
        first_event=date(2023, 1, 5),
        last_event=date(2023, 2, 3),
    )
    assert summary.held_rows == 3


def test_before_the_first_event_dates_are_unknown(engine, hold):
    hold([{"time": at(12, 2)}])
    summary = ledger_summary(engine, AS_OF)
    assert (summary.orders, summary.first_event, summary.last_event, summary.held_rows) == (0, None, None, 1)


def test_the_summary_is_the_sum_of_the_customers_and_of_those_who_only_returned(engine, hold, ledgers):
    @given(ledgers)
    @settings(max_examples=40, deadline=None)
    def check(rows):
        hold(rows)
        frame = customer_features(engine, AS_OF).to_pandas()
        summary, only = ledger_summary(engine, AS_OF), returns_without_purchases(engine, AS_OF)
        assert summary.customers == len(frame)
        assert summary.orders == frame["orders"].sum()
        assert summary.gross_revenue == pytest.approx(frame["monetary_total"].sum())
        assert summary.returned_amount == pytest.approx(frame["returned_amount"].sum() + only.returned_amount)
        assert summary.purchase_rows + summary.return_rows + summary.held_rows == len(rows)

    check()


def test_returns_without_purchases_are_told_apart(engine, hold):
    hold(
        [
            {"customer_id": "ann"},
            {"customer_id": "ann", "kind": "return", "amount": 7.0},
            {"customer_id": "bob", "kind": "return", "amount": 3.0},
            {"customer_id": "bob", "kind": "return", "amount": 2.0, "is_product": False},
            {"customer_id": "cy", "kind": "return", "amount": 4.0},
            {"customer_id": "cy", "time": at(12, 2)},  # bought only after the as-of date
            {"customer_id": "dee", "kind": "return", "amount": 9.0, "time": at(12, 2)},
        ]
    )
    assert returns_without_purchases(engine, AS_OF) == ReturnsWithoutPurchases(2, 7.0, 2.0)
