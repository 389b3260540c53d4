"""Which date a portfolio is looked at from, and which rows are held since they come later."""

from datetime import date, timedelta

from clove.engine.local import LocalEngine
from clove.ledger.contract_columns import PERIOD_END
from clove.ledger.contract_table import ContractTable, Kind
from clove.ledger.contracts import TABLES

_RATES = "exchange_rates"  # they are published on days on which nothing else happens


def newest_day(engine: LocalEngine, today: date) -> date:
    """The latest date in any table but that of rates, up to today; today where there is none."""
    days = []
    for table in TABLES.values():
        if table.name == _RATES:
            continue
        names = [column.name for column in table.columns if column.kind is Kind.DATE]
        if PERIOD_END in table.happened:
            names.append("happened")
        days += [f"SELECT max({n}) AS day FROM {table.in_engine} WHERE {n} <= $today" for n in names]
    found = engine.table(f"SELECT max(day) AS day FROM ({' UNION ALL '.join(days)})", {"today": today})
    newest = found["day"][0].as_py()
    return newest if isinstance(newest, date) else today


def default_as_of(engine: LocalEngine, today: date) -> date:
    """The end of the last month that is over by the newest date; that date itself where no contract had begun."""
    newest = newest_day(engine, today)
    end = last_month_end(newest)
    begun = engine.table(
        f"SELECT count(*) AS n FROM {TABLES['contracts'].in_engine} WHERE happened <= $end", {"end": end}
    )
    return end if begun["n"][0].as_py() else newest


def last_month_end(day: date) -> date:
    """The day itself where it ends a month, else the last day of the month before.

    >>> last_month_end(date(2024, 2, 29)), last_month_end(date(2024, 3, 30))
    (datetime.date(2024, 2, 29), datetime.date(2024, 2, 29))
    """
    tomorrow = day + timedelta(days=1)
    return tomorrow.replace(day=1) - timedelta(days=1)


def held_after(engine: LocalEngine, table: ContractTable, as_of: date) -> int:
    """How many rows of a table happened after a date; rows without a date are never held."""
    found = engine.table(f"SELECT count(*) AS n FROM {table.in_engine} WHERE happened > $as_of", {"as_of": as_of})
    return int(found["n"][0].as_py())
