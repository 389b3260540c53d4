"""A portfolio is simulated at the command and read back whole."""

import json
from datetime import date

import pytest

from clove.engine.local import LocalEngine
from clove.intake.portfolio.read import read_portfolio
from clove.ledger.contracts import TABLES


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_a_simulated_portfolio_is_read_without_a_rejection(clove, tmp_path, file_format):
    out = tmp_path / "portfolio"
    done = clove("simulate", "contracts", "--contracts", 400, "--seed", 2, "--out", out, "--format", file_format)
    assert done.returncode == 0, done.stderr
    assert "400 contracts" in done.stdout
    said = json.loads((out / "parameters.json").read_text())
    with LocalEngine.open() as engine:
        reading = read_portfolio(out, engine, mapping=None, today=date(2026, 11, 20))
    assert reading.present == set(TABLES)
    assert all(table.rejected == 0 for table in reading.tables)
    assert reading.contracts == said["contracts"] == 400
    assert reading.as_of == date.fromisoformat(said["as_of"])
    assert not any(reading.held.values())
    assert reading.currency == said["workspace_currency"]


def test_what_cannot_be_simulated_is_said(clove, tmp_path):
    done = clove("simulate", "contracts", "--contracts", 0, "--out", tmp_path / "none")
    assert done.returncode == 2
    assert "--contracts" in done.stderr
    assert not (tmp_path / "none").exists()
