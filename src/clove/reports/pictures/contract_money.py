"""What a portfolio of contracts is worth: its parts as steps, and how its contracts spread about zero."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from clove.kernel.money import Currency
from clove.reports.contents import Estimate
from clove.reports.contract_spread import LtvBins
from clove.reports.palette import BAND, EXPECTED, INK, QUIET
from clove.reports.pictures.canvas import drawn, say_nothing_to_draw, sheet
from clove.reports.shown import known, short_money

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROW, EDGES = 40, 60  # points
ROOM = 0.24  # of the span, for the amounts at the right


@drawn
def money_steps(steps: Sequence[tuple[str, float]], total: tuple[str, Estimate], currency: Currency) -> "Figure":
    """Amounts that add up to a total, each bar beginning where the one above ends; grey takes away."""
    figure, axes = sheet(height=EDGES + ROW * (len(steps) + 1))
    name, estimate = total
    if not known(estimate.mean) or not all(known(amount) for _, amount in steps):
        say_nothing_to_draw(axes, "The parts are not all known")
        return figure
    amounts = np.array([amount for _, amount in steps])
    ends = amounts.cumsum()
    starts = ends - amounts
    rows = np.arange(len(steps))
    colours = [EXPECTED.light if amount >= 0 else QUIET.light for amount in amounts]
    axes.barh(rows, amounts, left=starts, height=0.6, color=colours)
    axes.vlines(ends, rows + 0.3, rows + 0.7, color=QUIET.light, linewidth=1)
    last = len(steps)
    bounds = [bound for bound in (estimate.p10, estimate.p90) if known(bound)]
    if len(bounds) == 2:
        axes.plot(bounds, [last, last], color=EXPECTED.light, alpha=BAND, linewidth=10)
    axes.plot([estimate.mean], [last], "o", color=EXPECTED.light, markersize=9)
    tops = [*np.maximum(starts, ends), max([estimate.mean, *bounds])]
    for place, (top, amount) in enumerate(zip(tops, [*amounts, estimate.mean], strict=True)):
        axes.annotate(
            short_money(currency, float(amount)),
            (float(top), place),
            (10, 0),
            textcoords="offset points",
            va="center",
            fontsize=12,
            color=INK.light,
        )
    low, high = min(0.0, *starts, *ends, estimate.mean, *bounds), max(0.0, *tops)
    span = (high - low) or 1.0
    axes.axvline(0.0, color=QUIET.light, linewidth=1)
    axes.set_xlim(low - 0.02 * span, high + ROOM * span)
    axes.set_ylim(last + 0.5, -0.5)
    axes.set_yticks(range(last + 1), [*(step for step, _ in steps), name], color=INK.light)
    axes.set_xticks([])
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)
    return figure


@drawn
def ltv_histogram(bins: LtvBins, currency: Currency) -> "Figure":
    """Contracts by lifetime value; those below zero are grey and counted in words."""
    figure, axes = sheet()
    if not bins.counts.sum():
        say_nothing_to_draw(axes, "No contract has a value that is known")
        return figure
    width = np.diff(bins.edges)
    below = bins.edges[1:] <= 0
    for which, colour in ((below, QUIET), (~below, EXPECTED)):
        axes.bar(bins.edges[:-1][which], bins.counts[which], width=width[which] * 0.9, align="edge", color=colour.light)
    axes.axvline(0.0, color=INK.light, linewidth=1)
    top = float(bins.counts.max()) * 1.2
    if bins.below_zero:
        axes.annotate(
            f"{bins.below_zero:,} below zero",
            (0.0, top),
            (-8 if _room_left(bins) else 8, -4),
            textcoords="offset points",
            ha="right" if _room_left(bins) else "left",
            va="top",
            color=INK.light,
        )
    axes.set_ylim(0, top)
    axes.locator_params(axis="x", nbins=5)
    axes.locator_params(axis="y", integer=True, nbins=5)
    axes.xaxis.set_major_formatter(lambda x, _: short_money(currency, x))
    axes.yaxis.set_major_formatter(lambda y, _: f"{y:,.0f}")
    axes.set_xlabel("Lifetime value of one contract")
    axes.set_title("contracts", loc="left", fontsize=12, color=QUIET.light)
    return figure


def _room_left(bins: LtvBins) -> bool:
    """Whether the words fit at the left of zero."""
    return bool(-bins.edges[0] > 0.4 * (bins.edges[-1] - bins.edges[0]))
