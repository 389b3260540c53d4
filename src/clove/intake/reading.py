"""One table becomes events and rejections, in one pass where its beginning tells the truth about the rest."""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta

import pyarrow as pa

from clove.engine.local import LocalEngine
from clove.intake.cells import literal, named, text_of
from clove.intake.checks import (
    AFTER_TODAY,
    BEFORE_1970,
    MALFORMED,
    NO_CUSTOMER,
    UNREADABLE_DATE,
    Plan,
    begins_with_c,
    judge_sql,
)
from clove.intake.columns import LINES, Columns
from clove.intake.dates import DateEvidence
from clove.intake.numbers import NumberEvidence
from clove.intake.sources.table import Chunk, Table
from clove.kernel.errors import InputRefused

_MALFORMED_LIMIT = 0.5  # of the rows; beyond it the table is not what its header says
_CANCELLED_LIMIT = 0.5  # of the rows with an order number, cancelled though nothing in them is negative


@dataclass(slots=True)
class _Ids:
    """What the ids of a column look like."""

    whole: bool = False  # some end in .0, as if they were numbers
    other: bool = False  # some do not


@dataclass(slots=True)
class TableReader:
    """Reads one table into the engine's tables `events`, `rejections` and `intake_keys`."""

    engine: LocalEngine
    table: Table
    columns: Columns
    file: int  # index of the table, from 0
    today: date
    on_progress: Callable[[int], None]  # bytes read of this file
    dates: DateEvidence = field(init=False)
    numbers: dict[str, NumberEvidence] = field(init=False)
    rows: int = field(default=0, init=False)
    empty: int = field(default=0, init=False)
    malformed: int = field(default=0, init=False)
    ids: dict[str, _Ids] = field(init=False)
    unsigned_cancellations: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Nothing is seen yet."""
        at, headings, where = self.columns.at, self.columns.headings, self.table.label
        self.dates = DateEvidence(headings["time"], where, self.columns.time_format, self.table.has_serials)
        self.numbers = {
            name: NumberEvidence(headings[name], where, name, self.columns.decimal.get(name, ""))
            for name in ("amount", "quantity", "price")
            if name in at
        }
        self.ids = {name: _Ids() for name in ("customer", "order") if name in at}

    def read(self) -> None:
        """Fill the tables.

        Raises:
            InputRefused: The values of a column contradict each other or leave open how they are to be read, or the
                rows do not fit the header.
        """
        settled: Plan | None = None
        again = False
        with closing(self._chunks()) as chunks:
            for chunk, cells in chunks:
                self._look(chunk, cells)
                plan = self._plan()
                if again or plan is None or (settled is not None and plan != settled):
                    again = True  # what follows changes how the beginning is to be read
                else:
                    settled = plan
                    self._judge(chunk, cells, plan)
        self._refuse_misfit()
        final = self._conclude()
        if again or (settled is not None and final != settled):
            self.forget()
            with closing(self._chunks()) as chunks:
                for chunk, cells in chunks:
                    self._judge(chunk, cells, final)

    def forget(self) -> None:
        """Take back what this table has put into the engine."""
        self.empty = 0
        for name in ("events", "intake_keys", "intake_rejections"):
            self.engine.execute(f"DELETE FROM {name} WHERE file = $file", {"file": self.file})

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of how the table was read."""
        notes = [*self.table.notes, *self.columns.notes, *self.dates.notes()]
        for evidence in self.numbers.values():
            notes += evidence.notes()
        notes += [f"'.0' taken off the ids in {self.columns.headings[n]!r}" for n in sorted(self._whole_ids())]
        if self.empty:
            notes.append(f"{self.empty:,} empty row{'' if self.empty == 1 else 's'} passed over")
        return tuple(notes)

    def _chunks(self) -> Generator[tuple[Chunk, pa.Table], None, None]:
        with closing(self.table.chunks()) as chunks:
            for chunk in chunks:
                yield chunk, named(chunk, self.columns.at)
                self.on_progress(chunk.consumed)

    def _look(self, chunk: Chunk, cells: pa.Table) -> None:
        """Gather what this piece says about how the columns are written."""
        at = self.columns.at
        self.malformed += len(chunk.malformed)
        self.rows += chunk.cells.num_rows + len(chunk.malformed)
        with self.engine.view("incoming", cells):
            for name, seen in self.ids.items():
                text = text_of(name)
                if not seen.other:
                    known = f"lower({text}) NOT IN ({', '.join(map(literal, NO_CUSTOMER))})"
                    whole = f"suffix({text}, '.0') AND regexp_full_match({text}, '[0-9]+[.]0')"
                    seen.other = bool(self._count(f"NOT ({whole}) AND {known}"))
                    seen.whole |= bool(self._count(whole))
            if "order" in at:
                sign = "quantity" if self.columns.layout == LINES else "amount"
                self.unsigned_cancellations += self._count(
                    f"{begins_with_c('order_text')} AND order_text[2] BETWEEN '0' AND '9' "
                    f"AND {text_of(sign)}[1] BETWEEN '1' AND '9'"
                )
            self.dates.add(self.engine)
            for evidence in self.numbers.values():
                evidence.add(self.engine)

    def _count(self, condition: str) -> int:
        found: int = self.engine.table(f"SELECT count(*) AS n FROM incoming WHERE {condition}")["n"][0].as_py()
        return found

    def _plan(self) -> Plan | None:
        """How to read what was seen so far; None while that is open."""
        time = self.dates.plan()
        numbers = [(name, evidence.plan()) for name, evidence in self.numbers.items()]
        known = tuple((name, plan) for name, plan in numbers if plan is not None)
        if time is None or len(known) < len(numbers):
            return None
        return Plan(self.columns, len(self.table.headings), time, known, self._whole_ids())

    def _conclude(self) -> Plan:
        numbers = tuple((name, evidence.conclude()) for name, evidence in self.numbers.items())
        return Plan(self.columns, len(self.table.headings), self.dates.conclude(), numbers, self._whole_ids())

    def _whole_ids(self) -> frozenset[str]:
        return frozenset(name for name, seen in self.ids.items() if seen.whole and not seen.other)

    def _judge(self, chunk: Chunk, cells: pa.Table, plan: Plan) -> None:
        """Put a piece into the engine's tables."""
        with self.engine.view("incoming", cells):
            judged = self.engine.table(judge_sql(plan), {"tomorrow": self.today + timedelta(days=1)})
        self.empty += chunk.cells.num_rows - judged.num_rows
        file = {"file": self.file}
        with self.engine.view("judged", judged):
            for statement in (_EVENTS, _KEYS, _REJECTIONS):
                self.engine.execute(statement, file)
        if chunk.malformed:
            rows, texts = zip(*chunk.malformed, strict=True)
            with self.engine.view("judged", pa.table({"row": pa.array(rows, pa.int64()), "value": texts})):
                self.engine.execute(_MALFORMED, file)

    def _refuse_misfit(self) -> None:
        """A header that most rows do not fit, or a mark of cancellations that marks ordinary orders."""
        if not self.rows:
            raise InputRefused(
                "the table has a header and no rows", where=self.table.label, remedy="Export the orders again"
            )
        if self.malformed > _MALFORMED_LIMIT * self.rows:
            raise InputRefused(
                f"{self.malformed:,} of {self.rows:,} rows do not have the header's {len(self.table.headings)} cells",
                where=f"{self.table.label}, row {self.table.header_row}",
                remedy="Check the header line and the delimiter; quote cells that hold the delimiter",
            )
        if self.unsigned_cancellations > _CANCELLED_LIMIT * self.rows:
            raise InputRefused(
                f"{self.unsigned_cancellations:,} of {self.rows:,} order numbers begin with C and a digit, which marks "
                "cancellations, yet their values are those of sales",
                where=self.table.label,
                remedy="Change the prefix of the order numbers, or leave them out with --map order=",
            )


_EVENTS = """
INSERT INTO events BY NAME
SELECT CASE WHEN is_return THEN 'return' ELSE 'purchase' END AS kind, customer_id,
       coalesce(order_id, '#' || $file || ':' || row) AS order_id, time, amount, item, quantity, country, is_product,
       CAST($file AS INTEGER) AS file, row
FROM judged WHERE rule IS NULL"""

# rows that come as far as the rule of exact duplicates
_KEYS = f"""
INSERT INTO intake_keys
SELECT CAST($file AS INTEGER), row, key_a, key_b FROM judged
WHERE NOT is_return AND order_id IS NOT NULL
  AND (rule IS NULL OR rule IN ({", ".join(literal(r.name) for r in (UNREADABLE_DATE, BEFORE_1970, AFTER_TODAY))}))"""

_REJECTIONS = """
INSERT INTO intake_rejections
SELECT CAST($file AS INTEGER), row, rule, value FROM judged WHERE rule IS NOT NULL"""

_MALFORMED = (
    f"INSERT INTO intake_rejections SELECT CAST($file AS INTEGER), row, {literal(MALFORMED.name)}, value FROM judged"
)
