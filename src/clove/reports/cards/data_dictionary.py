"""The data dictionary: every column of the tables that a run writes, what it means and what it holds this time."""

from datetime import date

from clove.kernel.money import Currency
from clove.reports.cards.contents import Cards, ColumnFacts, TableFacts
from clove.reports.cards.markdown import Mark, document, heading, paragraph, table
from clove.reports.cards.words import number, percent, standing
from clove.reports.columns import CURRENCY, CUSTOMERS, FEATURES, Column

MEANINGS = {"customers.parquet": CUSTOMERS, "features.parquet": FEATURES}
ALSO = {"customers.parquet": "The same figures are in `customers.csv`."}


def data_dictionary(cards: Cards) -> str:
    """The whole document; the same run gives the same text."""
    blocks = [block for facts in cards.tables for block in _table(facts, cards.report.currency)]
    return document(
        heading("Data dictionary", 1),
        standing(cards.report),
        paragraph(
            "One row per customer who had bought by the as-of date. Lowest, median and highest are of the rows where "
            "the column is known."
        ),
        *blocks,
    )


def _table(facts: TableFacts, currency: Currency) -> tuple[str, ...]:
    meanings = {column.name: column for column in MEANINGS[facts.file]}
    rows = [_row(each, meanings[each.name], currency, facts.rows) for each in facts.columns]
    return (
        heading(facts.file),
        paragraph(f"{facts.rows:,} rows, {len(facts.columns)} columns.", ALSO.get(facts.file, "")),
        table(("column", "type", "unit", "meaning", "known", "null", "lowest", "median", "highest"), rows, words=4),
    )


def _row(each: ColumnFacts, meaning: Column, currency: Currency, rows: int) -> tuple[str | Mark, ...]:
    unit = (currency.code or "currency of the files") if meaning.unit == CURRENCY else meaning.unit
    return (
        Mark(f"`{each.name}`"),
        each.kind,
        unit,
        Mark(meaning.words),
        f"{rows - each.nulls:,}",
        f"{each.nulls:,}",
        _value(each.low),
        _value(each.median) or _spread(each),
        _value(each.high),
    )


def _value(value: float | date | None) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else number(value)


def _spread(each: ColumnFacts) -> str:
    """What takes the place of a median where there is none."""
    if each.distinct is not None:
        return f"{each.distinct:,} distinct"
    return "" if each.share is None else f"{percent(each.share)} yes"
