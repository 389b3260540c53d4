"""One table becomes events and rejections, in one pass where its beginning tells the truth about the rest."""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, time

import pyarrow as pa

from clove.engine.local import LocalEngine
from clove.intake.cells import literal, named, text_of
from clove.intake.checks import (
    AFTER_TODAY,
    BEFORE_1970,
    MALFORMED,
    UNREADABLE_DATE,
    Plan,
    judge_sql,
)
from clove.intake.columns import Columns
from clove.intake.currencies import CurrencyEvidence
from clove.intake.dates import DateEvidence
from clove.intake.filling import FillDown
from clove.intake.ids import IdEvidence
from clove.intake.numbers import NumberEvidence
from clove.intake.passes import Passes
from clove.intake.sources.table import Chunk, Table
from clove.intake.statuses import StatusEvidence
from clove.kernel.errors import InputRefused

_MALFORMED_LIMIT = 0.5  # of the rows; beyond it the table is not what its header says
_UNSIGNED_LIMIT = 0.1  # of the rows; beyond it the orders are more likely numbered so than cancelled


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
    unsigned: int = field(default=0, init=False)  # returns by their order number, with the value of a sale
    ids: IdEvidence = field(init=False)
    currencies: CurrencyEvidence = field(init=False)
    statuses: StatusEvidence = field(init=False)
    mended: set[str] = field(default_factory=set, init=False)  # our names of columns with invisible characters

    def __post_init__(self) -> None:
        """Nothing is seen yet."""
        at, headings, where = self.columns.at, self.columns.headings, self.table.label
        self.dates = DateEvidence(headings["time"], where, self.columns.time_format, self.table.has_serials)
        self.numbers = {
            name: NumberEvidence(headings[name], where, name, self.columns.decimal.get(name, ""))
            for name in ("amount", "quantity", "price")
            if name in at
        }
        self.ids = IdEvidence(headings)
        self.currencies = CurrencyEvidence(self.columns, where)
        self.statuses = StatusEvidence(self.columns)

    def read(self) -> None:
        """Fill the tables.

        Raises:
            InputRefused: The values of a column contradict each other or leave open how they are to be read, or the
                rows do not fit the header.
        """
        Passes(self._chunks, self._look, self._plan, self._judge, self._conclude, self.forget).run()
        self._refuse_unsigned()

    def forget(self) -> None:
        """Take back what this table has put into the engine."""
        self.empty = self.unsigned = 0
        for name in ("events", "intake_keys", "intake_rejections"):
            self.engine.execute(f"DELETE FROM {name} WHERE file = $file", {"file": self.file})

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of how the table was read."""
        notes = [*self.table.notes, *self.columns.notes, *self.dates.notes()]
        for evidence in self.numbers.values():
            notes += evidence.notes()
        notes += [*self.ids.notes(), *self.currencies.notes(self.rows), *self.statuses.notes()]
        notes += [f"invisible characters taken off {self.columns.headings[n]!r}" for n in sorted(self.mended)]
        if self.unsigned:
            what = (
                "1 order number begins with C and has a positive value: taken as a cancellation"
                if self.unsigned == 1
                else f"{self.unsigned:,} order numbers begin with C and have positive values: taken as cancellations"
            )
            notes.append(what)
        if self.empty:
            notes.append(f"{self.empty:,} empty row{'' if self.empty == 1 else 's'} passed over")
        return tuple(notes)

    def _chunks(self) -> Generator[tuple[Chunk, pa.Table], None, None]:
        filled = tuple(map(text_of, self.columns.filled))
        filling = FillDown(text_of("order"), filled) if filled else None
        with closing(self.table.chunks()) as chunks:
            for chunk in chunks:
                cells, mended = named(chunk, self.columns.at, filling)
                self.mended |= mended
                yield chunk, cells
                self.on_progress(chunk.consumed)

    def _look(self, piece: tuple[Chunk, pa.Table]) -> None:
        """Gather what this piece says about how the columns are written."""
        chunk, cells = piece
        self.malformed += len(chunk.malformed)
        self.rows += chunk.cells.num_rows + len(chunk.malformed)
        with self.engine.view("incoming", cells):
            self.ids.add(self.engine)
            self.dates.add(self.engine)
            for evidence in self.numbers.values():
                evidence.add(self.engine)
            self.currencies.add(self.engine, marked=self.numbers[self.currencies.money].stripped)
            self.statuses.add(self.engine)

    def _plan(self) -> Plan | None:
        """How to read what was seen so far; None while that is open."""
        time = self.dates.plan()
        numbers = [(name, evidence.plan()) for name, evidence in self.numbers.items()]
        known = tuple((name, plan) for name, plan in numbers if plan is not None)
        if time is None or len(known) < len(numbers):
            return None
        return Plan(self.columns, len(self.table.headings), time, known, self.ids.plan())

    def _conclude(self) -> Plan:
        self._refuse_misfit()
        self.currencies.code(self.rows)  # refuses several
        numbers = tuple((name, evidence.conclude()) for name, evidence in self.numbers.items())
        return Plan(self.columns, len(self.table.headings), self.dates.conclude(), numbers, self.ids.plan())

    def _judge(self, piece: tuple[Chunk, pa.Table], plan: Plan) -> None:
        """Put a piece into the engine's tables."""
        chunk, cells = piece
        with self.engine.view("incoming", cells):
            judged = self.engine.table(judge_sql(plan), {"end": datetime.combine(self.today, time.max)})
        self.empty += chunk.cells.num_rows - judged.num_rows
        file = {"file": self.file}
        with self.engine.view("judged", judged):
            for statement in (_EVENTS, _KEYS, _REJECTIONS):
                self.engine.execute(statement, file)
            self.unsigned += self.engine.table(_UNSIGNED)["n"][0].as_py()
        if chunk.malformed:
            rows, texts = zip(*chunk.malformed, strict=True)
            with self.engine.view("judged", pa.table({"row": pa.array(rows, pa.int64()), "value": texts})):
                self.engine.execute(_MALFORMED, file)

    def _refuse_misfit(self) -> None:
        """A header without rows, or one that most rows do not fit."""
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

    def _refuse_unsigned(self) -> None:
        """A mark of cancellations that marks ordinary orders."""
        rows = self.rows - self.empty
        if self.unsigned > _UNSIGNED_LIMIT * rows:
            raise InputRefused(
                f"{self.unsigned:,} of {rows:,} order numbers begin with C and a digit, which marks cancellations, "
                "yet their values are those of sales",
                where=self.table.label,
                remedy="Change the prefix of the order numbers, or leave them out with --map order=; "
                "if they are cancellations, give them negative values",
            )


_EVENTS = """
INSERT INTO events BY NAME
SELECT CASE WHEN is_return THEN 'return' ELSE 'purchase' END AS kind, customer_id,
       coalesce(order_id, '#' || $file || ':' || row) AS order_id, time, amount, item, quantity, country, channel,
       category, is_product, CAST($file AS INTEGER) AS file, row
FROM judged WHERE rule IS NULL"""

# rows that come as far as the rule of exact duplicates
_KEYS = f"""
INSERT INTO intake_keys
SELECT CAST($file AS INTEGER), row, key_a, key_b, is_return FROM judged
WHERE order_id IS NOT NULL
  AND (rule IS NULL OR rule IN ({", ".join(literal(r.name) for r in (UNREADABLE_DATE, BEFORE_1970, AFTER_TODAY))}))"""

_UNSIGNED = "SELECT count(*) AS n FROM judged WHERE is_unsigned AND rule IS NULL"

_REJECTIONS = """
INSERT INTO intake_rejections
SELECT CAST($file AS INTEGER), row, rule, value FROM judged WHERE rule IS NOT NULL"""

_MALFORMED = (
    f"INSERT INTO intake_rejections SELECT CAST($file AS INTEGER), row, {literal(MALFORMED.name)}, value FROM judged"
)
