"""How sure the parameters of a model are, one by one and in pairs."""

from typing import TYPE_CHECKING

import numpy as np

from clove.kernel.arrays import Floats
from clove.reports.palette import BAND, EXPECTED, INK, QUIET
from clove.reports.pictures.canvas import WIDTH, drawn, say_nothing_to_draw, sheet
from clove.valuation.parameter_draws import ParameterCloud

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CELL = 120  # points
BINS = 30
DOTS = 500  # of a cloud; more only blacken it
REACH = (0.002, 0.998)  # quantiles of the draws between which the axes run
WIDE = 8.0  # ratio of these quantiles from which on a scale is logarithmic


@drawn
def parameter_uncertainty(cloud: ParameterCloud) -> "Figure":
    """On the diagonal each parameter's draws with the estimate and its interval; below it the draws of each pair."""
    many = len(cloud.names)
    if not many:
        figure, axes = sheet(height=120)
        say_nothing_to_draw(axes, "Every parameter was held, so none is uncertain")
        return figure
    side = max(CELL * many, WIDTH)
    figure, whole = sheet(side, side * 0.85 if many > 1 else WIDTH * 0.6)
    whole.remove()
    grid = figure.add_gridspec(many, many)
    ends = np.quantile(cloud.draws, REACH, axis=0)
    wide = [bool(low > 0 and high / low > WIDE) for low, high in ends.T]
    for row in range(many):
        for column in range(row + 1):
            axes = figure.add_subplot(grid[row, column])
            axes.patch.set_visible(False)
            axes.grid(visible=False)
            x = cloud.draws[:, column]
            if row == column:
                _marginal(axes, cloud, row, ends[:, row], logarithmic=wide[row])
            else:
                axes.plot(x[:DOTS], cloud.draws[:DOTS, row], ".", color=EXPECTED.light, alpha=0.35, markersize=2.5)
                axes.plot(cloud.estimates[column], cloud.estimates[row], "o", color=INK.light, markersize=5)
                _scale(axes, "y", ends[:, row], logarithmic=wide[row])
            _scale(axes, "x", ends[:, column], logarithmic=wide[column])
            if row < many - 1:
                axes.tick_params(axis="x", labelbottom=False)
            if column or row == column:
                axes.tick_params(axis="y", labelleft=False)
            elif row:
                axes.set_ylabel(cloud.names[row], color=INK.light)
            if row == many - 1:
                axes.set_xlabel(cloud.names[column], color=INK.light)
    return figure


def _marginal(axes: "Axes", cloud: ParameterCloud, place: int, ends: Floats, *, logarithmic: bool) -> None:
    low, high = (float(end) for end in ends)
    edges = np.geomspace(low, high, BINS + 1) if logarithmic else np.linspace(low, high, BINS + 1)
    counts, _ = np.histogram(cloud.draws[:, place], edges)
    axes.stairs(counts, edges, color=EXPECTED.light, linewidth=1.5)
    axes.axvspan(cloud.low[place], cloud.high[place], color=EXPECTED.light, alpha=BAND, linewidth=0)
    axes.axvline(cloud.estimates[place], color=INK.light, linewidth=1)
    axes.set_yticks([])
    axes.set_ylim(0, max(float(counts.max()), 1.0) * 1.1)
    axes.set_title(f"{cloud.names[place]} = {cloud.estimates[place]:.3g}", fontsize=11, color=QUIET.light)


def _scale(axes: "Axes", axis: str, ends: Floats, *, logarithmic: bool) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

    which = axes.xaxis if axis == "x" else axes.yaxis
    if logarithmic:
        (axes.set_xscale if axis == "x" else axes.set_yscale)("log")
        which.set_major_locator(LogLocator(numticks=4))
        which.set_minor_locator(NullLocator())
        which.set_minor_formatter(NullFormatter())
    else:
        which.set_major_locator(MaxNLocator(3, prune="both"))
    which.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}"))
    low, high = (float(end) for end in ends)
    (axes.set_xlim if axis == "x" else axes.set_ylim)(low, high)
    axes.tick_params(axis="x" if axis == "x" else "y", labelsize=10)
