"""Figures along the life of a customer, each with the interval that the parameters' uncertainty leaves."""

from typing import TYPE_CHECKING

from clove.kernel.arrays import Floats
from clove.reports.palette import BAND, CAME, EXPECTED, QUIET
from clove.reports.pictures.canvas import drawn, sheet
from clove.reports.shown import units
from clove.valuation.curves import AlivePath, NewCustomerCurve
from clove.valuation.heterogeneity import Heterogeneity

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

EDGE = 0.99  # share of customers up to which a curve is drawn; the last ones may be anywhere


@drawn
def alive_path(path: AlivePath) -> "Figure":
    """Chance of one customer to be a customer, as judged at each moment; orange marks the purchases."""
    figure, axes = sheet()
    _banded(axes, path.at, path.alive, path.low, path.high)
    axes.plot(path.purchases, [0.0] * path.purchases.size, "D", color=CAME.light, markersize=7, clip_on=False)
    _margins(axes, path.at)
    axes.set_xlim(-0.02 * axes.get_xlim()[1])
    axes.set_ylim(-0.04, 1.04)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
    axes.set_xlabel(f"{units(path.unit).capitalize()} since the first purchase (orange: purchases)")
    axes.set_title("chance of still being a customer", loc="left", fontsize=12, color=QUIET.light)
    return figure


@drawn
def new_customer_curve(curve: NewCustomerCurve) -> "Figure":
    """Repeat purchases expected of a new customer, by age."""
    figure, axes = sheet()
    _banded(axes, curve.at, curve.expected, curve.low, curve.high)
    _margins(axes, curve.at)
    axes.set_ylim(0, 1.08 * max(float(curve.high.max(initial=0.0)), float(curve.expected.max(initial=0.0))) or 1.0)
    axes.locator_params(axis="y", nbins=5)
    axes.yaxis.set_major_formatter(lambda y, _: f"{y:.3g}")
    axes.set_xlabel(f"{units(curve.unit).capitalize()} since the first purchase")
    axes.set_title("repeat purchases expected of a new customer", loc="left", fontsize=12, color=QUIET.light)
    return figure


@drawn
def rate_heterogeneity(differences: Heterogeneity) -> "Figure":
    """How often customers buy while they are customers, from the rarest to the most frequent."""
    figure, axes = sheet()
    of = differences
    _ranked(axes, of.shares, of.rate, of.rate_low, of.rate_high)
    axes.set_xlabel("Customers, those who buy least often first")
    per = "opportunity" if of.unit.value == "opportunity" else of.unit.value
    axes.set_title(f"purchases per {per} while a customer", loc="left", fontsize=12, color=QUIET.light)
    return figure


@drawn
def dropout_heterogeneity(differences: Heterogeneity) -> "Figure":
    """How readily customers leave, from the most loyal on."""
    figure, axes = sheet()
    of = differences
    _ranked(axes, of.shares, of.dropout, of.dropout_low, of.dropout_high)
    axes.set_xlabel("Customers, the most loyal first")
    axes.set_title(of.leaving, loc="left", fontsize=12, color=QUIET.light)
    return figure


def _ranked(axes: "Axes", shares: Floats, values: Floats, low: Floats, high: Floats) -> None:
    shown = shares <= EDGE
    _banded(axes, shares[shown], values[shown], low[shown], high[shown])
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.08 * max(float(high[shown].max()), float(values[shown].max())) or 1.0)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
    axes.locator_params(axis="y", nbins=5)
    axes.yaxis.set_major_formatter(lambda y, _: f"{y:.3g}")


def _banded(axes: "Axes", at: Floats, line: Floats, low: Floats, high: Floats) -> None:
    axes.fill_between(at, low, high, color=EXPECTED.light, alpha=BAND, linewidth=0)
    axes.plot(at, line, color=EXPECTED.light)


def _margins(axes: "Axes", at: Floats) -> None:
    axes.set_xlim(0, float(at[-1]) if at[-1] > 0 else 1.0)
    axes.locator_params(axis="x", nbins=6)
