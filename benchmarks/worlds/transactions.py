"""The shared transactions: a BG/NBD world with Gamma-Gamma spend, made once from a seed."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

SECONDS_PER_DAY = 86_400
CUSTOMERS = 1_000_000
LAST_DAY = np.datetime64("2025-12-31", "D")
WINDOW_DAYS = 730


@dataclass(frozen=True, slots=True)
class World:
    """True parameters; rates are per day, spend is in the currency's major unit."""

    r: float = 0.545
    alpha: float = 4.5 * 7  # weeks, in days
    a: float = 0.8
    b: float = 6.0
    p: float = 6.25
    q: float = 3.74
    v: float = 15.44


def simulate(customers: int = CUSTOMERS, seed: int = 1, world: World | None = None) -> pa.Table:
    """Purchases of `customers` people who first bought within two years, in the order of time.

    A customer buys at rate lambda ~ Gamma(r, alpha) and, after each repeat purchase, leaves with probability
    p ~ Beta(a, b). Given their number, the times of Poisson purchases are uniform, so that the first K of the sorted
    ones, K ~ Geometric(p), are those before the customer leaves.
    """
    world = world or World()
    random = np.random.default_rng(seed)
    window = WINDOW_DAYS * SECONDS_PER_DAY
    first = random.integers(0, window, customers)
    rate = random.gamma(world.r, 1 / world.alpha, customers) / SECONDS_PER_DAY
    leaves_after = random.geometric(np.clip(random.beta(world.a, world.b, customers), 1e-12, 1.0))
    wanted = random.poisson(rate * (window - first))

    owner = np.repeat(np.arange(customers), wanted)
    time = first[owner] + (random.random(owner.size) * (window - first[owner])).astype(np.int64)
    order = np.lexsort((time, owner))
    owner, time = owner[order], time[order]
    starts = np.cumsum(wanted) - wanted
    kept = np.arange(owner.size) - starts[owner] < leaves_after[owner]

    owner = np.concatenate([np.arange(customers), owner[kept]])
    time = np.concatenate([first, time[kept]])
    nu = random.gamma(world.q, 1 / world.v, customers)
    amount = np.maximum(random.gamma(world.p, 1 / nu[owner]), 0.01).round(2)
    order = np.argsort(time, kind="stable")
    start = (LAST_DAY - (WINDOW_DAYS - 1)).astype("datetime64[s]")
    return pa.table(
        {
            "customer_id": owner[order] + 1,
            "time": pa.array((start + time[order]).astype("datetime64[us]")),
            "amount": amount[order],
        }
    )


def shared(folder: Path, customers: int = CUSTOMERS, seed: int = 1) -> Path:
    """The file of these purchases, written when it is not there yet."""
    path = folder / f"transactions-{customers}-{seed}.parquet"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        pq.write_table(simulate(customers, seed), unfinished)
        unfinished.rename(path)
    return path
