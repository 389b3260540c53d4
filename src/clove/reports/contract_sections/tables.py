"""The data behind it: what became of every row of every table."""

from clove.reports.blocks import Block, Column, Next, Points, Section, Table, Words
from clove.reports.contents import RuleCount
from clove.reports.contract_contents import PortfolioReport, TableRead
from clove.reports.shown import Shown, count, identifier, percent, plural, prose

TITLE = "The data behind it"
FATES = (
    "Rows dated after the as-of date are held for a later run. Rejected rows are listed one by one, with file and row "
    "number, in rejections.csv."
)


def tables(report: PortfolioReport) -> Section:
    """The account of the rows, the rules that took some, and notes."""
    if not report.tables:
        return Section("data", TITLE, "No table was read.", ())
    blocks: list[Block] = [_account(report), Words((FATES,))]
    broken = _broken(report)
    if broken:
        blocks.append(_rules(broken))
    notes = tuple(f"{each.name}: {prose(note)}" for each in report.tables for note in each.notes)
    if notes:
        blocks.append(Points(notes))
    blocks.append(Next(_next(broken)))
    return Section("data", TITLE, _finding(report), tuple(blocks))


def _rejected(each: TableRead) -> int:
    return sum(rule.rows for rule in each.rejected)


def _lost(each: TableRead) -> int:
    return each.rows - each.kept - each.held - _rejected(each)


def _broken(report: PortfolioReport) -> list[tuple[str, RuleCount]]:
    """Rules that took a row, with their table; most rows first."""
    found = [(each.name, rule) for each in report.tables for rule in each.rejected if rule.rows]
    return sorted(found, key=lambda pair: -pair[1].rows)


def _finding(report: PortfolioReport) -> str:
    rows, kept = sum(each.rows for each in report.tables), sum(each.kept for each in report.tables)
    if not rows:
        return f"No row was read from {plural(len(report.tables), 'table')}."
    read = (
        f"Of {plural(rows, 'row')} in {plural(len(report.tables), 'table')}, {kept:,} ({percent(kept / rows, 1)}) count"
    )
    if lost := sum(_lost(each) for each in report.tables):
        return f"{read}; {plural(lost, 'row')} cannot be accounted for."
    return f"{read}; every other row is accounted for below."


def _account(report: PortfolioReport) -> Table:
    lost = any(_lost(each) for each in report.tables)
    columns = (
        Column("Table", number=False),
        Column("File", number=False),
        Column("Rows"),
        Column("Kept"),
        Column("Held"),
        Column("Rejected"),
        *((Column("Not accounted for"),) if lost else ()),
    )
    rows: tuple[tuple[Shown, ...], ...] = tuple(
        (
            each.name,
            identifier(each.file),
            *(count(number) for number in (each.rows, each.kept, each.held, _rejected(each))),
            *((count(_lost(each)),) if lost else ()),
        )
        for each in report.tables
    )
    return Table("What became of the rows", columns, rows, stack=True)


def _rules(broken: list[tuple[str, RuleCount]]) -> Table:
    columns = (
        Column("Table", number=False),
        Column("Rule", number=False),
        Column("Rows"),
        Column("What you can do", number=False),
    )
    rows: tuple[tuple[Shown, ...], ...] = tuple(
        (name, rule.rule, count(rule.rows), rule.remedy) for name, rule in broken
    )
    return Table("Rejected rows by rule", columns, rows)


def _next(broken: list[tuple[str, RuleCount]]) -> str:
    if not broken:
        return "No row was rejected: nothing to mend."
    name, rule = broken[0]
    return f"In {name}, {plural(rule.rows, 'row')} fell to “{rule.rule}”. {rule.remedy.rstrip('.')}."
