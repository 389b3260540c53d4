"""From which date a portfolio is looked at, what is held, and what is odd without being wrong."""

from datetime import date

import pytest

CONTRACTS = "contract_id,customer_id,country_code,start_date,monthly_fee,status,cancellation_date,product_id\n"
ONE = CONTRACTS + "c1,k1,ZAF,2024-01-15,199.5,active,,\n"
PAYMENTS = "contract_id,period_year,period_month,amount_due,due_date\n"


def months(*periods: tuple[int, int]) -> str:
    return PAYMENTS + "".join(f"c1,{year},{month},9,\n" for year, month in periods)


@pytest.mark.parametrize(
    ("tables", "today", "as_of"),
    [
        ({"payments": months((2024, 1), (2024, 2))}, date(2026, 1, 1), date(2024, 2, 29)),
        ({"payments": months((2024, 1), (2024, 2))}, date(2024, 2, 28), date(2024, 1, 31)),
        ({"payments": months((2024, 1), (2024, 2))}, date(2024, 2, 29), date(2024, 2, 29)),
        ({"payments": months((2024, 1)) + "c1,2024,3,9,2024-03-30\n"}, date(2026, 1, 1), date(2024, 2, 29)),
        ({"payments": months((2024, 1)) + "c1,2024,3,9,2024-03-31\n"}, date(2026, 1, 1), date(2024, 3, 31)),
        ({}, date(2026, 1, 1), date(2024, 1, 15)),  # no month of any contract is over
        (
            {"exchange_rates": "currency,rate_date,rate\nKES,2025-12-31,0.14\n", "payments": months((2024, 1))},
            date(2026, 1, 1),
            date(2024, 1, 31),
        ),
    ],
)
def test_the_last_month_that_is_over_by_the_newest_date_is_looked_from(portfolio, tables, today, as_of):
    assert portfolio(contracts=ONE, today=today, **tables).as_of == as_of


def test_what_comes_later_is_held_and_stays_among_the_rows(portfolio, rows):
    found = portfolio(
        contracts=ONE + "c2,k1,ZAF,2024-04-01,9,,,\n",
        payments=months((2024, 2), (2024, 3), (2024, 4), (2024, 5)),
        costs_upfront="contract_id,cost_type,amount,incurred_on\nc1,hardware,9,\nc2,hardware,9,\nc1,cac_sales,9,2024-02-01\n",
        as_of=date(2024, 3, 31),
    )
    assert found.as_of == date(2024, 3, 31)
    assert found.held == {"contracts": 1, "payments": 2, "costs_upfront": 1}
    assert sum(t.rejected for t in found.tables) == 0
    assert rows("portfolio_payments", "happened")[-1] == (date(2024, 5, 31),)
    assert rows("portfolio_costs_upfront", "happened") == [
        (date(2024, 1, 15),),
        (date(2024, 4, 1),),
        (date(2024, 2, 1),),
    ]


def test_a_missing_month_between_invoices_is_counted_and_named(portfolio):
    found = portfolio(contracts=ONE, payments=months((2023, 11), (2024, 1), (2024, 2), (2024, 5)))
    (finding,) = found.findings
    assert (finding.name, finding.table, finding.rows) == ("months without an invoice", "payments", 3)
    assert "first 2023-12 of contract 'c1'" in finding.detail
    assert not portfolio(payments=months((2023, 11), (2023, 12), (2024, 1))).findings


def test_a_suspended_contract_owes_no_invoice(portfolio):
    found = portfolio(
        contracts=ONE,
        payments=months((2024, 1), (2024, 2), (2024, 7)),
        status_changes="contract_id,changed_on,status\nc1,2024-02-20,suspended\nc1,2024-05-01,active\n",
    )
    (finding,) = found.findings  # March to May are the suspension's: it ended on a day of May
    assert finding.rows == 1
    assert "first 2024-06 of contract 'c1'" in finding.detail


def test_a_history_that_begins_late_or_stops_early_is_named(portfolio):
    def found(as_of=date(2024, 6, 30), **tables):
        return [(f.table, f.rows) for f in portfolio(contracts=ONE, as_of=as_of, **tables).findings if "late" in f.name]

    assert found(payments=months(*((2024, month) for month in range(2, 7)))) == []
    assert found(payments=months((2024, 2), (2024, 6))) == []
    assert found(payments=months((2024, 3), (2024, 6))) == [("payments", 1)]
    assert found(payments=months((2024, 2), (2024, 5))) == [("payments", 1)]
    assert found(payments=months((2024, 2), (2024, 5)), as_of=date(2024, 5, 31)) == []
    changes = "contract_id,changed_on,status\nc1,2024-06-02,bad_billing\n"
    assert found(payments=months((2024, 2), (2024, 5)), status_changes=changes) == []


def test_costs_that_begin_late_are_named(portfolio):
    lines = "contract_id,period_year,period_month,cost_type,amount\nc1,2024,3,platform,9\nc1,2024,6,sim_data,9\n"
    (finding,) = portfolio(contracts=ONE, costs_monthly=lines, as_of=date(2024, 6, 30)).findings
    assert (finding.table, finding.rows) == ("costs_monthly", 1)
    assert "without a cost of platform or data" in finding.detail
    repairs = lines.replace("platform", "repair").replace("sim_data", "repair")
    assert not portfolio(contracts=ONE, costs_monthly=repairs, as_of=date(2024, 6, 30)).findings


def test_what_is_odd_is_named_with_an_example(portfolio):
    found = portfolio(
        contracts=ONE + "c2,k9,ZAF,2024-01-15,9,active,2024-03-01,p9\nc3,k1,ZAF,2024-01-15,9,suspended,2024-12-01,p1\n",
        customers="customer_id,customer_type,fleet_size\nk1,individual,1\n",
        products="product_id,product_tier,standard_monthly_fee\np1,basic,9\n",
        payments=months((2024, 1), (2024, 1), (2024, 2)),
        fitment_records="contract_id,fitment_type,total_cost,fitted_on\nc1,swap,9,2024-02-01\nc1,swap,9,\n",
        recovery_events="contract_id,stolen_on,outcome\n",
        as_of=date(2024, 6, 30),
    )
    late = "contracts with months served without an invoice before"
    ended = "their cancellation_date is past and their status is another, such as 'active' of contract 'c2'"
    assert {(f.name, f.table, f.rows, f.detail) for f in found.findings} == {
        ("no rows", "recovery_events", 0, "the table has a header and no rows"),
        ("unknown id", "contracts", 1, "customer_id names no row of customers, such as 'k9': taken as unknown"),
        ("unknown id", "contracts", 1, "product_id names no row of products, such as 'p9': taken as unknown"),
        ("no date", "fitment_records", 1, "fitted_on empty: taken to be from before the as-of date"),
        ("months with several invoices", "payments", 1, "first 2024-01 of contract 'c1': added up"),
        (
            "history that begins late or stops early",
            "payments",
            3,
            f"{late} the first or after the last, such as 'c1': what they brought is taken as unknown",
        ),
        ("status against date", "contracts", 1, f"{ended}: taken as ended"),
    }


def test_a_row_that_leads_to_no_country_is_in_the_one_currency_or_in_none(portfolio, rows):
    hardware = "hardware_id,contract_id,residual_value\nh1,c1,500\nh2,,500\n"
    assert not portfolio(contracts=ONE, hardware=hardware).findings
    assert rows("portfolio_hardware", "currency") == [("ZAR",), ("ZAR",)]
    found = portfolio(contracts=ONE + "c2,k1,KEN,2024-01-15,9,,,\n")
    assert rows("portfolio_hardware", "currency") == [("ZAR",), (None,)]
    assert [(f.name, f.table, f.rows) for f in found.findings] == [("no currency", "hardware", 1)]


def test_currencies_are_counted_and_the_most_frequent_is_the_portfolios(portfolio):
    found = portfolio(
        contracts="contract_id,customer_id,country_code,start_date,monthly_fee,currency\n"
        "1,k,KEN,2024-01-01,9,\n2,k,KEN,2024-01-01,9,kes\n3,k,ZAF,2024-01-01,9,\n4,k,NGA,2024-01-01,9,USD\n"
    )
    assert found.currencies == {"KES": 2, "USD": 1, "ZAR": 1}
    assert (found.currency, found.contracts) == ("KES", 4)
