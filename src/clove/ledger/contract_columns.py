"""The columns of which the tables of contracts are made."""

from clove.ledger.contract_table import AMOUNT_LIMIT, Column, Kind
from clove.ledger.countries import COUNTRIES

MAX_CLAUSE = 600  # months
MAX_DISTANCE = 20_000  # km


def an_id(name: str, meaning: str, *, required: bool = False, parent: str = "") -> Column:
    """A key of the business, or of a row in another table."""
    return Column(name, Kind.ID, meaning, required, parent=parent)


def text(name: str, meaning: str, *, required: bool = False) -> Column:
    """Free text."""
    return Column(name, Kind.TEXT, meaning, required)


def word(name: str, words: tuple[str, ...], meaning: str, *, required: bool = False) -> Column:
    """One of these words."""
    return Column(name, Kind.WORD, meaning, required, words)


def day(name: str, meaning: str, *, required: bool = False) -> Column:
    """A day of the calendar."""
    return Column(name, Kind.DATE, meaning, required)


def whole(name: str, low: int, high: int, meaning: str, *, required: bool = False) -> Column:
    """A whole number within bounds, both included."""
    return Column(name, Kind.WHOLE, meaning, required, low=low, high=high)


def money(name: str, meaning: str, *on: str, required: bool = False) -> Column:
    """An amount of at least zero; converted at the rate of the first date that is known, else the as-of date."""
    return Column(name, Kind.NUMBER, meaning, required, low=0, high=AMOUNT_LIMIT, money=True, money_on=on)


def number(name: str, low: float, high: float, meaning: str, *, required: bool = False) -> Column:
    """A number within bounds, both included."""
    return Column(name, Kind.NUMBER, meaning, required, low=low, high=high)


def yes_no(name: str, meaning: str, *, required: bool = False) -> Column:
    """Yes or no."""
    return Column(name, Kind.YES_NO, meaning, required)


def country(*, required: bool = False) -> Column:
    """The country, by its code."""
    return word("country_code", tuple(COUNTRIES), "ISO 3166-1 code of three letters", required=required)


def currency(*, required: bool = False) -> Column:
    """The currency of the amounts in the row."""
    return Column("currency", Kind.CURRENCY, "ISO 4217 code; empty: the country's", required)


CONTRACT = Column("contract_id", Kind.ID, "the contract", required=True, parent="contracts", parent_needed=True)
PERIOD = (
    whole("period_year", 1970, 2200, "year of the month", required=True),
    whole("period_month", 1, 12, "month of the calendar", required=True),
)
PERIOD_END = "period_end"
"""Stands for the last day of the month of a row."""

START = "start_date"
"""Stands for the start of a row's contract, in tables that have no such column."""
