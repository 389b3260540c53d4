"""What the model expects of every possible history: how often somebody bought, and how long they have been silent."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from clove.kernel.arrays import Floats
from clove.reports.palette import DEEPEST, EXPECTED, INK, QUIET
from clove.reports.pictures.canvas import drawn, say_nothing_to_draw, sheet
from clove.reports.shown import units
from clove.valuation.frequency_recency import FrequencyRecencyMap

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHADES = 8
ONE = 1.0  # the purchase that parts those who are expected back from the others
ASIDE = 0.04  # of width and height
EVEN = 0.5  # the chance that parts those who are likelier still a customer
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@drawn
def alive_map(histories: FrequencyRecencyMap) -> "Figure":
    """Probability of still being a customer: darker is surer; dashes bound the line of even chances if it is known."""
    levels = np.array([0.0, 0.1, 0.25, EVEN, 0.75, 0.9, 1.0])
    bounds = histories.alive_interval
    line = EVEN if bounds is not None else None
    return _map(
        histories, histories.probability_alive, levels, lambda share: f"{share * 100:.0f}%", line=line, bounds=bounds
    )


@drawn
def purchases_map(histories: FrequencyRecencyMap) -> "Figure":
    """Purchases expected over the horizon: darker is more; dashes bound the line of one purchase if it is known."""
    finite = histories.expected_purchases[np.isfinite(histories.expected_purchases)]
    highest = float(finite.max()) if finite.size else 0.0
    levels = _round_levels(highest)
    line = ONE if crosses_one(histories) else None
    if line is not None:
        levels = np.union1d(levels, [line])
    return _map(
        histories,
        histories.expected_purchases,
        levels,
        lambda number: f"{number:.3g}",
        line=line,
        bounds=histories.purchases_interval,
    )


def crosses_one(histories: FrequencyRecencyMap) -> bool:
    """Whether one expected purchase lies between some of the histories and others."""
    finite = histories.expected_purchases[np.isfinite(histories.expected_purchases)]
    return bool(finite.size and min(histories.expected_purchases.shape) > 1 and finite.min() < ONE < finite.max())


def _round_levels(highest: float) -> Floats:
    """0, step, 2·step … past the highest, with a step of a round number."""
    if highest <= 0:
        return np.array([0.0])
    rough = highest / SHADES
    magnitude = 10.0 ** np.floor(np.log10(rough))
    step = next(s for s in STEPS if s * magnitude >= rough * 0.999) * magnitude
    return np.asarray(np.arange(0, np.ceil(highest / step) + 1) * step)


def _map(
    histories: FrequencyRecencyMap,
    heights: Floats,
    levels: Floats,
    label: Callable[[float], str],
    *,
    line: float | None,
    bounds: tuple[Floats, Floats] | None,
) -> "Figure":
    figure, axes = sheet()
    shape = (histories.frequency.size, histories.since_last.size)
    if min(shape) < 2 or levels.size < 2 or not np.isfinite(heights).any():
        say_nothing_to_draw(axes, "There are too few kinds of histories to map")
        return figure
    across, up = histories.since_last, histories.frequency
    field = np.ma.masked_invalid(np.clip(heights, levels[0], levels[-1]))
    depths = np.linspace(0.04, DEEPEST, levels.size - 1)
    for low, high, depth in zip(levels[:-1], levels[1:], depths, strict=True):
        if ((field >= low) & (field <= high)).any() or (field.min() < low and field.max() > high):
            axes.contourf(
                across, up, field, levels=[low, high], colors=[EXPECTED.light], alpha=float(depth), antialiased=False
            )
    inner = [level for level in levels[1:-1] if field.min() < level < field.max()]
    if inner:
        widths = [1.5 if level == line else 0.0 for level in inner]
        lines = axes.contour(across, up, field, levels=inner, colors=[INK.light], linewidths=widths)
        for text in axes.clabel(lines, inner, fmt=label, fontsize=11, colors=[INK.light], inline=False):
            text.set_rotation(0)
            if bounds is not None and line is not None and text.get_text() == label(line):
                # clear of the line that it names, and of its bounds
                x, y = text.get_position()
                text.set_position((x + ASIDE * float(np.ptp(across)), y + ASIDE * float(np.ptp(up))))
                text.set_horizontalalignment("left")
    if line is not None and bounds is not None:
        for bound in bounds:
            if np.nanmin(bound) < line < np.nanmax(bound):
                edge = np.ma.masked_invalid(bound)
                axes.contour(across, up, edge, levels=[line], colors=[INK.light], linewidths=1.0, linestyles="dashed")
    axes.set_xlim(across.min(), across.max())
    axes.set_ylim(up.min(), up.max())
    axes.grid(visible=False)
    axes.locator_params(axis="y", integer=True, nbins=6)
    axes.locator_params(axis="x", nbins=6)
    axes.set_xlabel(f"{units(histories.unit).capitalize()} since the last purchase")
    axes.set_title("repeat purchases so far", loc="left", fontsize=12, color=QUIET.light)
    return figure
