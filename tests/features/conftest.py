"""A straightforward pandas computation as referee: one customer after the other, nothing shared with the SQL."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import strategies as st

from clove.engine.local import LocalEngine
from clove.ledger.events import EVENT_SCHEMA, EVENTS

START = datetime(2023, 1, 1)  # noqa: DTZ001 - local wall time, as in the ledger
AS_OF = date(2023, 12, 1)
DEFAULTS = {
    "kind": "purchase",
    "customer_id": "ann",
    "order_id": "o1",
    "time": START,
    "amount": 10.0,
    "item": None,
    "quantity": None,
    "country": None,
    "channel": None,
    "category": None,
    "is_product": True,
    "file": 0,
}


@pytest.fixture(scope="session")
def engine() -> Iterator[LocalEngine]:
    with LocalEngine.open(threads=2) as opened:
        yield opened


@pytest.fixture(scope="session")
def hold(engine) -> Callable[..., None]:
    """Make the ledger hold these rows; what a row leaves out has a default."""

    def load(rows: list[dict]) -> None:
        full = [{**DEFAULTS, "row": number, **row} for number, row in enumerate(rows, start=2)]
        engine.load(EVENTS, pa.Table.from_pylist(full, schema=EVENT_SCHEMA))

    return load


def _row() -> st.SearchStrategy[dict]:
    # few customers, orders and days, so that ties, shared days and reused order numbers are common
    return st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["purchase", "purchase", "purchase", "return"]),
            "customer_id": st.sampled_from(["ann", "Bob", "10", "9", "ünal"]),
            "order_id": st.sampled_from(["1", "2", "3", "4", "5", "6"]),
            "time": st.builds(
                lambda day, minute: START + timedelta(days=day, minutes=minute),
                st.sampled_from([*range(8), 40, 100, 200, 273, 304, 305, 333, 334, 335, 400]),
                st.integers(0, 1439),
            ),
            "amount": st.integers(1, 100_000).map(lambda cents: cents / 100),
            "item": st.sampled_from([None, "A", "B", "C"]),
            "quantity": st.sampled_from([None, 1.0, 2.5, 12.0]),
            "country": st.sampled_from([None, "United Kingdom", "France"]),
            "channel": st.sampled_from([None, "web", "shop"]),
            "category": st.sampled_from([None, "tea", "cups", "Pots"]),
            "is_product": st.booleans(),
        }
    )


@pytest.fixture(scope="session")
def ledgers() -> st.SearchStrategy[list[dict]]:
    return st.lists(_row(), max_size=40)


@pytest.fixture(scope="session")
def referee() -> Callable[[list[dict], date], pd.DataFrame]:
    return features_of


def features_of(rows: list[dict], as_of: date) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=[name for name in DEFAULTS if name != "file"])
    frame["day"] = pd.to_datetime(frame["time"]).dt.normalize()
    frame = frame[frame["day"] <= pd.Timestamp(as_of)]
    bought, returned = (frame[frame["kind"] == kind] for kind in ("purchase", "return"))
    table = pd.DataFrame(
        [
            _customer(name, lines.sort_values("time"), returned[returned["customer_id"] == name], pd.Timestamp(as_of))
            for name, lines in bought.groupby("customer_id")
        ]
    )
    if table.empty:
        return table
    if (pd.to_datetime(bought["time"]) == bought["day"]).all():  # the ledger knows days, not the time of day
        table["evening_purchase_ratio"] = None
    for score, values in (
        ("rfm_recency_score", -table["recency_days"]),
        ("rfm_frequency_score", table["orders"]),
        ("rfm_monetary_score", table["monetary_total"].round(6)),
    ):
        # (average rank - 1/2) / n is the mid-rank
        table[score] = [min(5, 1 + int(5 * (2 * rank - 1) / (2 * len(table)))) for rank in values.rank()]
    scores = ["rfm_recency_score", "rfm_frequency_score", "rfm_monetary_score"]
    table["rfm_combined_score"] = table[scores].sum(axis=1)
    return table.sort_values("customer_id").reset_index(drop=True)


def _customer(name: str, lines: pd.DataFrame, returned: pd.DataFrame, as_of: pd.Timestamp) -> dict:
    first, last = lines["day"].min(), lines["day"].max()
    orders = lines.groupby("order_id").agg(day=("day", "first"), total=("amount", "sum")).sort_values("day")
    gaps = orders["day"].diff().dt.days.dropna()
    days = lines.groupby("day")["amount"].sum()
    day_gaps = days.index.to_series().diff().dt.days.dropna()
    total, tenure = lines["amount"].sum(), (last - first).days
    products = returned[returned["is_product"]]
    countries = lines["country"].dropna()
    first_order = lines[lines["day"] == first]
    by_category = first_order.groupby("category")["amount"].sum().round(6)
    windows = {
        f"{figure}_{length}d": value
        for length in (30, 90, 180)
        for recent in [lines[lines["day"] > as_of - pd.Timedelta(days=length)]]
        for figure, value in (("orders", recent["order_id"].nunique()), ("revenue", recent["amount"].sum()))
    }
    return {
        "customer_id": name,
        "first_purchase": first.date(),
        "last_purchase": last.date(),
        "orders": len(orders),
        "frequency": len(days) - 1,
        "recency": tenure,
        "T": (as_of - first).days,
        "monetary_value": days.iloc[1:].mean() if len(days) > 1 else None,
        "recency_days": (as_of - last).days,
        "monetary_total": total,
        "monetary_avg": total / len(orders),
        "monetary_max": orders["total"].max(),
        "tenure_days": tenure,
        "purchase_velocity": len(orders) / (tenure / 30.44) if tenure else len(orders),
        "inter_purchase_days_avg": gaps.mean() if len(gaps) else 0,
        "inter_purchase_days_std": gaps.std(ddof=1) if len(gaps) > 1 else 0,
        "unique_products": lines["item"].nunique() or None,
        "cancellation_rate": products["order_id"].nunique() / (len(orders) + products["order_id"].nunique()),
        "avg_quantity_per_item": lines["quantity"].astype(float).mean() if lines["quantity"].notna().any() else None,
        "uk_customer": int((countries == "United Kingdom").any()) if len(countries) else None,
        "acquisition_month": first.month,
        "acquisition_quarter": first.quarter,
        "purchased_in_q4": int(lines["day"].dt.month.isin([10, 11, 12]).any()),
        "weekend_purchase_ratio": (lines["day"].dt.day_of_week >= 5).mean(),
        "evening_purchase_ratio": (pd.to_datetime(lines["time"]).dt.hour >= 17).mean(),
        **windows,
        "return_orders": products["order_id"].nunique(),
        "returned_amount": products["amount"].sum(),
        "net_revenue": total - products["amount"].sum(),
        "interval_cv": np.std(day_gaps, ddof=1) / day_gaps.mean() if len(day_gaps) > 1 else None,
        "log_intervals": float(np.log(day_gaps).sum()),
        "first_order_value": first_order["amount"].sum(),
        "first_order_items": len(first_order),
        "country": min(first_order["country"].dropna(), default=None),
        "channel": min(first_order["channel"].dropna(), default=None),
        "first_category": by_category.idxmax() if len(by_category) else None,
    }
