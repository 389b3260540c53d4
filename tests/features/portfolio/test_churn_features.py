"""What is known of a contract at the ends of months, counted by hand."""

from datetime import date

import pyarrow as pa
import pytest

from clove.features.churn_features import EXTENDED, NINETEEN, churn_features
from clove.features.contracts import month_number

JUNE = month_number(date(2024, 6, 30))


def paid(month, late=0, **more):
    return {
        "period_month": month,
        "amount_paid": 100.0,
        "due_date": date(2024, month, 1),
        "days_late": late,
        "status": "paid",
        **more,
    }


def unpaid(month):
    return {"period_month": month, "amount_paid": 0.0, "due_date": date(2024, month, 1), "status": "unpaid"}


@pytest.fixture
def known(ask):
    """The features of contract k at the end of June 2024, or of other months."""

    def run(*months, **tables):
        asked = months or (JUNE,)
        rows = pa.table({"contract_id": ["k"] * len(asked), "month": pa.array(asked, pa.int64())})
        found = ask(lambda engine, _: churn_features(engine, rows, "ZAR"), **tables)
        assert [row["month"] for row in found] == sorted(asked)
        return found if months else found[0]

    return run


def test_every_feature_is_there_by_name(known):
    row = known()
    assert list(row) == ["contract_id", "month", *EXTENDED]
    assert len(NINETEEN) == 19
    assert EXTENDED[:19] == NINETEEN


def test_a_contract_of_which_little_is_known(known):
    row = known()
    assert row["months_active"] == 5
    assert (row["country_zaf"], row["country_ken"], row["channel_direct"], row["channel_online"]) == (1, 0, 1, 0)
    assert row["ticket_count"] == row["cancellation_tickets"] == row["unpaid_invoices"] == 0
    assert row["customer_contracts"] == 1
    # unknown is no zero
    for name in ("monthly_fee", "credit_band_enc", "avg_days_late", "pct_paid", "consecutive_bad_months"):
        assert row[name] is None


@pytest.mark.parametrize(("band", "code"), [("A", 0), ("B", 1), ("C", 2), ("D", 3), ("unrated", None)])
def test_credit_bands(known, band, code):
    assert known(customers=[{"credit_score_band": band}])["credit_band_enc"] == code


@pytest.mark.parametrize(("kind", "fleet"), [("individual", 0), ("fleet", 1), ("corporate", 1), ("dealer", 0)])
def test_fleets(known, kind, fleet):
    assert known(customers=[{"customer_type": kind}])["is_fleet"] == fleet


@pytest.mark.parametrize(("make", "hard"), [("BMW", 1), ("Mercedes-Benz", 1), ("audi", 1), ("Toyota", 0)])
def test_vehicles_that_are_hard_to_work_on(known, make, hard):
    assert known(contracts=[{"vehicle_make": make}])["vehicle_complex"] == hard


def test_lateness_and_unpaid_months(known):
    payments = [paid(2), paid(3, late=4), paid(4, late=40), unpaid(5), unpaid(6)]
    april, may, june = known(JUNE - 2, JUNE - 1, JUNE, payments=payments)
    # in April the third invoice was still open: it came on 11 May
    assert april["avg_days_late"] == 2
    assert april["pct_paid"] == pytest.approx(1 / 3)
    assert april["consecutive_bad_months"] == pytest.approx(1 / 3)
    assert may["avg_days_late"] == pytest.approx(44 / 3)
    assert may["consecutive_bad_months"] == pytest.approx(1 / 4)
    assert june["consecutive_bad_months"] == pytest.approx(2 / 5)
    assert june["pct_paid"] == pytest.approx(1 / 5)
    assert june["months_since_payment"] == 1
    assert june["unpaid_invoices"] == 2
    assert june["days_late_3m"] == 40  # of money that came from April on


def test_what_is_not_known_to_be_paid_is_neither_paid_nor_unpaid(known):
    row = known(payments=[paid(2), paid(3, amount_paid=None, days_late=None, status=None)])
    assert row["pct_paid"] == 1
    assert row["unpaid_invoices"] == 0


def test_a_part_that_comes_in_time_is_not_paid_on_time(known):
    row = known(payments=[paid(2, amount_paid=40.0), paid(3)])
    assert row["pct_paid"] == 0.5
    assert row["unpaid_invoices"] == 0


def test_fee_by_the_newest_dated_word(known):
    quote = {
        "quote_id": "q",
        "quoted_on": date(2024, 1, 9),
        "price": 90.0,
        "converted": True,
        "contract_id": "k",
    }
    change = {"changed_on": date(2024, 5, 20), "monthly_fee": 120.0}
    later = {"changed_on": date(2024, 7, 1), "monthly_fee": 500.0}
    january, march, may, june = known(
        JUNE - 5, JUNE - 3, JUNE - 1, JUNE, quotes=[quote], payments=[paid(2)], fee_changes=[change, later]
    )
    assert [row["monthly_fee"] for row in (january, march, may, june)] == [90, 100, 120, 120]


def test_fee_in_the_portfolios_currency_at_the_months_rate(known):
    contract = {"currency": "KES", "country_code": "KEN"}
    product = {"currency": "KES", "standard_monthly_fee": 80.0}
    rates = [
        {"currency": "KES", "day": date(2024, month, day), "rate": rate}
        for month, day, rate in ((5, 31, 0.1), (6, 30, 0.2))
    ]
    may, june = known(JUNE - 1, JUNE, contracts=[contract], products=[product], payments=[paid(2)], rates=rates)
    assert may["monthly_fee"] == 10
    assert june["monthly_fee"] == 20
    assert may["price_to_list"] == june["price_to_list"] == 1.25


def test_requests_and_complaints(known):
    def ticket(number, category, opened, closed=None):
        return {"ticket_id": str(number), "category": category, "opened_on": opened, "resolved_on": closed}

    tickets = [
        ticket(1, "cancellation_request", date(2024, 4, 20), date(2024, 5, 3)),
        ticket(2, "hardware_fault", date(2024, 3, 2), date(2024, 3, 9)),
        ticket(3, "billing", date(2024, 6, 8), date(2024, 7, 1)),
        ticket(4, "service_query", date(2024, 7, 8)),
    ]
    april, june = known(JUNE - 2, JUNE, support_tickets=tickets)
    assert (april["open_cancellation_requests"], june["open_cancellation_requests"]) == (1, 0)
    assert (april["ticket_count"], june["ticket_count"]) == (2, 3)
    assert june["cancellation_tickets"] == june["customer_wishes_to_leave"] == 1
    assert june["months_since_cancellation_request"] == 2
    assert (june["complaints_1m"], june["complaints_3m"], june["complaints_6m"]) == (1, 1, 2)
    assert june["open_tickets"] == 1
    assert june["months_since_complaint"] == 0


def test_lapses_and_suspensions(known):
    changes = [
        {"changed_on": date(2024, 1, 10), "status": "active"},
        {"changed_on": date(2024, 3, 25), "status": "bad_billing"},
        {"changed_on": date(2024, 5, 25), "status": "active"},
        {"changed_on": date(2024, 6, 2), "status": "suspended"},
    ]
    february, april, may, june = known(JUNE - 4, JUNE - 2, JUNE - 1, JUNE, status_changes=changes)
    assert [row["months_lapsed"] for row in (february, april, may, june)] == [None, 1, None, None]
    assert [row["is_suspended"] for row in (february, april, may, june)] == [0, 0, 0, 1]


def test_a_customers_other_contracts(known):
    others = [
        {},
        {
            "contract_id": "left",
            "start_date": date(2023, 6, 1),
            "cancellation_date": date(2024, 5, 7),
            "cancellation_reason": "voluntary_other",
        },
        {"contract_id": "later", "start_date": date(2024, 9, 1)},
    ]
    april, june = known(JUNE - 2, JUNE, contracts=others)
    assert (april["customer_contracts"], april["customer_ended"], april["customer_wishes_to_leave"]) == (2, 0, 0)
    assert (june["customer_contracts"], june["customer_ended"], june["customer_wishes_to_leave"]) == (2, 1, 1)
    assert april["customer_leaving_rate"] == pytest.approx(1 / (60 + 3 + 10))
    assert june["customer_leaving_rate"] == pytest.approx(2 / (60 + 5 + 11))


def test_the_end_of_the_clause(known):
    row = known(contracts=[{"cancellation_clause_months": 3}])
    assert row["months_to_clause_end"] == -2
    assert known(products=[{"standard_cancellation_clause": 24}])["months_to_clause_end"] == 19


def test_control_arms_are_no_interventions(known):
    made = [{"made_on": date(2024, 3, 5), "treated": True}, {"made_on": date(2024, 6, 5), "treated": False}]
    assert known(interventions=made)["months_since_intervention"] == 3
