"""What the forecasts stand on."""

from clove.reports.blocks import Column, Picture, Pictures, Section, Table
from clove.reports.contents import FactorLine, ValueReport
from clove.reports.pictures import factor_importance, svg
from clove.reports.shown import known, money_column, percent, plural, rough

TITLE = "What moves the forecasts"
MOVES = "How far each factor moves a forecast"
NAMED = 3  # factors in the finding
HOW = (
    (
        "Each customer's expected value is that of a typical customer, and what their own record adds or takes; the "
        "five strongest factors of everybody are in customers.csv, in money that adds up."
    ),
    (
        "“Size of the estimate” is what experience with estimates of that size takes off or adds: in the past, large "
        "ones may have come out lower."
    ),
    "A factor is what the models go by, not a cause: it does not say what a customer would bring if it were changed.",
)
CORRECTED = "size of the estimate"


def factors(report: ValueReport) -> Section:
    """A picture with its table, and how to read them."""
    found = report.factors
    lines = tuple(line for line in found.lines if known(line.mean) and line.mean > 0)
    if not lines:
        return Section("factors", TITLE, "No forecast is known that a factor could move.", ())
    finding = _finding(report, lines)
    drawing = svg(factor_importance(lines, report.currency), name="moves", title=MOVES, description=finding)
    words = (
        f"How much each factor adds to or takes from a customer's expected value, on average over "
        f"{plural(found.customers, 'customer')} and whichever way it goes, and its share of all that is moved."
    )
    corrected = any(line.title == CORRECTED for line in lines)
    aside = HOW if corrected else (HOW[0], HOW[2])
    return Section(
        "factors", TITLE, finding, (Pictures((Picture("moves", MOVES, drawing, words, _table(report, lines)),), aside),)
    )


def _finding(report: ValueReport, lines: tuple[FactorLine, ...]) -> str:
    titles = [line.title for line in lines[:NAMED]]
    named = titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}"
    typical = rough(report.currency, report.factors.base)
    verb = "makes" if len(titles) == 1 else "make"
    share = percent(min(sum(line.share for line in lines[:NAMED]), 1.0))
    return f"A typical customer is expected to bring {typical}; {named} {verb} up {share} of the differences from it."


def _table(report: ValueReport, lines: tuple[FactorLine, ...]) -> Table:
    columns = (
        Column("Factor", number=False),
        Column("Mean move", help="Added or taken, per customer"),
        Column("Share of all moves"),
        Column("Raises the forecast of", help="Of the others it lowers it, or leaves it as it is"),
    )
    cells = (
        [line.title for line in lines],
        money_column(report.currency, [line.mean for line in lines]),
        [percent(line.share, 1) for line in lines],
        [percent(line.raises) for line in lines],
    )
    return Table(MOVES, columns, tuple(zip(*cells, strict=True)))
