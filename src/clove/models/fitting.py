"""How a buy-till-you-die model is fitted: samples first, then all customers; weights, penalty and refusals alike."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np

from clove.kernel.arrays import Floats
from clove.kernel.errors import ArgumentRefused, NotEnoughData
from clove.models.effects import Effect
from clove.models.history import PurchaseHistory
from clove.models.maximum_likelihood import Objective, Optimum, Prior, Walls, maximise

SAMPLES = (2_000, 20_000)  # customers of the warm-up fits before the whole
FEWEST_REPEAT = 50  # repeat customers below which a sample says too little to start from
MOST_EFFECT = 20.0  # log units that a standard deviation of a covariate may move a parameter

LikelihoodOf: TypeAlias = Callable[[PurchaseHistory, Floats], Objective]
"""From customers and their weights, shape (n,), to what is climbed."""


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """Where a fit looks: starts, walls, and what a penalty pulls to, all in logs of the k parameters, then effects."""

    starts: Sequence[Floats]  # each (k,)
    walls: Walls
    centre: Floats  # (k,) of the penalty
    spread: Floats  # (k,) size of one step that the penalty's precision counts in: 1 for a log

    def with_effects(self, history: PurchaseHistory, effects: Sequence[Effect], weights: Floats | None = None) -> Self:
        """Room for effects of covariates: they start at 0, and are measured in the covariate's own spread.

        Args:
            history: Of n customers, with the covariates.
            effects: Of which only `covariate` is read.
            weights: How many customers each row stands for, shape (n,); one if left out.

        Raises:
            ArgumentRefused: A covariate is missing, or the same for all, so that its effect cannot be told.
        """
        if not effects:
            return self
        spreads = []
        for effect in effects:
            values = history.covariate(effect.covariate)
            if values.size == 0 or (values == values[0]).all():
                raise ArgumentRefused(
                    f"covariate {effect.covariate!r} is the same for all customers",
                    where="covariates",
                    remedy="Leave it out: its effect cannot be told from the parameters",
                )
            mean = np.average(values, weights=weights)
            spreads.append(float(np.sqrt(np.average((values - mean) ** 2, weights=weights))))
        nothing, wide = np.zeros(len(effects)), MOST_EFFECT / np.array(spreads)
        return type(self)(
            [np.concatenate([start, nothing]) for start in self.starts],
            Walls(np.concatenate([self.walls.low, -wide]), np.concatenate([self.walls.high, wide])),
            np.concatenate([self.centre, nothing]),
            np.concatenate([self.spread, spreads]),
        )


def climb(
    title: str,
    likelihood_of: LikelihoodOf,
    history: PurchaseHistory,
    weights: Floats,
    space: Space,
    *,
    penalty: float = 0.0,
) -> Optimum:
    """Maximise a likelihood over histories that `accept_for_fit` has let pass.

    Args:
        title: The model's name for people.
        likelihood_of: What is climbed, for a sample and for the whole.
        history: Of n customers.
        weights: As `accept_for_fit` returns them, shape (n,).
        space: Where to look.
        penalty: Precision of a normal prior around the space's centre.

    Raises:
        DidNotConverge: No optimum was reached.
        ArgumentRefused: A penalty below 0.
    """
    check_penalty(title, penalty)
    order = np.random.default_rng(0).permutation(len(history))
    samples = [order[:size] for size in SAMPLES if size < len(history) / 2]
    samples = [rows for rows in samples if np.count_nonzero(history.frequency[rows]) > FEWEST_REPEAT]
    objectives = [(likelihood_of(history.take(rows), weights[rows]), float(weights[rows].sum())) for rows in samples]
    objectives.append((likelihood_of(history, weights), float(weights.sum())))
    prior = Prior(space.centre, penalty * space.spread**2) if penalty else None
    return maximise(objectives, space.starts, space.walls, model=title, prior=prior)


def check_penalty(title: str, penalty: float) -> None:
    """Refuse what is no precision.

    Raises:
        ArgumentRefused: Below 0, or not finite.
    """
    if not (np.isfinite(penalty) and penalty >= 0):
        raise ArgumentRefused(f"a penalty of {penalty}", where=f"{title} fit", remedy="Give a finite number from 0 up")


def customers_of(title: str, history: PurchaseHistory, weights: Floats | None) -> Floats:
    """How many customers each row stands for, shape (n,); ones where no weights were given.

    Raises:
        ArgumentRefused: No history, or weights that are no counts.
    """
    PurchaseHistory.accept(history)
    counts = np.ones(len(history)) if weights is None else np.asarray(weights, dtype=np.float64)
    if counts.shape != (len(history),) or not (np.isfinite(counts).all() and (counts > 0).all()):
        raise ArgumentRefused(
            "weights that do not count customers",
            where=f"{title} fit",
            remedy="Give one number above 0 per row of the history",
        )
    return counts


def accept_for_fit(title: str, history: PurchaseHistory, weights: Floats | None) -> Floats:
    """Refuse histories that no purchase model can learn from.

    Returns:
        Weights, shape (n,); ones where none were given.

    Raises:
        ArgumentRefused: No history, or weights that are no counts.
        NotEnoughData: No customer, nobody who bought twice, or all customers alike.
    """
    counts, where = customers_of(title, history, weights), f"{title} fit"
    if not history.frequency.any():
        raise NotEnoughData(
            f"none of the {len(history)} customers has bought on two occasions",
            where=where,
            remedy="Wait for repeat purchases, or give a longer history",
        )
    columns = (history.frequency, history.recency, history.T)
    if all((column == column[0]).all() for column in columns):
        whose = "there is one customer only" if len(history) == 1 else f"all {len(history)} customers have one history"
        raise NotEnoughData(
            f"{whose}, so nothing tells how customers differ",
            where=where,
            remedy="Give the histories of several customers, each with his own; check how they were summarised",
        )
    return counts
