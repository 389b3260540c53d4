"""What the figures stand on."""

from clove.reports.blocks import Block, Column, Next, Points, Section, Table
from clove.reports.contract_contents import PortfolioReport
from clove.reports.contract_sections.amounts import joined
from clove.reports.shown import plural, prose

TITLE = "What the figures stand on"
SETTINGS = ("default", "a setting")  # how the origin of such a figure begins
THE_TABLE = "clove's illustrative"
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
    return [each.name for each in report.assumptions if each.origin.lower().startswith(SETTINGS)]


def _of_table(report: PortfolioReport) -> list[str]:
    return [each.name for each in report.assumptions if each.origin.lower().startswith(THE_TABLE)]


def _finding(report: PortfolioReport) -> str:
    many, settings, table = len(report.assumptions), len(_settings(report)), len(_of_table(report))
    if table:
        own = many - settings - table
        yours = f"{own:,} {'comes' if own == 1 else 'come'}" if own else "none comes"
        return (
            f"Of {plural(many, 'figure')} that the values rest on {yours} from your data; {table:,} "
            f"{'is' if table == 1 else 'are'} from Clove's illustrative price table, and {settings:,} "
            f"{'is a setting' if settings == 1 else 'are settings'}."
        )
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
    if table := _of_table(report):
        lacking = joined([name[:1].lower() + name[1:] for name in table])
        return f"Export what would put your own figures in place of the table's: {lacking}."
    if not settings:
        return "Read the intervals: where one is wide, more months of data are what would narrow it."
    named = joined(settings if len(settings) <= NAMED else [*settings[:NAMED], plural(len(settings) - NAMED, "other")])
    return f"Ask whoever knows whether these settings are right for your business: {named}."
