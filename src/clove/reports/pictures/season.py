"""The season of a base: twelve months beside an average one."""

from calendar import month_abbr
from typing import TYPE_CHECKING

import numpy as np

from clove.reports.palette import BAND, EXPECTED, QUIET
from clove.reports.pictures.canvas import drawn, say_nothing_to_draw, sheet
from clove.valuation.season import Season

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@drawn
def season_index(season: Season) -> "Figure":
    """Purchases per day of each month, an average month being 1, with the interval of each."""
    figure, axes = sheet()
    if not season.known:
        say_nothing_to_draw(axes, "No season is known")
        return figure
    index, low, high = (np.array(values) for values in (season.index, season.low, season.high))
    months = np.arange(index.size)
    axes.bar(months, high - low, bottom=low, width=0.7, color=EXPECTED.light, alpha=BAND)
    axes.plot(months, index, "o", color=EXPECTED.light, markersize=6)
    axes.axhline(1.0, color=QUIET.light, linewidth=1, linestyle="--")
    axes.set_xticks(months, [name[0] for name in month_abbr[1:]])
    axes.set_ylim(0.0, 1.08 * float(high.max()))
    axes.set_title("purchases per day, an average month being 1", loc="left", fontsize=12, color=QUIET.light)
    return figure
