"""What the figures stand on."""

from clove.reports.blocks import Block, Column, Next, Points, Section, Table
from clove.reports.contract_contents import PortfolioReport
from clove.reports.contract_sections.amounts import joined
from clove.reports.shown import plural, prose

TITLE = "What the figures stand on"
NOT_LEARNT = ("default", "a setting", "the shipped table")  # how the origin of such a figure begins
NAMED = 4


def stands_on(report: PortfolioReport) -> Section:
    """Assumptions with their origin, and what was found on the way."""
    if not report.assumptions and not report.findings:
        return Section("basis", TITLE, "No assumption was recorded.", ())
    blocks: list[Block] = []
    if report.assumptions:
        blocks.append(
            Table(
                "Assumptions and where they come from",
                (Column("Figure", number=False), Column("Value", number=False), Column("From", number=False)),
                tuple((each.name, prose(each.value), prose(each.origin)) for each in report.assumptions),
            )
        )
    if report.findings:
        blocks.append(Points(tuple(prose(finding) for finding in report.findings)))
    blocks.append(Next(_next(report)))
    return Section("basis", TITLE, _finding(report), tuple(blocks))


def _settings(report: PortfolioReport) -> list[str]:
    return [each.name for each in report.assumptions if each.origin.lower().startswith(NOT_LEARNT)]


def _finding(report: PortfolioReport) -> str:
    many, settings = len(report.assumptions), len(_settings(report))
    if not many:
        return "No assumption was recorded; what was found on the way is below."
    figures = "The one figure" if many == 1 else f"All {many:,} figures"
    if not settings:
        return f"{figures} that the values rest on {'comes' if many == 1 else 'come'} from your data."
    if settings == many:
        what = "is a setting" if many == 1 else "are settings"
        return f"{figures} that the values rest on {what}, not learnt from your data."
    own = many - settings
    return (
        f"{own:,} of {many:,} figures that the values rest on {'comes' if own == 1 else 'come'} from your data; "
        f"{settings:,} {'is a setting' if settings == 1 else 'are settings'}."
    )


def _next(report: PortfolioReport) -> str:
    settings = _settings(report)
    if not settings:
        return "Read the intervals: where one is wide, more months of data are what would narrow it."
    named = joined(settings if len(settings) <= NAMED else [*settings[:NAMED], plural(len(settings) - NAMED, "other")])
    return f"Ask whoever knows whether these settings are right for your business: {named}."
