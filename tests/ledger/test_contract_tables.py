"""The tables of contracts say of themselves what is so."""

import pyarrow as pa
import pytest

from clove.ledger.contract_columns import PERIOD_END, START
from clove.ledger.contract_table import Kind
from clove.ledger.contracts import TABLES
from clove.ledger.countries import COUNTRIES, CURRENCIES

DATES = {PERIOD_END, START}


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_what_a_table_says_of_its_columns_holds(table):
    names = table.schema.names
    assert len(set(names)) == len(names)
    assert set(table.key) <= set(names)
    assert set(table.currency_from) <= set(names)
    assert all(day in DATES or table.by_name[day].kind is Kind.DATE for day in table.happened)
    assert (PERIOD_END in table.happened) == table.has_period
    assert bool(table.money) <= bool(table.currency_from or "country_code" in names)
    for column in table.columns:
        assert bool(column.words) == (column.kind is Kind.WORD)
        assert (column.low is None) == (column.kind not in {Kind.NUMBER, Kind.WHOLE})
        assert not column.parent or column.name in TABLES[column.parent].key
        assert all(day in DATES or table.by_name[day].kind is Kind.DATE for day in column.money_on)
        assert table.schema.field(column.name).nullable is not column.required


def test_types_are_those_of_the_ledger():
    schema = TABLES["payments"].schema
    assert [schema.field(n).type for n in ("contract_id", "period_month", "amount_due", "due_date")] == [
        pa.string(),
        pa.int32(),
        pa.float64(),
        pa.date32(),
    ]


def test_only_contracts_have_to_be_there_and_parents_come_first():
    seen = set()
    for table in TABLES.values():
        seen.add(table.name)
        assert {TABLES[table.by_name[name].parent].name for name in table.currency_from} <= seen


def test_every_country_has_its_currency():
    assert CURRENCIES == {"ZAF": "ZAR", "KEN": "KES", "NGA": "NGN", "TZA": "TZS", "ZMB": "ZMW"}
    assert set(TABLES["contracts"].by_name["country_code"].words) == set(COUNTRIES)
