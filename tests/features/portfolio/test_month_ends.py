"""What moves the monthly recurring revenue, computed by hand; amounts in minor units."""

from datetime import date

import pyarrow as pa
import pytest

from clove.features import portfolio as features
from clove.features.contracts import month_number

FROM = {"changed_on": date(2024, 1, 10), "monthly_fee": 100.0}


def movements(engine, as_of, months=5, currency="ZAR", decimals=2):
    features.hold_month_ends(engine, as_of, months, currency=currency, decimals=decimals)
    return features.mrr_movements(engine, as_of, months)


def totals(engine, as_of, months=5):
    features.hold_month_ends(engine, as_of, months, currency="ZAR", decimals=2)
    return features.month_ends_total(engine)


def ended(engine, as_of, months=5):
    features.hold_month_ends(engine, as_of, months, currency="ZAR", decimals=2)
    return features.ended_by_month(engine, as_of, months)


def by_month(rows):
    """(month of 2024, movement, amount)."""
    return [(row["month"] - 12 * 2024 + 1, row["movement"], row["amount"]) for row in rows]


@pytest.fixture
def moved(ask):
    return lambda **tables: by_month(ask(movements, **tables))


def status(*steps):
    return [{"changed_on": day, "status": word} for day, word in steps]


def test_a_new_contract_comes_with_the_whole_of_its_fee(moved):
    late = [{"start_date": date(2024, 3, 31)}]
    assert moved(contracts=late) == [(3, "new", 10_000)]
    # it was there before the months that are looked back on
    assert moved(contracts=[{"start_date": date(2023, 12, 31)}]) == []


def test_a_fee_that_moves(moved):
    fees = [
        FROM,
        {"changed_on": date(2024, 3, 31), "monthly_fee": 110.5},
        {"changed_on": date(2024, 4, 1), "monthly_fee": 500.0},
        {"changed_on": date(2024, 4, 20), "monthly_fee": 90.0},  # of two in a month the newer holds at its end
        {"changed_on": date(2024, 7, 1), "monthly_fee": 1.0},
    ]
    assert moved(fee_changes=fees) == [(3, "expansion", 1_050), (4, "contraction", -2_050)]


def test_a_contract_that_is_suspended_and_comes_back(moved):
    steps = status(
        (date(2024, 1, 10), "active"),
        (date(2024, 2, 10), "suspended"),
        (date(2024, 2, 20), "active"),
        (date(2024, 3, 3), "suspended"),
        (date(2024, 5, 5), "bad_billing"),  # it bears a fee again, paid or not
        (date(2024, 6, 6), "active"),
    )
    assert moved(status_changes=steps) == [(3, "suspended", -10_000), (5, "reactivated", 10_000)]


def test_a_contract_that_ends(moved):
    gone = [{"cancellation_date": date(2024, 4, 30)}]
    assert moved(contracts=gone) == [(4, "churned", -10_000)]
    assert moved(contracts=[{"cancellation_date": date(2024, 7, 1)}]) == []
    # while suspended it had no revenue to lose
    steps = status((date(2024, 1, 10), "active"), (date(2024, 3, 3), "suspended"))
    assert moved(contracts=gone, status_changes=steps) == [(3, "suspended", -10_000)]
    assert moved(contracts=[{"start_date": date(2024, 4, 1), "cancellation_date": date(2024, 4, 9)}]) == []
    # without a day of cancellation, its status says it
    assert moved(status_changes=status((date(2024, 5, 3), "cancelled"))) == [(5, "churned", -10_000)]


def test_the_rate_moves_apart_from_the_fee(ask):
    contracts = [{"currency": "KES", "country_code": "KEN"}]
    fees = [FROM, {"changed_on": date(2024, 3, 2), "monthly_fee": 120.0}]
    days = {1: 31, 2: 29, 3: 31, 4: 30, 5: 31, 6: 30}
    rates = [
        {"currency": "KES", "day": date(2024, month, day), "rate": rate}
        for (month, day), rate in zip(days.items(), (0.14, 0.14, 0.15, 0.15, 0.13, 0.13), strict=True)
    ]
    found = by_month(ask(movements, contracts=contracts, fee_changes=fees, rates=rates))
    # 100 at 0.14 is 14.00, at 0.15 is 15.00; 120 at 0.15 is 18.00, at 0.13 is 15.60
    assert found == [(3, "expansion", 300), (3, "fx", 100), (5, "fx", -240)]
    rows = ask(totals, contracts=contracts, fee_changes=fees, rates=rates)
    assert [row["mrr"] for row in rows] == [1_400, 1_400, 1_800, 1_800, 1_560, 1_560]


def test_a_currency_without_a_rate_is_counted_as_unknown(ask):
    contracts = [{"currency": "KES", "country_code": "KEN"}]
    rates = [{"currency": "KES", "day": date(2024, 6, 30), "rate": 0.13}]
    rows = ask(totals, contracts=contracts, rates=rates)
    assert [(row["mrr"], row["paying"], row["unknown"]) for row in rows[-2:]] == [(0, 0, 1), (1_300, 1, 0)]
    assert by_month(ask(movements, contracts=contracts, rates=rates)) == [(6, "fx", 1_300)]


def test_before_a_dated_fee_invoices_tell_it(moved):
    def invoice(month, amount, **more):
        return {"period_month": month, "amount_due": amount, "due_date": date(2024, month, 1), **more}

    contracts = [{"monthly_fee": 300.0}]  # what it is now
    payments = [invoice(2, 80.0), invoice(3, 40.0), invoice(3, 50.0), invoice(6, 95.0)]
    assert moved(contracts=contracts, payments=payments) == [
        (2, "contraction", -22_000),
        (3, "expansion", 1_000),
        (6, "expansion", 500),
    ]
    later = [*payments, invoice(6, 999.0, due_date=date(2024, 7, 1))]
    assert moved(contracts=contracts, payments=later)[-1] == (6, "expansion", 500)
    fees = [{"changed_on": date(2024, 5, 5), "monthly_fee": 120.0}]
    assert moved(contracts=contracts, payments=payments, fee_changes=fees)[-1] == (5, "expansion", 3_000)


def test_live_at_a_months_start_and_ended_in_it(ask):
    contracts = [
        {"contract_id": "a", "start_date": date(2023, 1, 9), "cancellation_date": date(2024, 4, 30)},
        {"contract_id": "b", "start_date": date(2024, 3, 1)},
        {"contract_id": "c", "start_date": date(2024, 4, 1), "cancellation_date": date(2024, 4, 9)},  # at no start
    ]
    rows = ask(ended, 3, contracts=contracts)
    april = 12 * 2024 + 3
    assert [(row["month"] - april, row["months_served"], row["live"], row["ended"]) for row in rows] == [
        (0, 0, 1, 0),
        (0, 14, 1, 1),
        (1, 1, 1, 0),
        (2, 2, 1, 0),
    ]


def test_a_currency_without_a_minor_unit(ask):
    rows = ask(movements, 5, "ZAR", 0, contracts=[{"start_date": date(2024, 3, 1), "monthly_fee": 99.5}])
    assert by_month(rows) == [(3, "new", 100)]


# ---- requests, attempts, quotes


def test_a_request_is_open_until_the_day_of_its_outcome(ask):
    def request(name, **more):
        return {"ticket_id": name, "category": "cancellation_request", "opened_on": date(2024, 5, 1), **more}

    done = {"resolved_on": date(2024, 6, 30), "resolution": "resolved"}
    tickets = [
        request("1", **done),
        request("2", **{**done, "resolved_on": date(2024, 7, 1)}),
        request("3", resolution="resolved"),  # nobody knows when
        request("4", **{**done, "resolution": None}),
        request("5", **{**done, "resolution": "pending"}),
        request("6", opened_on=date(2024, 7, 1)),
        request("7", category="billing"),
    ]
    found = ask(features.cancellation_requests, support_tickets=tickets)
    assert [(row["ticket_id"], row["outcome"], row["closed"]) for row in found] == [
        ("1", "resolved", True),
        ("2", None, False),
        ("3", None, False),
        ("4", None, True),
        ("5", None, False),
    ]


def test_quotes_of_the_months_looked_back_on(ask):
    def quote(name, day, **more):
        return {"quote_id": name, "quoted_on": day, "converted": True, **more}

    quotes = [
        quote("1", date(2023, 6, 30)),
        quote("2", date(2023, 7, 1)),
        quote("3", date(2024, 6, 30), contract_id="late"),
        quote("4", date(2024, 6, 30), converted=False, sales_channel="dealer"),
        quote("5", date(2024, 7, 1)),
    ]
    contracts = [{}, {"contract_id": "late", "start_date": date(2024, 7, 2)}]
    found = ask(features.quote_funnel, date(2023, 6, 30), quotes=quotes, contracts=contracts)
    assert found == [
        {"channel": "dealer", "quotes": 1, "converted": 0},
        {"channel": "direct", "quotes": 2, "converted": 1},
    ]


@pytest.fixture
def plain_views(engine):
    """Views in one currency without an exchange: made anew from what `ask` has loaded."""

    def make(*names):
        for name in names:
            engine.execute(f"CREATE OR REPLACE VIEW converted_{name} AS SELECT * FROM portfolio_{name}")

    return make


def test_attempts_are_judged_by_what_followed(ask, plain_views):
    def attempt(contract, day, **more):
        return {"contract_id": contract, "made_on": day, "kind": "call", "treated": True, "cost": 10.0, **more}

    contracts = [{"contract_id": "a"}, {"contract_id": "b", "cancellation_date": date(2024, 6, 1)}]
    made = [
        attempt("a", date(2024, 3, 1), outcome="left"),  # what is noted is not read
        attempt("b", date(2024, 3, 1), outcome="stayed"),
        attempt("b", date(2024, 2, 28)),  # it ended more than three months later
        attempt("b", date(2024, 3, 30), treated=False, cost=None),
        attempt("a", date(2024, 3, 31)),  # June 30 is the last day of its three months
        attempt("a", date(2024, 4, 1)),
        attempt("a", date(2024, 7, 1)),
    ]

    def outcomes(engine, as_of):
        plain_views("interventions")
        return features.intervention_outcomes(engine, as_of, 3)

    control, treated = ask(outcomes, contracts=contracts, interventions=made)
    assert (treated["made"], treated["watched"], treated["ended"], treated["cost"]) == (5, 4, 1, 50.0)
    assert (control["made"], control["watched"], control["ended"], control["cost"]) == (1, 1, 1, None)


# ---- cohorts


def test_money_by_month_of_start_and_of_the_calendar(ask, plain_views):
    contracts = [
        {
            "contract_id": "a",
            "cancellation_date": date(2024, 5, 2),
            "penalty_collected": 70.0,
            "penalty_collected_on": date(2024, 7, 1),
        },
        {"contract_id": "b", "start_date": date(2024, 2, 1)},
    ]
    payments = [
        {"contract_id": "a", "period_month": 2, "amount_paid": 99.5, "paid_date": date(2024, 3, 2)},
        {"contract_id": "a", "period_month": 3, "amount_paid": None, "status": "paid", "due_date": date(2024, 3, 1)},
        {"contract_id": "a", "period_month": 4, "amount_paid": None},  # nobody knows
        {"contract_id": "a", "period_month": 4, "amount_paid": None, "status": "unpaid"},
        {"contract_id": "b", "period_month": 6, "amount_paid": 100.0, "paid_date": date(2024, 7, 2)},
    ]
    costs = [
        {"contract_id": "b", "period_month": 3, "amount": 30.0},
        {"contract_id": "b", "period_month": 7, "amount": 31.0},
    ]
    stolen = [
        {
            "contract_id": "b",
            "stolen_on": date(2024, 3, 1),
            "closed_on": date(2024, 3, 9),
            "recovery_fee_collected": 900.0,
            "recovery_cost": 300.0,
        }
    ]
    upfront = [
        {"contract_id": "b", "amount": 700.0},
        {"contract_id": "a", "amount": 1.0, "incurred_on": date(2025, 1, 1)},
    ]
    given = {
        "contracts": contracts,
        "payments": payments,
        "costs_monthly": costs,
        "recovery_events": stolen,
        "costs_upfront": upfront,
    }

    def cash(engine, as_of):
        plain_views(*given)
        return features.cohort_cash(engine, as_of)

    def spent(engine, as_of):
        plain_views("costs_upfront")
        return features.cohort_upfront(engine, as_of)

    first = month_number(date(2024, 1, 1))
    columns = (
        "fees",
        "penalties",
        "recovery_fees",
        "recovery_costs",
        "monthly_costs",
        "fitted_collected",
        "fitted_net",
    )
    found = {
        (row["start_month"] - first, row["month"] - first): tuple(row[name] for name in (*columns, "unknown_receipts"))
        for row in ask(cash, **given)
    }
    assert found == {
        (0, 2): (199.5, 0, 0, 0, 0, 0, 0, 0),
        (0, 3): (0, 0, 0, 0, 0, 0, 0, 1),
        (1, 2): (0, 0, 900.0, 300.0, 30.0, 900.0, 570.0, 0),
    }
    assert ask(spent, **given) == [{"start_month": first + 1, "fitted": 1, "upfront_cost": 700.0}]


def test_sums_are_integers(ask):
    found = ask(totals, contracts=[{"contract_id": str(i), "monthly_fee": 0.1 + i} for i in range(30)])
    assert found[-1]["mrr"] == 30 * 10 + 100 * 435
    assert pa.array([found[-1]["mrr"]]).type == pa.int64()
