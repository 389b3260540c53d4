"""Summaries for the fits of the other models. `python worlds/family.py FOLDER CDNOW_MASTER` prints their paths as JSON.

Files are written when they are not there yet. A column `customers` says how many customers a row stands for; summaries
of one row per customer have none.
"""

import json
import sys
from functools import partial
from pathlib import Path

import behaviours
import cdnow
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

CUSTOMERS = 100_000
DAYS_PER_WEEK = 7
TWO_YEARS = 730  # days
YEAR = 52  # weekly opportunities
CDNOW = {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}  # weeks; the Pareto/NBD of the CDNOW sample
SHOP = {"r": 0.545, "alpha": 31.5, "a": 0.8, "b": 6.0}  # days
GIVING = {"alpha": 1.20, "beta": 0.75, "gamma": 0.66, "delta": 2.78}  # the BG/BB of the donations below

# (x, t_x, people): who of 11,104 first-time donors of 1995 gave in how many of the six years that followed, and in
# which of them last. Fader, Hardie & Shang (2010), Marketing Science 29(6), 1086-1108, table 1.
DONATIONS = (
    *((6, 6, 1203), (5, 6, 728), (4, 6, 512), (3, 6, 357), (2, 6, 234), (1, 6, 129)),
    *((5, 5, 335), (4, 5, 284), (3, 5, 225), (2, 5, 173), (1, 5, 119)),
    *((4, 4, 240), (3, 4, 181), (2, 4, 155), (1, 4, 78)),
    *((3, 3, 322), (2, 3, 255), (1, 3, 129)),
    *((2, 2, 613), (1, 2, 277)),
    (1, 1, 1091),
    (0, 0, 3464),
)


def pareto_nbd() -> behaviours.Columns:
    """In weeks from day grain."""
    random = np.random.default_rng(1)
    weekly = {"alpha": CDNOW["alpha"] * DAYS_PER_WEEK, "beta": CDNOW["beta"] * DAYS_PER_WEEK}
    columns = behaviours.pareto_nbd(random, random.integers(1, TWO_YEARS, CUSTOMERS), **{**CDNOW, **weekly})
    return {**columns, "t_x": columns["t_x"] / DAYS_PER_WEEK, "T": columns["T"] / DAYS_PER_WEEK}


def mbg_nbd() -> behaviours.Columns:
    """In days."""
    random = np.random.default_rng(2)
    return behaviours.mbg_nbd(random, random.integers(1, TWO_YEARS, CUSTOMERS), **SHOP)


def bg_bb(fewest: int, most: int) -> behaviours.Columns:
    """People joined over time: so many weekly opportunities, all numbers between being as frequent."""
    random = np.random.default_rng(3)
    return behaviours.bg_bb(random, random.integers(fewest, most + 1, CUSTOMERS), **GIVING)


def donations() -> behaviours.Columns:
    """The published table, one row per pattern."""
    x, t_x, people = (np.array(column, dtype=np.float64) for column in zip(*DONATIONS, strict=True))
    return {"x": x, "t_x": t_x, "T": np.full(x.size, 6.0), "customers": people}


def shared(folder: Path, name: str, columns: behaviours.Columns | None = None) -> str:
    """The file of that summary, written when it is not there yet."""
    path = folder / f"{name}.parquet"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = columns or MADE[name]()
        names = {"x": "frequency", "t_x": "recency"}
        table = {names.get(column, column): values for column, values in made.items()}
        unfinished = path.with_suffix(".part")
        pq.write_table(pa.table({"customer_id": np.arange(table["T"].size), **table}), unfinished)
        unfinished.rename(path)
    return str(path)


MADE = {
    "pareto-nbd": pareto_nbd,
    "mbg-nbd": mbg_nbd,
    "bg-bb-36": partial(bg_bb, 4, 36),
    "bg-bb-52": partial(bg_bb, 4, YEAR),
    "bg-bb-year": partial(bg_bb, YEAR, YEAR),
    "donations": donations,
}

if __name__ == "__main__":
    folder, master = Path(sys.argv[1]), Path(sys.argv[2])
    paths = {name: shared(folder, name) for name in MADE}
    if master.exists():
        paths["cdnow"] = shared(folder, "cdnow", cdnow.histories(master))
    print(json.dumps(paths))
