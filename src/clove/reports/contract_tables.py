"""The tables of contracts and the rules for their rows, as the docs show them."""

from clove.intake.portfolio.rules import RULES
from clove.ledger.contract_columns import PERIOD_END, START
from clove.ledger.contract_table import Column, ContractTable, Kind
from clove.ledger.contracts import TABLES

_DAYS = {PERIOD_END: "the last day of its month", START: "the start of its contract"}


def tables_markdown() -> str:
    """A section for each table, with a line for each column."""
    return "\n\n".join(_section(table) for table in TABLES.values())


def rules_markdown() -> str:
    """A line for each rule, in the order in which they are applied."""
    lines = [f"| {rule.name} | {rule.remedy} |" for rule in RULES]
    return "\n".join(["| rule | remedy |", "|---|---|", *lines])


def _section(table: ContractTable) -> str:
    facts = [f"A row is {table.meaning}."]
    if table.key:
        facts.append(f"No two have the same {' and '.join(f'`{name}`' for name in table.key)}.")
    if table.happened:
        days = [f"`{day}`" if day in table.by_name else _DAYS[day] for day in table.happened]
        facts.append(f"Its day is {', else '.join(days)}.")
    lines = [f"| {_name(column)} | {_values(column)} | {column.meaning} |" for column in table.columns]
    head = [f"### {table.name}", "", " ".join(facts), "", "| column | values | meaning |", "|---|---|---|"]
    return "\n".join([*head, *lines])


def _name(column: Column) -> str:
    return f"**`{column.name}`**" if column.required else f"`{column.name}`"


def _values(column: Column) -> str:
    if column.words:
        return " · ".join(f"`{word}`" for word in column.words)
    if column.parent:
        return f"{column.kind.value} in `{column.parent}`"
    if column.money:
        return "amount"
    if column.kind in {Kind.NUMBER, Kind.WHOLE} and column.low is not None and column.high is not None:
        return f"{column.kind.value}, {column.low:.12g} to {column.high:.12g}"
    return column.kind.value
