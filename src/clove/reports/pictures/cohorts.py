"""How many of each month's new customers came back, month after month."""

from typing import TYPE_CHECKING

import numpy as np

from clove.kernel.arrays import Bools, Floats
from clove.reports.contents import Cohorts
from clove.reports.palette import DEEPEST, EXPECTED, INK, QUIET
from clove.reports.pictures.canvas import WIDTH, drawn, say_nothing_to_draw, sheet
from clove.reports.shown import month

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LATEST = 24  # cohorts, and months after, that a page can bear
CELL_WIDTH, CELL_HEIGHT = 34, 24
FEW = 10  # customers of a cohort below which a share is mostly chance
ROOM_LEFT, ROOM_ABOVE = 130, 50


def latest(cohorts: Cohorts) -> tuple[tuple[str, ...], Floats, Floats]:
    """The newest cohorts without the month of the first purchase: months (k,), sizes (k,), retention (k, m)."""
    shares = np.asarray(cohorts.retention, dtype=np.float64)[-LATEST:, 1 : LATEST + 1]
    seen = np.flatnonzero(np.isfinite(shares).any(axis=0))
    shares = shares[:, : seen[-1] + 1] if seen.size else shares[:, :0]
    return cohorts.months[-LATEST:], np.asarray(cohorts.sizes, dtype=np.float64)[-LATEST:], shares


def partial(cohorts: Cohorts, shares: Floats) -> Bools:
    """Mask of shape (k, m): cells of the calendar month that the as-of date cuts short."""
    months = np.array([int(name[:4]) * 12 + int(name[5:7]) for name in cohorts.months[-LATEST:]])
    if not cohorts.last_is_partial or not months.size:
        return np.zeros(shares.shape, dtype=bool)
    ends = np.where(np.isfinite(shares), months[:, None] + 1 + np.arange(shares.shape[1]), 0)
    mask: Bools = (ends == ends.max(initial=1)) & np.isfinite(shares)
    return mask


@drawn
def cohort_retention(cohorts: Cohorts) -> "Figure":
    """One row per month of first purchase, one column per month after; a month cut short is in italics with a star."""
    months, sizes, shares = latest(cohorts)
    rows, columns = shares.shape
    if not columns:
        figure, axes = sheet(height=120)
        say_nothing_to_draw(axes, "No cohort has a month after its first yet")
        return figure
    width, tall = max(ROOM_LEFT + CELL_WIDTH * columns + 10, WIDTH), ROOM_ABOVE + CELL_HEIGHT * rows + 10
    figure, axes = sheet(width, tall)
    figure.set_layout_engine("none")
    axes.set_position((ROOM_LEFT / width, 8 / tall, CELL_WIDTH * columns / width, CELL_HEIGHT * rows / tall))
    finite = np.isfinite(shares)
    firm = finite & (sizes >= FEW)[:, None]
    highest = float(shares[firm].max()) if firm.any() else 1.0
    depth = np.where(firm, shares, 0.0) / (highest or 1.0) * DEEPEST
    cut = partial(cohorts, shares)
    for row, column in np.argwhere(finite):
        strength = depth[row, column]
        axes.broken_barh([(column + 0.03, 0.94)], (row + 0.04, 0.92), color=EXPECTED.light, alpha=strength, linewidth=0)
        axes.text(
            column + 0.5,
            row + 0.5,
            f"{shares[row, column] * 100:.0f}{'*' if cut[row, column] else ''}",
            ha="center",
            va="center_baseline",
            fontsize=11,
            fontstyle="italic" if cut[row, column] else "normal",
            color=INK.light if firm[row, column] else QUIET.light,
        )
    axes.set_xlim(0, columns)
    axes.set_ylim(rows, 0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.xaxis.tick_top()
    axes.set_xticks(np.arange(columns) + 0.5, [str(lag + 1) for lag in range(columns)])
    axes.set_yticks(
        np.arange(rows) + 0.5, [f"{month(name)}  ({size:,.0f})" for name, size in zip(months, sizes, strict=True)]
    )
    axes.annotate(
        "months after the first purchase (new customers at the left)",
        (0, 1),
        (0, 30),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=12,
        color=QUIET.light,
    )
    return figure
