"""A shop whose season is known: a BG/NBD world whose time runs faster in some months."""

from datetime import date
from pathlib import Path

import numpy as np

from clove.models import BgNbd
from clove.valuation.season import Season
from clove.workflows.opening import EPOCH

OPENED, ENDED = date(2023, 1, 1), date(2025, 12, 31)
YEAR = np.array([0.75, 0.75, 0.8, 0.85, 0.9, 0.9, 0.8, 0.8, 1.0, 1.3, 1.8, 1.5])
TRUTH = Season.of(YEAR, YEAR, YEAR, since=OPENED, until=ENDED)
PURCHASES = BgNbd(r=0.8, alpha=60.0, a=0.7, b=6.0)


def seasonal_orders(path: Path, customers: int, seed: int, season: Season = TRUTH) -> Path:
    """Customers come evenly over three years and buy by the season's clock."""
    rng = np.random.default_rng(seed)
    opened, ended = ((day - EPOCH).days for day in (OPENED, ENDED))
    first = rng.integers(opened, ended, customers).astype(float)
    begun, end = season.reading(first), season.reading(np.array([float(ended)]))
    made = PURCHASES.simulate(end - begun, seed + 1)
    again = np.ceil(season.day_of(begun[made.customer] + made.time) - 1e-9)
    customer = np.concatenate([np.arange(customers), made.customer])
    day = np.concatenate([first, again]).astype("datetime64[D]")
    amount = rng.gamma(6.0, 1.0, customer.size) * rng.gamma(4.0, 10.0, customers)[customer] + 0.01
    lines = (
        f"{place},C{who:05d},{when},{money:.2f}"
        for place, (who, when, money) in enumerate(zip(customer, day, amount, strict=True))
    )
    path.write_text("\n".join(["order_id,customer_id,ordered_at,amount", *lines]) + "\n", encoding="utf-8")
    return path
