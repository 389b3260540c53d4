"""A table of purchases, cut at a date: what a model may know, and what it is held against."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from clove.features.later_purchases import later_purchases
from clove.features.purchases import Columns
from clove.kernel.arrays import Floats
from clove.kernel.errors import ArgumentRefused
from clove.models.history import PurchaseHistory
from clove.workflows.frames import calendar_unit, day_of, last_period, opened_purchases, periods_per_unit
from clove.workflows.history import history_as_of


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationAndHoldout:
    """What was known at the end of the calibration, and what the same customers bought after it."""

    history: PurchaseHistory  # as of the calibration's last day, of n customers
    purchases: Floats  # (n,) purchase occasions in the holdout
    mean_spend: Floats  # (n,) per occasion of the holdout; nan where there is none, and throughout if unknown
    horizon: float  # length of the holdout, in the history's unit
    calibration_end: date
    observation_end: date


def calibration_and_holdout(
    frame: object,
    *,
    customer: str,
    time: str,
    amount: str | None = None,
    calibration_end: date | str,
    observation_end: date | str | None = None,
    unit: str = "day",
) -> CalibrationAndHoldout:
    """Summarise purchases up to one day, and count those from the next day to another.

    Customers who came after the calibration are left out: nothing was known of them. Occasions are those of
    `purchase_history`: purchases of one day, or of one hour where hours are counted.

    Args:
        frame: As for `purchase_history`.
        customer: The column of identifiers.
        time: The column of timestamps, dates or ISO text.
        amount: The column of amounts from 0 up; without it the spend is nan.
        calibration_end: The last day of the calibration, as a date or ISO text.
        observation_end: The last day of the holdout; by default the day of the last purchase.
        unit: `"hour"`, `"day"` or `"week"`.

    Raises:
        InputRefused: No such column or table, or rows that are no purchases; none is left out unsaid.
        NotEnoughData: No purchase in the calibration.
        ArgumentRefused: No such unit or date, or no day left for the holdout.

    >>> import pyarrow as pa
    >>> orders = pa.table({"who": ["ann", "bob", "ann"], "day": ["2024-01-01", "2024-01-03", "2024-02-08"]})
    >>> split = calibration_and_holdout(
    ...     orders, customer="who", time="day", calibration_end="2024-01-31", observation_end="2024-02-29"
    ... )
    >>> split.history.frequency.tolist(), split.purchases.tolist(), split.horizon
    ([0.0, 0.0], [1.0, 0.0], 29.0)
    """
    grain = calendar_unit(unit)
    known = day_of(calibration_end, "calibration_end")
    given_end = None if observation_end is None else day_of(observation_end, "observation_end")
    with opened_purchases(frame, Columns(customer, time, amount), grain) as (engine, last_day):
        end = given_end or last_day
        if end <= known:
            raise ArgumentRefused(
                f"a holdout that ends on {end} after a calibration until {known}",
                where="observation_end",
                remedy="Let the calibration end before the last purchase",
            )
        after, until = last_period(known, grain), last_period(end, grain)
        history = history_as_of(engine, known, grain)
        later = later_purchases(engine, after, until)
    spend: Floats = later["mean_spend"].cast(pa.float64()).to_numpy()
    return CalibrationAndHoldout(
        history,
        np.asarray(later["occasions"].to_numpy(), dtype=np.float64),
        spend,
        (until - after) / periods_per_unit(grain),
        known,
        end,
    )
