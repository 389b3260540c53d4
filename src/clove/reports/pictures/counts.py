"""Customers counted by how often, or how much, they bought: orange is what came, blue what the model makes of it."""

from typing import TYPE_CHECKING

import numpy as np

from clove.kernel.money import Currency
from clove.reports.palette import BAND, CAME, EXPECTED, QUIET
from clove.reports.pictures.canvas import drawn, sheet
from clove.reports.pictures.trust import head, paired
from clove.reports.shown import short_money
from clove.valuation.repeat_distribution import RepeatDistribution
from clove.valuation.spend_fit import SpendFit

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BARE = Currency("")


@drawn
def repeat_distribution(counts: RepeatDistribution) -> "Figure":
    """Customers by the number of their repeat purchases: expected, with its interval, and actual."""
    figure, axes = sheet()
    paired(
        axes,
        list(counts.names),
        counts.expected,
        counts.actual,
        lambda y: short_money(BARE, y),
        bounds=(counts.low, counts.high),
        name="expected",
    )
    axes.set_xlabel("Repeat purchases")
    head(axes, "customers", counts.expected, counts.actual)
    return figure


@drawn
def spend_fit(fit: SpendFit, currency: Currency = BARE) -> "Figure":
    """Repeat customers by their mean spend: a bar for those there are, a line with its interval for the expected."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    figure, axes = sheet()
    middle = np.sqrt(fit.edges[:-1] * fit.edges[1:])
    width = np.diff(fit.edges)
    axes.bar(fit.edges[:-1], fit.actual, width=width * 0.9, align="edge", color=CAME.light, label="actual")
    axes.fill_between(middle, fit.low, fit.high, color=EXPECTED.light, alpha=BAND, linewidth=0)
    axes.plot(middle, fit.expected, color=EXPECTED.light, label="expected")
    axes.set_xscale("log")
    decades = np.log10(fit.edges[-1] / fit.edges[0])
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if decades < 2 else (1.0,)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: short_money(currency, x)))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlim(fit.edges[0], fit.edges[-1])
    axes.set_ylim(0, 1.15 * max(float(fit.actual.max()), float(fit.high.max()), 1.0))
    axes.locator_params(axis="y", nbins=5, integer=True)
    axes.yaxis.set_major_formatter(lambda y, _: short_money(BARE, y))
    of = f", {currency.code}" if currency.code else ""
    axes.set_xlabel(f"Mean spend per repeat purchase{of}, logarithmic scale")
    axes.set_title("customers", loc="left", fontsize=12, color=QUIET.light)
    axes.legend(loc="upper right", frameon=False, handletextpad=0.4, labelcolor="linecolor", fontsize=12)
    return figure
