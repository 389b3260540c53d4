"""How value is spread, and how much of it few customers hold."""

from typing import TYPE_CHECKING

import numpy as np

from clove.kernel.money import Currency
from clove.reports.palette import BAND, EXPECTED, INK, QUIET, RULE
from clove.reports.pictures.canvas import drawn, say_nothing_to_draw, sheet
from clove.reports.shown import known, percent, short_money
from clove.reports.spread import Concentration, ValueBins

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_LABELS = 6


@drawn
def value_distribution(bins: ValueBins, currency: Currency) -> "Figure":
    """Customers by expected value on a 1-2-5 scale, those worth nearly nothing apart on the left."""
    figure, axes = sheet()
    places = np.arange(bins.counts.size) + 0.5
    axes.bar(places, bins.counts, width=0.9, color=EXPECTED.light)
    every = max(1, -(-bins.edges.size // MOST_LABELS))
    ticks = np.arange(0, bins.edges.size, every)
    labels = [short_money(currency, bins.edges[tick]) for tick in ticks]
    left = -0.15
    if bins.below:
        axes.bar([-1.2], [bins.below], width=0.9, color=QUIET.light)
        ticks, labels = np.append(-1.2, ticks[1:]), labels[1:]
        labels = ["0" if bins.nothing else f"<{short_money(currency, bins.edges[0])}", *labels]
        left = -1.8
    axes.set_xticks(ticks, labels)
    axes.set_xlim(left, bins.counts.size + 0.15)
    axes.set_xlabel("Expected value of one customer")
    axes.locator_params(axis="y", integer=True, nbins=5)
    axes.yaxis.set_major_formatter(lambda y, _: f"{y:,.0f}")
    axes.set_title("customers", loc="left", fontsize=12, color=QUIET.light)
    return figure


@drawn
def concentration(curve: Concentration | None, tenth: float | None = None) -> "Figure":
    """Share of value held by the most valuable customers; the thin diagonal is a base of equals.

    Args:
        curve: What to draw; none where there is no value.
        tenth: Share of value that the first tenth of customers holds, to be marked.
    """
    figure, axes = sheet()
    if curve is None:
        say_nothing_to_draw(axes, "No value is expected, so nobody holds a share of it")
        return figure
    axes.plot([0, 1], [0, 1], color=QUIET.light, linewidth=1, linestyle=(0, (4, 4)))
    axes.text(0.6, 0.55, "if all were equal", color=QUIET.light, fontsize=12, va="top")
    axes.fill_between(curve.customers, curve.customers, curve.value, color=EXPECTED.light, alpha=BAND / 2, linewidth=0)
    axes.plot(curve.customers, curve.value, color=EXPECTED.light)
    if known(tenth):
        place = curve.holders_of(tenth)
        axes.plot([place, place], [0, tenth], color=RULE.light, linewidth=1)
        axes.plot([place], [tenth], "o", color=EXPECTED.light, markersize=8)
        axes.annotate(
            f"first tenth: {percent(tenth)}",
            (place, tenth),
            (10, -5),
            textcoords="offset points",
            va="top",
            color=INK.light,
        )
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
    axes.set_xlim(-0.01, 1.02)
    axes.set_ylim(0, 1.04)
    axes.set_xlabel("Customers, the most valuable first")
    axes.set_title("share of value", loc="left", fontsize=12, color=QUIET.light)
    return figure
