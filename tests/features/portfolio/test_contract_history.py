"""What portfolios went through up to a date: cash, ends, spells without payment, penalties, quotes, upfront costs."""

from datetime import date
from functools import partial

import pytest

from clove.features import contracts as features


def paid(month, amount=100.0, **more):
    return {
        "period_month": month,
        "amount_paid": amount,
        "due_date": date(2024, month, 1),
        "paid_date": date(2024, month, 5),
        **more,
    }


def unpaid(month, **more):
    return {"period_month": month, "amount_paid": 0.0, "due_date": date(2024, month, 1), "status": "unpaid", **more}


def changes(*steps, contract="k"):
    return [{"contract_id": contract, "changed_on": day, "status": status} for day, status in steps]


# ---- cash


def cash(ask, **tables):
    return [(row["position"], row["month"], row["cash"]) for row in ask(features.contract_cash, **tables)]


def test_cash_counts_in_the_month_in_which_it_came(ask):
    payments = [
        paid(2),
        paid(3, paid_date=date(2024, 4, 2)),
        paid(4, amount=60.0, paid_date=None),  # nobody knows when: as it was due
        paid(5, amount=50.0, paid_date=None, days_late=61),
        paid(6, paid_date=date(2024, 7, 1)),  # not yet
        paid(6, amount=None, paid_date=None),  # nobody knows whether
    ]
    assert cash(ask, payments=payments) == [(0, 1, 100.0), (0, 3, 160.0)]
    payments[3]["days_late"] = 60
    assert cash(ask, payments=payments)[2:] == [(0, 5, 50.0)]
    told = paid(6, amount=None, status="paid")
    assert cash(ask, payments=[told]) == [(0, 5, 100.0)]


def test_costs_recoveries_and_penalties_are_cash_too(ask):
    contracts = [
        {
            "cancellation_date": date(2024, 4, 20),
            "penalty_collected": 300.0,
            "penalty_collected_on": date(2024, 6, 30),
        }
    ]
    thefts = [
        {
            "stolen_on": date(2024, 2, 3),
            "closed_on": date(2024, 3, 9),
            "recovery_fee_collected": 900.0,
            "recovery_cost": 250.0,
        },
        {"stolen_on": date(2024, 6, 3), "closed_on": date(2024, 7, 1), "recovery_cost": 250.0},
    ]
    costs = [{"period_month": 2, "amount": 30.0}, {"period_month": 2, "amount": 4.0, "cost_type": "repair"}]
    costs += [{"period_month": 7, "amount": 30.0}]
    tables = {"recovery_events": thefts, "costs_monthly": costs}
    assert cash(ask, contracts=contracts, **tables) == [(0, 1, -34.0), (0, 2, 650.0), (0, 5, 300.0)]
    contracts[0]["penalty_collected_on"] = date(2024, 7, 1)
    assert cash(ask, contracts=contracts) == []
    contracts[0]["penalty_collected_on"] = None
    assert cash(ask, contracts=contracts) == [(0, 3, 300.0)]


def test_contracts_are_numbered_as_their_states_are(ask):
    contracts = [
        {"contract_id": "c"},
        {"contract_id": "a", "start_date": date(2024, 7, 1)},
        {"contract_id": "b", "start_date": date(2023, 1, 1)},
    ]
    payments = [paid(2, contract_id="c"), paid(3, contract_id="b"), paid(1, contract_id="a")]
    assert cash(ask, contracts=contracts, payments=payments) == [(0, 14, 100.0), (1, 1, 100.0)]


# ---- ends


def test_each_contract_is_watched_until_its_end_or_the_date(ask):
    def contract(name, start, end=None, **more):
        return {"contract_id": name, "start_date": start, "cancellation_date": end, **more}

    contracts = [
        contract("a", date(2024, 1, 10)),  # 5 months lived through
        contract("b", date(2024, 1, 31)),
        contract("c", date(2024, 1, 10), date(2024, 6, 2)),  # ended in its fifth
        contract("d", date(2024, 3, 1), date(2024, 3, 9)),  # in the month of its start: counts as the first
        contract("e", date(2024, 6, 1)),
        contract("f", date(2024, 1, 10), date(2024, 7, 1)),  # not ended yet
        contract("g", date(2024, 7, 1)),
        contract("h", date(2024, 1, 10), sales_channel=None, product_id="gone"),
    ]
    found = ask(features.contract_exits, contracts=contracts)
    assert [(r["channel"], r["tier"], r["months"], r["ended"], r["contracts"]) for r in found] == [
        ("direct", "standard", 0, False, 1),
        ("direct", "standard", 1, True, 1),
        ("direct", "standard", 5, False, 3),
        ("direct", "standard", 5, True, 1),
        ("unknown", "unknown", 5, False, 1),
    ]


# ---- spells


def spells(ask, *more, grace_days=0, **tables):
    found = ask(partial(features.unpaid_spells, grace_days=grace_days), *more, **tables)
    return [(row["lapsed_after"], row["months"], row["resumed"], row["ended"]) for row in found]


LAPSED = (date(2024, 2, 5), "bad_billing")


@pytest.mark.parametrize(
    ("after", "end", "spell"),
    [
        ((), None, (1, 4, False, False)),  # runs: March to June
        (((date(2024, 5, 5), "active"),), None, (1, 3, True, False)),  # back in the third month
        (((date(2024, 2, 25), "active"),), None, (1, 0, False, False)),  # back at once: no month was at risk
        (((date(2024, 5, 5), "suspended"),), None, (1, 2, False, False)),
        (((date(2024, 5, 5), "cancelled"),), date(2024, 5, 5), (1, 2, False, True)),
        ((), date(2024, 5, 5), (1, 2, False, True)),  # the end alone tells it
        ((), date(2024, 2, 20), (1, 0, False, False)),  # the month of the end began with a contract that paid
        (((date(2024, 4, 5), "suspended"),), date(2024, 6, 5), (1, 1, False, False)),  # ended while suspended
        (((date(2024, 7, 1), "active"),), date(2024, 7, 1), (1, 4, False, False)),  # not known yet
    ],
)
def test_a_spell_of_dated_statuses(ask, after, end, spell):
    steps = changes((date(2024, 1, 10), "active"), LAPSED, *after)
    assert spells(ask, status_changes=steps, contracts=[{"cancellation_date": end}]) == [spell]


def test_a_status_that_is_said_again_is_one_spell(ask):
    steps = changes(LAPSED, (date(2024, 3, 5), "bad_billing"), (date(2024, 5, 1), "active"))
    assert spells(ask, status_changes=steps) == [(1, 3, True, False)]


def test_a_contract_may_lapse_again(ask):
    steps = changes(LAPSED, (date(2024, 3, 1), "active"), (date(2024, 4, 1), "bad_billing"))
    assert spells(ask, status_changes=steps) == [(1, 1, True, False), (3, 2, False, False)]


def test_suspensions_are_spells_of_their_own(ask):
    steps = changes((date(2024, 2, 5), "suspended"), (date(2024, 4, 5), "active"), (date(2024, 5, 5), "bad_billing"))
    assert spells(ask, "suspended", status_changes=steps) == [(1, 2, True, False)]
    assert spells(ask, status_changes=steps) == [(4, 1, False, False)]


def test_without_dated_statuses_unpaid_invoices_are_spells(ask):
    payments = [paid(2), unpaid(3), unpaid(4), paid(5), unpaid(6)]
    counted = [(2, 2, True, False), (5, 0, False, False)]
    assert spells(ask, payments=payments) == counted
    assert spells(ask, "suspended", payments=payments) == []
    # a status of a later day does not tell that statuses are dated
    assert spells(ask, payments=payments, status_changes=changes((date(2024, 7, 1), "active"))) == counted
    assert spells(ask, payments=payments, status_changes=changes((date(2024, 1, 10), "active"))) == []
    # a second invoice of the month was paid; nobody knows of the other; that of June is paid in July
    assert spells(ask, payments=[*payments[:2], paid(3), unpaid(4), paid(5)]) == [(3, 1, True, False)]
    assert spells(ask, payments=[paid(2), paid(3, amount=None, paid_date=None), paid(4)]) == []
    assert spells(ask, payments=[paid(5), paid(6, paid_date=date(2024, 7, 1))]) == [(5, 0, False, False)]
    ended = [{"cancellation_date": date(2024, 6, 15)}]
    assert spells(ask, payments=[paid(2), unpaid(3), unpaid(4)], contracts=ended) == [(2, 2, False, True)]


def test_the_watch_ends_with_the_invoices_whose_money_may_still_come(ask):
    def seen(*payments):
        return spells(ask, payments=list(payments), grace_days=31)

    assert seen(paid(4), paid(5), unpaid(6)) == []
    # lapsed in March; that of June may or may not be paid
    assert seen(paid(2), unpaid(3), unpaid(4), unpaid(5), unpaid(6)) == [(2, 2, False, False)]
    assert seen(paid(2), unpaid(3), unpaid(4), unpaid(5), paid(6)) == [(2, 2, False, False)]
    assert seen(paid(2), unpaid(3), unpaid(4), paid(5), unpaid(6)) == [(2, 2, True, False)]
    assert seen(paid(2), unpaid(3), unpaid(4)) == [(2, 3, False, False)]


# ---- penalties


def test_penalties_by_segment(ask):
    def contract(name, **more):
        return {
            "contract_id": name,
            "cancellation_clause_months": 10,
            "start_date": date(2023, 11, 10),
            "cancellation_date": date(2024, 3, 9),  # 3 months served of 10: 7 fees are left
            "cancellation_reason": "voluntary_other",
            "penalty_collected": 210.0,
            **more,
        }

    contracts = [
        contract("a"),
        contract("b", cancellation_reason="forced_non_payment", penalty_collected=0.0),
        contract("c", penalty_collected_on=date(2024, 7, 1)),  # what comes of it is not known yet
        contract("d", cancellation_reason=None, penalty_collected=None),
        contract("e", cancellation_clause_months=3, penalty_collected=50.0),  # nothing was due
        contract("f", cancellation_date=date(2024, 7, 1)),
        contract("g", cancellation_date=None),
        contract("h", currency="NAD", penalty_collected=None),
        # in the second month after its end: collected at once, which most are not
        contract(
            "i", cancellation_date=date(2024, 4, 1), cancellation_reason=None, penalty_collected_on=date(2024, 4, 2)
        ),
    ]
    rand, other = reversed(ask(features.penalties, 0.75, contracts=contracts))
    assert rand["ends"] == 6
    assert (rand["voluntary"], rand["known_reasons"]) == (3, 4)
    assert (rand["known_penalties"], rand["due"], rand["collected"]) == (2, 2 * 0.75 * 700, 210.0)
    assert (other["currency"], other["due"], other["collected"], other["known_penalties"]) == ("NAD", 0.0, 0.0, 0)


# ---- quotes and upfront costs


def test_a_quote_has_not_become_a_contract_before_the_contract_starts(ask):
    contracts = [{"contract_id": "a"}, {"contract_id": "b", "start_date": date(2024, 7, 1)}]

    def quote(name, converted, **more):
        return {"quote_id": name, "quoted_on": date(2024, 1, 2), "converted": converted, **more}

    quotes = [
        quote("1", True, contract_id="a"),
        quote("2", True, contract_id="b"),
        quote("3", True),  # of which nobody knows the contract
        quote("4", False),
        quote("5", True, contract_id="a", quoted_on=date(2024, 7, 1)),
    ]
    found = ask(features.segment_quotes, contracts=contracts, quotes=quotes)
    assert [row["converted"] for row in found] == [True, False, True, False]


@pytest.mark.parametrize("converted", [True, False])
def test_a_quote_counts_once_its_customer_has_had_time_to_sign(ask, converted):
    days = (date(2024, 5, 31), date(2024, 6, 1))
    quotes = [{"quote_id": str(i), "quoted_on": day, "converted": converted} for i, day in enumerate(days)]
    assert [row["quoted_on"] for row in ask(features.segment_quotes, quotes=quotes)] == [days[0]]
    assert len(ask(partial(features.segment_quotes, signing_days=29), quotes=quotes)) == 2


def test_a_quote_has_the_rates_of_its_day(ask):
    day = date(2024, 1, 2)
    rates = [
        {"currency": code, "day": on, "rate": rate}
        for on, more in ((day, 0.0), (date(2024, 1, 3), 5.0))
        for code, rate in (("ZAR", 2.0 + more), ("KES", 0.2 + more))
    ]
    quotes = [
        {"quote_id": "1", "quoted_on": day, "converted": False, "currency": "KES"},
        {"quote_id": "2", "quoted_on": day, "converted": False, "currency": "NGN"},
        {"quote_id": "3", "quoted_on": date(2024, 1, 4), "converted": False, "currency": "KES"},
    ]
    found = ask(features.segment_quotes, quotes=quotes, rates=rates)
    assert [(row["rate"], row["rand_rate"]) for row in found] == [(0.2, 2.0), (None, 2.0), (None, None)]


def test_upfront_costs_by_segment_and_kind(ask):
    contracts = [{"contract_id": "a"}, {"contract_id": "b"}, {"contract_id": "c", "start_date": date(2024, 7, 1)}]
    lines = [
        {"contract_id": "a", "amount": 700.1},
        {"contract_id": "b", "amount": 500.2, "incurred_on": date(2024, 6, 30)},
        {"contract_id": "b", "amount": 80.0, "cost_type": "cac_sales"},
        {"contract_id": "b", "amount": 90.0, "cost_type": "cac_sales", "incurred_on": date(2024, 7, 1)},
        # won in June, and its contract starts in July
        {"contract_id": "c", "amount": 80.0, "cost_type": "cac_marketing", "incurred_on": date(2024, 6, 1)},
    ]
    [found] = ask(features.segment_upfront, contracts=contracts, costs_upfront=lines)
    assert (found["contracts"], found["hardware"], found["cac_sales"]) == (2, 1200.3, 80.0)
    assert (found["cac_marketing"], found["fitment_labour"]) == (None, None)
