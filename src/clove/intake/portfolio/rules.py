"""The rules for the rows of contract tables: their names, order and remedies, and the SQL that applies them."""

from dataclasses import dataclass, replace

from clove.intake.cells import literal, text_of
from clove.intake.checks import MALFORMED, Rule
from clove.intake.portfolio.headings import TableColumns
from clove.intake.portfolio.values import ValuePlan
from clove.ledger.contract_table import AMOUNT_LIMIT, Column, ContractTable, Kind

MISSING = Rule("missing value", "Fill the cell in; a row without it says nothing that counts")
UNREADABLE_NUMBER = Rule("unreadable number", "Write a plain, finite number such as 12.50, or leave the cell empty")
NOT_WHOLE = Rule("not a whole number", "Write a whole number")
UNREADABLE_DATE = Rule("unreadable date", "Write dates as YYYY-MM-DD, or leave the cell empty where none is known")
UNREADABLE_YES_NO = Rule("unreadable yes or no", "Write true or false")
UNKNOWN_WORD = Rule("unknown word", "Write one of the words of the column")
OUT_OF_RANGE = Rule("out of range", "Correct the number")
IMPOSSIBLE_DATE = Rule(
    "impossible date", "Correct the date, which lies before 1970 or after 2199; leave it empty where none is known"
)
CANCELLED_BEFORE_START = Rule("cancelled before start", "Correct the start or the cancellation date")
CANCELLED_WITHOUT_DATE = Rule(
    "cancelled without a date", "Give the cancellation date, or the row of status_changes that holds it"
)
DUPLICATE = Rule("duplicate id", "Nothing to do if the row was exported twice; else give each row an id of its own")
NO_PARENT = Rule("no such contract or hardware", "Export the row that the id names too, or correct the id")
PARENT_REJECTED = Rule("contract rejected", "Correct the contract; its rows then count again")

RULES = (
    MALFORMED,
    MISSING,
    UNREADABLE_NUMBER,
    NOT_WHOLE,
    UNREADABLE_DATE,
    UNREADABLE_YES_NO,
    UNKNOWN_WORD,
    OUT_OF_RANGE,
    IMPOSSIBLE_DATE,
    CANCELLED_BEFORE_START,
    DUPLICATE,
    CANCELLED_WITHOUT_DATE,
    NO_PARENT,
    PARENT_REJECTED,
)
"""In the order in which they are applied; the first that a row breaks counts."""

_FIRST_DAY, _LAST_DAY = "DATE '1970-01-01'", "DATE '2199-12-31'"


@dataclass(frozen=True, slots=True)
class _Fault:
    """One way in which a row can break a rule."""

    rule: Rule
    column: Column
    condition: str  # SQL over the read values and the text of the cells
    remedy: str = ""  # where it can say more than the rule's own

    @property
    def shown(self) -> str:
        """SQL for what a person is shown of the row."""
        if self.rule is MISSING:
            return literal(self.column.name)
        return f"{literal(self.column.name + ' = ')} || CAST({text_of(self.column.name)} AS VARCHAR)"


def judge_sql(table: ContractTable, columns: TableColumns, plan: ValuePlan, width: int) -> str:
    """The query that turns `incoming` into judged rows: our columns, and rule, value and remedy where one is broken.

    The words of optional columns that are none of ours are in `unknown_` and the column's name.
    """
    if columns.period_from:  # without it a row is of no month
        table = replace(
            table,
            columns=tuple(replace(c, required=c.required or c.name == columns.period_from) for c in table.columns),
        )
    month = {f"period_{part}": f"CAST({part}({columns.period_from}) AS INTEGER)" for part in ("year", "month")}
    derived = month if columns.period_from else {}
    present = [c for c in table.columns if c.name in columns.at]
    faults = sorted(
        (f for c in present for f in _faults(c, plan.is_empty(c))),
        key=lambda f: [rule.name for rule in RULES].index(f.rule.name),
    )
    if {"start_date", "cancellation_date"} <= columns.at.keys():
        day = table.by_name["cancellation_date"]
        faults.append(_Fault(CANCELLED_BEFORE_START, day, "cancellation_date < start_date"))
    texts = [text_of(c.name) for c in present]
    needed = " AND ".join(plan.is_empty(c) for c in present if c.required)
    whole_row = f"trim(concat({', '.join(f'c{i}' for i in range(width))})) = ''"
    reads = ",\n".join(f"{plan.expression(c)} AS {c.name}" for c in present)
    number = " ".join(f"WHEN {fault.condition} THEN {i}" for i, fault in enumerate(faults))

    def by_fault(texts: list[str]) -> str:
        return "CASE fault " + " ".join(f"WHEN {i} THEN {text}" for i, text in enumerate(texts)) + " END"

    values = ", ".join(
        _stored(c) if c.name in columns.at else f"{derived.get(c.name, f'CAST(NULL AS {_TYPES[c.kind]})')} AS {c.name}"
        for c in table.columns
    )
    unknown = "".join(
        f", CASE WHEN {c.name} IS NULL AND NOT {plan.is_empty(c)} THEN {text_of(c.name)} END AS unknown_{c.name}"
        for c in loose_words(table, columns)
    )
    return f"""
        WITH cells AS (
            SELECT row, {", ".join(texts)}, {reads},
                   CASE WHEN {needed} THEN {whole_row} ELSE false END AS blank
            FROM incoming
        ), judged AS (
            SELECT *, CASE {number} END AS fault FROM cells WHERE NOT blank
        )
        SELECT row, {values}{unknown},
               {by_fault([literal(f.rule.name) for f in faults])} AS rule,
               {by_fault([f.shown for f in faults])} AS value,
               {by_fault([literal(f.remedy or f.rule.remedy) for f in faults])} AS remedy
        FROM judged"""


def loose_words(table: ContractTable, columns: TableColumns) -> list[Column]:
    """Columns of words that a row can do without: a word that is none of ours is taken as unknown."""
    return [c for c in table.columns if c.name in columns.at and c.kind is Kind.WORD and not c.required]


_TYPES = {
    Kind.ID: "VARCHAR",
    Kind.TEXT: "VARCHAR",
    Kind.WORD: "VARCHAR",
    Kind.CURRENCY: "VARCHAR",
    Kind.DATE: "DATE",
    Kind.WHOLE: "INTEGER",
    Kind.NUMBER: "DOUBLE",
    Kind.YES_NO: "BOOLEAN",
}


def _stored(column: Column) -> str:
    return f"TRY_CAST({column.name} AS INTEGER) AS {column.name}" if column.kind is Kind.WHOLE else column.name


def _faults(column: Column, empty: str) -> list[_Fault]:
    """The rules that a value has to meet, whatever the rest of its row."""
    name = column.name
    # CASE, so that only the cells without a value are looked at again
    unread, missing = (f"CASE WHEN {name} IS NULL THEN {negated} {empty} ELSE false END" for negated in ("NOT", ""))
    faults = [_Fault(MISSING, column, missing)] if column.required else []
    if column.kind is Kind.WORD and not column.required:
        return faults
    rules = {
        Kind.NUMBER: UNREADABLE_NUMBER,
        Kind.WHOLE: UNREADABLE_NUMBER,
        Kind.DATE: UNREADABLE_DATE,
        Kind.YES_NO: UNREADABLE_YES_NO,
        Kind.WORD: UNKNOWN_WORD,
        Kind.CURRENCY: UNKNOWN_WORD,
    }
    if column.kind in rules:
        remedy = f"Write one of {', '.join(column.words)}" if column.words else ""
        if column.kind is Kind.CURRENCY:
            remedy = "Write the three letters of the currency, such as ZAR"
        faults.append(_Fault(rules[column.kind], column, unread, remedy))
    if column.kind is Kind.WHOLE:
        faults.append(_Fault(NOT_WHOLE, column, f"{name} <> floor({name})"))
    if column.low is not None and column.high is not None:
        bounds = f"Give a number from {column.low:,.12g} to {column.high:,.12g}"
        if column.high == AMOUNT_LIMIT:
            bounds = "Give an amount of 0 or more, below a million million"
        faults.append(_Fault(OUT_OF_RANGE, column, f"NOT {name} BETWEEN {column.low!r} AND {column.high!r}", bounds))
    if column.kind is Kind.DATE:
        faults.append(_Fault(IMPOSSIBLE_DATE, column, f"NOT {name} BETWEEN {_FIRST_DAY} AND {_LAST_DAY}"))
    return faults
