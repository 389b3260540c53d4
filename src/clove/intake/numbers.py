"""Numbers as people and machines write them; the decimal sign is decided over the whole column."""

import re
from dataclasses import dataclass, field

from clove.engine.local import LocalEngine
from clove.intake.cells import literal, text_of, values_at
from clove.intake.verdict import Votes
from clove.kernel.errors import InputRefused

_SYMBOLS = "[£$€¥₹₦₽₩₺₫฿]"
_MONEY = rf"{_SYMBOLS}|^\s*(?:[A-Z]{{3}}|KSh|Rs\.?|kr\.?|R)\s*|\s*(?:[A-Z]{{3}}|kr\.?|zł)\s*$"
_SPACES = "[ '\u2019\u00a0\u202f]"


def _form(group: str, decimal: str) -> str:
    """A number with this sign between thousands (or a space or apostrophe) and this decimal sign."""
    start = "[1-9][0-9]{0,2}"
    whole = rf"[0-9]+|{start}(?:{group}[0-9]{{3}})+|{start}(?:{_SPACES}[0-9]{{3}})+"
    return rf"[+-]?(?:(?:{whole})(?:{decimal}[0-9]*)?|{decimal}[0-9]+)(?:[eE][+-]?[0-9]{{1,2}})?"


_POINT, _COMMA = _form(",", r"\."), _form(r"\.", ",")
_ACCOUNTING = r"^\((.*)\)$"
_SIGN_BEHIND = r"^([0-9.,]+)-$"
_SIGN_APART = r"^([+-])\s+"
_LONGEST = 60  # characters; a longer run of digits is no quantity and no price

_MINUS = "\u2212"  # the sign that typesetters use

POINT, COMMA = 1, 2
_SAME, _STRIPPED = 4, 8


def is_number(text: str) -> bool:
    """Whether a cell can be read as a number, with either decimal sign."""
    bare = re.sub(_ACCOUNTING, r"-\1", re.sub(_MONEY, "", text.strip().replace(_MINUS, "-")).strip())
    bare = re.sub(_SIGN_APART, r"\1", re.sub(_SIGN_BEHIND, r"-\1", bare))
    return re.fullmatch(f"{_POINT}|{_COMMA}", bare) is not None


@dataclass(frozen=True, slots=True)
class NumberPlan:
    """How a column of numbers is read."""

    comma: bool = False  # the decimal sign

    def expression(self, cell: str) -> str:
        """SQL for the value of a trimmed cell: a finite double, or null where it is no number."""
        bare = _bare(cell)
        sane = f"length({bare}) <= {_LONGEST} AND regexp_full_match({bare}, "
        if self.comma:
            digits = f"replace(regexp_replace({bare}, {literal('[.]|' + _SPACES)}, '', 'g'), ',', '.')"
            return f"CASE WHEN {sane}{literal(_COMMA)}) THEN TRY_CAST({digits} AS DOUBLE) END"
        digits = f"regexp_replace({bare}, {literal('[,]|' + _SPACES)}, '', 'g')"
        slow = f"CASE WHEN {sane}{literal(_POINT)}) THEN TRY_CAST({digits} AS DOUBLE) END"
        return f"CASE WHEN {_plain(cell)} THEN TRY_CAST({cell} AS DOUBLE) ELSE {slow} END"


@dataclass(slots=True)
class NumberEvidence:
    """What the values of one column say about its decimal sign, gathered piece by piece."""

    heading: str
    where: str
    name: str  # ours
    given: str  # "point" or "comma" where a person has decided, else empty
    mapped: str = ""  # what --map calls it, where that is another name
    votes: Votes = field(default_factory=Votes)
    stripped: bool = False

    def add(self, engine: LocalEngine) -> None:
        """Look at the values in `incoming`."""
        cell = text_of(self.name)
        bare = _bare(cell)
        slow = (
            f"CASE WHEN regexp_full_match({bare}, {literal(_POINT)}) THEN {POINT} ELSE 0 END"
            f" + CASE WHEN regexp_full_match({bare}, {literal(_COMMA)}) THEN {COMMA} ELSE 0 END"
            f" + CASE WHEN regexp_matches({bare}, '[.,]') THEN 0 ELSE {_SAME} END"
            f" + CASE WHEN {bare} <> {_hyphen(cell)} THEN {_STRIPPED} ELSE 0 END"
        )
        found = engine.table(
            f"""
            SELECT code, min(row) AS row FROM (
                SELECT row, CASE
                    WHEN {cell} = '' THEN NULL
                    WHEN {_plain(cell)} AND NOT contains({cell}, '.') THEN {POINT + COMMA + _SAME}
                    WHEN {_plain(cell)} AND {cell} NOT LIKE '%.___' THEN {POINT}
                    ELSE {slow} END AS code
                FROM incoming)
            WHERE code IS NOT NULL GROUP BY code"""
        ).to_pylist()
        values = values_at(engine, cell, [line["row"] for line in found])
        for line in found:
            mask = line["code"] & (POINT | COMMA)
            self.votes.add(mask, line["row"], values[line["row"]], indifferent=bool(line["code"] & _SAME))
            self.stripped |= bool(mask and line["code"] & _STRIPPED)

    def plan(self) -> NumberPlan | None:
        """How to read what was seen so far; None while that is open or contradictory."""
        if self.given:
            return NumberPlan(comma=self.given == "comma")
        if self.votes.contradiction or self.votes.undecided:
            return None
        return NumberPlan(comma=self.votes.common == COMMA)

    def conclude(self) -> NumberPlan:
        """How to read the whole column.

        Raises:
            InputRefused: Some values have a decimal comma and others a decimal point, or nothing tells which it is.
        """
        plan = self.plan()
        if plan is not None:
            return plan
        said = f"{self.mapped or self.name}={self.heading}"
        remedy = f"Write the column in one way, or say which with --map {said}:point or :comma"
        if clash := self.votes.contradiction:
            one, other = clash
            raise InputRefused(
                f"column {self.heading!r} mixes decimal commas and decimal points: {one.value!r} in row {one.row}, "
                f"{other.value!r} in row {other.row}",
                where=self.where,
                remedy=remedy,
            )
        doubt = self.votes.undecided
        raise InputRefused(
            f"column {self.heading!r} may have decimal commas or decimal points: {doubt.value if doubt else ''!r} "
            "can be read both ways, and no value tells which",
            where=f"{self.where}, row {doubt.row if doubt else ''}",
            remedy=f"Say which with --map {said}:point or :comma",
        )

    def notes(self) -> list[str]:
        """What a person should know of the reading."""
        found = [f"decimal commas in {self.heading!r}"] if (plan := self.plan()) and plan.comma else []
        if self.stripped:
            found.append(f"currency signs or brackets taken off in {self.heading!r}")
        return found


def _plain(cell: str) -> str:
    """Whether a machine wrote the number: no grouping, no currency, finite."""
    return f"(isfinite(TRY_CAST({cell} AS DOUBLE)) AND NOT contains({cell}, '_'))"


def _bare(cell: str) -> str:
    """The cell without currency; a number in brackets or with the minus behind is negative."""
    text = f"trim(regexp_replace({_hyphen(cell)}, {literal(_MONEY)}, '', 'g'))"
    text = f"regexp_replace({text}, {literal(_ACCOUNTING)}, '-\\1')"
    text = f"regexp_replace({text}, {literal(_SIGN_BEHIND)}, '-\\1')"
    return f"regexp_replace({text}, {literal(_SIGN_APART)}, '\\1')"


def _hyphen(cell: str) -> str:
    return f"replace({cell}, {literal(_MINUS)}, '-')"
