"""One contract table of one file becomes staged rows and rejections."""

from collections import Counter
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field

import pyarrow as pa

from clove.engine.local import LocalEngine
from clove.intake.cells import literal, named
from clove.intake.checks import MALFORMED
from clove.intake.passes import Passes
from clove.intake.portfolio.headings import TableColumns
from clove.intake.portfolio.rules import judge_sql, loose_words
from clove.intake.portfolio.values import ValueEvidence, ValuePlan
from clove.intake.sources.parquet import ParquetTable
from clove.intake.sources.table import Chunk, Table
from clove.kernel.errors import InputRefused
from clove.ledger.contract_table import ContractTable

REJECTED = "intake_rejections"
"""Rejected rows while the files are read: which table of which file, row, rule, value, remedy, contract."""

_MALFORMED_LIMIT = 0.5  # of the rows; beyond it the table is not what its header says


def staged(table: ContractTable | str) -> str:
    """Name of the table in the engine while its rows are not yet compared with others."""
    return f"intake_{table if isinstance(table, str) else table.name}"


@dataclass(slots=True)
class ContractTableReader:
    """Reads one table into the engine's staged table of that name and into the rejections."""

    engine: LocalEngine
    table: Table
    contract_table: ContractTable
    columns: TableColumns
    file: int  # index of the table, from 0
    on_progress: Callable[[int], None]  # bytes read of this file
    values: ValueEvidence = field(init=False)
    rows: int = field(default=0, init=False)
    empty: int = field(default=0, init=False)
    malformed: int = field(default=0, init=False)
    unknown_words: Counter[str] = field(default_factory=Counter, init=False)  # column -> rows
    first_unknown: dict[str, str] = field(default_factory=dict, init=False)  # column -> a word that is none of ours
    mended: set[str] = field(default_factory=set, init=False)  # our names of columns with invisible characters

    def __post_init__(self) -> None:
        """Nothing is seen yet."""
        self.values = ValueEvidence.of(self.table, self.columns, self.contract_table)
        if isinstance(self.table, ParquetTable):
            self.table.kept = frozenset(self.columns.at[name] for name in self.values.typed)

    def read(self) -> None:
        """Fill the staged table and the rejections.

        Raises:
            InputRefused: The values of a column contradict each other or leave open how they are to be read, or most
                rows do not fit the header.
        """
        passes = Passes(self._pieces, self._look, self.values.plan, self._judge, self._conclude, self.forget)
        passes.run()

    def forget(self) -> None:
        """Take back what this table has put into the engine."""
        self.empty = 0
        self.unknown_words.clear()
        self.first_unknown.clear()
        for name in (staged(self.contract_table), REJECTED):
            self.engine.execute(f"DELETE FROM {name} WHERE file = $file", {"file": self.file})

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of how the table was read."""
        notes = [*self.table.notes, *self.values.notes()]
        notes += [f"invisible characters taken off {self.columns.headings[n]!r}" for n in sorted(self.mended)]
        if self.columns.period_from:
            notes.append(f"no columns for the month: it is that of {self.columns.headings[self.columns.period_from]!r}")
        if self.columns.passed_over:
            notes.append(f"columns passed over: {', '.join(map(repr, self.columns.passed_over))}")
        if self.empty:
            notes.append(f"{self.empty:,} empty row{'' if self.empty == 1 else 's'} passed over")
        return tuple(notes)

    def _pieces(self) -> Generator[tuple[Chunk, pa.Table], None, None]:
        with closing(self.table.chunks()) as chunks:
            for chunk in chunks:
                cells, mended = named(chunk, self.columns.at, ids=self.values.ids)
                self.mended |= mended
                yield chunk, cells
                self.on_progress(chunk.consumed)

    def _look(self, piece: tuple[Chunk, pa.Table]) -> None:
        chunk, cells = piece
        self.malformed += len(chunk.malformed)
        self.rows += chunk.cells.num_rows + len(chunk.malformed)
        with self.engine.view("incoming", cells):
            self.values.add(self.engine)

    def _conclude(self) -> ValuePlan:
        if self.malformed > _MALFORMED_LIMIT * self.rows:
            raise InputRefused(
                f"{self.malformed:,} of {self.rows:,} rows do not have the header's {len(self.table.headings)} cells",
                where=f"{self.table.label}, row {self.table.header_row}",
                remedy="Check the header line and the delimiter; quote cells that hold the delimiter",
            )
        return self.values.conclude()

    def _judge(self, piece: tuple[Chunk, pa.Table], plan: ValuePlan) -> None:
        """Put a piece into the engine's tables."""
        chunk, cells = piece
        query = judge_sql(self.contract_table, self.columns, plan, len(self.table.headings))
        with self.engine.view("incoming", cells):
            judged = self.engine.table(query)
        self.empty += chunk.cells.num_rows - judged.num_rows
        file = {"file": self.file}
        names = ", ".join(self.contract_table.schema.names)
        contract = "contract_id" if "contract_id" in self.columns.at else "CAST(NULL AS VARCHAR)"
        with self.engine.view("judged", judged):
            self.engine.execute(
                f"INSERT INTO {staged(self.contract_table)} BY NAME "
                f"SELECT {names}, CAST($file AS INTEGER) AS file, row FROM judged WHERE rule IS NULL",
                file,
            )
            self.engine.execute(
                f"INSERT INTO {REJECTED} SELECT CAST($file AS INTEGER), row, rule, value, remedy, {contract} "
                "FROM judged WHERE rule IS NOT NULL",
                file,
            )
            self._count_unknown_words()
        if chunk.malformed:
            rows, texts = zip(*chunk.malformed, strict=True)
            with self.engine.view("judged", pa.table({"row": pa.array(rows, pa.int64()), "value": texts})):
                self.engine.execute(
                    f"INSERT INTO {REJECTED} SELECT CAST($file AS INTEGER), row, {literal(MALFORMED.name)}, value, "
                    f"{literal(MALFORMED.remedy)}, NULL FROM judged",
                    file,
                )

    def _count_unknown_words(self) -> None:
        names = [column.name for column in loose_words(self.contract_table, self.columns)]
        if not names:
            return
        asked = ", ".join(f"count(unknown_{n}) AS {n}, min(unknown_{n}) AS {n}_first" for n in names)
        found = self.engine.table(f"SELECT {asked} FROM judged WHERE rule IS NULL").to_pylist()[0]
        for name in names:
            if found[name]:
                self.unknown_words[name] += found[name]
                self.first_unknown.setdefault(name, found[f"{name}_first"])
