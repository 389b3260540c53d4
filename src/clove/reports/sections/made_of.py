"""Of what a forecast is made, in words."""

from clove.reports.contents import ValueReport
from clove.reports.shown import percent


def made_of(report: ValueReport) -> str:
    """A sentence for people who know no model."""
    blended = report.blended
    if blended is None:
        return f"Each figure comes from the rhythm of the customer's own purchases ({report.source})."
    return (
        f"{percent(blended.weight)} of each figure comes from the rhythm of the customer's own purchases "
        f"({blended.purchases}), {percent(1 - blended.weight)} from what similar customers did afterwards."
    )
