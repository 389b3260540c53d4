"""Repeat purchases through time: blue was expected, with its interval; orange is what came."""

from typing import TYPE_CHECKING

import numpy as np

from clove.kernel.arrays import Floats
from clove.kernel.money import Currency
from clove.kernel.period import TimeUnit
from clove.reports.palette import BAND, CAME, EXPECTED, QUIET
from clove.reports.pictures.canvas import drawn, say_nothing_to_draw, sheet
from clove.reports.shown import plural, short_money, units
from clove.valuation.tracking import Tracking

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BARE = Currency("")
CLOSE = 1e-6  # of a unit
MANY = 40  # periods from which on single ones are not marked


@drawn
def incremental_tracking(tracking: Tracking) -> "Figure":
    """Repeat purchases in each period, expected and actual."""
    figure, axes = sheet()
    _tracked(axes, tracking, tracking.expected, (tracking.low, tracking.high), tracking.actual)
    axes.set_title(f"repeat purchases {period_words(tracking)}", loc="left", fontsize=12, color=QUIET.light)
    return figure


@drawn
def cumulative_tracking(tracking: Tracking) -> "Figure":
    """Repeat purchases since the base's first purchase, expected and actual."""
    figure, axes = sheet()
    bounds = tracking.cumulative_low, tracking.cumulative_high
    _tracked(axes, tracking, tracking.cumulative_expected, bounds, tracking.cumulative_actual)
    axes.set_title("repeat purchases since the beginning", loc="left", fontsize=12, color=QUIET.light)
    return figure


def period_words(tracking: Tracking) -> str:
    """How long the periods are: "a week", "in periods of 14 days".

    The first may be shorter, so the last says it.
    """
    length = float(np.diff(tracking.ends, prepend=0.0)[-1]) if tracking.ends.size else 0.0
    days = length * tracking.unit.days
    for name, size in (("hour", 1 / 24), ("day", 1.0), ("week", 7.0)):
        if abs(days - size) < CLOSE:
            return f"a {name}" if name != "hour" else "an hour"
    if abs(length - 1) < CLOSE:
        return f"at each {tracking.unit.value}"
    number = plural(round(length), tracking.unit.value, units(tracking.unit)) if length == round(length) else ""
    return f"in periods of {number or f'{length:.3g} {units(tracking.unit)}'}"


def _tracked(axes: "Axes", tracking: Tracking, expected: Floats, bounds: tuple[Floats, Floats], actual: Floats) -> None:
    if not tracking.ends.size:
        say_nothing_to_draw(axes, "No period is over yet")
        return
    at = _along(axes, tracking, tracking.ends)
    known = _along(axes, tracking, np.array([tracking.as_of]))[0]
    marker = "D" if tracking.ends.size <= MANY else ""
    axes.fill_between(at, *bounds, color=EXPECTED.light, alpha=BAND, linewidth=0)
    axes.plot(at, actual, color=CAME.light, linewidth=1.5, marker=marker, markersize=4, label="actual")
    axes.plot(at, expected, color=EXPECTED.light, marker=marker and "o", markersize=4, label="expected")
    top = float(np.nanmax(np.concatenate([bounds[1], actual, expected, [1.0]])))
    axes.set_ylim(0, top * 1.22)
    axes.set_xlim(at[0] if at.size > 1 else at[0] - 1, at[-1] if at.size > 1 else at[0] + 1)
    if tracking.as_of < tracking.ends[-1]:
        axes.axvline(known, color=QUIET.light, linewidth=1, linestyle=(0, (4, 4)))
        left = known > (axes.get_xlim()[0] + axes.get_xlim()[1]) / 2
        axes.annotate(
            "known until here",
            (known, 1),
            (-6 if left else 6, -20),  # below the legend
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="right" if left else "left",
            va="top",
            fontsize=11,
            color=QUIET.light,
        )
    axes.locator_params(axis="y", nbins=5)
    axes.yaxis.set_major_formatter(lambda y, _: short_money(BARE, y))
    axes.legend(
        loc="upper left", frameon=False, handletextpad=0.4, labelcolor="linecolor", fontsize=12, ncols=2, borderpad=0
    )


def _along(axes: "Axes", tracking: Tracking, times: Floats) -> Floats:
    """Places on the horizontal axis: dates where the calendar is known, else units."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num

    if tracking.began is None or tracking.unit is TimeUnit.OPPORTUNITY:
        axes.locator_params(axis="x", nbins=6)
        axes.set_xlabel(f"{units(tracking.unit).capitalize()} since the base's first purchase")
        return times
    dates: Floats = date2num(tracking.began) + times * tracking.unit.days  # type: ignore[no-untyped-call]  # Matplotlib's
    locator = AutoDateLocator(minticks=3, maxticks=6)  # type: ignore[no-untyped-call]  # the same
    axes.xaxis.set_major_locator(locator)
    formatter = ConciseDateFormatter(locator, show_offset=False)  # type: ignore[no-untyped-call]  # the same
    axes.xaxis.set_major_formatter(formatter)
    axes.set_xlabel("Date")
    return dates
