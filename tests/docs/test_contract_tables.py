"""The page of contract tables is the one that the code writes."""

from pathlib import Path

import pytest

from clove.ledger.contracts import TABLES
from clove.reports.contract_tables import rules_markdown, tables_markdown

PAGE = Path(__file__).parents[2] / "docs" / "methods" / "contract-tables.md"


@pytest.mark.parametrize(("name", "written"), [("rules", rules_markdown), ("tables", tables_markdown)])
def test_the_page_is_current(name, written):
    text = PAGE.read_text(encoding="utf-8").split(f"<!-- {name} -->\n")[1].split("\n<!-- end -->")[0]
    assert text == written(), "run tools/contract_tables.py"


def test_every_column_stands_on_the_page():
    text = tables_markdown()
    for table in TABLES.values():
        section = text.split(f"### {table.name}\n")[1].split("### ")[0]
        assert all(f"`{name}`" in section for name in table.schema.names)
