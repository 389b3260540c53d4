"""Amounts of several currencies in one: each at the latest rate on or before the day that it counts from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from clove.engine.local import LocalEngine
from clove.kernel.errors import InputRefused
from clove.ledger.contract_table import Column, ContractTable
from clove.ledger.contracts import TABLES

_RATES = "portfolio_rates"


@dataclass(frozen=True, slots=True)
class Exchange:
    """The currency in which the amounts of a portfolio are added up, and what the others buy in it."""

    currency: str
    as_of: date
    rates: Mapping[str, float]  # code -> units of `currency` that one unit buys on the as-of date; of itself 1


def converted(table: str) -> str:
    """Name of the view on a table of the portfolio in which all amounts are in one currency."""
    return f"converted_{table}"


def convert(engine: LocalEngine, currency: str, as_of: date) -> Exchange:
    """Make a view `converted_<table>` on each table of the portfolio that holds amounts.

    The views have the tables' columns; amounts are in `currency`, `own_currency` says what they were in, and an amount
    of unknown currency is null. What happened counts at the latest rate on or before its day; what holds now, such as
    the current fee, at that of the as-of date, and so does what happened later. No rate after the as-of date is used.

    Args:
        engine: Holds the tables `portfolio_…`.
        currency: In which amounts are added up; `exchange_rates` are units of it.
        as_of: The date from which the portfolio is looked at.

    Raises:
        InputRefused: There is no rate for a currency on or before a day on which it is needed, or the rates are in
            another currency.
    """
    _refuse_other_base(engine, currency)
    first_needed = _first_needed(engine, currency, as_of)
    days, rates = _daily_rates(engine, currency, as_of)
    _refuse_missing(first_needed, days, currency)
    engine.load(_RATES, rates)
    for table in TABLES.values():
        if table.money:
            engine.execute(_view(table, currency, as_of, several=bool(first_needed)))
    now = engine.table(f"SELECT currency, rate FROM {_RATES} WHERE day = $as_of ORDER BY currency", {"as_of": as_of})
    latest = dict(zip(now["currency"].to_pylist(), now["rate"].to_pylist(), strict=True))
    return Exchange(currency, as_of, {currency: 1.0, **latest})


def _refuse_other_base(engine: LocalEngine, currency: str) -> None:
    """Rates of the currency itself are 1, or they are units of another one."""
    found = engine.table(
        f"SELECT rate, rate_date FROM {TABLES['exchange_rates'].in_engine} "
        "WHERE currency = $currency AND abs(rate - 1) > 1e-9 ORDER BY rate_date LIMIT 1",
        {"currency": currency},
    ).to_pylist()
    if found:
        raise InputRefused(
            f"amounts are to be in {currency}, and exchange_rates gives {found[0]['rate']:g} for one {currency} on "
            f"{found[0]['rate_date']}: the rates are in another currency",
            where="exchange_rates",
            remedy=f"Name the currency that the rates are in with --currency, or give rates in units of {currency}",
        )


def _first_needed(engine: LocalEngine, currency: str, as_of: date) -> dict[str, date]:
    """Every other currency, and the earliest day on which an amount in it counts."""
    parts = [
        f"SELECT currency, min({_day(table, column, as_of)}) AS day FROM {table.in_engine} AS t "
        f"WHERE {column.name} IS NOT NULL AND currency <> $currency GROUP BY currency"
        for table in TABLES.values()
        for column in table.money
    ]
    found = engine.table(
        f"SELECT currency, min(day) AS day FROM ({' UNION ALL '.join(parts)}) GROUP BY currency ORDER BY currency",
        {"currency": currency},
    )
    return dict(zip(found["currency"].to_pylist(), found["day"].to_pylist(), strict=True))


def _daily_rates(engine: LocalEngine, currency: str, as_of: date) -> tuple[dict[str, date], pa.Table]:
    """First day of every other currency's rates, and its rate on each day from then to the as-of date."""
    given = engine.table(
        f"SELECT currency, rate_date, rate FROM {TABLES['exchange_rates'].in_engine} WHERE rate_date <= $as_of "
        "AND currency <> $currency ORDER BY currency, rate_date",
        {"as_of": as_of, "currency": currency},
    )
    codes = np.array(given["currency"].to_pylist(), dtype=object)
    from_day = given["rate_date"].to_numpy().astype("datetime64[D]").astype(np.int64)
    rate = given["rate"].to_numpy()
    end = np.datetime64(as_of, "D").astype(np.int64)
    first: dict[str, date] = {}
    pieces = []
    for code in dict.fromkeys(codes):
        own = np.flatnonzero(codes == code)
        lasts = np.diff(np.append(from_day[own], end + 1))  # days for which each rate holds
        days = np.arange(from_day[own[0]], end + 1, dtype=np.int32)
        first[code] = given["rate_date"][int(own[0])].as_py()
        pieces.append(
            pa.table(
                {
                    "currency": pa.array([code]).take(pa.array(np.zeros(days.size, np.int64))),
                    "day": pa.array(days).cast(pa.date32()),
                    "rate": np.repeat(rate[own], lasts),
                }
            )
        )
    schema = pa.schema([("currency", pa.string()), ("day", pa.date32()), ("rate", pa.float64())])
    return first, pa.concat_tables(pieces) if pieces else schema.empty_table()


def _refuse_missing(needed: Mapping[str, date], first: Mapping[str, date], currency: str) -> None:
    lacking = {code: day for code, day in needed.items() if code not in first or first[code] > day}
    if not lacking:
        return
    said = ", ".join(f"{code} on or before {day}" for code, day in lacking.items())
    raise InputRefused(
        f"there is no exchange rate for {said}, and amounts are to be added up in {currency}",
        where="exchange_rates",
        remedy=f"Give exchange_rates rows with currency, rate_date and rate, the {currency} that one unit buys; "
        "or value one currency at a time",
    )


def _day(table: ContractTable, column: Column, as_of: date) -> str:
    """SQL for the day at whose rate an amount counts."""
    known = [f"t.{name}" if name in table.by_name else "t.happened" for name in column.money_on]
    now = f"DATE '{as_of}'"
    return f"least(coalesce({', '.join([*dict.fromkeys(known), now])}), {now})"


def _view(table: ContractTable, currency: str, as_of: date, *, several: bool) -> str:
    days = list(dict.fromkeys(_day(table, column, as_of) for column in table.money))

    def value(column: Column) -> str:
        if not several:
            return f"CASE WHEN t.currency IS NOT NULL THEN t.{column.name} END AS {column.name}"
        rate = f"r{days.index(_day(table, column, as_of))}.rate"
        return f"t.{column.name} * CASE WHEN t.currency = '{currency}' THEN 1 ELSE {rate} END AS {column.name}"

    own = [c for c in table.columns if c.name != "currency"]
    values = ", ".join(value(column) if column.money else f"t.{column.name}" for column in own)
    joins = " ".join(
        f"LEFT JOIN {_RATES} AS r{i} ON r{i}.currency = t.currency AND r{i}.day = {day}"
        for i, day in enumerate(days)
        if several
    )
    return (
        f"CREATE OR REPLACE VIEW {converted(table.name)} AS SELECT {values}, t.happened, '{currency}' AS currency, "
        f"t.currency AS own_currency, t.file, t.row FROM {table.in_engine} AS t {joins}"
    )
