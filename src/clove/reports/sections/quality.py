"""What became of every row that was read."""

from markupsafe import Markup

from clove.reports.blocks import Block, Column, Picture, Pictures, Points, Section, Table, Words
from clove.reports.contents import DataQuality, SourceFile, ValueReport
from clove.reports.pictures import row_outcomes, svg
from clove.reports.pictures.rows import outcomes
from clove.reports.shown import Shown, Unknown, count, identifier, percent, plural, rough

TITLE = "What became of the rows"
NO_COLUMN = "the file has no such column"


def quality(report: ValueReport) -> Section:
    """The account of the rows, the rules, and how columns were understood."""
    rows = report.quality
    finding = _finding(rows)
    fates = tuple(
        (name, count(number), percent(number / rows.rows_read if rows.rows_read else None, 1))
        for name, number, _ in outcomes(rows)
    )
    drawing = svg(row_outcomes(rows), name="rows", title=TITLE, description=finding)
    account = Table(TITLE, (Column("Fate", number=False), Column("Rows"), Column("Share")), fates)
    words = (
        "Returns are set against revenue. Rows after the as-of date are held for a later run. Rejected rows are "
        "listed one by one, with file and row number, in rejections.csv."
    )
    blocks: list[Block] = [Pictures((Picture("rows", TITLE, drawing, words, account),))]
    if report.returned_elsewhere > 0:
        elsewhere = rough(report.currency, report.returned_elsewhere)
        origin = "for postage, fees, or from people without a purchase in the file"
        blocks.append(Words((f"{elsewhere} more came back {origin}: not set against any customer.",)))
    blocks.extend(_rules(rows))
    if rows.files:
        blocks.append(_columns(rows))
    notes = tuple(f"{identifier(file.name)}: {note}" for file in rows.files for note in file.notes)
    if notes:
        blocks.append(Points(notes))
    return Section("quality", "The data behind it", finding, tuple(blocks))


def _finding(rows: DataQuality) -> str:
    if not rows.rows_read:
        return "No row was read."
    share = percent(rows.purchases / rows.rows_read, 1)
    read = f"Of {plural(rows.rows_read, 'row')} read, {rows.purchases:,} ({share}) are purchases that count"
    missing = next((number for name, number, _ in outcomes(rows) if name == "not accounted for"), 0)
    if missing:
        return f"{read}; {plural(missing, 'row')} cannot be accounted for."
    return f"{read}; every other row is accounted for below."


def _rules(rows: DataQuality) -> list[Block]:
    """A line for each rule that a row broke, and one sentence for all others."""
    columns = (Column("Rule", number=False), Column("Rows"), Column("What you can do", number=False))
    lines = tuple((rule.rule, count(rule.rows), rule.remedy) for rule in rows.rejections if rule.rows)
    kept = [rule.rule for rule in rows.rejections if not rule.rows]
    blocks: list[Block] = []
    if lines:
        blocks.append(Table("Rejected rows by rule, in the order in which the rules were applied", columns, lines))
    if kept:
        which = f"the other {plural(len(kept), 'rule')}" if lines else f"any of the {plural(len(kept), 'rule')}"
        blocks.append(Words((f"No row broke {which}: {', '.join(kept)}.",)))
    return blocks


def _columns(rows: DataQuality) -> Table:
    """Our columns down, files across: there are few files and many columns."""
    ours = tuple(dict.fromkeys(name for file in rows.files for name in file.columns))
    columns = (Column("Our column", number=False), *(Column(_named(file.name), number=False) for file in rows.files))
    lines: list[tuple[Shown, ...]] = [
        ("rows", *(count(file.rows) for file in rows.files)),
        ("read as", *(file.layout for file in rows.files)),
        *((name, *(_theirs(file, name) for file in rows.files)) for name in ours),
    ]
    return Table("How the columns were understood", columns, tuple(lines))


def _theirs(file: SourceFile, name: str) -> Shown:
    return _named(file.columns[name]) if name in file.columns else Unknown(NO_COLUMN)


def _named(foreign: str) -> Markup:
    """A name of theirs, which may be written in either direction."""
    return Markup("<bdi>{}</bdi>").format(identifier(foreign))
