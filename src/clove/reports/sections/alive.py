"""Who is still a customer, told only where the data can tell it."""

from clove.reports.contents import ValueReport
from clove.reports.shown import Shown, Unknown, known, percent

CANNOT_TELL = "these data cannot tell who has left"
BOUGHT_ONCE = "of those who bought on one day only it cannot be known whether they have left"
EMPTY = "nobody is in this segment"
NEARLY_ALL = 0.99  # of repeat customers: a share above says that the model saw no leaving, not that nobody left


def tells_who_left(report: ValueReport) -> bool:
    """Whether the model found that some repeat customers have left; not so where its dropout ran to a boundary."""
    return not (known(report.alive_repeat) and report.alive_repeat > NEARLY_ALL * report.repeat_customers > 0)


def still_active(report: ValueReport, probability: float) -> Shown:
    """A probability of being alive, or why there is none."""
    return percent(probability, why=BOUGHT_ONCE) if tells_who_left(report) else Unknown(CANNOT_TELL)
