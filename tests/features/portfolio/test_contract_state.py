"""What was so of a contract on a date, rebuilt from dated rows; every figure computed by hand."""

from datetime import date

import pytest

from clove.features.contracts import contract_state


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


def changes(*steps):
    return [{"changed_on": day, "status": status} for day, status in steps]


# ---- which contracts there are, and for how long


@pytest.mark.parametrize(
    ("start", "served"),
    [(date(2024, 6, 30), 0), (date(2024, 6, 1), 0), (date(2024, 5, 31), 1), (date(2023, 6, 15), 12)],
)
def test_months_served_are_those_after_the_month_of_the_start(state, start, served):
    assert state(contracts=[{"start_date": start}])["months_served"] == served


def test_a_contract_that_starts_later_is_not_there(ask):
    contracts = [{"contract_id": "a"}, {"contract_id": "b", "start_date": date(2024, 7, 1)}]
    assert [row["contract_id"] for row in ask(contract_state, contracts=contracts)] == ["a"]


@pytest.mark.parametrize(
    ("end", "served"), [(date(2024, 1, 20), 0), (date(2024, 2, 1), 0), (date(2024, 4, 1), 2), (date(2024, 4, 30), 2)]
)
def test_the_month_of_the_end_is_not_served(state, end, served):
    found = state(contracts=[{"cancellation_date": end, "cancellation_reason": "forced_theft"}])
    assert (found["months_served"], found["status"], found["ended_on"]) == (served, "cancelled", end)
    assert found["end_reason"] == "forced_theft"


def test_an_end_that_comes_later_is_not_known(state):
    found = state(
        contracts=[
            {
                "cancellation_date": date(2024, 7, 1),
                "cancellation_reason": "voluntary_other",
                "status": "cancelled",
                "months_active": 99,
            }
        ]
    )
    assert (found["status"], found["ended_on"], found["end_reason"], found["months_served"]) == (
        "active",
        None,
        None,
        5,
    )


# ---- status


def test_the_status_is_that_of_the_newest_change_up_to_the_date(state):
    steps = changes((date(2024, 1, 10), "active"), (date(2024, 4, 3), "suspended"), (date(2024, 7, 1), "bad_billing"))
    assert state(status_changes=steps)["status"] == "suspended"
    assert state(status_changes=steps[:1] + steps[2:])["status"] == "active"
    assert state(status_changes=steps[2:])["status"] == "active"  # nothing was known yet


def test_two_changes_of_a_day_come_in_the_order_of_a_life(state):
    day = date(2024, 4, 3)
    assert state(status_changes=changes((day, "active"), (day, "suspended")))["status"] == "suspended"
    found = state(status_changes=changes((day, "bad_billing"), (day, "active")))
    assert (found["status"], found["months_lapsed"]) == ("bad_billing", 2)


def test_a_lapse_begins_with_the_step_and_not_with_its_repetition(state):
    steps = [
        (date(2024, 1, 10), "active"),
        (date(2024, 2, 5), "bad_billing"),
        (date(2024, 3, 5), "active"),
        (date(2024, 4, 30), "bad_billing"),
        (date(2024, 6, 1), "bad_billing"),
    ]
    found = state(status_changes=changes(*steps))
    assert (found["status"], found["months_lapsed"]) == ("bad_billing", 2)
    assert state(status_changes=changes(*steps[:3]))["months_lapsed"] is None


def test_without_dated_statuses_unpaid_invoices_in_a_row_are_a_lapse(state):
    found = state(payments=[paid(2), unpaid(3), paid(4), unpaid(5), unpaid(6)])
    assert (found["status"], found["months_lapsed"], found["arrears"]) == ("bad_billing", 1, 100.0)
    assert state(payments=[paid(2), unpaid(3), paid(4)])["status"] == "active"
    # nothing was ever paid; nothing was asked for; nobody knows
    assert state(payments=[unpaid(2), unpaid(3)])["months_lapsed"] == 4
    assert state(payments=[paid(5), unpaid(6, amount_due=0.0)])["status"] == "active"
    assert state(payments=[paid(5), paid(6, amount=None, paid_date=None)])["status"] == "active"


def test_an_invoice_within_the_days_of_grace_is_not_unpaid_yet(state):
    payments = [paid(2), paid(3), paid(4), unpaid(5), unpaid(6, due_date=date(2024, 5, 31))]
    found = state(31, payments=payments)  # 30 days, and 60 for that of May
    assert (found["status"], found["months_lapsed"], found["arrears"]) == ("bad_billing", 1, 100.0)
    assert (found["known_due"], found["received"], found["known_invoices"]) == (400.0, 300.0, 5)
    assert (found["paying_due"], found["paying_received"]) == (300.0, 300.0)
    found = state(30, payments=payments)
    assert (found["known_due"], found["months_lapsed"]) == (500.0, 1)
    found = state(31, payments=[paid(5), unpaid(6)])
    assert (found["status"], found["arrears"], found["known_due"]) == ("active", None, 100.0)
    # paid at once, and so no fair sample of those of June; yet it tells that the contract pays
    found = state(31, payments=[unpaid(5), paid(6)])
    assert (found["status"], found["known_due"], found["received"]) == ("active", 100.0, 0.0)
    steps = changes((date(2024, 6, 5), "bad_billing"))
    found = state(31, payments=[paid(5), unpaid(6)], status_changes=steps)
    assert (found["status"], found["months_lapsed"], found["arrears"]) == ("bad_billing", 0, 100.0)


def test_a_dated_status_counts_for_more_than_invoices(state):
    steps = changes((date(2024, 1, 10), "active"))
    assert state(payments=[paid(2), unpaid(6)], status_changes=steps)["status"] == "active"


def test_a_payment_that_comes_later_had_not_come(state):
    late = paid(6, paid_date=date(2024, 7, 3))
    assert state(payments=[paid(5), late])["status"] == "bad_billing"
    assert state(payments=[paid(5), {**late, "paid_date": date(2024, 6, 30)}])["status"] == "active"
    counted = {**late, "paid_date": None, "days_late": 40}
    assert state(payments=[paid(5), counted])["received"] == 100.0
    assert state(payments=[paid(5), {**counted, "days_late": 20}])["received"] == 200.0
    # without a due date, from the first of the month
    assert state(payments=[paid(5), {**counted, "due_date": None}])["received"] == 100.0
    assert state(payments=[paid(5), {**counted, "due_date": None, "days_late": 20}])["received"] == 200.0


# ---- money that was asked for and that came


def test_an_invoice_is_known_from_the_day_it_is_due(state):
    found = state(payments=[paid(5), paid(6), paid(7), paid(6, due_date=date(2024, 7, 1), paid_date=None)])
    assert (found["invoices"], found["known_due"], found["received"]) == (2, 200.0, 200.0)


def test_an_unknown_receipt_is_neither_money_nor_debt(state):
    found = state(payments=[paid(3), paid(4, amount=None, paid_date=None), paid(5)])
    assert (found["invoices"], found["known_invoices"]) == (3, 2)
    assert (found["known_due"], found["received"]) == (200.0, 200.0)
    # what its word says is known
    told = [paid(3, amount=None, status="paid"), paid(4, amount=None, paid_date=None, status="reversed")]
    found = state(payments=told)
    assert (found["known_invoices"], found["known_due"], found["received"]) == (2, 200.0, 100.0)


def test_several_invoices_of_a_month_add_up(state):
    found = state(payments=[paid(6, amount_due=30.0, amount=30.0), unpaid(6, amount_due=70.0), paid(5)])
    assert (found["invoices"], found["known_due"], found["received"]) == (3, 200.0, 130.0)
    assert found["status"] == "active"


def test_arrears_are_the_unpaid_invoices_of_the_lapse(state):
    steps = changes((date(2024, 1, 10), "active"), (date(2024, 5, 2), "bad_billing"))
    # flagged in the second unpaid month; February's shortfall was left behind, June's invoice comes after
    payments = [paid(2, amount=40.0, status="partial"), paid(3), unpaid(4), unpaid(5, amount_due=110.0), unpaid(6)]
    found = state(payments=payments, status_changes=steps)
    assert (found["months_lapsed"], found["arrears"]) == (1, 210.0)
    assert (found["paying_due"], found["paying_received"]) == (300.0, 140.0)
    assert (found["known_due"], found["received"]) == (510.0, 140.0)
    partly = state(payments=[paid(4), paid(5, amount=25.0)], status_changes=steps)
    assert partly["arrears"] == 75.0


def test_arrears_are_unknown_where_no_invoice_tells_them(state):
    steps = changes((date(2024, 5, 2), "bad_billing"))
    assert state(status_changes=steps)["arrears"] is None
    assert state(status_changes=steps, payments=[paid(5, amount=None, paid_date=None)])["arrears"] is None
    assert state(status_changes=steps, payments=[paid(5)])["arrears"] == 0.0
    assert state()["arrears"] is None


def test_sums_do_not_hang_on_the_order_of_rows(state):
    # 0.1 + 0.2 + 0.3 is one float forwards and another backwards
    payments = [paid(month, amount=month / 10, amount_due=1.0) for month in range(1, 7)]
    found = state(
        payments=payments,
        costs_monthly=[{"period_month": month, "amount": month / 10} for month in range(1, 7)],
        costs_upfront=[{"amount": part / 10} for part in range(1, 7)],
    )
    assert [found[name] for name in ("received", "recent_cost", "upfront_cost")] == [2.1] * 3


# ---- months of which nothing is told


def test_months_before_the_first_and_after_the_last_invoice_are_missing(state):
    def missing(*payments, **tables):
        return state(payments=list(payments), **tables)["missing_invoices"]

    # started in January: February to June were served
    assert missing(*map(paid, range(2, 7))) == 0
    assert missing(*map(paid, range(1, 7))) == 0
    assert missing(paid(4), paid(5), paid(6)) == 2
    assert missing(paid(4), paid(5)) == 3
    assert missing(paid(2), paid(6)) == 0  # those in between were not invoiced
    assert missing() is None
    assert missing(paid(2, contract_id="other")) == 5
    assert missing(paid(4), contracts=[{"cancellation_date": date(2024, 6, 9)}]) == 3
    assert missing(paid(2), contracts=[{"cancellation_date": date(2024, 3, 9)}]) == 0


def test_months_in_which_nothing_was_paid_need_no_invoice(state):
    steps = changes((date(2024, 1, 10), "active"), (date(2024, 3, 20), "suspended"), (date(2024, 4, 9), "active"))
    found = state(payments=[paid(6)], status_changes=steps)
    assert found["missing_invoices"] == 2  # February and May
    lapsed = changes((date(2024, 1, 10), "active"), (date(2024, 5, 5), "bad_billing"))
    assert state(payments=[paid(2), paid(3)], status_changes=lapsed)["missing_invoices"] == 1


def test_an_invoice_that_falls_due_in_the_next_month_is_not_missing(state):
    def later(month):
        return paid(month, due_date=date(2024, month + 1, 5), paid_date=None)

    assert state(payments=[later(month) for month in range(2, 7)])["missing_invoices"] == 0
    assert state(payments=[later(month) for month in range(2, 5)])["missing_invoices"] == 1


def test_months_without_a_line_of_upkeep_are_missing(state):
    def missing(*months, kind="platform"):
        lines = [{"period_month": month, "amount": 9.0, "cost_type": kind} for month in months]
        return state(costs_monthly=lines)["missing_cost_months"]

    assert missing(2, 3, 4, 5, 6) == 0
    assert missing(2, 6) == 0
    assert missing(2, 3, 4) == 2
    assert missing(4, 5, kind="sim_data") == 3
    assert missing(4, kind="repair") is None  # of what comes every month nothing is noted at all
    assert missing(7) is None


# ---- fees


def test_the_fee_is_the_one_of_the_date(state):
    fees = [
        {"changed_on": date(2024, 1, 10), "monthly_fee": 80.0},
        {"changed_on": date(2024, 4, 1), "monthly_fee": 90.0},
        {"changed_on": date(2024, 7, 1), "monthly_fee": 100.0},
    ]
    assert state(fee_changes=fees)["monthly_fee"] == 90.0
    # only a later change is known: the newest invoice tells what was asked before it
    later = fees[2:]
    assert state(fee_changes=later, payments=[paid(5, amount_due=85.0), paid(6, amount_due=87.0)])["monthly_fee"] == 87
    assert state(fee_changes=later)["monthly_fee"] is None
    assert state(payments=[paid(6, amount_due=87.0)])["monthly_fee"] == 100.0


@pytest.mark.parametrize(
    "later",
    [
        {"payments": [paid(7, paid_date=date(2024, 7, 31))]},
        {"costs_monthly": [{"period_month": 7, "amount": 9.0}]},
        {"status_changes": changes((date(2024, 8, 1), "suspended"))},
        {"support_tickets": [{"opened_on": date(2024, 7, 31), "category": "billing"}]},
        {"quotes": [{"quote_id": "q", "quoted_on": date(2024, 7, 31), "converted": False}]},
    ],
)
def test_a_fee_of_today_is_not_that_of_a_past_date(state, later):
    before = [paid(5, amount_due=85.0), paid(6, amount_due=87.0)]
    assert state(**later)["monthly_fee"] is None
    assert state(**{**later, "payments": [*before, *later.get("payments", [])]})["monthly_fee"] == 87.0
    fees = [{"changed_on": date(2024, 1, 10), "monthly_fee": 80.0}]
    assert state(fee_changes=fees, **later)["monthly_fee"] == 80.0
    # what has ended by then has no later fee
    assert state(contracts=[{"cancellation_date": date(2024, 6, 9)}], **later)["monthly_fee"] == 100.0


def test_a_fee_of_today_is_that_of_the_last_whole_month(state):
    begun = [{"opened_on": date(2024, 7, 30), "category": "billing"}]  # July is not over
    assert state(support_tickets=begun, payments=[paid(6, amount_due=87.0)])["monthly_fee"] == 100.0


# ---- terms of the contract, its product and its customer


def test_terms_are_the_contracts_own_or_those_of_its_product(state):
    products = [{"standard_cancellation_clause": 24, "standard_monthly_fee": 120.0, "monthly_platform_cost": 30.0}]
    customers = [{"credit_score_band": "B", "customer_type": "fleet"}]
    found = state(contracts=[{"cancellation_clause_months": 12}], products=products, customers=customers)
    assert (found["clause_months"], found["list_price"], found["monthly_platform_cost"]) == (12, 120.0, 30.0)
    assert (found["tier"], found["channel"], found["band"]) == ("standard", "direct", "B")
    assert state(products=products)["clause_months"] == 24
    assert state(contracts=[{"cancellation_clause_months": 0}], products=products)["clause_months"] == 0  # it has none
    found = state(contracts=[{"product_id": "gone", "sales_channel": None}])
    assert (found["tier"], found["channel"], found["band"], found["clause_months"]) == (
        "unknown",
        "unknown",
        "unrated",
        None,
    )


# ---- costs


def test_costs_of_the_last_twelve_months_without_those_of_keeping_customers(state):
    contracts = [{"start_date": date(2022, 1, 10)}]
    lines = [
        {"period_year": 2023, "period_month": 6, "amount": 1000.0},  # the thirteenth month back
        {"period_year": 2023, "period_month": 7, "amount": 30.0},
        {"period_month": 6, "amount": 20.0, "cost_type": "sim_data"},
        {"period_month": 6, "amount": 15.0, "cost_type": "support"},
        {"period_month": 6, "amount": 500.0, "cost_type": "retention_intervention"},
        {"period_month": 7, "amount": 1000.0},
    ]
    found = state(contracts=contracts, costs_monthly=lines)
    assert (found["recent_cost"], found["recent_upkeep"], found["recent_cost_months"]) == (65.0, 50.0, 12)
    found = state(contracts=contracts, costs_monthly=lines[2:])
    assert (found["recent_cost"], found["recent_cost_months"]) == (35.0, 1)
    assert state(contracts=contracts)["recent_cost"] is None


def test_a_contract_that_has_ended_costs_nothing_after_its_last_line(state):
    contracts = [{"start_date": date(2023, 1, 10), "cancellation_date": date(2024, 3, 15)}]
    lines = [{"period_year": 2023, "period_month": month, "amount": 10.0} for month in range(2, 13)]
    lines += [{"period_month": month, "amount": 10.0} for month in (1, 2)]
    found = state(contracts=contracts, costs_monthly=lines)
    assert (found["recent_cost"], found["recent_cost_months"]) == (80.0, 8)  # July to February
    long_gone = state(contracts=[{"start_date": date(2022, 1, 10), "cancellation_date": date(2023, 3, 1)}])
    assert long_gone["recent_cost"] is None


def test_upfront_costs_count_from_their_day(state):
    lines = [
        {"amount": 700.0},
        {"amount": 200.0, "cost_type": "cac_sales", "incurred_on": date(2024, 1, 2)},
        {"amount": 900.0, "cost_type": "fitment_labour", "incurred_on": date(2024, 7, 1)},
    ]
    found = state(costs_upfront=lines)
    assert (found["upfront_cost"], found["acquisition_cost"]) == (900.0, 200.0)
    assert state()["upfront_cost"] is None


# ---- hardware


def test_hardware_is_worth_its_newest_valuation_up_to_the_date(state):
    hardware = [{"residual_value": 1.0, "purchase_cost": 1200.0, "purchased_on": date(2024, 1, 1)}]
    values = [
        {"valued_on": date(2024, 2, 1), "residual_value": 1000.0},
        {"valued_on": date(2024, 6, 30), "residual_value": 800.0},
        {"valued_on": date(2024, 7, 1), "residual_value": 5.0},
    ]
    assert state(hardware=hardware, hardware_valuations=values)["residual_value"] == 800.0
    assert state(hardware=hardware, hardware_valuations=values[2:])["residual_value"] == 1200 * 55 / 60


def test_hardware_that_was_never_valued_loses_its_price_evenly(state):
    def worth(**unit):
        return state(hardware=[{"purchase_cost": 1200.0, **unit}])["residual_value"]

    assert worth(purchased_on=date(2023, 6, 1)) == 1200 * 48 / 60
    assert worth(purchased_on=date(2012, 6, 1)) == 0.0
    assert worth(purchased_on=date(2024, 7, 1)) is None
    assert worth() == 1200 * 55 / 60  # as old as its contract
    assert worth(purchase_cost=None) is None
    units = [{"hardware_id": name, "purchase_cost": 60.0} for name in "ab"]
    assert state(hardware=units)["residual_value"] == 110.0


def test_a_unit_that_left_the_vehicle_is_worth_nothing_there(state):
    def worth(status, day):
        unit = {"purchase_cost": 1200.0, "status": status, "status_date": day}
        return state(hardware=[unit])["residual_value"]

    assert worth("installed", date(2024, 1, 10)) == 1100.0
    assert worth("lost", date(2024, 7, 1)) == 1100.0  # it was still there
    assert worth("lost", None) == 1100.0  # nobody knows since when
    for status in ("lost", "stolen", "retrieved", "in_refurbishment", "stock"):
        assert worth(status, date(2024, 6, 30)) is None


def test_a_swap_takes_out_the_unit_before_it(state):
    def worth(*swaps, count=3, **of_first):
        bought = {"a": date(2024, 1, 10), "b": date(2024, 3, 1), "c": date(2024, 5, 1)}
        units = [{"hardware_id": name, "purchased_on": day, "purchase_cost": 60.0} for name, day in bought.items()]
        units[0] |= of_first
        visits = [{"fitment_type": "swap", "hardware_id": name, "fitted_on": day} for name, day in swaps]
        found = state(hardware=units[:count], fitment_records=visits)["residual_value"]
        return None if found is None else round(found)

    first, second = ("b", date(2024, 3, 1)), ("c", date(2024, 5, 1))
    assert worth() == 55 + 57 + 59
    assert worth(first, second) == 59
    assert worth(first, count=2) == 57
    assert worth(first, count=2, status="stock", status_date=date(2024, 3, 1)) == 57
    assert worth(first) == 57 + 59  # the third came beside the second
    assert worth(("c", date(2024, 7, 1)), count=2) == 55 + 57
    assert worth((None, date(2024, 3, 1)), count=2) == 55 + 57
    assert worth(("elsewhere", date(2024, 3, 1)), count=1) is None


def test_a_swap_of_a_unit_that_is_known_to_be_gone_takes_out_no_other(state):
    units = [{"hardware_id": name, "purchased_on": date(2024, 1, 10), "purchase_cost": 60.0} for name in "ab"]
    units[1] |= {"status": "stock", "status_date": date(2024, 3, 1)}
    units.append({"hardware_id": "c", "purchased_on": date(2024, 3, 1), "purchase_cost": 60.0})
    swap = {"fitment_type": "swap", "hardware_id": "c", "fitted_on": date(2024, 3, 1)}
    assert round(state(hardware=units, fitment_records=[swap])["residual_value"]) == 55 + 57


def test_nothing_is_left_to_fetch_after_a_retrieval(state):
    hardware = [{"purchase_cost": 1200.0}]
    visit = {"fitment_type": "retrieval", "fitted_on": date(2024, 6, 30)}
    assert state(hardware=hardware, fitment_records=[visit])["residual_value"] is None
    later = {**visit, "fitted_on": date(2024, 7, 1)}
    assert state(hardware=hardware, fitment_records=[later])["residual_value"] == 1100.0


def test_the_newest_visit_tells_of_the_vehicle(state):
    visits = [
        {"vehicle_complexity": "standard", "base_labour": 300.0, "distance_km": 5.0},  # nobody knows when
        {"vehicle_complexity": "complex", "base_labour": 350.0, "fitted_on": date(2024, 1, 10)},
        {"fitment_type": "repair", "base_labour": 380.0, "fitted_on": date(2024, 3, 1)},
        {"vehicle_complexity": "premium", "base_labour": 999.0, "fitted_on": date(2024, 7, 1)},
    ]
    found = state(contracts=[{"distance_to_fitter_km": 60.0}], fitment_records=visits)
    assert (found["complexity"], found["base_labour"], found["distance_km"]) == ("complex", 380.0, 5.0)
    assert state(contracts=[{"distance_to_fitter_km": 60.0}])["distance_km"] == 60.0
