"""When contracts end: the chance of it in each month of a contract."""

from typing import TYPE_CHECKING

import numpy as np

from clove.reports.contract_contents import HazardLine
from clove.reports.palette import BAND, EXPECTED, QUIET
from clove.reports.pictures.canvas import drawn, say_nothing_to_draw, sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOT, SMALL_DOT, MANY = 5, 3, 40


@drawn
def hazard_by_month(line: HazardLine, months: int) -> "Figure":
    """Chance of an end in each of the first months as a dot on its interval; a dashed line where the term ends."""
    figure, axes = sheet()
    at = np.arange(1, months + 1)
    chance, low, high = (values[:months] for values in (line.probability, line.low, line.high))
    if not np.isfinite(chance).any():
        say_nothing_to_draw(axes, "No month has enough contracts behind it")
        return figure
    axes.bar(at, high - low, bottom=low, width=0.8, color=EXPECTED.light, alpha=BAND)
    axes.plot(at, chance, "o", color=EXPECTED.light, markersize=SMALL_DOT if months > MANY else DOT)
    top = 1.2 * float(np.nanmax(np.concatenate([chance, high])))
    if 0 < line.term < months:
        axes.axvline(line.term + 0.5, color=QUIET.light, linewidth=1, linestyle=(0, (4, 4)))
        left = line.term > months / 2
        axes.annotate(
            "minimum term ends",
            (line.term + 0.5, 1),
            (-6 if left else 6, -4),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="right" if left else "left",
            va="top",
            fontsize=11,
            color=QUIET.light,
        )
    axes.set_xlim(0.3, months + 0.7)
    axes.set_ylim(0, top or 1.0)
    axes.locator_params(axis="y", nbins=5)
    axes.locator_params(axis="x", integer=True, nbins=7)
    axes.yaxis.set_major_formatter(lambda y, _: f"{y * 100:.3g}%")
    axes.set_xlabel("Month of the contract")
    axes.set_title("chance of ending in it", loc="left", fontsize=12, color=QUIET.light)
    return figure
