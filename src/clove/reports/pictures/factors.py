"""What moves the forecasts of a base."""

from typing import TYPE_CHECKING

from clove.kernel.money import Currency
from clove.reports.contents import FactorLine
from clove.reports.palette import EXPECTED, INK
from clove.reports.pictures.canvas import drawn, say_nothing_to_draw, sheet
from clove.reports.shown import percent, short_money

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROW = 26  # points
EDGES = 40


@drawn
def factor_importance(lines: tuple[FactorLine, ...], currency: Currency) -> "Figure":
    """The mean move of each factor as a bar, strongest on top."""
    figure, axes = sheet(height=EDGES + ROW * max(len(lines), 3))
    if not lines:
        say_nothing_to_draw(axes, "Nothing moves the forecasts")
        return figure
    axes.barh(range(len(lines)), [line.mean for line in lines], height=0.6, color=EXPECTED.light)
    for place, line in enumerate(lines):
        axes.annotate(
            f"{short_money(currency, line.mean)}, {percent(line.share)}",
            (line.mean, place),
            (5, 0),
            textcoords="offset points",
            va="center",
            fontsize=11,
            color=INK.light,
        )
    axes.set_yticks(range(len(lines)), [line.title for line in lines], color=INK.light)
    axes.set_ylim(len(lines) - 0.5, -0.5)
    axes.set_xlim(0, 1.45 * max(line.mean for line in lines))
    axes.set_xticks([])
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)
    axes.set_xlabel("Mean money added or taken per customer")
    return figure
