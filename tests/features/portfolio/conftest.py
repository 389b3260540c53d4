"""Small portfolios made by hand: what a row leaves out has a default, and no answer may depend on the order of rows."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

import pyarrow as pa
import pytest

from clove.engine.local import LocalEngine
from clove.ledger.contracts import TABLES

AS_OF = date(2024, 6, 30)
RATES = pa.schema([("currency", pa.string()), ("day", pa.date32()), ("rate", pa.float64())])
DEFAULTS = {
    "contracts": {
        "contract_id": "k",
        "customer_id": "c",
        "product_id": "p",
        "country_code": "ZAF",
        "sales_channel": "direct",
        "start_date": date(2024, 1, 10),
        "monthly_fee": 100.0,
        "currency": "ZAR",
    },
    "customers": {"customer_id": "c"},
    "products": {"product_id": "p", "product_tier": "standard"},
    "payments": {"contract_id": "k", "period_year": 2024, "amount_due": 100.0},
    "costs_upfront": {"contract_id": "k", "cost_type": "hardware"},
    "costs_monthly": {"contract_id": "k", "period_year": 2024, "cost_type": "platform"},
    "hardware": {"hardware_id": "h", "contract_id": "k"},
    "hardware_valuations": {"hardware_id": "h"},
    "fitment_records": {"contract_id": "k", "fitment_type": "installation"},
    "recovery_events": {"contract_id": "k"},
    "support_tickets": {"contract_id": "k"},
    "interventions": {"contract_id": "k"},
    "status_changes": {"contract_id": "k"},
    "fee_changes": {"contract_id": "k"},
    "quotes": {
        "country_code": "ZAF",
        "sales_channel": "direct",
        "product_tier": "standard",
        "price": 100.0,
        "currency": "ZAR",
    },
}


def rows_of(name: str, given: list[dict]) -> pa.Table:
    schema = TABLES[name].schema
    if "currency" not in schema.names:
        schema = schema.append(pa.field("currency", pa.string()))
    full = [{**DEFAULTS[name], **row} for row in given]
    assert all(row.keys() <= set(schema.names) for row in full)
    return pa.Table.from_pylist(full, schema=schema)


@pytest.fixture
def ask(engine: LocalEngine) -> Callable[..., list[dict]]:
    """The rows that a feature set has of the tables given by name; asked of the same rows in three orders."""

    def run(
        feature: Callable[..., pa.Table],
        *more: object,
        as_of: date = AS_OF,
        rates: Sequence[dict] = (),
        **tables: list[dict],
    ) -> list[dict]:
        answers = []
        for turn in (lambda rows: rows, lambda rows: rows[::-1], lambda rows: rows[1::2] + rows[::2]):
            for name in TABLES:
                given = turn(tables[name]) if name in tables else []
                # a product and a contract are there unless the test says otherwise
                given = [{}] if name not in tables and name in {"contracts", "products"} else given
                engine.load(f"portfolio_{name}", rows_of(name, given) if given else TABLES[name].schema.empty_table())
            engine.load("portfolio_rates", pa.Table.from_pylist(turn(list(rates)), schema=RATES))
            answers.append(feature(engine, as_of, *more).to_pylist())
        assert answers[0] == answers[1] == answers[2]
        return answers[0]

    return run


@pytest.fixture
def state(ask) -> Callable[..., dict]:
    """The state of the one contract there is; an invoice is unpaid from its due date unless the test says otherwise."""
    from clove.features.contracts import contract_state

    def run(grace_days: int = 0, **tables) -> dict:
        [row] = ask(partial(contract_state, grace_days=grace_days), **tables)
        return row

    return run
