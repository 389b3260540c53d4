"""What the models have to say for themselves."""

from clove.reports.blocks import Column, Points, Section, Table, Words
from clove.reports.contents import ValueReport
from clove.reports.shown import plural, significant

NO_ERROR = "the likelihood is too flat here to tell how exact it is"


def models(report: ValueReport) -> Section:
    """Findings in words, then parameters with their standard errors."""
    finding = (
        f"The models raise {plural(len(report.findings), 'point')} to know."
        if report.findings
        else "The models were fitted and raise no objection."
    )
    columns = (
        Column("Parameter", number=False),
        Column("Estimate"),
        Column("Standard error", help="How far the estimate may be off by chance"),
    )
    rows = tuple(
        (name, significant(estimate), significant(error, NO_ERROR)) for name, estimate, error in report.parameters
    )
    table = (
        Table(f"Fitted parameters of {report.source}", columns, rows) if rows else Words(("There is no parameter.",))
    )
    return Section(
        "models", "What the models say", finding, (*((Points(report.findings),) if report.findings else ()), table)
    )
