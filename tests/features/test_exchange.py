"""Amounts of several currencies in one, each at the rate of its day."""

import re
from datetime import date
from pathlib import Path

import pytest

from clove.engine.local import LocalEngine
from clove.features import portfolio
from clove.features.exchange import convert, converted, exchange_at, usual_currency
from clove.intake.portfolio.read import read_portfolio
from clove.kernel.errors import InputRefused

AS_OF = date(2024, 3, 31)
CONTRACTS = (
    "contract_id,customer_id,country_code,start_date,monthly_fee,penalty_invoiced,status,cancellation_date\n"
    "z,k,ZAF,2024-01-15,200,,active,\nk,k,KEN,2024-01-15,1000,600,cancelled,2024-03-05\n"
)
PAYMENTS = (
    "contract_id,period_year,period_month,amount_due,amount_paid,due_date,paid_date\n"
    "z,2024,1,200,200,,\nk,2024,1,1000,500,2024-01-31,2024-02-29\nk,2024,2,1000,,,\nk,2024,4,1000,,,\n"
)
RATES = "currency,rate_date,rate\nKES,2024-01-15,0.14\nKES,2024-03-01,0.12\nKES,2024-02-01,0.1\nKES,2024-04-15,9\n"


@pytest.fixture
def read(engine: LocalEngine, tmp_path):
    def run(**tables: str):
        for name, text in tables.items():
            (tmp_path / f"{name}.csv").write_text(text)
        return read_portfolio(tmp_path, engine, mapping=None, today=date(2026, 1, 1), as_of=AS_OF)

    return run


def rows(engine, table, *columns):
    found = engine.table(f"SELECT {', '.join(columns)} FROM {converted(table)} ORDER BY file, row").to_pylist()
    return [tuple(line.values()) for line in found]


def test_an_amount_counts_at_the_latest_rate_on_or_before_its_day(read, engine):
    found = read(contracts=CONTRACTS, payments=PAYMENTS, exchange_rates=RATES)
    exchange = convert(engine, "ZAR", found.as_of)
    assert (exchange.currency, exchange.as_of, exchange.rates) == ("ZAR", AS_OF, {"ZAR": 1.0, "KES": 0.12})
    assert rows(engine, "payments", "amount_due", "amount_paid", "currency", "own_currency") == [
        (200.0, 200.0, "ZAR", "ZAR"),
        (pytest.approx(140.0), pytest.approx(50.0), "ZAR", "KES"),  # due on 31 January, paid on 29 February
        (pytest.approx(100.0), None, "ZAR", "KES"),  # due at the end of February
        (pytest.approx(120.0), None, "ZAR", "KES"),  # held: no rate after the as-of date is known
    ]
    # the current fee at the as-of date, the penalty at the day of the cancellation
    assert rows(engine, "contracts", "monthly_fee", "penalty_invoiced") == [
        (200.0, None),
        (pytest.approx(120.0), pytest.approx(72.0)),
    ]


def test_the_first_rate_of_january_is_not_used_before_its_day(read, engine):
    read(contracts=CONTRACTS, exchange_rates=RATES)
    convert(engine, "ZAR", AS_OF)
    days = engine.table("SELECT day, rate FROM portfolio_rates ORDER BY day").to_pylist()
    assert (days[0]["day"], days[-1]["day"], len(days)) == (date(2024, 1, 15), AS_OF, 77)
    assert [d["rate"] for d in days if d["day"].day == 1] == [0.1, 0.12]
    assert sum(d["rate"] == 0.14 for d in days) == 17


def test_a_rate_counts_from_its_own_day(read, engine):
    read(contracts=CONTRACTS, payments=PAYMENTS, exchange_rates="currency,rate_date,rate\nKES,2024-01-31,0.2\n")
    convert(engine, "ZAR", AS_OF)
    assert rows(engine, "payments", "amount_due")[1] == (pytest.approx(200.0),)


def test_one_currency_needs_no_rates(read, engine):
    found = read(contracts=CONTRACTS.replace("KEN", "ZAF"), payments=PAYMENTS)
    exchange = convert(engine, found.currency, found.as_of)
    assert exchange.rates == {"ZAR": 1.0}
    assert rows(engine, "payments", "amount_due") == [(200.0,), (1000.0,), (1000.0,), (1000.0,)]


def test_a_missing_rate_names_currency_and_day(read, engine):
    read(contracts=CONTRACTS, payments=PAYMENTS)
    with pytest.raises(InputRefused, match="no exchange rate for KES on or before 2024-01-31") as refused:
        convert(engine, "ZAR", AS_OF)
    assert "the ZAR that one unit buys" in refused.value.remedy
    with pytest.raises(InputRefused, match="no exchange rate for ZAR on or before 2024-01-31"):
        convert(engine, "KES", AS_OF)
    read(exchange_rates=RATES.replace("2024-01-15", "2024-02-01").replace("KES,2024-02-01,0.1\n", ""))
    with pytest.raises(InputRefused, match="no exchange rate for KES on or before 2024-01-31"):
        convert(engine, "ZAR", AS_OF)


def test_rates_in_another_currency_are_refused(read, engine):
    read(contracts=CONTRACTS, payments=PAYMENTS, exchange_rates=RATES + "ZAR,2024-01-01,1\n")
    with pytest.raises(InputRefused, match=r"gives 0\.14 for one KES on 2024-01-15") as refused:
        convert(engine, "KES", AS_OF)
    assert "--currency" in refused.value.remedy
    assert convert(engine, "ZAR", AS_OF).rates["ZAR"] == 1


def test_an_amount_of_unknown_currency_is_null(read, engine):
    read(
        contracts=CONTRACTS,
        exchange_rates=RATES,
        hardware="hardware_id,contract_id,residual_value\nh1,k,100\nh2,,100\n",
    )
    convert(engine, "ZAR", AS_OF)
    assert rows(engine, "hardware", "residual_value", "own_currency") == [(pytest.approx(12.0), "KES"), (None, None)]


def test_a_currency_that_no_contract_is_in_has_a_rate_too(read, engine):
    read(contracts=CONTRACTS.replace("KEN", "ZAF"), exchange_rates=RATES)
    assert convert(engine, "ZAR", AS_OF).rates == {"ZAR": 1.0, "KES": 0.12}


def test_what_holds_now_needs_the_rate_of_the_as_of_date_alone(read, engine):
    """The first amount fell due two months before the first rate."""
    read(contracts=CONTRACTS, payments=PAYMENTS, exchange_rates="currency,rate_date,rate\nKES,2024-03-31,0.12\n")
    assert exchange_at(engine, "ZAR", AS_OF).rates == {"ZAR": 1.0, "KES": 0.12}
    assert engine.table("SELECT rate FROM portfolio_rates WHERE day < DATE '2024-03-31'").num_rows == 0
    with pytest.raises(InputRefused, match="no exchange rate for KES on or before 2024-01-31"):
        convert(engine, "ZAR", AS_OF)
    # the current fee alone is wanted, and the penalty, which fell due on 5 March
    with pytest.raises(InputRefused, match="no exchange rate for KES on or before 2024-03-05"):
        convert(engine, "ZAR", AS_OF, ("contracts",))
    read(exchange_rates="currency,rate_date,rate\nKES,2024-04-01,0.12\n")
    with pytest.raises(InputRefused, match="no exchange rate for KES on or before 2024-03-31"):
        exchange_at(engine, "ZAR", AS_OF)


def test_views_that_nobody_asked_for_demand_no_rate(read, engine):
    read(contracts=CONTRACTS, payments=PAYMENTS, exchange_rates="currency,rate_date,rate\nKES,2024-03-01,0.12\n")
    assert convert(engine, "ZAR", AS_OF, ("contracts",)).rates["KES"] == 0.12
    assert rows(engine, "contracts", "monthly_fee") == [(200.0,), (pytest.approx(120.0),)]


@pytest.mark.parametrize(
    ("countries", "rates", "usual"),
    [
        (("ZAF", "KEN", "KEN"), ("KES,2024-01-01,0.14",), "ZAR"),  # it alone has no rate, though most are in the other
        (("ZAF", "KEN", "KEN"), ("KES,2024-01-01,0.14", "ZAR,2024-01-01,1"), "ZAR"),
        (("KEN", "NGA", "NGA"), ("KES,2024-01-01,0.14", "NGN,2024-01-01,0.01", "ZAR,2024-01-01,1"), "ZAR"),
        (("KEN", "NGA", "NGA"), ("KES,2024-01-01,0.14", "NGN,2024-01-01,0.01"), "NGN"),
        (("ZAF", "KEN", "KEN"), (), "KES"),
        (("ZAF", "KEN", "KEN"), ("KES,2024-04-01,0.14",), "KES"),  # after the as-of date: not known yet
        (("KEN", "KEN", "KEN"), ("KES,2024-01-01,0.14", "ZAR,2024-01-01,1"), "KES"),
    ],
)
def test_the_usual_currency_is_that_of_the_rates(read, engine, countries, rates, usual):
    head = "contract_id,customer_id,country_code,start_date,monthly_fee,status\n"
    contracts = head + "".join(f"c{n},c{n},{code},2024-01-15,200,active\n" for n, code in enumerate(countries))
    given = {"exchange_rates": "\n".join(["currency,rate_date,rate", *rates, ""])} if rates else {}
    read(contracts=contracts, **given)
    assert usual_currency(engine, AS_OF) == usual


def test_contracts_of_one_currency_need_no_rates_of_their_own(read, engine):
    """Rates in another currency than theirs are no reason to refuse them: they are brought to it."""
    one = CONTRACTS.replace("ZAF", "KEN")
    read(contracts=one, exchange_rates="currency,rate_date,rate\nKES,2024-02-01,0.125\nNGN,2024-01-01,0.0125\n")
    assert exchange_at(engine, "KES", AS_OF).rates == {"KES": 1.0, "NGN": pytest.approx(0.1)}
    days = engine.table("SELECT min(day) AS first, count(*) AS n FROM portfolio_rates").to_pylist()
    assert days == [{"first": date(2024, 2, 1), "n": 60}]


def test_the_tables_that_a_portfolio_reads_in_one_currency_are_all_that_it_asks_for():
    folder = Path(portfolio.__file__).parent
    read = {name for file in folder.glob("*.sql") for name in re.findall(r"converted_(\w+)", file.read_text())}
    assert set(portfolio.CONVERTED) == read
