"""A rate of one's own where enough is known of it, the group's where it is not, and the whole's where neither is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from clove.kernel.arrays import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """Rates of n members of s groups."""

    own: Floats  # (n,)
    group: Floats  # (s,)
    whole: float


def shrunk_rates(
    amount: ArrayLike,
    base: ArrayLike,
    group: Ints,
    groups: int,
    *,
    prior: ArrayLike,
    group_strength: ArrayLike,
    own_strength: ArrayLike,
) -> Rates:
    """Amount / base, each level pulled to the one above as if that had been seen on `strength` more of the base.

    The posterior mean of a rate under a conjugate prior, as of a Poisson rate under a gamma; Gelman et al. (2013),
    Bayesian Data Analysis, section 2.6.

    Args:
        amount: Of each member, shape (n,); nan where unknown, and the member then has its group's rate.
        base: What it is a share of, shape (n,), at least 0; nan likewise.
        group: Of each member, from 0, shape (n,).
        groups: How many there are.
        prior: Rate of a group of which nothing is known, shape (s,) or one figure; nan where there is none, and the
            rate of all members then takes its place. Nan remains where that is not known either.
        group_strength: Base that the prior counts as, shape (s,) or one figure.
        own_strength: Base that the group counts as, shape (n,) or one figure.
    """
    given, of = np.asarray(amount, dtype=np.float64), np.asarray(base, dtype=np.float64)
    known = np.isfinite(given) & np.isfinite(of) & (of > 0)
    num, den = np.where(known, given, 0.0), np.where(known, of, 0.0)
    total = float(den.sum())
    whole = float(num.sum()) / total if total > 0 else float("nan")
    above = np.broadcast_to(np.asarray(prior, dtype=np.float64), (groups,))
    above = np.where(np.isfinite(above), above, whole)
    weight = np.broadcast_to(np.asarray(group_strength, dtype=np.float64), (groups,))
    sums, bases = (np.bincount(group, values, groups) for values in (num, den))
    of_group = (sums + weight * above) / np.where(bases + weight > 0, bases + weight, np.nan)
    pull = np.broadcast_to(np.asarray(own_strength, dtype=np.float64), given.shape)
    usual = of_group[group]
    reached = den + pull
    own = np.where(reached > 0, (num + pull * usual) / np.where(reached > 0, reached, 1.0), usual)
    return Rates(own, of_group, whole)
