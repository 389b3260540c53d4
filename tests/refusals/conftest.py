from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from clove.engine.local import LocalEngine
from clove.intake.mapping import ColumnMap
from clove.intake.read import Intake, read

TODAY = date(2026, 11, 20)


@pytest.fixture
def engine() -> Iterator[LocalEngine]:
    with LocalEngine.open(threads=1) as opened:
        yield opened


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """A file with this content: text, or bytes as they are."""

    def make(content: str | bytes, name: str = "orders.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return make


@pytest.fixture
def take(engine: LocalEngine, write: Callable[..., Path]) -> Callable[..., Intake]:
    """Read one file with this content; the identity of the counts is checked each time."""

    def run(content: str | bytes, name: str = "orders.csv", columns: str = "") -> Intake:
        found = read(engine, [write(content, name)], mapping=ColumnMap.parse(columns) if columns else None, today=TODAY)
        assert found.rows_read == found.purchases + found.returns + sum(rows for _, rows, _ in found.rejected)
        return found

    return run


@pytest.fixture
def events(engine: LocalEngine) -> Callable[..., list[tuple]]:
    """Some columns of the events, by row."""

    def get(*columns: str) -> list[tuple]:
        table = engine.table(f"SELECT {', '.join(columns)} FROM events ORDER BY file, row")
        return [tuple(line.values()) for line in table.to_pylist()]

    return get
