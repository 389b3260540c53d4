"""Recognise which column is which, by name and by content; what could be two things is refused."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from clove.intake.dates import is_date, is_format
from clove.intake.headings import HEADINGS, normal
from clove.intake.mapping import NAMES, ColumnMap
from clove.intake.numbers import is_number
from clove.intake.sources.table import Table
from clove.kernel.errors import InputRefused

_NUMERIC = ("amount", "quantity", "price")
_LIKELY = 0.5  # of the sample's values read as what the heading says, where two columns bear such a heading
_AGREE = 0.95  # of the sample's rows have an amount that is quantity times price
_NOT_A_HEADING = re.compile(r"[\d\s.,:/+-]*\d[\d\s.,:/+-]*")

ORDERS, LINES = "orders", "order lines"


class NoTable(InputRefused):
    """Headings among which no order can be recognised: in a workbook, another sheet may do."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one table as they are understood."""

    layout: str  # "orders" or "order lines"
    at: dict[str, int]  # our name -> position
    headings: dict[str, str]  # our name -> their heading
    time_format: str  # given with --map, or empty
    decimal: dict[str, str]  # our name -> "point" or "comma", where given with --map
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Search:
    """One table in the course of being understood."""

    table: Table
    values: list[list[str]]  # per column, the sample's cells that are not empty
    at: dict[str, int] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    options: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)  # columns named well whose content is something else

    @property
    def where(self) -> str:
        return f"{self.table.label}, row {self.table.header_row}"

    def heading(self, column: int) -> str:
        """A heading for people; two of one name are told apart by their place."""
        name = self.table.headings[column]
        return f"{name!r}" if self.table.headings.count(name) == 1 else f"{name!r} (column {column + 1})"

    def candidates(self, name: str) -> list[int]:
        """Columns that may be this one; weaker names count only where there is no stronger."""
        taken = set(self.at.values())
        for words in HEADINGS[name]:
            named = [i for i, h in enumerate(self.table.headings) if normal(h) in words and i not in taken]
            shares = {i: self._share(name, i) for i in named}
            fit = [i for i in named if shares[i] >= _LIKELY] or [i for i in named if shares[i] > 0]
            self.doubts += [
                f"{self.heading(i)} looks like the {name} column, but holds {self.values[i][0]!r}"
                for i in named
                if not shares[i]
            ]
            if fit:
                return fit
        return []

    def _share(self, name: str, column: int) -> float:
        """How many of the sample's values read as what the heading says; 1 where there is nothing to read."""
        values = self.values[column]
        if not values or (name != "time" and name not in _NUMERIC):
            return 1.0
        good = sum(is_date(v, serials=self.table.has_serials) if name == "time" else is_number(v) for v in values)
        return good / len(values)

    def take(self, name: str, *, needed: bool) -> None:
        """Settle one of our columns, if it is there.

        Raises:
            InputRefused: Two columns may be a needed one.
        """
        if name in self.at or name in self.left_out:
            return
        fit = self.candidates(name)
        if len(fit) > 1 and needed:
            self._refuse_tie(name, fit)
        if not fit:
            return
        self.at[name] = fit[0]
        if len(fit) > 1:
            others = ", ".join(self.heading(i) for i in fit[1:])
            self.notes.append(f"{name} taken from {self.heading(fit[0])}, not from {others}")
        elif name == "customer":
            also = [self.heading(i) for i, h in enumerate(self.table.headings) if normal(h) in HEADINGS[name][1]]
            if also and normal(self.table.headings[fit[0]]) in HEADINGS[name][0]:
                self.notes.append(f"customers told apart by {self.heading(fit[0])}, not by {', '.join(also)}")

    def _refuse_tie(self, name: str, fit: Sequence[int]) -> None:
        names = [self.table.headings[i] for i in fit]
        twins = len(set(names)) < len(names)
        raise InputRefused(
            f"{' and '.join(self.heading(i) for i in fit)} may each be the {name} column",
            where=self.where,
            remedy="Rename one of the columns, since two bear the same name"
            if twins
            else "Say which with " + " or ".join(f'--map "{name}={n}"' for n in names),
        )


def recognise(table: Table, mapping: ColumnMap | None) -> Columns:
    """Understand the headings of one table.

    Raises:
        NoTable: No header line, a needed column is missing, or `--map` names one that is absent.
        InputRefused: A needed column could be two.
    """
    width = len(table.headings)
    values = [[row[i].strip() for row in table.sample if row[i].strip()] for i in range(width)]
    search = _Search(table, values)
    _refuse_headless(search, mapping)
    _assign(search, mapping)
    search.take("customer", needed=True)
    search.take("time", needed=True)
    layout = _layout(search)
    missing = [name for name in ("customer", "time") if name not in search.at]
    if not layout:
        missing.append("amount")
    if missing:
        _refuse_missing(search, missing)
    search.take("order", needed=True)
    search.take("item", needed=False)
    search.take("country", needed=False)
    at = {name: search.at[name] for name in NAMES if name in search.at}
    return Columns(
        layout,
        at,
        {name: table.headings[i] for name, i in at.items()},
        search.options.get("time", ""),
        {name: search.options[name] for name in _NUMERIC if name in search.options},
        tuple(search.notes),
    )


def _layout(search: _Search) -> str:
    """Orders or order lines; empty where there is neither an amount nor quantity and price."""
    if "amount" in search.at:
        search.take("quantity", needed=False)
        return ORDERS
    given = {"quantity", "price"} & search.at.keys()
    if not given and "amount" not in search.left_out and (amounts := search.candidates("amount")):
        pair = [fit[0] for n in ("quantity", "price") if len(fit := search.candidates(n)) == 1]
        whole = len(pair) == 2 and not {"quantity", "price"} & search.left_out
        if whole and any(_is_product(search, amount, pair) for amount in amounts):
            search.notes.append(f"{search.heading(amounts[0])} is quantity times price")
        elif whole:
            raise InputRefused(
                f"{search.heading(amounts[0])} may be the amount of a row, or {search.heading(pair[0])} times "
                f"{search.heading(pair[1])}: they differ",
                where=search.where,
                remedy=f'Say which with --map "amount={search.table.headings[amounts[0]]}" or '
                f'--map "quantity={search.table.headings[pair[0]]},price={search.table.headings[pair[1]]}"',
            )
        else:
            search.take("amount", needed=True)
            search.take("quantity", needed=False)
            return ORDERS
    search.take("quantity", needed=True)
    search.take("price", needed=True)
    if {"quantity", "price"} <= search.at.keys():
        return LINES
    for name in {"quantity", "price"} - given:  # one without the other says nothing
        search.at.pop(name, None)
    return ""


def _is_product(search: _Search, amount: int, pair: Sequence[int]) -> bool:
    triples = [[row[i].strip() for i in (amount, *pair)] for row in search.table.sample]
    numbers = [[float(c) for c in cells] for cells in triples if all(_is_plain(c) for c in cells)]
    close = sum(abs(a - q * p) <= 0.01 * max(abs(a), 1.0) for a, q, p in numbers)
    return bool(numbers) and close >= _AGREE * len(numbers)


def _is_plain(text: str) -> bool:
    return re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", text) is not None


def _assign(search: _Search, mapping: ColumnMap | None) -> None:
    """Columns that a person has named."""
    for name, given in mapping.columns.items() if mapping else ():
        if not given:
            search.left_out.add(name)
            continue
        column, option = _find(search, name, given)
        search.at[name] = column
        if option:
            search.options[name] = option


def _find(search: _Search, name: str, given: str) -> tuple[int, str]:
    """The column that a person's text names, and the reading after its colon."""
    cuts = [len(given), *(match.start() for match in re.finditer(":", given))]
    for same in (str.strip, normal):
        for cut in cuts:
            fit = [i for i, heading in enumerate(search.table.headings) if same(heading) == same(given[:cut])]
            if len(fit) > 1:
                search._refuse_tie(name, fit)  # noqa: SLF001  (the same file)
            if fit:
                return fit[0], _option(search, name, given[cut + 1 :])
    bare = given.split(":", 1)[0]
    near = difflib.get_close_matches(bare, search.table.headings, n=3, cutoff=0.4)
    raise NoTable(
        f"--map says {name}={bare}, but there is no column {bare!r}",
        where=search.where,
        remedy=f"The nearest are {', '.join(map(repr, near))}" if near else f"There are {_listed(search.table)}",
    )


def _option(search: _Search, name: str, option: str) -> str:
    if not option or (name == "time" and is_format(option)) or (name in _NUMERIC and option in {"point", "comma"}):
        return option
    raise InputRefused(
        f"{option!r} after {name} in --map is no way to read a column",
        where=search.where,
        remedy="Give a date format such as %d/%m/%Y %H:%M after time, and point or comma after a number",
    )


def _refuse_headless(search: _Search, mapping: ColumnMap | None) -> None:
    known = {word for words in HEADINGS.values() for tier in words for word in tier}
    headings = search.table.headings
    if any(normal(h) in known for h in headings):
        return
    given = {normal(g.split(":", 1)[0]) for g in mapping.columns.values()} if mapping else set()
    if any(normal(h) in given for h in headings if h):
        return
    if any(_NOT_A_HEADING.fullmatch(h) or is_date(h) for h in headings):
        raise NoTable(
            f"the first line is no header ({_listed(search.table)})",
            where=search.where,
            remedy="Put a line with column names on top, such as customer_id,date,amount",
        )


def _refuse_missing(search: _Search, missing: list[str]) -> None:
    free = [i for i in range(len(search.values)) if i not in search.at.values()]
    example = []
    for name in missing:
        like = [i for i in free if _reads_like(search, name, i)]
        if like:
            free.remove(like[0])
        example.append(f"{name}={search.table.headings[like[0]] if like else 'COLUMN'}")
    words = {"amount": "amount (or quantity and price)"}
    doubts = f" ({'; '.join(dict.fromkeys(search.doubts))})" if search.doubts else ""
    raise NoTable(
        f"no column for {', '.join(words.get(n, n) for n in missing)} among {_listed(search.table)}{doubts}",
        where=search.where,
        remedy=f'Say which columns they are, for example --map "{",".join(example)}"',
    )


def _reads_like(search: _Search, name: str, column: int) -> bool:
    values = search.values[column]
    if not values or not search.table.headings[column]:
        return False
    dates, numbers = all(is_date(v) for v in values), all(is_number(v) for v in values)
    return dates if name == "time" else numbers and not dates if name == "amount" else not dates


def _listed(table: Table) -> str:
    shown = ", ".join(repr(h[:40]) for h in table.headings[:30])
    return f"{shown} and {len(table.headings) - 30} more" if len(table.headings) > 30 else shown
