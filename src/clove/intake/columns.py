"""Recognise which column is which, by name and by content; what could be two things is refused."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from clove.intake.candidates import NUMERIC, Search, is_plain
from clove.intake.dates import is_date, is_format
from clove.intake.exports import MINOR_PER_UNIT, Export, export_of
from clove.intake.filling import FILLED
from clove.intake.headings import HEADINGS, currency_of, normal, spellings
from clove.intake.mapping import NAMES, ColumnMap
from clove.intake.sources.table import Table
from clove.intake.suggestions import NoTable, listed, refuse
from clove.kernel.errors import InputRefused

_AGREE = 0.95  # of the sample's rows have an amount that is quantity times price
_NOT_A_HEADING = re.compile(r"[\d\s.,:/+-]*\d[\d\s.,:/+-]*")
_STRIPE_ID = re.compile(r"(ch|py|pi|in|txn|cs)_\w+")

ORDERS, LINES = "orders", "order lines"


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one table as they are understood."""

    layout: str  # "orders" or "order lines"
    at: dict[str, int]  # our name -> position
    headings: dict[str, str]  # our name -> their heading
    time_format: str  # given with --map, or empty
    decimal: dict[str, str]  # our name -> "point" or "comma", where given with --map
    notes: tuple[str, ...]
    filled: tuple[str, ...] = ()  # ours that only the first line of an order holds
    minor_per_unit: int = 1  # amounts are in this part of the currency's unit
    currency: str = ""  # code behind the heading of the money
    any_currency: bool = False  # a person has said not to look at currencies


def recognise(table: Table, mapping: ColumnMap | None) -> Columns:
    """Understand the headings of one table.

    Raises:
        NoTable: No header line, a needed column is missing, or `--map` names one that is absent.
        InputRefused: A needed column could be two.
    """
    search = Search.of(table)
    _refuse_headless(search, mapping)
    _assign(search, mapping)
    export = export_of(table.headings)
    if export and export.minor and not _in_cents(search):
        export = None
    if export:
        _follow(search, export)
    search.take("customer", needed=True)
    search.take("time", needed=True)
    layout = _layout(search)
    search.take("order", needed=True)
    open_money = not layout and "amount" not in search.ties and not search.clash
    refuse(search, [n for n in ("customer", "time") if n not in search.at] + ["amount"] * open_money)
    for name in ("item", "country", "channel", "category", "currency", "status"):
        search.take(name, needed=False)
    at = {name: search.at[name] for name in NAMES if name in search.at}
    money = table.headings[at["amount" if layout == ORDERS else "price"]]
    filled = tuple(n for n in FILLED if n in at) if export and export.lines and "order" in at else ()
    return Columns(
        layout,
        at,
        {name: table.headings[i] for name, i in at.items()},
        search.options.get("time", ""),
        {name: search.options[name] for name in NUMERIC if name in search.options},
        (*search.notes, *_export_notes(export, layout, filled, search)),
        filled,
        _minor_per_unit(search, export),
        currency_of(money),
        "currency" in search.left_out,
    )


def _follow(search: Search, export: Export) -> None:
    """Settle what a well-known export says by itself; what a person has named comes first."""
    names = [normal(heading) for heading in search.table.headings]
    for ours, theirs in export.columns.items():
        if ours in search.at or ours in search.left_out or (ours in ("quantity", "price") and "amount" in search.at):
            continue
        free = [names.index(t) for t in theirs if t in names and names.index(t) not in search.at.values()]
        full = [i for i in free if search.values[i]]
        if free and not (ours == "amount" and {"quantity", "price"} & search.at.keys()):
            search.at[ours] = (full or free)[0]


def _export_notes(export: Export | None, layout: str, filled: Sequence[str], search: Search) -> list[str]:
    if not export:
        return []
    notes = [f"recognised as {export.name}"]
    if layout == LINES:
        notes += export.notes
    elif export.lines:
        amount = search.heading(search.at["amount"])
        notes.append(f"{amount} stands on the first line of an order; its other lines are rejected as unreadable")
    if filled:
        notes.append(f"{', '.join(filled)} of an order's first line hold for its other lines, where theirs are empty")
    if export.minor and (per := _minor_per_unit(search, export)) > 1:
        notes.append(f"amounts are in the minor unit: divided by {per}")
    return notes


def _minor_per_unit(search: Search, export: Export | None) -> int:
    if not export or not export.minor:
        return 1
    codes = {value.upper() for value in search.values[_place(search, "currency")]}
    return max(MINOR_PER_UNIT.get(code, 100) for code in codes)


def _in_cents(search: Search) -> bool:
    """Whether the ids are Stripe's, and all amounts whole, as its API gives them."""
    ids, amounts = (search.values[_place(search, name)] for name in ("id", "amount"))
    cents = all(is_plain(a) and "." not in a for a in amounts)
    known = bool(search.values[_place(search, "currency")])
    return known and bool(ids) and cents and all(_STRIPE_ID.fullmatch(i) for i in ids)


def _place(search: Search, name: str) -> int:
    return [normal(heading) for heading in search.table.headings].index(name)


def _layout(search: Search) -> str:
    """Orders or order lines; empty where there is neither an amount nor quantity and price, or it is open which."""
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
            search.clash = (amounts[0], pair[0], pair[1])
            return ""
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
        search.ties.pop(name, None)
    return ""


def _is_product(search: Search, amount: int, pair: Sequence[int]) -> bool:
    triples = [[row[i].strip() for i in (amount, *pair)] for row in search.table.sample]
    numbers = [[float(c) for c in cells] for cells in triples if all(is_plain(c) for c in cells)]
    close = sum(abs(a - q * p) <= 0.01 * max(abs(a), 1.0) for a, q, p in numbers)
    return bool(numbers) and close >= _AGREE * len(numbers)


def _assign(search: Search, mapping: ColumnMap | None) -> None:
    """Columns that a person has named."""
    for name, given in mapping.columns.items() if mapping else ():
        if not given:
            search.left_out.add(name)
            continue
        column, option = _find(search, name, given)
        search.at[name] = column
        if option:
            search.options[name] = option


def _find(search: Search, name: str, given: str) -> tuple[int, str]:
    """The column that a person's text names, and the reading after its colon."""
    cuts = [len(given), *(match.start() for match in re.finditer(":", given))]
    for same in (str.strip, normal):
        for cut in cuts:
            fit = [i for i, heading in enumerate(search.table.headings) if same(heading) == same(given[:cut])]
            if len(fit) > 1:
                search.ties[name] = fit
                refuse(search, [])
            if fit:
                return fit[0], _option(search, name, given[cut + 1 :])
    bare = given.split(":", 1)[0]
    if word := re.search(r",\s*([^\W\d]\w*)\s*=", given):
        raise NoTable(
            f"--map says {name}={bare}, but there is no such column, and {word[1]!r} is no column of ours",
            where=search.where,
            remedy=f"Ours are {', '.join(NAMES)}",
        )
    near = difflib.get_close_matches(bare, search.table.headings, n=3, cutoff=0.4)
    raise NoTable(
        f"--map says {name}={bare}, but there is no column {bare!r}",
        where=search.where,
        remedy=f"The nearest are {', '.join(map(repr, near))}" if near else f"There are {listed(search.table)}",
    )


def _option(search: Search, name: str, option: str) -> str:
    if not option or (name == "time" and is_format(option)) or (name in NUMERIC and option in {"point", "comma"}):
        return option
    raise InputRefused(
        f"{option!r} after {name} in --map is no way to read a column",
        where=search.where,
        remedy="Give a date format such as %d/%m/%Y %H:%M after time, and point or comma after a number",
    )


def _refuse_headless(search: Search, mapping: ColumnMap | None) -> None:
    known = {word for words in HEADINGS.values() for tier in words for word in tier}
    headings = search.table.headings
    if any(spellings(h) & known for h in headings):
        return
    given = {normal(g.split(":", 1)[0]) for g in mapping.columns.values()} if mapping else set()
    if any(normal(h) in given for h in headings if h):
        return
    if any(_NOT_A_HEADING.fullmatch(h) or is_date(h) for h in headings):
        raise NoTable(
            f"the first line is no header ({listed(search.table)})",
            where=search.where,
            remedy="Put a line with column names on top, such as customer_id,date,amount",
        )
