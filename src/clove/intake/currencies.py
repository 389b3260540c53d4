"""Which currency the amounts are in: one, or the file is refused, since amounts of two cannot be added."""

from collections import Counter
from dataclasses import dataclass, field

from clove.engine.local import LocalEngine
from clove.intake.cells import literal, text_of
from clove.intake.columns import Columns
from clove.intake.headings import SIGNS
from clove.kernel.errors import InputRefused

_MARK = "[£$€¥₹₦₽₩₺₫฿]|[A-Z]{3}"
_SHOWN = 6  # currencies that a refusal names
_COMMON = 0.5  # of the rows bear the sign, or it says nothing of the others


@dataclass(slots=True)
class CurrencyEvidence:
    """What a table says about its currency, gathered piece by piece."""

    columns: Columns
    where: str
    named: Counter[str] = field(default_factory=Counter, init=False)  # in the currency column
    marks: Counter[str] = field(default_factory=Counter, init=False)  # beside the amounts themselves

    @property
    def money(self) -> str:
        """Our name of the column with the amounts."""
        return "amount" if "amount" in self.columns.at else "price"

    def add(self, engine: LocalEngine, *, marked: bool) -> None:
        """Look at the values in `incoming`; at the amounts only where some have more than digits in them."""
        if self.columns.any_currency:
            return
        if "currency" in self.columns.at:
            self.named += _counted(engine, f"upper({text_of('currency')})")
        if marked:
            self.marks += _counted(engine, f"regexp_extract({text_of(self.money)}, {literal(_MARK)})")

    def code(self, rows: int) -> str:
        """The currency of all rows; empty where nothing tells it.

        Raises:
            InputRefused: There is more than one.
        """
        if self.columns.any_currency:
            return ""
        headings = self.columns.headings
        named, marks = _merged(self.named), _merged(self.marks)
        self._refuse_mixed(named, headings.get("currency", ""))
        self._refuse_mixed(marks, headings[self.money])
        mark = next(iter(marks), "")
        sure = mark if len(mark) == len("GBP") and marks[mark] >= _COMMON * rows else ""
        said = [code for code in (next(iter(named), ""), self.columns.currency, sure) if code]
        codes = {code for code in said if code.isalpha() and code.isascii() and len(code) == len("GBP")}
        if len(codes) > 1:
            raise InputRefused(
                f"the file says in one place that it is in {said[0]} and in another that it is in {said[-1]}",
                where=self.where,
                remedy="Correct the file, or pass over what it says with --map currency=",
            )
        return codes.pop() if codes else ""

    def notes(self, rows: int) -> list[str]:
        """What a person should know of the currency."""
        if not (code := self.code(rows)):
            return []
        if code in _merged(self.named):
            return [f"amounts are in {code}, as column {self.columns.headings['currency']!r} says"]
        return [f"amounts are in {code}, as column {self.columns.headings[self.money]!r} says"]

    def _refuse_mixed(self, found: Counter[str], heading: str) -> None:
        if len(found) < 2:
            return
        shown = ", ".join(f"{name} in {rows:,} rows" for name, rows in found.most_common(_SHOWN))
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise InputRefused(
            f"column {heading!r} holds {len(found)} currencies: {shown}{more}",
            where=self.where,
            remedy="Give one currency at a time, each as a file of its own; or pass over it with --map currency=, "
            "if the amounts are all in one currency",
        )


def _merged(found: Counter[str]) -> Counter[str]:
    """A sign that stands for one currency alone counts as its code."""
    merged: Counter[str] = Counter()
    for name, rows in found.items():
        merged[SIGNS.get(name, name)] += rows
    return merged


def _counted(engine: LocalEngine, value: str) -> Counter[str]:
    found = engine.table(
        f"SELECT {value} AS value, count(*) AS rows FROM incoming WHERE {value} <> '' GROUP BY 1 ORDER BY 2 DESC, 1 "
        "LIMIT 100"
    )
    return Counter(dict(zip(found["value"].to_pylist(), found["rows"].to_pylist(), strict=True)))
