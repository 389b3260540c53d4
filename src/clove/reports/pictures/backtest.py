"""Pictures of a backtest: forecasts of several dates beside what came."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from clove.kernel.arrays import Floats
from clove.kernel.money import Currency
from clove.reports.backtest_contents import Surprises, Tenths
from clove.reports.palette import BAND, CAME, EXPECTED, QUIET
from clove.reports.pictures.canvas import drawn, say_nothing_to_draw, sheet
from clove.reports.pictures.trust import head, paired, surprise_histogram
from clove.reports.shown import short_money
from clove.valuation.comparison import Figure as Estimated

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LINE, ROW = 13, 58  # points of one date, and of a measure at least
MARGINS = 92  # of the axis and its name
APART = 0.62  # of a row, for its lines
THICK = 7  # points of an interval
SMALL, LARGE = 6, 9  # points of dots: one date, all dates


@dataclass(frozen=True, slots=True)
class RatioRow:
    """One measure: its ratio to the reference at each date, newest first, and over all of them."""

    name: str
    origins: tuple[Estimated, ...]
    pooled: Estimated


@drawn
def tenth_calibration(tenths: Tenths, currency: Currency) -> "Figure":
    """Mean value per customer in each tenth of the forecast: forecast, and what came with its interval."""
    figure, axes = sheet()
    forecast = _array(tenths.forecast)
    actual, low, high = (_array([getattr(each, part) for each in tenths.actual]) for part in ("value", "low", "high"))
    names = [str(place + 1) for place in range(forecast.size)]
    paired(axes, names, forecast, actual, lambda y: short_money(currency, y), bounds=(low, high), bounds_of=CAME)
    axes.set_xlabel("Tenth of customers by forecast, highest at the right")
    head(axes, "value per customer", forecast, actual)
    return figure


def surprises(found: Surprises | None) -> "Figure":
    """Where outcomes fell within the forecast; an honest one fills all bars alike, up to chance (the band)."""
    if found is None:
        return surprise_histogram(np.zeros(0), 0)
    return surprise_histogram(np.array(found.shares), found.customers)


@drawn
def measure_ratios(rows: Sequence[RatioRow]) -> "Figure":
    """Each measure over that of the reference: a small dot for each date, newest on top, a large one for all."""
    lines_each = max((len(row.origins) + 1 for row in rows), default=1)
    figure, axes = sheet(height=MARGINS + max(ROW, LINE * lines_each) * max(len(rows), 2))
    known = [each for row in rows for each in (*row.origins, row.pooled) if each.value is not None]
    if not known:
        say_nothing_to_draw(axes, "There is no reference to compare with")
        return figure
    for place, row in enumerate(rows):
        lines = (*row.origins, row.pooled)
        for line, each in enumerate(lines):
            if each.value is None:
                continue
            y = -place + APART * (0.5 - line / max(len(lines) - 1, 1))
            whole = line == len(row.origins)
            if each.low is not None and each.high is not None:
                axes.hlines(y, each.low, each.high, color=EXPECTED.light, alpha=BAND, linewidth=THICK)
            axes.plot(each.value, y, "o", color=EXPECTED.light, markersize=LARGE if whole else SMALL)
    axes.axvline(1.0, color=QUIET.light, linewidth=1.5)
    axes.set_yticks([-place for place in range(len(rows))], [row.name for row in rows])
    axes.set_ylim(-len(rows) + 0.45, 0.55)
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    axes.locator_params(axis="x", nbins=6)
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:.3g}")
    axes.set_xlabel("Ratio to the reference")
    return figure


def _array(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
