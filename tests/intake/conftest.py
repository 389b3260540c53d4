from collections.abc import Callable

import pytest

from clove.engine.local import LocalEngine


@pytest.fixture
def rejections(engine: LocalEngine) -> Callable[[], list[tuple]]:
    """Row, rule and value of the rejected rows."""

    def get() -> list[tuple]:
        table = engine.table("SELECT row, rule, value FROM rejections ORDER BY file, row")
        return [tuple(line.values()) for line in table.to_pylist()]

    return get
