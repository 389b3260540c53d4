"""The report of a portfolio of contracts as one HTML document, built like the value report."""

from collections.abc import Callable

from clove.reports.blocks import Section
from clove.reports.contract_contents import PortfolioReport
from clove.reports.contract_sections.ends import ends
from clove.reports.contract_sections.head import head
from clove.reports.contract_sections.prices import prices
from clove.reports.contract_sections.segments import segments
from clove.reports.contract_sections.stands_on import stands_on
from clove.reports.contract_sections.tables import tables
from clove.reports.contract_sections.unpaid import unpaid
from clove.reports.contract_sections.words import words
from clove.reports.contract_sections.worth import worth
from clove.reports.page import document
from clove.reports.shown import day

SECTIONS: tuple[Callable[[PortfolioReport], Section], ...] = (
    worth,
    segments,
    ends,
    unpaid,
    prices,
    stands_on,
    tables,
    words,
)


def render_portfolio(report: PortfolioReport) -> str:
    """The whole page; the same report gives the same text."""
    return document(
        "contracts.html",
        f"What your contracts are worth, as of {day(report.as_of)}",
        report=report,
        head=head(report),
        sections=[section(report) for section in SECTIONS],
    )
