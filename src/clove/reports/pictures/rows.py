"""What became of the rows that were read."""

from typing import TYPE_CHECKING

from clove.reports.contents import DataQuality
from clove.reports.palette import CAME, EXPECTED, INK, QUIET, RULE, Colour
from clove.reports.pictures.canvas import drawn, say_nothing_to_draw, sheet
from clove.reports.shown import percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEGEND_STEP = 0.5  # two columns of the legend


def outcomes(quality: DataQuality) -> tuple[tuple[str, int, Colour], ...]:
    """The fates of a row, with their counts; rows that none of them explains are a fate of their own."""
    rejected = sum(rule.rows for rule in quality.rejections)
    missing = quality.rows_read - quality.purchases - quality.returns - quality.held - rejected
    fates = (
        ("purchases", quality.purchases, EXPECTED),
        ("returns", quality.returns, CAME),
        ("held until later", quality.held, RULE),
        ("rejected", rejected, QUIET),
    )
    return (*fates, ("not accounted for", missing, INK)) if missing else fates


@drawn
def row_outcomes(quality: DataQuality) -> "Figure":
    """All rows as one bar, cut by what became of them."""
    figure, axes = sheet(height=130)
    if not quality.rows_read:
        say_nothing_to_draw(axes, "No row was read")
        return figure
    figure.set_layout_engine("none")
    axes.set_position((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    start = 0.0
    for place, (name, rows, colour) in enumerate(outcomes(quality)):
        share = rows / quality.rows_read
        axes.broken_barh([(start, max(share - 0.003, min(share, 0.002)))], (0.68, 0.3), color=colour.light, linewidth=0)
        start += share
        left, line = place % 2 * LEGEND_STEP, 0.46 - place // 2 * 0.22
        axes.broken_barh([(left, 0.025)], (line - 0.05, 0.1), color=colour.light, linewidth=0)
        axes.text(left + 0.04, line, f"{rows:,} {name} ({percent(share, 1)})", va="center_baseline", fontsize=12)
    return figure
