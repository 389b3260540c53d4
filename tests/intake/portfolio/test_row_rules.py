"""Each rule of a row, and of a row among others."""

import csv
from datetime import date

import pytest

from clove.intake.portfolio.rules import RULES
from clove.intake.rejections import write_rejections
from clove.kernel.errors import InputRefused

CONTRACTS = (
    "contract_id,customer_id,country_code,start_date,monthly_fee,cancellation_clause_months,currency,sales_channel,"
    "status,cancellation_date,distance_to_fitter_km\n"
)
GOOD = "c1,k1,ZAF,2024-01-15,199.5,36,,direct,active,,12.5\n"
PAYMENTS = "payment_id,contract_id,period_year,period_month,amount_due,amount_paid,paid_date,payment_method\n"


@pytest.mark.parametrize(
    ("line", "rule", "value"),
    [
        ("c2,k1,ZAF\n", "malformed row", "c2,k1,ZAF"),
        (",k1,ZAF,2024-01-15,199.5,36,,direct,active,,\n", "missing value", "contract_id"),
        ("n/a,k1,ZAF,2024-01-15,199.5,36,,direct,active,,\n", "missing value", "contract_id"),
        ("c2,k1,ZAF,,199.5,36,,direct,active,,\n", "missing value", "start_date"),
        ("c2,k1,ZAF,2024-01-15,,36,,direct,active,,\n", "missing value", "monthly_fee"),
        ("c2,k1,GBR,2024-01-15,199.5,36,,direct,active,,\n", "unknown word", "country_code = GBR"),
        ("c2,k1,ZAF,2024-01-15,199.5,36,rand,direct,active,,\n", "unknown word", "currency = rand"),
        ("c2,k1,ZAF,2024-01-15,199.5,-12,,direct,active,,\n", "out of range", "cancellation_clause_months = -12"),
        ("c2,k1,ZAF,2024-01-15,199.5,3.5,,direct,active,,\n", "not a whole number", "cancellation_clause_months = 3.5"),
        ("c2,k1,ZAF,2024-01-15,-0.01,36,,direct,active,,\n", "out of range", "monthly_fee = -0.01"),
        ("c2,k1,ZAF,2024-01-15,NaN,36,,direct,active,,\n", "unreadable number", "monthly_fee = NaN"),
        ("c2,k1,ZAF,2024-01-15,inf,36,,direct,active,,\n", "unreadable number", "monthly_fee = inf"),
        ("c2,k1,ZAF,2024-01-15,9,36,,direct,active,,far\n", "unreadable number", "distance_to_fitter_km = far"),
        ("c2,k1,ZAF,soon,199.5,36,,direct,active,,\n", "unreadable date", "start_date = soon"),
        ("c2,k1,ZAF,2024-02-30,199.5,36,,direct,active,,\n", "unreadable date", "start_date = 2024-02-30"),
        ("c2,k1,ZAF,0001-01-01,199.5,36,,direct,active,,\n", "impossible date", "start_date = 0001-01-01"),
        ("c2,k1,ZAF,2024-01-15,9,36,,direct,active,9999-12-31,\n", "impossible date", "cancellation_date = 9999-12-31"),
        (
            "c2,k1,ZAF,2024-01-15,9,36,,,cancelled,2024-01-14,\n",
            "cancelled before start",
            "cancellation_date = 2024-01-14",
        ),
        ("c2,k1,ZAF,2024-01-15,9,36,,,cancelled,,\n", "cancelled without a date", "status = cancelled"),
        ("c1,k2,KEN,2024-03-15,9,36,,,active,,\n", "duplicate id", "same as row 2"),
    ],
)
def test_a_rule_names_row_column_and_value(portfolio, rows, line, rule, value):
    found = portfolio(contracts=CONTRACTS + GOOD + line)
    assert rows("rejections", "file", "row", "rule", "value") == [("contracts.csv", 3, rule, value)]
    assert found.contracts == 1
    assert [name for name, count, _ in found.rejected if count] == [rule]


def test_every_rule_is_counted_in_order_with_its_remedy(portfolio):
    assert portfolio(contracts=CONTRACTS + GOOD).rejected == tuple((rule.name, 0, rule.remedy) for rule in RULES)


def test_a_remedy_says_which_words_and_bounds_there_are(portfolio, rows):
    portfolio(
        contracts=CONTRACTS + GOOD + "c2,k1,GBR,2024-01-15,9,36,,,,,\nc3,k1,ZAF,2024-01-15,9,-1,,,,,\n",
    )
    assert rows("rejections", "remedy") == [
        ("Write one of ZAF, KEN, NGA, TZA, ZMB",),
        ("Give a number from 0 to 600",),
    ]


def test_a_clause_of_no_months_is_none_and_an_empty_one_is_unknown(portfolio, rows):
    portfolio(contracts=CONTRACTS + GOOD + "c2,k1,ZAF,2024-01-15,9,0,,,,,\nc3,k1,ZAF,2024-01-15,9,,,,,,\n")
    assert rows("portfolio_contracts", "cancellation_clause_months") == [(36,), (0,), (None,)]


def test_the_first_rule_that_a_row_breaks_counts(portfolio, rows):
    portfolio(
        contracts=CONTRACTS + GOOD + "c2,,GBR,soon,-1,0,,,,,\nc2,k,GBR,soon,-1,0,,,,,\nc2,k,GBR,2024-01-01,-1,0,,,,,\n"
    )
    assert rows("rejections", "rule") == [("missing value",), ("unreadable date",), ("unknown word",)]


def test_a_contract_may_end_on_its_first_day(portfolio):
    assert portfolio(contracts=CONTRACTS + "c2,k1,ZAF,2024-01-15,9,36,,,cancelled,2024-01-15,\n").contracts == 1


def test_a_word_is_known_however_it_is_written_and_an_unknown_one_that_a_row_can_do_without_is_null(portfolio, rows):
    found = portfolio(
        contracts=CONTRACTS
        + "c1,k1,za,2024-01-15,9,36,zar,Direct,Bad Billing,,\n"
        + "c2,k1,South Africa,2024-01-15,9,36,,agent,badBilling,,\n"
        + "c3,k1,TZA,2024-01-15,9,36,,Unknown,,,\n"
    )
    assert rows("portfolio_contracts", "country_code", "currency", "sales_channel", "status") == [
        ("ZAF", "ZAR", "direct", "bad_billing"),
        ("ZAF", "ZAR", None, "bad_billing"),
        ("TZA", "TZS", None, None),
    ]
    (finding,) = found.findings
    assert (finding.name, finding.table, finding.rows) == ("unknown word", "contracts", 1)
    assert "sales_channel" in finding.detail
    assert "'agent'" in finding.detail


def test_rows_of_a_contract_that_is_not_there_or_was_rejected_are_rejected(portfolio, rows):
    found = portfolio(
        contracts=CONTRACTS + GOOD + "c2,k1,ZAF,2024-01-15,-9,36,,,,,\nc3,k1,ZAF,2024-01-15,9,36,,,cancelled,,\n",
        payments=PAYMENTS + "p1,c1,2024,1,9,9,,\np2,c2,2024,1,9,9,,\np3,c3,2024,1,9,9,,\np4,c9,2024,1,9,9,,\n",
        costs_upfront="contract_id,cost_type,amount\nc1,hardware,1200\nc9,hardware,1200\n",
    )
    assert rows("(SELECT * FROM rejections WHERE file <> 'contracts.csv')", "file", "row", "rule", "value") == [
        ("costs_upfront.csv", 3, "no such contract or hardware", "contract_id = c9"),
        ("payments.csv", 3, "contract rejected", "contract_id = c2"),
        ("payments.csv", 4, "contract rejected", "contract_id = c3"),
        ("payments.csv", 5, "no such contract or hardware", "contract_id = c9"),
    ]
    assert {t.name: (t.kept, t.rejected) for t in found.tables} == {
        "contracts": (1, 2),
        "payments": (1, 3),
        "costs_upfront": (1, 1),
    }


def test_rows_of_a_repeated_contract_belong_to_its_first_row(portfolio):
    found = portfolio(contracts=CONTRACTS + GOOD + GOOD, payments=PAYMENTS + "p1,c1,2024,1,9,9,,\n")
    assert [t.kept for t in found.tables] == [1, 1]


@pytest.mark.parametrize(
    ("line", "rule", "value"),
    [
        ("p2,c1,2024,0,9,9,,\n", "out of range", "period_month = 0"),
        ("p2,c1,2024,13,9,9,,\n", "out of range", "period_month = 13"),
        ("p2,c1,24,3,9,9,,\n", "out of range", "period_year = 24"),
        ("p2,c1,2024,3,9,-1,,\n", "out of range", "amount_paid = -1"),
        ("p2,c1,2024,3,9,-inf,,\n", "unreadable number", "amount_paid = -inf"),
        ("p2,c1,2024,3,1e300,9,,\n", "out of range", "amount_due = 1e300"),
        ("p2,c1,2024,3,9,9,2024-13-01,\n", "unreadable date", "paid_date = 2024-13-01"),
        ("p1,c1,2024,3,9,9,,\n", "duplicate id", "same as row 2"),
    ],
)
def test_payments_are_judged_too(portfolio, rows, line, rule, value):
    portfolio(contracts=CONTRACTS + GOOD, payments=PAYMENTS + "p1,c1,2024,2,9,,,mpesa\n" + line)
    assert rows("rejections", "row", "rule", "value") == [(3, rule, value)]
    assert rows("portfolio_payments", "amount_paid", "payment_method", "currency") == [(None, None, "ZAR")]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("products", "product_id,product_tier\np1,gold\n"),
        ("costs_monthly", "contract_id,period_year,period_month,cost_type,amount\nc1,2024,1,rent,5\n"),
        ("costs_upfront", "contract_id,cost_type,amount\nc1,bribe,5\n"),
        (
            "quotes",
            "quote_id,quoted_on,country_code,sales_channel,product_tier,price,converted\nq,2024-01-01,ZAF,direct,gold,9,yes\n",
        ),
        (
            "quotes",
            "quote_id,quoted_on,country_code,sales_channel,product_tier,price,converted\nq,2024-01-01,USA,direct,basic,9,yes\n",
        ),
    ],
)
def test_a_word_that_a_row_cannot_do_without_has_to_be_known(portfolio, rows, name, text):
    portfolio(contracts=CONTRACTS + GOOD, **{name: text})
    assert rows("rejections", "file", "rule") == [(f"{name}.csv", "unknown word")]


def test_yes_and_no(portfolio, rows):
    head = "quote_id,quoted_on,country_code,sales_channel,product_tier,price,converted\n"
    lines = "".join(
        f"q{i},2024-01-01,ZAF,direct,basic,9,{word}\n" for i, word in enumerate(("True", "no", "1", "0", "won", ""))
    )
    portfolio(contracts=CONTRACTS + GOOD, quotes=head + lines)
    assert rows("portfolio_quotes", "converted") == [(True,), (False,), (True,), (False,)]
    assert rows("rejections", "rule", "value") == [
        ("unreadable yes or no", "converted = won"),
        ("missing value", "converted"),
    ]


def test_where_no_status_is_given_the_newest_change_tells_of_the_end(portfolio, rows):
    portfolio(
        contracts="contract_id,customer_id,country_code,start_date,monthly_fee\n"
        "a,k,ZAF,2024-01-05,200\nb,k,ZAF,2024-01-05,200\nc,k,ZAF,2024-07-01,200\nd,k,ZAF,2024-01-05,200\n",
        status_changes="contract_id,changed_on,status\na,2024-05-02,suspended\na,2024-06-07,cancelled\n"
        "b,2024-05-02,cancelled\nb,2024-06-07,active\nc,2024-06-07,cancelled\nd,2024-06-07,bad_billing\n",
    )
    ends = dict(rows("portfolio_contracts", "contract_id", "cancellation_date"))
    assert ends == {"a": date(2024, 6, 7), "b": None, "c": None, "d": None}


def test_the_end_of_a_cancelled_contract_may_stand_in_its_status_changes(portfolio, rows):
    found = portfolio(
        contracts=CONTRACTS + "c1,k1,ZAF,2024-01-15,9,36,,,cancelled,,\nc2,k1,ZAF,2024-01-15,9,36,,,cancelled,,\n",
        status_changes="contract_id,changed_on,status\nc1,2024-05-02,suspended\nc1,2024-06-07,cancelled\n"
        "c2,2024-01-02,cancelled\n",
    )
    assert rows("portfolio_contracts", "contract_id", "cancellation_date") == [("c1", date(2024, 6, 7))]
    assert ("end from status changes", 1) in [(f.name, f.rows) for f in found.findings]
    assert rows("rejections", "rule") == [("cancelled without a date",), ("contract rejected",)]


def test_where_no_contract_is_left_the_most_frequent_reason_is_said(portfolio):
    with pytest.raises(
        InputRefused, match="no contract is left; the most frequent reason is 'out of range', in 2 rows"
    ):
        portfolio(
            contracts=CONTRACTS + "a,k,ZAF,2024-01-15,9,-1,,,,,\nb,k,ZAF,2024-01-15,-9,36,,,,,\nc,k,ZAF,x,9,,,,,,\n"
        )


def test_the_rejections_are_written_as_those_of_orders(portfolio, engine, tmp_path):
    portfolio(contracts=CONTRACTS + GOOD + GOOD)
    assert write_rejections(engine, tmp_path / "rejections.csv") == 1
    with (tmp_path / "rejections.csv").open(newline="") as file:
        head, line = csv.reader(file)
    assert head == ["file", "row", "rule", "value", "remedy"]
    assert line[:4] == ["contracts.csv", "3", "duplicate id", "same as row 2"]
