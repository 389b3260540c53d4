"""Staged rows become the tables of the portfolio: each row knows the day it happened and the currency it is in."""

from clove.engine.local import LocalEngine
from clove.intake.cells import literal
from clove.intake.portfolio.reading import staged
from clove.ledger.contract_columns import PERIOD_END, START
from clove.ledger.contract_table import ContractTable
from clove.ledger.contracts import TABLES
from clove.ledger.countries import CURRENCIES


def settle(engine: LocalEngine) -> None:
    """Make the tables `portfolio_…`: the columns of the schema, then `happened`, `currency` of amounts, `file`, `row`.

    `happened` is null where a row has no date. A row that leads to no contract, product or country is in the one
    currency of all contracts; where they have several, its currency is null.
    """
    for table in TABLES.values():  # parents come first
        name = staged(table)
        own = ", ".join(f"t.{column}" for column in table.schema.names if column != "currency" or not table.money)
        money = f", {_currency(table)} AS currency" if table.money else ""
        engine.execute(
            f"CREATE OR REPLACE TABLE {table.in_engine} AS "
            f"SELECT {own}, {_happened(table)} AS happened{money}, t.file, t.row FROM {name} AS t {_joins(table)}"
        )
        engine.execute(f"DROP TABLE {name}")


def _happened(table: ContractTable) -> str:
    days = {PERIOD_END: "last_day(make_date(t.period_year, t.period_month, 1))"}
    if table.name != "contracts":
        days[START] = "by_contract_id.start_date"
    known = [days.get(day, f"t.{day}") for day in table.happened]
    return f"coalesce({', '.join([*known, 'CAST(NULL AS DATE)'])})"


def _currency(table: ContractTable) -> str:
    if table.currency_from:
        found = [f"by_{name}.currency" for name in table.currency_from]
    else:
        cases = " ".join(f"WHEN {literal(country)} THEN {literal(code)}" for country, code in CURRENCIES.items())
        found = ["t.currency", f"CASE t.country_code {cases} END"]
    if table.name != "contracts":
        contracts = TABLES["contracts"].in_engine
        found.append(f"(SELECT CASE WHEN count(DISTINCT currency) = 1 THEN min(currency) END FROM {contracts})")
    return f"coalesce({', '.join(found)})"


def _joins(table: ContractTable) -> str:
    return " ".join(
        f"LEFT JOIN {TABLES[table.by_name[name].parent].in_engine} AS by_{name} ON by_{name}.{name} = t.{name}"
        for name in table.currency_from
    )
