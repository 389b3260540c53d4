"""Headings of a table that somebody made by hand: which are understood, and what is proposed for the others."""

from datetime import date

import pytest

from clove.kernel.errors import InputRefused

CONTRACTS = "Contract no,Customer,Country,Start,Fee per month\nK1,A,ZAF,2024-02-10,199\nK2,B,ZAF,2024-03-01,249\n"
INVOICES = "Invoice no,Contract,Due date,Due,Paid\n1,K1,2024-03-31,199,199\n2,K1,2024-04-01,199,0\n3,K2,,249,249\n"


@pytest.mark.parametrize("start", ["Start", "Contract start", "start_date"])
@pytest.mark.parametrize("fee", ["Fee", "Fee per month", "Monthly", "Monthly fee", "Monthly (ZAR)"])
def test_a_contract_as_people_write_it(portfolio, rows, start, fee):
    portfolio(contracts=CONTRACTS.replace("Start", start).replace("Fee per month", fee))
    assert rows("portfolio_contracts", "contract_id", "start_date", "monthly_fee")[0] == ("K1", date(2024, 2, 10), 199)


@pytest.mark.parametrize("heading", ["Invoice", "Invoice no", "Invoice number", "Invoice id"])
def test_the_month_of_an_invoice_is_that_of_its_due_date(portfolio, rows, heading):
    found = portfolio(contracts=CONTRACTS, payments=INVOICES.replace("Invoice no", heading))
    columns = ("payment_id", "period_year", "period_month", "due_date", "happened")
    assert rows("portfolio_payments", *columns) == [
        ("1", 2024, 3, date(2024, 3, 31), date(2024, 3, 31)),
        ("2", 2024, 4, date(2024, 4, 1), date(2024, 4, 1)),
    ]
    assert rows("rejections", "row", "rule", "value") == [(4, "missing value", "due_date")]
    payments = found.tables[-1]
    assert payments.rejected == 1
    assert "no columns for the month: it is that of 'Due date'" in payments.notes


def test_a_month_that_is_there_counts(portfolio, rows):
    text = "contract_id,period_year,period_month,amount_due,due_date\nK1,2024,3,199,2024-04-07\n"
    found = portfolio(contracts=CONTRACTS, payments=text)
    assert rows("portfolio_payments", "period_year", "period_month") == [(2024, 3)]
    assert not any("month" in note for note in found.tables[-1].notes)


def refusal(portfolio, **tables):
    with pytest.raises(InputRefused) as caught:
        portfolio(**tables)
    return caught.value


@pytest.mark.parametrize(
    ("headings", "proposed"),
    [
        # words in common come before letters in common
        ("id,customer,country,Began on,Starting,Fee each month", "start_date=Starting,contracts.monthly_fee=Fee each"),
        # a date is no fee, and a fee no date
        ("id,customer,country,Monthly from,Start fee,none", "start_date=HEADING,contracts.monthly_fee=Start fee"),
    ],
)
def test_what_is_proposed_for_a_missing_column(portfolio, headings, proposed):
    values = "K1,A,ZAF,2024-02-10,2024-02-11,199" if "Starting" in headings else "K1,A,ZAF,2024-02-10,199,x"
    said = refusal(portfolio, contracts=f"{headings}\n{values}\n")
    assert proposed in said.remedy


def test_a_year_is_not_proposed_where_half_of_a_month_is_missing(portfolio):
    text = "contract_id,year,amount_due,Method\nK1,2024,199,eft\n"
    said = refusal(portfolio, contracts=CONTRACTS, payments=text)
    assert "payments.period_month=HEADING" in said.remedy


def test_a_table_of_which_no_row_counts_is_the_first_finding(portfolio):
    text = "contract_id,period_year,period_month,amount_due\nK8,2024,3,199\nK9,2024,3,199\n"
    found = portfolio(contracts=CONTRACTS, payments=text)
    first = found.findings[0]
    assert (first.name, first.table, first.rows) == ("every row rejected", "payments", 2)
    assert "not one of the 2 rows of payments.csv counts" in first.detail
    assert "'no such contract or hardware'" in first.detail
    assert [finding.name for finding in found.findings].count("every row rejected") == 1


def test_a_negative_fee_is_told_in_words(portfolio, rows):
    portfolio(contracts=f"{CONTRACTS}K3,C,ZAF,2024-03-01,-5\n")
    [(rule, remedy)] = rows("rejections", "rule", "remedy")
    assert rule == "out of range"
    assert remedy == "Give an amount of 0 or more, below a million million"
