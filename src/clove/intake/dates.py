"""Dates as people and machines write them; day or month first is decided over the whole column."""

import re
from dataclasses import dataclass, field
from functools import cache

from clove.engine.local import LocalEngine
from clove.intake.cells import literal, text_of, values_at
from clove.intake.verdict import Votes
from clove.kernel.errors import InputRefused

_DIGITS = str.maketrans("012345678", "999999999")
_CLOCK = r"(?P<clock>9{1,2}:99(?P<seconds>:99(?P<fraction>\.9{1,9})?)?(?P<half> ?[AaPp][Mm])?)"
_OFFSET = r" ?(?:Z|z|UTC|[+-]99(?::?99)?)"
_ISO = re.compile(rf"9999([-/.])9{{1,2}}\1 ?9{{1,2}}(?:(?P<t>T| +){_CLOCK}(?P<offset>{_OFFSET})?)?")
_COMPACT = re.compile(rf"99999999(?:(?P<t>T| +){_CLOCK})?|9{{14}}")
_NUMERIC = re.compile(rf"9{{1,2}}(?P<sep>[-/.])9{{1,2}}(?P=sep)(?P<year>9999|99)(?:(?P<t>T|,? +){_CLOCK})?")
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_MONTH = rf"(?P<month>{_MONTHS}|jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec)"
_WEEKDAY = (
    r"(?:(?P<weekday>monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|wed|thu|fri|sat|sun)(?P<w>,? ))?"
)
_BEHIND = rf"(?P<year>9999|99)(?:(?P<t>,? +){_CLOCK}(?: (?P<zone>[+-]99:?99|GMT|UTC|Z))?)?"
_NAMED = (
    re.compile(rf"{_WEEKDAY}9{{1,2}}(?P<a>[-/. ]|\. ){_MONTH}(?P<b>[-/. ]|, ){_BEHIND}", re.IGNORECASE),
    re.compile(rf"{_WEEKDAY}{_MONTH}(?P<a>[-/. ]|\. )9{{1,2}}(?P<b>[-/. ]|, ){_BEHIND}", re.IGNORECASE),
)
_EPOCH = re.compile(r"9{10}|9{13}")
_SERIAL = re.compile(r"9{5}(?:\.9+)?")
_DIRECTIVE = re.compile(r"%-?[YymdHIMSfpbBzjaA]|%%")

DAY_FIRST, MONTH_FIRST, YEAR_FIRST = 1, 2, 4
_ORDERS = {DAY_FIRST: "dmY", MONTH_FIRST: "mdY", YEAR_FIRST: "Ymd"}
_WORDS = {DAY_FIRST: "day/month/year", MONTH_FIRST: "month/day/year", YEAR_FIRST: "year/month/day"}


@dataclass(frozen=True, slots=True)
class DatePlan:
    """How a column of dates is read. Plain ISO is always read as such."""

    given: str = ""  # a format that a person gave; then nothing else counts
    formats: tuple[str, ...] = ()  # for strptime
    zoned: tuple[str, ...] = ()  # the same with an offset from UTC; in one list, others would take on its last offset
    iso: bool = False  # ISO with slashes, short parts and the like
    offsets: bool = False  # ISO with an offset from UTC
    compact: bool = False  # YYYYMMDD
    epochs: bool = False  # seconds or milliseconds since 1970 in UTC
    serials: bool = False  # a spreadsheet's days since 1899-12-30

    def expression(self, cell: str) -> str:
        """SQL for the time of a trimmed cell: a timestamp without zone, or null where it is no date."""
        if self.given:
            return f"make_timestamp(epoch_us(try_strptime({cell}, {literal(self.given)})))"
        others = []
        if self.offsets:
            others.append(_offset(cell))
        if self.iso:
            others.append(
                f"CASE WHEN regexp_full_match({cell}, '[0-9]{{4}}[-/.][0-9]{{1,2}}[-/.][0-9]{{1,2}}([T ]+[0-9:.]+)?') "
                f"THEN TRY_CAST(regexp_replace({cell}, '^(....)[-/.](..?)[-/.]', '\\1-\\2-') AS TIMESTAMP) END"
            )
        if self.compact:
            others.append(
                f"CASE WHEN regexp_matches({cell}, '^([0-9]{{8}}|[0-9]{{14}})([T ]|$)') THEN try_strptime("
                f"replace({cell}, 'T', ' '), ['%Y%m%d', '%Y%m%d %H:%M', '%Y%m%d %H:%M:%S', '%Y%m%d%H%M%S']) END"
            )
        if self.epochs:
            others.append(
                f"CASE WHEN regexp_full_match({cell}, '1([0-9]{{9}}|[0-9]{{12}})') THEN make_timestamp("
                f"TRY_CAST({cell} AS BIGINT) * CASE length({cell}) WHEN 10 THEN 1000000 ELSE 1000 END) END"
            )
        if self.serials:
            others.append(
                f"CASE WHEN regexp_full_match({cell}, '[0-9]{{5}}([.][0-9]+)?') THEN make_timestamp("
                f"CAST(round((TRY_CAST({cell} AS DOUBLE) - 25569) * 86400) AS BIGINT) * 1000000) END"
            )
        for forms in (self.formats, self.zoned):
            if forms:
                found = f"try_strptime({cell}, [{', '.join(literal(form) for form in forms)}])"
                others.append(f"make_timestamp(epoch_us({found}))")
        rest = f" ELSE coalesce({', '.join([*others, 'NULL'])})" if others else ""
        return f"CASE WHEN {_plain(cell)} THEN TRY_CAST({cell} AS TIMESTAMP){rest} END"


@dataclass(frozen=True, slots=True)
class _Reading:
    """How values of one shape are read."""

    kind: str  # a field of DatePlan
    formats: dict[int, str] = field(default_factory=dict)  # order of the parts -> format


def is_date(text: str, *, serials: bool = False, epochs: bool = False) -> bool:
    """Whether a cell looks like a date, whatever the order of its parts; bare counts are dates only where allowed."""
    bare = text.strip()
    reading = _reading(_shape(bare))
    allowed = {"serials": serials, "epochs": epochs and bare.startswith("1")}
    return reading is not None and allowed.get(reading.kind, True)


def is_format(text: str) -> bool:
    """Whether a person's format is one that strptime takes."""
    named = set(_DIRECTIVE.findall(text.replace("%-", "%")))
    day = "%j" in named or ("%d" in named and named & {"%m", "%b", "%B"})
    return bool(day and named & {"%Y", "%y"}) and "%" not in _DIRECTIVE.sub("", text)


@dataclass(slots=True)
class DateEvidence:
    """What the values of one column say about how they are written, gathered piece by piece."""

    heading: str
    where: str
    given: str  # a format that a person gave, or empty
    serials: bool  # whether bare numbers may be a spreadsheet's dates
    name: str = "time"  # our name of the column
    mapped: str = "time"  # what --map calls it
    votes: Votes = field(default_factory=Votes)
    readings: dict[str, _Reading] = field(default_factory=dict)  # shape -> reading
    plain: bool = False  # some value is plain ISO

    def add(self, engine: LocalEngine) -> None:
        """Look at the values in `incoming`."""
        if self.given:
            return
        cell = text_of(self.name)
        shapes = engine.table(
            f"""
            SELECT CASE WHEN {_plain(cell)} THEN ''
                        ELSE translate({cell}, '012345678', '999999999') END AS shape
            FROM incoming WHERE {cell} <> '' GROUP BY shape ORDER BY count(*) DESC, shape LIMIT {_MOST_SHAPES}"""
        )["shape"].to_pylist()
        self.plain |= "" in shapes
        found = {shape: reading for shape in shapes if shape and (reading := _reading(shape))}
        self.readings |= {s: r for s, r in found.items() if self.serials or r.kind != "serials"}
        if any(len(reading.formats) > 1 for reading in found.values()):
            self._vote(engine)

    def _vote(self, engine: LocalEngine) -> None:
        """Which orders of day, month and year the numeric dates allow."""
        cell = text_of(self.name)
        part = [f"TRY_CAST(regexp_extract({cell}, '{_THREE}', {i}) AS INT)" for i in (1, 2, 3)]
        seen = engine.table(
            f"""
            SELECT mask, same, min(row) AS row FROM (
                SELECT row, a = b AND (NOT short OR a = c) AS same,
                       CASE WHEN a BETWEEN 1 AND 31 AND b BETWEEN 1 AND 12 THEN {DAY_FIRST} ELSE 0 END
                     + CASE WHEN a BETWEEN 1 AND 12 AND b BETWEEN 1 AND 31 THEN {MONTH_FIRST} ELSE 0 END
                     + CASE WHEN short AND b BETWEEN 1 AND 12 AND c BETWEEN 1 AND 31 THEN {YEAR_FIRST} ELSE 0 END
                       AS mask
                FROM (SELECT row, {part[0]} AS a, {part[1]} AS b, {part[2]} AS c,
                             regexp_matches({cell}, '^[0-9]+-[0-9]+-[0-9]{{2}}([^0-9]|$)') AS short
                      FROM incoming WHERE regexp_matches({cell}, '{_THREE}')))
            GROUP BY mask, same"""
        ).to_pylist()
        values = values_at(engine, cell, [line["row"] for line in seen])
        for line in seen:
            self.votes.add(line["mask"], line["row"], values[line["row"]], indifferent=line["same"])

    def plan(self) -> DatePlan | None:
        """How to read what was seen so far; None while that is open or contradictory."""
        if self.given:
            return DatePlan(given=self.given)
        if self.votes.contradiction or self.votes.undecided:
            return None
        order = self._order()
        kinds = {reading.kind for reading in self.readings.values()}
        formats = {r.formats.get(order) or r.formats.get(0) for r in self.readings.values() if r.formats}
        # two-digit years first: %Y would read "10" as the year 10
        ranked = sorted((f for f in formats if f), key=lambda f: ("%Y" in f, f))
        return DatePlan(
            formats=tuple(f for f in ranked if "%z" not in f),
            zoned=tuple(f for f in ranked if "%z" in f),
            iso="iso" in kinds,
            offsets="offsets" in kinds,
            compact="compact" in kinds,
            epochs="epochs" in kinds,
            serials="serials" in kinds,
        )

    def conclude(self) -> DatePlan:
        """How to read the whole column.

        Raises:
            InputRefused: Some values have the day first and others the month, or nothing tells which it is.
        """
        plan = self.plan()
        if plan is not None:
            return plan
        if clash := self.votes.contradiction:
            one, other = clash
            raise InputRefused(
                f"mixed date formats in column {self.heading!r}: {one.value!r} in row {one.row} and "
                f"{other.value!r} in row {other.row} cannot both be right in one order of day and month",
                where=self.where,
                remedy="Write the dates in one way, best as YYYY-MM-DD",
            )
        doubt = self.votes.undecided
        value, row = (doubt.value, doubt.row) if doubt else ("", 0)
        reading = _reading(_shape(value))
        formats = list(reading.formats.values()) if reading else []
        raise InputRefused(
            f"ambiguous dates in column {self.heading!r}: {value!r} can have the day or the month first, "
            "and no value tells which",
            where=f"{self.where}, row {row}",
            remedy="Say which with " + " or ".join(f'--map "{self.mapped}={self.heading}:{f}"' for f in formats),
        )

    def notes(self) -> list[str]:
        """What a person should know of the reading."""
        kinds = {reading.kind for reading in self.readings.values()}
        found = []
        if self.given:
            found.append(f"dates read with the given format {self.given}")
        if self.votes.common > 0:
            iso = ", beside ISO dates" if self.plain or "iso" in kinds else ""
            found.append(f"dates read as {_WORDS[self._order()]}{iso}")
        if "offsets" in kinds or any("%z" in form for r in self.readings.values() for form in r.formats.values()):
            found.append("times with an offset turned into UTC")
        if "epochs" in kinds:
            found.append("seconds or milliseconds since 1970 read as times in UTC")
        if "serials" in kinds:
            found.append("day counts of the spreadsheet read as dates")
        return found

    def _order(self) -> int:
        common = self.votes.common
        return common & -common if common > 0 else DAY_FIRST


_MOST_SHAPES = 500
_THREE = "^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4}|[0-9]{2})([T, ][0-9:., apmAPM]*)?$"


def _plain(cell: str) -> str:
    """Whether a cell is a date or local time as ISO 8601 writes it, with a space or a T."""
    forms = (f"____-__-__{clock}" for clock in ("", "___:__", "___:__:__", "___:__:__.___", "___:__:__.______"))
    formed = " OR ".join(f"{cell} LIKE {literal(form)}" for form in forms)
    return f"(({formed}) AND TRY_CAST({cell} AS TIMESTAMP) IS NOT NULL)"


def _offset(cell: str) -> str:
    """SQL for ISO with an offset: seconds and a fourth digit of the offset are put where they are missing."""
    full = f"regexp_replace(replace(replace({cell}, 'z', 'Z'), '/', '-'), ' *(UTC|Z)$', '+00')"
    full = f"regexp_replace({full}, '([T ][0-9]{{1,2}}:[0-9]{{2}}) *([+-])', '\\1:00\\2')"
    full = f"regexp_replace({full}, ' +([+-])', '\\1')"
    shaped = f"regexp_full_match({full}, '[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}[T ]+[0-9:.]+[+-][0-9:]+')"
    return f"CASE WHEN {shaped} THEN make_timestamp(epoch_us(TRY_CAST({full} AS TIMESTAMPTZ))) END"


def _shape(text: str) -> str:
    return text.translate(_DIGITS)


@cache
def _reading(shape: str) -> _Reading | None:
    """How values of this shape are read; None where it is no date."""
    if match := _ISO.fullmatch(shape):
        if match["half"]:
            return None
        return _Reading("offsets" if match["offset"] else "iso")
    if match := _COMPACT.fullmatch(shape):
        return None if match["half"] else _Reading("compact")
    if match := _NUMERIC.fullmatch(shape):
        sep, clock = match["sep"], _clock(match)
        orders = _ORDERS if sep == "-" and match["year"] == "99" else {k: _ORDERS[k] for k in (DAY_FIRST, MONTH_FIRST)}
        year = "Y" if match["year"] == "9999" else "y"
        return _Reading(
            "formats",
            {key: sep.join(f"%{c}" for c in order.replace("Y", year)) + clock for key, order in orders.items()},
        )
    for first, form in enumerate(_NAMED):
        if match := form.fullmatch(shape):
            return _Reading("formats", {0: _named_format(match, day_first=first == 0)})
    bare = "epochs" if _EPOCH.fullmatch(shape) else "serials" if _SERIAL.fullmatch(shape) else ""
    return _Reading(bare) if bare else None


def _named_format(match: re.Match[str], *, day_first: bool) -> str:
    """The format of a date with the name of a month."""
    weekday = ("%a" if len(match["weekday"]) == 3 else "%A") + match["w"] if match["weekday"] else ""
    month = "%b" if len(match["month"]) == 3 else "%B"
    one, two = ("%d", month) if day_first else (month, "%d")
    year = "%Y" if match["year"] == "9999" else "%y"
    zone = f" {match['zone'] if match['zone'].isalpha() else '%z'}" if match["zone"] else ""
    return f"{weekday}{one}{match['a']}{two}{match['b']}{year}{_clock(match)}{zone}"


def _clock(match: re.Match[str]) -> str:
    """The format of the time of day."""
    if not match["clock"]:
        return ""
    hour = "%I:%M" if match["half"] else "%H:%M"
    seconds = ":%S" if match["seconds"] else ""
    if fraction := match["fraction"]:
        seconds += ".%f" if len(fraction) <= len(".999999") else ".%n"
    half = match["half"].replace(match["half"].strip(), "%p") if match["half"] else ""
    return f"{match['t']}{hour}{seconds}{half}"
