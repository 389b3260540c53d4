"""What the models have to say for themselves."""

from clove.reports.blocks import Column, Points, Section, Table, Words
from clove.reports.contents import ValueReport
from clove.reports.shown import Unknown, plural, prose, significant

NO_ERROR = "the likelihood is too flat here to tell how exact it is"

MEANINGS = {
    "r": "How alike customers are in how often they buy: the larger, the more alike",
    "alpha": "Scale of buying, in days: r / alpha purchases a day on average, for as long as a customer stays",
    "a": "With b: a / (a + b) is the average chance of leaving for good after a purchase",
    "b": "With a: the larger both are, the more alike customers are in that chance",
    "p": "How even the orders of one customer are: the larger, the more alike",
    "q": "How alike customers are in what they spend: the larger, the more alike",
    "gamma": "Scale of spend: p × gamma / (q − 1) per order on average, where q is above 1",  # noqa: RUF001  signs
    "elasticity": "How spend per order goes with purchases: per 1% more purchases, so many per cent more",
}
NOT_EXPLAINED = "there is no explanation of this parameter"


def models(report: ValueReport) -> Section:
    """Findings in words, then parameters with their standard errors."""
    finding = (
        f"The models raise {plural(len(report.findings), 'point')} to know."
        if report.findings
        else "The models were fitted and raise no objection."
    )
    columns = (
        Column("Parameter", number=False),
        Column("Meaning", number=False),
        Column("Estimate"),
        Column("Standard error", help="How far the estimate may be off by chance"),
    )
    rows = tuple(
        (name, MEANINGS.get(name, Unknown(NOT_EXPLAINED)), significant(estimate), significant(error, NO_ERROR))
        for name, estimate, error in report.parameters
    )
    table = (
        Table(f"Fitted parameters of {report.source}", columns, rows, stack=True)
        if rows
        else Words(("There is no parameter.",))
    )
    return Section(
        "models",
        "What the models say",
        finding,
        (*((Points(tuple(prose(point) for point in report.findings)),) if report.findings else ()), table),
    )
