"""Ids of customers, orders and items: how an export may have bent them, and which of them name nothing."""

import re
from dataclasses import dataclass, field

from clove.engine.local import LocalEngine
from clove.intake.cells import literal, text_of
from clove.intake.headings import normal

NOBODY = (
    *("", "null", "(null)", "\\n", "nil", "none", "nan", "na", "n/a", "n.a.", "<na>", "#n/a", "undefined"),
    *("(blank)", "blank", "-", "--", "?", "??", "unknown", "anonymous", "guest"),
)
"""What exports write where a value, such as the customer, is unknown, in small letters.

A customer of such a name would be many people taken for one.
"""

_NON_PRODUCTS = (
    *("POST", "POSTAGE", "DOT", "CARRIAGE", "SHIPPING", "DELIVERY", "FREIGHT", "HANDLING", "MANUAL", "DISCOUNT"),
    *("SAMPLES", "ADJUST", "ADJUST2", "CRUK", "BANK CHARGES", "AMAZONFEE", "FEE", "TEST001", "TEST002"),
)
"""Stock codes of no product, in capitals; codes that begin with GIFT_ (vouchers) are none either.

The codes of UCI Online Retail and Online Retail II, and the plain words that other shops use. A code is not judged by
its form: other shops have other forms.
"""

_PERHAPS_NON_PRODUCTS = ("C2", "C3", "M", "D", "S", "B", "PADS")
"""Codes of the same files that may be products elsewhere: they count only beside one of the others."""


@dataclass(frozen=True, slots=True)
class IdPlan:
    """How the ids of a table are read."""

    whole: frozenset[str] = frozenset()  # our names of columns with numbers, some of them written as 17850.0
    lowered: bool = False  # customers are e-mail addresses, where capitals make no difference
    short_codes: bool = False  # the stock codes that may be products elsewhere are none here

    def expression(self, name: str, cell: str) -> str:
        """SQL for the id in a trimmed cell of customer or order: null where it names nothing."""
        read = f"regexp_replace({cell}, '[.]0$', '')" if name in self.whole else cell
        if name == "customer" and self.lowered:
            read = f"lower({read})"
        return f"CASE WHEN {known(cell)} THEN {read} END"

    def is_product(self, item: str) -> str:
        """SQL for whether a stock code, which may be null, is that of a product."""
        codes = _list(_NON_PRODUCTS + (_PERHAPS_NON_PRODUCTS if self.short_codes else ()))
        return f"NOT coalesce(upper({item}) IN ({codes}) OR starts_with(upper({item}), 'GIFT_'), false)"


@dataclass(slots=True)
class IdEvidence:
    """What the ids of one table say about how they are written, gathered piece by piece."""

    headings: dict[str, str]  # our name -> their heading
    seen: set[str] = field(default_factory=set)  # questions of which the answer is yes

    def add(self, engine: LocalEngine) -> None:
        """Look at the ids in `incoming`."""
        asked = {name: sql for name, sql in self._questions().items() if name not in self.seen}
        if asked:
            answers = ", ".join(f"coalesce(bool_or({sql}), false) AS {name}" for name, sql in asked.items())
            found = engine.table(f"SELECT {answers} FROM incoming").to_pylist()[0]
            self.seen |= {name for name, yes in found.items() if yes}

    def plan(self) -> IdPlan:
        """How to read what was seen so far."""
        whole = (n for n in ("customer", "order") if f"{n}_point_zero" in self.seen and f"{n}_other" not in self.seen)
        return IdPlan(frozenset(whole), self._by_email, "fee" in self.seen)

    def notes(self) -> list[str]:
        """What a person should know of the reading."""
        found = [f"'.0' taken off the ids in {self.headings[name]!r}" for name in sorted(self.plan().whole)]
        if "capitals" in self.seen:
            found.append(f"addresses in {self.headings['customer']!r} compared in small letters")
        return found

    @property
    def _by_email(self) -> bool:
        return re.search("mail|correo", normal(self.headings["customer"])) is not None

    def _questions(self) -> dict[str, str]:
        """Conditions of which it matters whether any row meets them."""
        asked = {}
        for name in ("customer", "order"):
            if name in self.headings and f"{name}_other" not in self.seen:
                cell = text_of(name)
                asked[f"{name}_other"] = f"NOT regexp_full_match({cell}, '[0-9]+([.]0)?') AND {known(cell)}"
                asked[f"{name}_point_zero"] = f"suffix({cell}, '.0') AND regexp_full_match({cell}, '[0-9]+[.]0')"
        if self._by_email:
            asked["capitals"] = "customer_text <> lower(customer_text)"
        if "item" in self.headings:
            asked["fee"] = f"upper(item_text) IN ({_list(_NON_PRODUCTS)})"
        return asked


def known(cell: str) -> str:
    """SQL for whether a trimmed cell names something."""
    return f"lower({cell}) NOT IN ({_list(NOBODY)})"


def _list(words: tuple[str, ...]) -> str:
    return ", ".join(literal(word) for word in words)
