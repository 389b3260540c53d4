"""Named estimates one below the other, each a dot on its interval."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from clove.reports.contents import Estimate
from clove.reports.palette import BAND, EXPECTED, INK, QUIET
from clove.reports.pictures.canvas import drawn, say_nothing_to_draw, sheet
from clove.reports.shown import known

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROW, EDGES = 26, 64  # points
LEAST_ROWS = 3
ROOM = 0.22  # of the span, for the figures beside the dots


@drawn
def dot_rows(rows: Sequence[tuple[str, Estimate]], label: Callable[[float], str], across: str) -> "Figure":
    """Dots on a scale that holds zero; rows without a known mean keep their place and stay empty.

    Args:
        rows: Names and estimates, topmost first.
        label: A figure in letters.
        across: What the scale counts.
    """
    figure, axes = sheet(height=EDGES + ROW * max(len(rows), LEAST_ROWS))
    if not any(known(estimate.mean) for _, estimate in rows):
        say_nothing_to_draw(axes, "None of these figures is known")
        return figure
    for place, (_, estimate) in enumerate(rows):
        if not known(estimate.mean):
            continue
        below = estimate.mean < 0
        outer = estimate.mean
        if known(estimate.p10) and known(estimate.p90):
            axes.plot([estimate.p10, estimate.p90], [place] * 2, color=EXPECTED.light, alpha=BAND, linewidth=9)
            outer = min(outer, estimate.p10) if below else max(outer, estimate.p90)
        axes.plot([estimate.mean], [place], "o", color=EXPECTED.light, markersize=8)
        axes.annotate(
            label(estimate.mean),
            (outer, place),
            (-10 if below else 10, 0),
            textcoords="offset points",
            ha="right" if below else "left",
            va="center",
            fontsize=11,
            color=INK.light,
        )
    low, high = axes.get_xlim()
    low, high = min(low, 0.0), max(high, 0.0)
    room = ROOM * (high - low)
    below = any(estimate.mean < 0 for _, estimate in rows)
    axes.set_xlim(low - room if below else low, high + room)
    axes.axvline(0.0, color=QUIET.light, linewidth=1)
    axes.set_yticks(range(len(rows)), [name for name, _ in rows], color=INK.light)
    axes.set_ylim(max(len(rows), LEAST_ROWS) - 0.5, -0.5)
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")
    axes.locator_params(axis="x", nbins=4)
    axes.xaxis.set_major_formatter(lambda x, _: label(x))
    axes.set_xlabel(across)
    return figure
