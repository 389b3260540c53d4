"""Shapley values of boosted trees from tables: the same figures as LightGBM's `pred_contrib`, several times sooner.

With the path-dependent expectation of Lundberg, Erion & Lee (2018), arXiv:1802.03888, a leaf of value v whose path asks
about d columns has, for a customer, o_k = 1 where column k lets him through and 0 where not, and z_k, the share of the
examples that column k's splits let through. The shares of its columns are

    phi_j = v (o_j - z_j) integral from 0 to 1 of product over k other than j of (z_k (1 - t) + o_k t) dt,

since the integral of t^s (1 - t)^(d - 1 - s) is Shapley's weight of a coalition of s. The product is a polynomial, so
Gauss and Legendre's rule is exact. Small trees have few patterns o, and so all shares stand in a table.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from clove.kernel.arrays import Floats, Ints
from clove.models.compiled import compiled

if TYPE_CHECKING:
    from lightgbm import Booster

MOST_COLUMNS = 10  # on the path to a leaf; a table has two to the power of them rows
MOST_ENTRIES = 4_000_000  # of all tables
BY_ZERO, BY_NAN = 1, 2
MISSING = {"None": 0, "Zero": BY_ZERO, "NaN": BY_NAN}
ZERO = 1e-35  # LightGBM's


@dataclass(frozen=True, slots=True, eq=False)
class ShapleyTables:
    """Trees, flattened."""

    trees: Ints  # (trees + 1, 2) first node, first leaf
    nodes: Ints  # (nodes, 3) column, whether what is missing goes left, what counts as missing as in MISSING
    threshold: Floats  # (nodes,)
    leaves: Ints  # (leaves + 1, 3) first step, slot and entry
    steps: Ints  # (steps, 3) of the paths: node within its tree, whether it goes left, bit of the node's column
    place: Ints  # (slots,) that the share of a column goes to
    table: Floats  # (entries,) patterns of a leaf's columns, each with its columns' shares
    constant: float  # expectation where nothing is known

    @classmethod
    def of(cls, trees: "Booster", places: list[int]) -> Self | None:
        """Tables of a model's trees; None where they would be too large.

        Args:
            trees: Numerical splits only.
            places: Where each column's share goes.
        """
        parts = _Parts(places)
        for tree in trees.dump_model()["tree_info"]:
            if not parts.add(tree["tree_structure"]):
                return None
        return cls(
            np.array(parts.trees, np.int64),
            np.array(parts.nodes, np.int64).reshape(-1, 3),
            np.array(parts.threshold, np.float64),
            np.array(parts.leaves, np.int64),
            np.array(parts.steps, np.int64).reshape(-1, 3),
            np.array(parts.place, np.int64),
            np.concatenate(parts.tables),
            parts.constant,
        )

    def shares(self, rows: Floats, width: int) -> Floats:
        """Of each place in the raw answer for each row, less the constant, shape (n, width)."""
        out = np.zeros((len(rows), width))
        own = np.ascontiguousarray(rows)
        _add_shares(own, self.trees, self.nodes, self.threshold, self.leaves, self.steps, self.place, self.table, out)
        return out


class _Parts:
    """The arrays while trees are read."""

    def __init__(self, places: list[int]) -> None:
        self.places = places
        self.trees = [(0, 0)]
        self.nodes: list[tuple[int, int, int]] = []
        self.threshold: list[float] = []
        self.leaves = [(0, 0, 0)]
        self.steps: list[tuple[int, int, int]] = []
        self.place: list[int] = []
        self.tables: list[Floats] = []
        self.constant = 0.0

    def add(self, root: dict[str, Any]) -> bool:
        """Read a tree; False where its tables are too large."""
        paths: list[tuple[dict[str, Any], list[_Step]]] = [(root, [])]
        while paths:
            node, path = paths.pop()
            if "leaf_value" in node:
                if not self._add_leaf(float(node["leaf_value"]), path):
                    return False
                continue
            number, column = len(self.nodes) - self.trees[-1][0], int(node["split_feature"])
            self.nodes.append((column, int(node["default_left"]), MISSING[node["missing_type"]]))
            self.threshold.append(float(node["threshold"]))
            for side, left in (("left_child", 1), ("right_child", 0)):
                step = _Step(number, left, column, _size(node[side]) / _size(node))
                paths.append((node[side], [*path, step]))
        self.trees.append((len(self.nodes), len(self.leaves) - 1))
        return True

    def _add_leaf(self, value: float, path: "list[_Step]") -> bool:
        columns = list(dict.fromkeys(step.column for step in path))
        entries = self.leaves[-1][2] + (len(columns) << len(columns))
        if len(columns) > MOST_COLUMNS or entries > MOST_ENTRIES:
            return False
        through = np.ones(len(columns))
        for step in path:
            bit = columns.index(step.column)
            through[bit] *= step.share
            self.steps.append((step.node, step.left, bit))
        self.constant += value * float(through.prod())
        self.tables.append(leaf_table(value, through).reshape(-1))
        self.place.extend(self.places[column] for column in columns)
        self.leaves.append((len(self.steps), len(self.place), entries))
        return True


class _Step(NamedTuple):
    """From a node towards a leaf."""

    node: int  # within its tree
    left: int  # 1 or 0
    column: int
    share: float  # of the node's examples


def leaf_table(value: float, through: Floats) -> Floats:
    """Shares of a leaf's columns for every pattern of columns that let a customer through, shape (2^d, d)."""
    d = through.size
    nodes, weights = np.polynomial.legendre.leggauss(max((d + 1) // 2, 1))
    t, weights = (nodes + 1) / 2, weights / 2
    passed = (np.arange(1 << d)[:, None] >> np.arange(d) & 1).astype(np.float64)
    factors = through[:, None] * (1 - t) + passed[:, :, None] * t
    others = factors.prod(axis=1, keepdims=True) / factors  # above 0 inside the interval
    table: Floats = value * (passed - through) * (others * weights).sum(axis=2)
    return table


def _size(node: dict[str, Any]) -> float:
    return float(node["leaf_count"] if "leaf_value" in node else node["internal_count"])


@compiled
def _add_shares(  # noqa: PLR0917  compiled functions take arrays by place
    rows: Floats,
    trees: Ints,
    nodes: Ints,
    threshold: Floats,
    leaves: Ints,
    steps: Ints,
    place: Ints,
    table: Floats,
    out: Floats,
) -> None:
    left = np.empty(len(nodes), np.int64)
    for i in range(rows.shape[0]):
        for tree in range(trees.shape[0] - 1):
            start = trees[tree, 0]
            for node in range(start, trees[tree + 1, 0]):
                x = rows[i, nodes[node, 0]]
                if np.isnan(x) and nodes[node, 2] != BY_NAN:
                    x = 0.0
                missing = np.isnan(x) or (nodes[node, 2] == BY_ZERO and abs(x) <= ZERO)
                left[node] = nodes[node, 1] if missing else int(x <= threshold[node])
            for leaf in range(trees[tree, 1], trees[tree + 1, 1]):
                blocked = 0
                for step in range(leaves[leaf, 0], leaves[leaf + 1, 0]):
                    if left[start + steps[step, 0]] != steps[step, 1]:
                        blocked |= 1 << steps[step, 2]
                slot = leaves[leaf, 1]
                width = leaves[leaf + 1, 1] - slot
                entry = leaves[leaf, 2] + (((1 << width) - 1) ^ blocked) * width
                for k in range(width):
                    out[i, place[slot + k]] += table[entry + k]
