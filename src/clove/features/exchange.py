"""Amounts of several currencies in one: each at the latest rate on or before the day that it counts from."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from clove.engine.local import LocalEngine
from clove.kernel.arrays import Floats
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


def usual_currency(engine: LocalEngine, as_of: date) -> str:
    """The currency in which a portfolio is added up where nobody names one.

    That of its contracts if they have one; else the one in which the rates are, because its own are 1 or because it
    alone has none; else that of most contracts. Contracts and rates after the as-of date have no say.
    """
    used = _in_use(engine, as_of)
    given = engine.table(
        f"SELECT currency, bool_and(abs(rate - 1) <= 1e-9) AS one FROM {TABLES['exchange_rates'].in_engine} "
        "WHERE rate_date <= $as_of GROUP BY currency ORDER BY currency",
        {"as_of": as_of},
    )
    ones = dict(zip(given["currency"].to_pylist(), given["one"].to_pylist(), strict=True))
    if len(used) > 1:
        for candidates in ([code for code, one in ones.items() if one], [code for code in used if code not in ones]):
            if len(candidates) == 1:
                return candidates[0]
    return used[0]


def exchange_at(engine: LocalEngine, currency: str, as_of: date) -> Exchange:
    """What the currencies buy on the as-of date, which is all that amounts of the months to come need.

    The table `portfolio_rates` then holds each currency's rate of every day from its first to the as-of date; a day
    before the first has none. A portfolio whose contracts are all in `currency` needs no rate, and may have rates in
    another: they are brought to this one.

    Args:
        engine: Holds the tables `portfolio_…`.
        currency: In which amounts are added up.
        as_of: The date from which the portfolio is looked at. No later rate is used.

    Raises:
        InputRefused: A currency of contracts has no rate by the as-of date, or the rates are in another currency.
    """
    used = {code: as_of for code in sorted(_in_use(engine, as_of)) if code != currency}
    if used:
        _refuse_other_base(engine, currency, as_of)
    days, rates = _daily_rates(engine, currency, as_of)
    _refuse_missing(used, days, currency)
    engine.load(_RATES, rates)
    return _latest(engine, currency, as_of)


def convert(engine: LocalEngine, currency: str, as_of: date, tables: Collection[str] = ()) -> Exchange:
    """Make a view `converted_<table>` on each table of the portfolio whose amounts are wanted.

    The views have the tables' columns; amounts are in `currency`, `own_currency` says what they were in, and an amount
    of unknown currency is null. What happened counts at the latest rate on or before its day; what holds now, such as
    the current fee, at that of the as-of date, and so does what happened later. No rate after the as-of date is used.
    A sum in which amounts of a day without a rate were left out would be too low unnoticed: such a day is refused.

    Args:
        engine: Holds the tables `portfolio_…`.
        currency: In which amounts are added up; `exchange_rates` are units of it.
        as_of: The date from which the portfolio is looked at.
        tables: Names of those that are wanted; all that hold amounts if left out. Rates are demanded for them alone.

    Raises:
        InputRefused: There is no rate for a currency on or before a day on which it is needed, or the rates are in
            another currency.
    """
    wanted = [table for table in TABLES.values() if table.money and (not tables or table.name in tables)]
    first_needed = _first_needed(engine, currency, as_of, wanted)
    if first_needed:
        _refuse_other_base(engine, currency, as_of)
    days, rates = _daily_rates(engine, currency, as_of)
    _refuse_missing(first_needed, days, currency)
    engine.load(_RATES, rates)
    for table in wanted:
        engine.execute(_view(table, currency, as_of, several=bool(first_needed)))
    return _latest(engine, currency, as_of)


def _latest(engine: LocalEngine, currency: str, as_of: date) -> Exchange:
    now = engine.table(f"SELECT currency, rate FROM {_RATES} WHERE day = $as_of ORDER BY currency", {"as_of": as_of})
    latest = dict(zip(now["currency"].to_pylist(), now["rate"].to_pylist(), strict=True))
    return Exchange(currency, as_of, {currency: 1.0, **latest})


def _in_use(engine: LocalEngine, as_of: date) -> list[str]:
    """Currencies of the contracts that had started, of all contracts if none had; the most frequent first."""
    found = engine.table(
        f"SELECT currency, count(*) FILTER (WHERE start_date <= $as_of) AS started, count(*) AS n "
        f"FROM {TABLES['contracts'].in_engine} WHERE currency IS NOT NULL GROUP BY currency "
        "ORDER BY started DESC, n DESC, currency",
        {"as_of": as_of},
    ).to_pylist()
    return [line["currency"] for line in found if line["started"] or not found[0]["started"]]


def _refuse_other_base(engine: LocalEngine, currency: str, as_of: date) -> None:
    """Rates of the currency itself are 1, or they are units of another one."""
    found = engine.table(
        f"SELECT rate, rate_date FROM {TABLES['exchange_rates'].in_engine} "
        "WHERE currency = $currency AND abs(rate - 1) > 1e-9 AND rate_date <= $as_of ORDER BY rate_date LIMIT 1",
        {"currency": currency, "as_of": as_of},
    ).to_pylist()
    if found:
        raise InputRefused(
            f"amounts are to be in {currency}, and exchange_rates gives {found[0]['rate']:g} for one {currency} on "
            f"{found[0]['rate_date']}: the rates are in another currency",
            where="exchange_rates",
            remedy=f"Name the currency that the rates are in with --currency, or give rates in units of {currency}",
        )


def _first_needed(
    engine: LocalEngine, currency: str, as_of: date, tables: Collection[ContractTable]
) -> dict[str, date]:
    """Every other currency, and the earliest day on which an amount in it counts."""
    parts = [
        f"SELECT currency, min({_day(table, column, as_of)}) AS day FROM {table.in_engine} AS t "
        f"WHERE {column.name} IS NOT NULL AND currency <> $currency GROUP BY currency"
        for table in tables
        for column in table.money
    ]
    found = engine.table(
        f"SELECT currency, min(day) AS day FROM ({' UNION ALL '.join(parts)}) GROUP BY currency ORDER BY currency",
        {"currency": currency},
    )
    return dict(zip(found["currency"].to_pylist(), found["day"].to_pylist(), strict=True))


def _daily_rates(engine: LocalEngine, currency: str, as_of: date) -> tuple[dict[str, date], pa.Table]:
    """First day of every other currency's rates, and its rate on each day from then to the as-of date.

    Rates in another currency, by which the one that is wanted has rates too, are divided by its own of the day.
    """
    given = engine.table(
        f"SELECT currency, rate_date, rate FROM {TABLES['exchange_rates'].in_engine} WHERE rate_date <= $as_of "
        "ORDER BY currency, rate_date",
        {"as_of": as_of},
    )
    codes = np.array(given["currency"].to_pylist(), dtype=object)
    from_day = given["rate_date"].to_numpy().astype("datetime64[D]").astype(np.int64)
    rate = given["rate"].to_numpy()
    end = np.datetime64(as_of, "D").astype(np.int64)
    daily: dict[str, Floats] = {}  # the rate of every day from the first to the as-of date
    for code in dict.fromkeys(codes):
        own = np.flatnonzero(codes == code)
        lasts = np.diff(np.append(from_day[own], end + 1))  # days for which each rate holds
        daily[code] = np.repeat(rate[own], lasts)
    unit = daily.pop(currency, None)
    first: dict[str, date] = {}
    pieces = []
    for code, own_rates in daily.items():
        rates = own_rates
        if unit is not None:
            both = min(own_rates.size, unit.size)
            rates = own_rates[own_rates.size - both :] / unit[unit.size - both :]
        first[code] = as_of - timedelta(days=rates.size - 1)
        days = np.arange(end + 1 - rates.size, end + 1, dtype=np.int32)
        pieces.append(
            pa.table(
                {
                    "currency": pa.array([code]).take(pa.array(np.zeros(days.size, np.int64))),
                    "day": pa.array(days).cast(pa.date32()),
                    "rate": rates,
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
