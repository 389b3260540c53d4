"""Customers who share what a formula depends on are computed once."""

import numpy as np

from clove.kernel.arrays import Floats, Ints

LARGEST_TABLE = 8_000_000  # cells


def first_of_each(x: Floats, T: Floats) -> tuple[Ints, Ints]:
    """Group equal pairs.

    Args:
        x: Whole numbers, shape (n,).
        T: Shape (n,).

    Returns:
        Row of one member of each group, shape (k,), and the group of each row, shape (n,): `x[rows][group] == x`.
    """
    if x.size == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    width = float(T.max()) + 1
    if (float(x.max()) + 1) * width <= LARGEST_TABLE:
        whole = T.astype(np.int64)
        if (whole == T).all():
            key = x.astype(np.int64) * int(width) + whole
            member = np.full(int(key.max()) + 1, -1, np.int64)
            member[key] = np.arange(x.size)  # the last row of each pair stands for it
            found = np.flatnonzero(member >= 0)
            rows = member[found]
            member[found] = np.arange(found.size)
            return rows, member[key]
    _, rows, group = np.unique(np.column_stack([x, T]), axis=0, return_index=True, return_inverse=True)
    return rows.astype(np.int64), group.reshape(-1).astype(np.int64)
