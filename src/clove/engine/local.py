"""DuckDB inside the process; what does not fit in memory spills to a temporary folder."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import duckdb
import pyarrow as pa

from clove.kernel.errors import InputRefused, NotEnoughData

BATCH_ROWS = 122_880  # one DuckDB row group


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """One private database. Use as `with LocalEngine.open() as engine`."""

    connection: duckdb.DuckDBPyConnection

    @classmethod
    @contextmanager
    def open(cls, *, memory_limit: str = "", threads: int = 0, spill: Path | None = None) -> Iterator[Self]:
        """A database for one job, dropped with its spilled data at the end.

        Args:
            memory_limit: Such as `"1GiB"`; empty leaves the choice to DuckDB.
            threads: 0 takes every core.
            spill: Folder for data that outgrows the memory; the system's temporary folder by default.
        """
        with tempfile.TemporaryDirectory(prefix="clove-", dir=spill) as folder:
            config: dict[str, str | bool | int | float | list[str]] = {
                "temp_directory": folder,
                "threads": threads or os.cpu_count() or 1,
                # no extension is fetched and no file is opened but those that we hand over as Arrow
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
            if memory_limit:
                config["memory_limit"] = memory_limit
            connection = duckdb.connect(":memory:", config=config)
            try:
                connection.execute("SET TimeZone = 'UTC'")  # no setting of `connect`: it belongs to an extension
                yield cls(connection)
            finally:
                connection.close()

    def execute(self, sql: str, parameters: Mapping[str, object] | None = None) -> None:
        """Run a statement for its effect; parameters are bound by name (`$as_of`)."""
        with self._failures_named():
            self.connection.execute(sql, dict(parameters) if parameters else None)

    def table(self, sql: str, parameters: Mapping[str, object] | None = None) -> pa.Table:
        """Run a query and hold the whole answer."""
        with self._failures_named():
            return self.connection.execute(sql, dict(parameters) if parameters else None).to_arrow_table()

    def batches(self, sql: str, parameters: Mapping[str, object] | None = None) -> pa.RecordBatchReader:
        """Run a query and hand out the answer piece by piece."""
        with self._failures_named():
            return self.connection.execute(sql, dict(parameters) if parameters else None).to_arrow_reader(BATCH_ROWS)

    def load(self, name: str, rows: pa.RecordBatchReader | pa.Table, *, append: bool = False) -> None:
        """Store Arrow rows as a table; appended to the one of that name, or replacing it."""
        source = f"incoming_{name}"
        self.connection.register(source, rows)
        try:
            with self._failures_named():
                self.connection.execute(
                    f"INSERT INTO {name} BY NAME SELECT * FROM {source}"
                    if append
                    else f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM {source}"
                )
        finally:
            self.connection.unregister(source)

    @contextmanager
    def view(self, name: str, frame: object) -> Iterator[None]:
        """Let SQL read a caller's pandas, polars, Arrow or DuckDB data in place, without a copy.

        Raises:
            InputRefused: It is no table, or a column has a type that SQL does not know.
        """
        if isinstance(frame, duckdb.DuckDBPyRelation):
            frame = frame.to_arrow_table()
        try:
            self.connection.register(name, frame)
            self.connection.execute(f"SELECT * FROM {name} LIMIT 0")
        except duckdb.Error as error:
            raise InputRefused(
                f"the table cannot be read ({error})",
                where="frame",
                remedy="Convert that column to text, numbers or times",
            ) from error
        try:
            yield
        finally:
            self.connection.unregister(name)

    @contextmanager
    def _failures_named(self) -> Iterator[None]:
        try:
            yield
        except duckdb.OutOfMemoryException as error:
            raise NotEnoughData(
                f"the work needs more memory or temporary disk space than it was given ({error})",
                remedy="Raise CLOVE_MEMORY_LIMIT, or point CLOVE_SPILL_FOLDER at a larger disk",
            ) from error
        except (duckdb.ConversionException, duckdb.OutOfRangeException) as error:
            raise InputRefused(
                f"a value is too large to be added up exactly ({error})",
                remedy="Correct it; amounts and quantities have to be below a million million",
            ) from error
        except RuntimeError as error:
            if str(error) == "Query interrupted":  # so DuckDB calls the Ctrl-C that it has caught
                raise KeyboardInterrupt from error
            raise
