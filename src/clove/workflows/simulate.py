"""Write a world whose truth is known."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path

from clove.kernel.errors import ArgumentRefused
from clove.valuation.shop import END, LOOK_AHEAD_MONTHS, PURCHASES, RETURN_PROBABILITY, SPEND, Shop
from clove.workflows.output import OutputFolder

MOST_CUSTOMERS = 5_000_000


@dataclass(frozen=True, slots=True)
class SimulatedShop:
    """What was written."""

    folder: Path
    customers: int
    orders: int
    returns: int


def simulate_shop(customers: int, seed: int, out: Path) -> SimulatedShop:
    """Write `orders.csv`, `truth.csv` (per customer) and `parameters.json` (of the world).

    Raises:
        ArgumentRefused: A number of customers that is not between 1 and five million, or a negative seed.
        OutputRefused: The folder holds something else.
    """
    if not 1 <= customers <= MOST_CUSTOMERS:
        raise ArgumentRefused(
            f"{customers:,} customers", where="--customers", remedy=f"Give a number from 1 to {MOST_CUSTOMERS:,}"
        )
    if seed < 0:
        raise ArgumentRefused(f"a seed of {seed}", where="--seed", remedy="Give a whole number from 0 on")
    shop = Shop.simulate(customers, seed)
    width = len(str(customers))
    names = [f"C{number:0{width}d}" for number in range(1, customers + 1)]
    returns = int((shop.amount < 0).sum())
    with OutputFolder.fill(out, kind="simulated shop") as folder:
        with (folder / "orders.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["order_id", "customer_id", "ordered_at", "amount"])
            numbers = range(100_001, 100_001 + shop.amount.size)
            writer.writerows(
                (f"C{number}" if amount < 0 else str(number), names[customer], time, f"{amount:.2f}")
                for number, customer, time, amount in zip(
                    numbers, shop.customer.tolist(), shop.times(), shop.amount.tolist(), strict=True
                )
            )
        with (folder / "truth.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(
                [
                    "customer_id",
                    "purchases_per_day",
                    "dropout_probability",
                    "mean_spend",
                    "alive",
                    "purchases_next_12m",
                    "spend_next_12m",
                ]
            )
            writer.writerows(
                zip(
                    names,
                    shop.rate.tolist(),
                    shop.dropout.tolist(),
                    shop.mean_spend.tolist(),
                    shop.alive.astype(int).tolist(),
                    shop.future_purchases.tolist(),
                    [f"{spend:.2f}" for spend in shop.future_spend.tolist()],
                    strict=True,
                )
            )
        truth = {
            "kind": "simulated shop",
            "customers": customers,
            "seed": seed,
            "as_of": END.isoformat(),
            "months_ahead": LOOK_AHEAD_MONTHS,
            "return_probability": RETURN_PROBABILITY,
            "purchases": {"model": "bg-nbd", **{n: getattr(PURCHASES, n) for n in ("r", "alpha", "a", "b")}},
            "spend": {"model": "gamma-gamma", **{n: getattr(SPEND, n) for n in ("p", "q", "gamma")}},
        }
        (folder / "parameters.json").write_text(json.dumps(truth, indent=2) + "\n", encoding="utf-8")
    return SimulatedShop(out, customers, shop.amount.size - returns, returns)
