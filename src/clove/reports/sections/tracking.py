"""How the model of the test followed its customers through time."""

from datetime import timedelta

import numpy as np

from clove.reports.blocks import Column, Picture, Table
from clove.reports.pictures import cumulative_tracking, incremental_tracking, svg
from clove.reports.pictures.tracking import period_words
from clove.reports.shown import Shown, day, decimal, plural
from clove.valuation.tracking import Tracking

TABLE_ROWS = 26
BLUE = "Blue is what the model expects of customers from their first purchase on, orange what they made."
BEFORE = "the model knew what lies left of the dashed line"


def tracked(tracking: Tracking) -> tuple[Picture, Picture]:
    """Repeat purchases by period, and added up."""
    by_period = (
        f"{BLUE} The band holds eight cases of ten if customers buy independently of each other; {BEFORE}. "
        "Peaks beyond the band are what all customers share: a season, a campaign."
    )
    added_up = f"{BLUE} Where the two part, the level or the trend changed; {BEFORE}."
    title = f"Repeat purchases {period_words(tracking)}"
    total = "Repeat purchases, added up"
    return (
        Picture(
            "tracking",
            title,
            svg(incremental_tracking(tracking), name="tracking", title=title, description=by_period),
            by_period,
            _table(tracking, title, added_up=False),
        ),
        Picture(
            "tracking-total",
            total,
            svg(cumulative_tracking(tracking), name="tracking-total", title=total, description=added_up),
            added_up,
            _table(tracking, total, added_up=True),
        ),
    )


def _table(tracking: Tracking, title: str, *, added_up: bool) -> Table:
    figures = (
        (
            tracking.cumulative_expected,
            tracking.cumulative_low,
            tracking.cumulative_high,
            tracking.cumulative_actual,
        )
        if added_up
        else (tracking.expected, tracking.low, tracking.high, tracking.actual)
    )
    size = tracking.ends.size
    rows = np.unique(np.linspace(0, size - 1, min(size, TABLE_ROWS)).round()).astype(np.int64)[:size]
    columns = (Column("Until"), Column("Expected"), Column("P10"), Column("P90"), Column("Actual"))
    lines: list[tuple[Shown, ...]] = [
        (_until(tracking, float(tracking.ends[row])), *(decimal(float(column[row]), 0) for column in figures))
        for row in rows
    ]
    left_out = size - len(lines)
    note = f"{plural(left_out, 'period')} in between left out." if left_out else ""
    return Table(title, columns, tuple(lines), note)


def _until(tracking: Tracking, end: float) -> str:
    if tracking.began is None:
        return f"{end:,.4g}"
    return day((tracking.began + timedelta(days=end * tracking.unit.days)).date())
