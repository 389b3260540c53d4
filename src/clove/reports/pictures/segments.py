"""What the segments are worth, and how many customers they are."""

from typing import TYPE_CHECKING

import numpy as np

from clove.kernel.money import Currency
from clove.reports.contents import SegmentLine
from clove.reports.palette import BAND, EXPECTED, INK, QUIET
from clove.reports.pictures.canvas import drawn, say_nothing_to_draw, sheet
from clove.reports.shown import known, percent, short_money

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@drawn
def segment_values(segments: tuple[SegmentLine, ...], currency: Currency) -> "Figure":
    """Expected value of each segment as a dot on its P10 to P90 interval."""
    figure, axes = sheet(height=260)
    drawn_segments = [(i, line) for i, line in enumerate(segments) if line.customers and known(line.clv.mean)]
    if not drawn_segments:
        say_nothing_to_draw(axes, "No segment has a value that is known")
        return figure
    bounded = [(i, line) for i, line in drawn_segments if known(line.clv.p10) and known(line.clv.p90)]
    for i, line in bounded:
        axes.plot([line.clv.p10, line.clv.p90], [i, i], color=EXPECTED.light, alpha=BAND, linewidth=10)
    axes.plot(
        [line.clv.mean for _, line in drawn_segments],
        [i for i, _ in drawn_segments],
        "o",
        color=EXPECTED.light,
        markersize=9,
    )
    for i, line in drawn_segments:
        right = max(x for x in (line.clv.mean, line.clv.p90) if known(x))
        axes.annotate(
            short_money(currency, line.clv.mean),
            (right, i),
            (12, 0),
            textcoords="offset points",
            va="center",
            color=INK.light,
        )
    axes.set_yticks(range(len(segments)), [line.name for line in segments], color=INK.light)
    axes.set_ylim(len(segments) - 0.5, -0.5)
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")
    axes.margins(x=0.16)
    axes.set_xlim(left=min(0.0, axes.get_xlim()[0]) if min(line.clv.mean for _, line in drawn_segments) < 0 else 0)
    axes.locator_params(axis="x", nbins=4)
    axes.xaxis.set_major_formatter(lambda x, _: short_money(currency, x))
    axes.set_xlabel("Expected value of the whole segment")
    return figure


@drawn
def segment_shares(segments: tuple[SegmentLine, ...]) -> "Figure":
    """Each segment's share of the customers (grey) beside its share of the value (blue)."""
    figure, axes = sheet(height=260)
    people = np.array([line.customers for line in segments], dtype=float)
    value = np.array([line.clv.mean if line.customers else 0.0 for line in segments])
    if people.sum() == 0 or not np.isfinite(value).all() or value.sum() <= 0:
        say_nothing_to_draw(axes, "There is no value to take a share of")
        return figure
    for offset, share, colour in ((-0.19, people / people.sum(), QUIET), (0.19, value / value.sum(), EXPECTED)):
        places = np.arange(len(segments)) + offset
        axes.barh(places, share, height=0.34, color=colour.light)
        for place, part in zip(places, share, strict=True):
            axes.annotate(
                str(percent(part)),
                (max(part, 0), place),
                (5, 0),
                textcoords="offset points",
                va="center",
                fontsize=11,
                color=INK.light,
            )
    axes.set_yticks(range(len(segments)), [line.name for line in segments], color=INK.light)
    axes.set_ylim(len(segments) - 0.5, -0.5)
    axes.set_xlim(0, 1.12 * float(max((people / people.sum()).max(), (value / value.sum()).max())))
    axes.set_xticks([])
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)
    axes.set_xlabel("Grey: share of customers.  Blue: share of value.")
    return figure
