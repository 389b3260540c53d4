"""Refusals of headings that leave a column open: every problem at once, with one `--map` that settles them all."""

from clove.intake.candidates import NUMERIC, Search, is_plain
from clove.intake.dates import is_date
from clove.intake.headings import means, normal
from clove.intake.mapping import NAMES
from clove.intake.numbers import is_number
from clove.intake.sources.table import Table
from clove.kernel.errors import InputRefused

_CUSTOMER = ("customer", "client", "kund", "klant", "buyer", "user", "member", "mail", "person", "phone")
_AMOUNT = ("total", "amount", "revenue", "sale", "betrag", "umsatz", "summe", "import", "montant", "spen", "paid")
_NO_AMOUNT = ("id", "no", "nr", "number", "zip", "postcode", "phone", "year", "month", "day", "item", "line")
_OTHER_MONEY = ("tax", "vat", "shipping", "discount", "refund", "fee", "cost")
_WORDS = {"amount": "amount (or quantity and price)"}


class NoTable(InputRefused):
    """Headings among which no order can be recognised: another row or another sheet may do.

    Args:
        what: The fact.
        where: File and row.
        remedy: What to do.
        found: How many of our columns were recognised.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str, found: int = 0) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.found = found


def listed(table: Table) -> str:
    """The headings, for people."""
    shown = ", ".join(repr(h[:40]) for h in table.headings[:30] if h)
    return f"{shown} and {len(table.headings) - 30} more" if len(table.headings) > 30 else shown


def refuse(search: Search, missing: list[str]) -> None:
    """Say everything that is open; nothing happens where nothing is.

    Raises:
        NoTable: A needed column is missing.
        InputRefused: A needed column could be several.
    """
    headings = search.table.headings
    problems: list[str] = []
    example: dict[str, str] = {}
    unlike: list[str] = []
    if missing:
        doubts = f" ({'; '.join(dict.fromkeys(search.doubts))})" if search.doubts else ""
        names = ", ".join(_WORDS.get(n, n) for n in missing)
        problems.append(f"no column for {names} among {listed(search.table)}{doubts}")
        example, unlike = _example(search, missing)
    for name, fit in search.ties.items():
        problems.append(f"{' and '.join(search.heading(i) for i in fit)} may each be the {name} column")
        example[name] = headings[fit[0]]
    if search.clash:
        amount, quantity, price = search.clash
        problems.append(
            f"{search.heading(amount)} may be the amount of a row, or {search.heading(quantity)} times "
            f"{search.heading(price)}: they differ"
        )
        example["amount"] = headings[amount]
    if not problems:
        return
    twins = [i for fit in search.ties.values() for i in fit if headings.count(headings[i]) > 1]
    if twins:
        remedy = "Rename one of the columns, since two bear the same name"
    elif len(problems) == 1 and search.ties:
        ((name, fit),) = search.ties.items()
        remedy = "Say which with " + " or ".join(f'--map "{name}={headings[i]}"' for i in fit)
    elif len(problems) == 1 and search.clash:
        amount, quantity, price = search.clash
        remedy = (
            f'Say which with --map "amount={headings[amount]}" or '
            f'--map "quantity={headings[quantity]},price={headings[price]}"'
        )
    else:
        remedy = _say(example, unlike)
    what = "; ".join(problems)
    if missing:
        raise NoTable(what, where=search.where, remedy=remedy, found=len(search.at))
    raise InputRefused(what, where=search.where, remedy=remedy)


def _say(example: dict[str, str], unlike: list[str]) -> str:
    absent = f"no column reads like {' or '.join(_WORDS.get(n, n) for n in unlike)}: export it too" if unlike else ""
    if not example:
        return absent[0].upper() + absent[1:]
    parts = ",".join(f"{name}={example[name]}" for name in NAMES if name in example)
    return f'Say which columns they are, for example --map "{parts}"' + (f"; {absent}" if absent else "")


def _example(search: Search, missing: list[str]) -> tuple[dict[str, str], list[str]]:
    """For each missing column the one that reads most like it, and those that none reads like."""
    free = [i for i in range(len(search.values)) if i not in search.at.values() and search.table.headings[i]]
    found, unlike = {}, []
    for name in missing:
        scores = {i: _likeness(search, name, i) for i in free}
        best = max(free, key=lambda i: scores[i], default=None)
        if best is None or scores[best] <= 0:
            unlike.append(name)
            continue
        free.remove(best)
        found[name] = search.table.headings[best]
    return found, unlike


def _likeness(search: Search, name: str, column: int) -> int:
    """How much a column reads like one of ours: 0 not at all, 1 by content, 2 by content and heading."""
    values, heading = search.values[column], search.table.headings[column]
    bare = normal(heading)
    if not values or any(means(heading, other) for other in NAMES if other not in (name, "price")):
        return 0
    dates = all(is_date(v) for v in values)
    numbers = all(is_number(v) for v in values)
    if name == "time":
        return int(dates)
    words: tuple[str, ...]
    if name in NUMERIC:
        money = numbers and not dates and not bare.endswith(_NO_AMOUNT) and not bare.startswith("item")
        likely, words = money and not any(word in bare for word in _OTHER_MONEY), _AMOUNT
    else:
        fraction = numbers and not all(is_plain(v) and "." not in v for v in values)
        other = any(word in bare for word in ("order", "item", "note", *_AMOUNT, *_OTHER_MONEY))
        likely, words = not dates and not fraction and not other, _CUSTOMER
    return 1 + any(word in bare for word in words) if likely else 0
