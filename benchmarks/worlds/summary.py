"""The summary that the fits and scores start from, made without any of the packages that are compared."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


def summarise(transactions: pa.Table, last_day: np.datetime64) -> pa.Table:
    """One row per customer at day grain: frequency, recency, T in days, and the mean spend of the repeat days.

    Spend is 0 where there is no repeat purchase, which is how the peers write an unknown.
    """
    customer = transactions["customer_id"].to_numpy()
    day = transactions["time"].to_numpy().astype("datetime64[D]")
    order = np.lexsort((day, customer))
    customer, day, amount = customer[order], day[order], transactions["amount"].to_numpy()[order]
    occasion = np.r_[True, (customer[1:] != customer[:-1]) | (day[1:] != day[:-1])]
    spend = np.add.reduceat(amount, np.flatnonzero(occasion))
    customer, day = customer[occasion], day[occasion]
    first = np.flatnonzero(np.r_[True, customer[1:] != customer[:-1]])
    last = np.r_[first[1:], customer.size] - 1
    x = (last - first).astype(np.float64)
    repeat_spend = np.add.reduceat(spend, first) - spend[first]
    return pa.table(
        {
            "customer_id": customer[first],
            "frequency": x,
            "recency": (day[last] - day[first]).astype(np.float64),
            "T": (last_day - day[first]).astype(np.float64),
            "monetary_value": np.divide(repeat_spend, x, out=np.zeros_like(x), where=x > 0),
        }
    )


def shared(transactions: Path, last_day: np.datetime64) -> Path:
    """The file of this summary, written when it is not there yet."""
    path = transactions.with_name(transactions.name.replace("transactions", "summary"))
    if not path.exists():
        unfinished = path.with_suffix(".part")
        pq.write_table(summarise(pq.read_table(transactions), last_day), unfinished)
        unfinished.rename(path)
    return path
