"""When customers came and bought again, from a table or from the ledger: what a model is tracked against."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from clove.engine.local import LocalEngine
from clove.features.purchases import Columns
from clove.features.repeat_purchases import PurchasesByPeriod, read_ledger_purchases, repeat_purchases
from clove.kernel.errors import ArgumentRefused, NotEnoughData
from clove.kernel.period import TimeUnit
from clove.models.purchase_model import PurchaseModel
from clove.valuation.repeat_purchases import RepeatPurchases
from clove.valuation.season import Ahead, Season
from clove.valuation.tracking import Tracking
from clove.workflows.frames import EPOCH, calendar_unit, day_of, last_period, opened_purchases, periods_per_unit


def transaction_counts(
    frame: object,
    *,
    customer: str,
    time: str,
    as_of: date | str | None = None,
    until: date | str | None = None,
    every: float | None = None,
    unit: str = "day",
) -> RepeatPurchases:
    """Count first and repeat purchases through time.

    Occasions are those of `purchase_history`. Only customers who came up to the as-of date are looked at.

    Args:
        frame: As for `purchase_history`.
        customer: The column of identifiers.
        time: The column of timestamps, dates or ISO text.
        as_of: The last day that the model knows, as a date or ISO text; by default the end of the observation.
        until: The last day of the observation; by default the day of the last purchase.
        every: Length of a period in units; a week, or as many as a picture bears, if left out.
        unit: `"hour"`, `"day"` or `"week"`, that of the model.

    Raises:
        InputRefused: No such column or table, or rows that are no purchases; none is left out unsaid.
        NotEnoughData: No purchase up to the as-of date.
        ArgumentRefused: No such unit or date, an end before the as-of date, or periods without length.

    >>> import pyarrow as pa
    >>> orders = pa.table({"who": ["ann", "bob", "ann"], "day": ["2024-01-01", "2024-01-03", "2024-01-08"]})
    >>> counts = transaction_counts(orders, customer="who", time="day", as_of="2024-01-05", every=4)
    >>> counts.births.tolist(), counts.ends.tolist(), counts.counts.tolist()
    ([0.0, 2.0], [4.0], [0.0])
    """
    grain = calendar_unit(unit)
    given_end = None if until is None else day_of(until, "until")
    given_day = None if as_of is None else day_of(as_of)
    with opened_purchases(frame, Columns(customer, time, None), grain) as (engine, last_day):
        end = given_end or max(last_day, given_day or last_day)
        day = given_day or end
        if end < day:
            raise ArgumentRefused(
                f"an observation until {end}, known up to {day}", where="until", remedy="Give a day not before as_of"
            )
        found = repeat_purchases(engine, last_period(day, grain), last_period(end, grain))
    return _counted(found, day, end, every, grain)


def ledger_counts(engine: LocalEngine, as_of: date, until: date) -> RepeatPurchases:
    """The same from the ledger's events, in days.

    Raises:
        NotEnoughData: No purchase up to the as-of date.
    """
    read_ledger_purchases(engine)
    found = repeat_purchases(engine, last_period(as_of, TimeUnit.DAY), last_period(until, TimeUnit.DAY))
    return _counted(found, as_of, until, None, TimeUnit.DAY)


def tracked_in(season: Season, model: PurchaseModel, counts: RepeatPurchases, *, seed: int) -> Tracking:
    """The curve of a model in the clock of a season, shown by the calendar.

    Args:
        season: As the model knew it.
        model: Fitted in that clock, in days.
        counts: Of the ledger, by the calendar.
        seed: Of the band.
    """
    if counts.began is None:
        return Tracking.of(model, counts, seed=seed)
    clock = Ahead(counts.began.date(), season)
    births, ends = clock.each(counts.births), clock.each(counts.ends)
    told = replace(counts, births=births, ends=ends, as_of=clock.units(counts.as_of))
    return replace(Tracking.of(model, told, seed=seed), ends=counts.ends, as_of=counts.as_of)


def _counted(
    found: PurchasesByPeriod, as_of: date, until: date, every: float | None, grain: TimeUnit
) -> RepeatPurchases:
    came, again, length = found.first > 0, found.repeat > 0, periods_per_unit(grain)
    if not came.any():
        raise NotEnoughData(f"no purchase up to {as_of}", where="as_of", remedy="Choose a later date")
    return RepeatPurchases.gathered(
        found.period[came] / length,
        found.first[came],
        found.period[again] / length,
        found.repeat[again],
        as_of=last_period(as_of, grain) / length,
        until=last_period(until, grain) / length,
        every=every,
        unit=grain,
        began=datetime.combine(EPOCH, datetime.min.time()) + float(found.period[came][0]) * _period(grain),
    )


def _period(grain: TimeUnit) -> timedelta:
    return timedelta(hours=1) if grain is TimeUnit.HOUR else timedelta(days=1)
