"""A stream of random numbers for each customer, keyed by who he is: order and partition change nothing."""

import numpy as np
from numpy.typing import NDArray

from clove.kernel.arrays import Labels

BLOCK = 65_536  # customers hashed at a time
GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def stream_keys(customer_id: Labels, seed: int) -> NDArray[np.uint64]:
    """A 64-bit key per customer from his label's text and the run's seed, shape (n,)."""
    keys = np.empty(customer_id.size, dtype=np.uint64)
    for start in range(0, customer_id.size, BLOCK):
        text = np.asarray(customer_id[start : start + BLOCK]).astype(np.str_)
        letters = np.ascontiguousarray(text).view(np.uint32).reshape(text.size, -1)
        block = np.full(text.size, np.uint64(seed & 0xFFFF_FFFF_FFFF_FFFF) ^ GOLDEN, dtype=np.uint64)
        for column in letters.T:  # one step per letter; padding after the end leaves the key as it is
            block = np.where(column == 0, block, _mix(block ^ column.astype(np.uint64)))
        keys[start : start + BLOCK] = _mix(block)
    return keys


def _mix(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64's step. Steele, Lea & Flood (2014), OOPSLA, 453-472."""
    with np.errstate(over="ignore"):
        state = state + GOLDEN
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))
