"""The sheet that every picture is drawn on: size, type and lines, whatever the user's own Matplotlib settings are."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import RLock
from typing import TYPE_CHECKING, ParamSpec

from clove.reports.palette import EXPECTED, INK, QUIET, RULE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Given = ParamSpec("Given")

WIDTH = 440  # points; two stand side by side on a desk, one fills a phone
HEIGHT = 300
POINTS_PER_INCH = 72
STYLE = {
    "svg.fonttype": "none",  # letters stay letters: small, selectable, in the reader's own typeface
    "svg.hashsalt": "clove",  # the same figure gives the same bytes
    "text.parse_math": False,  # a dollar sign is money
    "font.family": "sans-serif",
    "font.size": 12,
    "text.color": INK.light,
    "axes.labelcolor": QUIET.light,
    "axes.labelsize": 12,
    "axes.labelpad": 8,
    "axes.edgecolor": RULE.light,
    "axes.linewidth": 1,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "axes.prop_cycle": f"cycler('color', ['{EXPECTED.light.removeprefix('#')}'])",
    "grid.color": RULE.light,
    "grid.linewidth": 1,
    "xtick.color": RULE.light,
    "ytick.color": RULE.light,
    "xtick.labelcolor": QUIET.light,
    "ytick.labelcolor": QUIET.light,
    "xtick.labelsize": 12,
    "ytick.labelsize": 12,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.major.pad": 6,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "lines.linewidth": 2,
    "lines.solid_capstyle": "round",
    "figure.constrained_layout.use": True,
}


STYLING = RLock()  # Matplotlib's settings are one for all threads


@contextmanager
def our_style() -> Iterator[None]:
    """Our settings alone, for one thread at a time; the caller's come back afterwards."""
    from matplotlib import style

    with STYLING, style.context(STYLE, after_reset=True):
        yield


def drawn(picture: "Callable[Given, Figure]") -> "Callable[Given, Figure]":
    """Let a picture be made in our style alone, and leave the caller's style as it was."""

    @wraps(picture)
    def in_style(*args: Given.args, **kwargs: Given.kwargs) -> "Figure":
        with our_style():
            return picture(*args, **kwargs)

    return in_style


def sheet(width: float = WIDTH, height: float = HEIGHT) -> "tuple[Figure, Axes]":
    """An empty, transparent figure with one pair of axes; sizes in points."""
    from clove.reports.pictures.notebook import SelfShowing

    figure = SelfShowing(figsize=(width / POINTS_PER_INCH, height / POINTS_PER_INCH), dpi=POINTS_PER_INCH)
    figure.patch.set_visible(False)
    axes = figure.add_subplot()
    axes.patch.set_visible(False)
    return figure, axes


def say_nothing_to_draw(axes: "Axes", why: str) -> None:
    """Empty axes say why they are empty."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, why, ha="center", va="center", color=QUIET.light, transform=axes.transAxes, wrap=True)
