"""An old forecast beside what came: blue was the forecast, orange is what came."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from clove.kernel.arrays import Floats
from clove.kernel.money import Currency
from clove.reports.contents import Holdout
from clove.reports.palette import BAND, CAME, EXPECTED, QUIET, Colour
from clove.reports.pictures.canvas import drawn, say_nothing_to_draw, sheet
from clove.reports.shown import short_money
from clove.valuation.calibration import GroupCalibration

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PIT_BINS = 10
SPAN_FOR_LOG = 30  # from this ratio of largest to smallest on, a straight scale would hide the small ones
BARE = Currency("")
SMALL = 10  # points of labels that share the width among many
FEW_GROUPS = 6
MANY_LETTERS = 48  # of all names in one line
THICK = 9  # points of an interval
LONG = 10_000  # customers of a group, counted to three digits from here on
FLOOR = 1e-3  # of the largest: smaller ones are drawn on the zero line of a logarithmic scale


@drawn
def decile_calibration(holdout: Holdout, currency: Currency) -> "Figure":
    """Mean value per customer in each tenth of the forecast: forecast and actual."""
    figure, axes = sheet()
    groups = [str(i + 1) for i in range(holdout.decile_predicted.size)]
    paired(axes, groups, holdout.decile_predicted, holdout.decile_actual, lambda y: short_money(currency, y))
    axes.set_xlabel("Tenth of customers by forecast, highest at the right")
    head(axes, "value per customer", holdout.decile_predicted, holdout.decile_actual)
    return figure


@drawn
def purchase_calibration(groups: GroupCalibration) -> "Figure":
    """Mean purchases per customer by kind of customer: forecast, with its interval where it has one, and actual."""
    figure, axes = sheet()
    names = [f"{name}\nn={_short(int(size))}" for name, size in zip(groups.names, groups.sizes, strict=True)]
    bounds = None if groups.low is None or groups.high is None else (groups.low, groups.high)
    paired(axes, names, groups.predicted, groups.actual, lambda y: f"{y:.3g}", bounds=bounds)
    longest = max(map(len, groups.names), default=0) * len(names)
    axes.tick_params(axis="x", labelsize=SMALL if len(names) > FEW_GROUPS or longest > MANY_LETTERS else 12)
    axes.set_xlabel(groups.by[:1].upper() + groups.by[1:])
    head(axes, "purchases per customer", groups.predicted, groups.actual)
    return figure


@drawn
def pit_histogram(holdout: Holdout) -> "Figure":
    """Where what came fell within the forecast; an honest one fills all bars alike, up to chance (the band)."""
    return surprise_histogram(pit_shares(holdout.pit), int(np.isfinite(holdout.pit).sum()))


@drawn
def surprise_histogram(shares: Floats, customers: int) -> "Figure":
    """The same from the share of customers in each tenth of the forecast, shape (10,); empty where nobody is."""
    figure, axes = sheet()
    if not shares.size:
        say_nothing_to_draw(axes, "No customer could be judged")
        return figure
    low, high = chance_band(customers)
    axes.bar(np.arange(PIT_BINS) + 0.5, shares, width=0.9, color=CAME.light)
    axes.axhspan(low, high, color=EXPECTED.light, alpha=BAND, linewidth=0)
    axes.axhline(1 / PIT_BINS, color=EXPECTED.light, linewidth=1.5)
    axes.set_xticks([0, 5, 10], ["lowest", "middle", "highest"])
    labels = axes.get_xticklabels()
    labels[0].set_horizontalalignment("left")
    labels[-1].set_horizontalalignment("right")
    axes.set_xlim(0, PIT_BINS)
    axes.set_ylim(0, max(0.2, float(shares.max()) * 1.1))
    axes.locator_params(axis="y", nbins=4)
    axes.yaxis.set_major_formatter(lambda y, _: f"{y * 100:.0f}%")
    axes.set_xlabel("Where the outcome fell within the forecast")
    axes.set_title("share of customers", loc="left", fontsize=12, color=QUIET.light)
    return figure


def pit_shares(pit: Floats) -> Floats:
    """Share of customers in each tenth of the forecast distribution; empty where nobody was judged."""
    judged = pit[np.isfinite(pit)]
    if not judged.size:
        return np.zeros(0)
    counts = np.histogram(judged, bins=PIT_BINS, range=(0, 1))[0]
    return np.asarray(counts / judged.size, dtype=np.float64)


def chance_band(customers: int) -> tuple[float, float]:
    """Where nine of ten bars of an honest forecast lie: 1/k ± 1.645 standard deviations of a binomial share."""
    share = 1 / PIT_BINS
    reach = 1.645 * float(np.sqrt(share * (1 - share) / customers))
    return max(share - reach, 0.0), share + reach


def logarithmic(forecast: Floats, actual: Floats) -> bool:
    """Whether a straight scale would hide the small ones."""
    ends = _ends(forecast, actual)
    return ends is not None and ends[1] / ends[0] > SPAN_FOR_LOG


def _ends(forecast: Floats, actual: Floats) -> tuple[float, float] | None:
    """The smallest amount to be drawn and the largest; none where nothing is positive."""
    both = np.concatenate([forecast, actual])
    positive = both[np.isfinite(both) & (both > 0)]
    if not positive.size:
        return None
    largest = float(positive.max())
    return max(float(positive.min()), largest * FLOOR), largest


def head(axes: "Axes", of: str, forecast: Floats, actual: Floats) -> None:
    """What the vertical axis counts, above it."""
    scale = ", logarithmic scale" if logarithmic(forecast, actual) else ""
    axes.set_title(f"{of}{scale}", loc="left", fontsize=12, color=QUIET.light)


def _short(number: int) -> str:
    """A count that fits under a dot."""
    return short_money(BARE, number) if number >= LONG else f"{number:,}"


def paired(
    axes: "Axes",
    groups: list[str],
    forecast: Floats,
    actual: Floats,
    label: Callable[[float], str],
    *,
    bounds: tuple[Floats, Floats] | None = None,
    bounds_of: Colour = EXPECTED,
    name: str = "forecast",
) -> None:
    """Two dots per group and the gap between them, on a logarithmic scale where a straight one would hide the small.

    Args:
        axes: To draw on.
        groups: Their names, k of them.
        forecast: Shape (k,).
        actual: Shape (k,).
        label: An amount in letters, for the axis.
        bounds: Of an interval, each of shape (k,); none where there is none.
        bounds_of: Colour of what the interval is of: the forecast, or what came.
        name: What the legend calls a forecast.
    """
    ends = _ends(forecast, actual)
    if ends is None:
        say_nothing_to_draw(axes, "Nothing was forecast and nothing came")
        return
    places = np.arange(len(groups))
    smallest, largest = ends
    in_decades = logarithmic(forecast, actual)
    if in_decades:
        bottom = np.floor(np.log10(smallest)) - 0.5

        def height(y: Floats) -> Floats:
            drawn_at = np.log10(np.where(y > 0, y, 1.0))
            return np.where(np.isfinite(y), np.where((y > 0) & (drawn_at > bottom), drawn_at, bottom), np.nan)

        decades = np.arange(np.ceil(bottom), np.ceil(np.log10(largest)) + 0.5)
        axes.set_yticks([bottom, *decades], ["0", *(label(float(10.0**d)) for d in decades)])
    else:

        def height(y: Floats) -> Floats:
            return y

        axes.locator_params(axis="y", nbins=5)
        axes.yaxis.set_major_formatter(lambda y, _: label(float(y)))
    if bounds is not None:
        low, high = (height(bound) for bound in bounds)
        axes.vlines(places, low, high, color=bounds_of.light, alpha=BAND, linewidth=THICK)
    axes.vlines(places, height(forecast), height(actual), color=QUIET.light, alpha=0.5, linewidth=2)
    axes.plot(places, height(forecast), "o", color=EXPECTED.light, markersize=9, label=name)
    axes.plot(places, height(actual), "D", color=CAME.light, markersize=7, label="actual")
    axes.set_xticks(places, groups)
    axes.margins(y=0.12)
    if not in_decades:
        axes.set_ylim(bottom=min(0.0, float(np.nanmin(np.concatenate([forecast, actual])))))
    half = len(groups) // 2
    falls = half > 0 and np.nansum(forecast[:half]) > np.nansum(forecast[-half:])
    # where the dots are low
    axes.legend(
        loc="upper right" if falls else "upper left",
        frameon=False,
        handletextpad=0.2,
        labelcolor="linecolor",
        fontsize=12,
    )
