"""All of CDNOW as a summary in weeks from day grain, made without any of the packages that are compared."""

from pathlib import Path

import numpy as np

LAST_DAY = np.datetime64("1997-09-30", "D")  # end of the 39 weeks of calibration
DAYS_PER_WEEK = 7


def histories(master: Path) -> dict[str, np.ndarray]:
    """Columns x, t_x and T of every customer of the master file, in the order of their numbers."""
    columns = np.loadtxt(master, skiprows=1, usecols=(0, 1), dtype=np.int64)
    text = columns[:, 1].astype("U8")
    day = np.array([f"{d[:4]}-{d[4:6]}-{d[6:]}" for d in text], dtype="datetime64[D]").astype(np.int64)
    end = int(LAST_DAY.astype(np.int64))
    pairs = np.unique(np.column_stack([columns[:, 0], day])[day <= end], axis=0)
    _, first, count = np.unique(pairs[:, 0], return_index=True, return_counts=True)
    begin, last = pairs[first, 1], pairs[first + count - 1, 1]
    return {
        "x": (count - 1).astype(np.float64),
        "t_x": (last - begin) / DAYS_PER_WEEK,
        "T": (end - begin) / DAYS_PER_WEEK,
    }
