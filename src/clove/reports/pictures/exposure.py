"""For how long customers are known, and for how long they went on buying."""

from typing import TYPE_CHECKING

import numpy as np

from clove.models.history import PurchaseHistory
from clove.reports.palette import CAME, QUIET, RULE
from clove.reports.pictures.canvas import drawn, say_nothing_to_draw, sheet
from clove.reports.shown import units

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LINES = 60  # customers that a picture bears
TALL = 340


@drawn
def customer_exposure(history: PurchaseHistory) -> "Figure":
    """A line per customer from the first purchase to the as-of date; orange up to the last purchase."""
    figure, axes = sheet(height=TALL)
    if not len(history):
        say_nothing_to_draw(axes, "There is no customer to draw")
        return figure
    order = np.lexsort((history.recency, history.T))
    rows = order[np.linspace(0, order.size - 1, min(LINES, order.size)).round().astype(np.int64)]
    T, recency = history.T[rows], history.recency[rows]
    lines = np.arange(rows.size)
    width = 150 / max(rows.size, 12)
    axes.hlines(lines, -T, 0, color=RULE.light, linewidth=width)
    axes.hlines(lines, -T, recency - T, color=CAME.light, linewidth=width)
    axes.plot(recency - T, lines, "o", color=CAME.light, markersize=min(width + 1.5, 7))
    axes.set_xlim(-max(float(T.max()), 1.0) * 1.02, 0)
    axes.set_ylim(-1, rows.size)
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.locator_params(axis="x", nbins=6)
    axes.xaxis.set_major_formatter(lambda x, _: f"{-x:.3g}" if x else "0")
    axes.set_xlabel(f"{units(history.unit).capitalize()} before the as-of date (orange: first to last purchase)")
    some = "customers" if rows.size == order.size else f"{rows.size} of {order.size:,} customers"
    axes.set_title(f"{some}, oldest at the top", loc="left", fontsize=12, color=QUIET.light)
    return figure
