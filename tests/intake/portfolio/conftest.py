"""A folder of contract tables, written as text."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from clove.engine.local import LocalEngine
from clove.intake.portfolio.mapping import PortfolioMap
from clove.intake.portfolio.read import read_portfolio
from clove.intake.portfolio.result import PortfolioReading

TODAY = date(2026, 11, 20)


@pytest.fixture
def portfolio(engine: LocalEngine, tmp_path: Path) -> Callable[..., PortfolioReading]:
    """Read tables given as text by name; that no row is lost is checked each time."""

    def run(columns: str = "", as_of: date | None = None, today: date = TODAY, **tables: str) -> PortfolioReading:
        for name, text in tables.items():
            (tmp_path / f"{name}.csv").write_text(text)
        mapping = PortfolioMap.parse(columns) if columns else None
        found = read_portfolio(tmp_path, engine, mapping=mapping, today=today, as_of=as_of)
        for table in found.tables:
            assert table.rows == table.kept + table.rejected
        rejected = engine.table("SELECT count(*) AS n FROM rejections")["n"][0].as_py()
        assert rejected == sum(rows for _, rows, _ in found.rejected) == sum(t.rejected for t in found.tables)
        return found

    return run


@pytest.fixture
def rows(engine: LocalEngine) -> Callable[..., list[tuple]]:
    """Some columns of a table or view, by file and row."""

    def get(table: str, *columns: str) -> list[tuple]:
        found = engine.table(f"SELECT {', '.join(columns)} FROM {table} ORDER BY file, row")
        return [tuple(line.values()) for line in found.to_pylist()]

    return get
