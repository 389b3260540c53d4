"""Which purchase model to trust: the one that gave what came the highest probability, if it is higher for certain."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from clove.kernel.arrays import Floats
from clove.models.history import PurchaseHistory
from clove.models.purchase_model import PurchaseModel
from clove.valuation.clustered_error import clustered_error

LEAST = 1e-300  # probability; below it one customer would outweigh all others
SURE = 2.0  # standard errors by which a challenger has to be better
NOTICEABLE = 1e-3  # log probability per customer: below, two models say the same


@dataclass(frozen=True, slots=True)
class Contender:
    """How probable one model held what came."""

    kind: str
    title: str
    log_score: float  # mean log P(purchases that came) per customer; higher is better
    gain: float  # over the reference
    standard_error: float  # of the gain, taken in pairs; the windows of one customer count as one draw


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """The comparison, and what follows from it."""

    chosen: str  # kind
    contenders: tuple[Contender, ...]  # the reference first; empty where nothing was compared
    customers: int  # on whom it rests; one who was judged on two windows counts twice
    because: str  # in words

    @classmethod
    def of(
        cls, titles: Mapping[str, str], scores: Mapping[str, Floats], customers: NDArray[np.uint64] | None = None
    ) -> Self:
        """Choose by the logarithmic score, a proper one: no model gains by pretending.

        Args:
            titles: Names for people by kind, the reference first.
            scores: Log scores by kind, of the same customers each, shape (n,).
            customers: Who each score is of, shape (n,): what a model misses about somebody it misses on all his
                windows. All are different if left out.
        """
        reference, *_ = titles
        base = scores[reference]
        contenders = []
        for kind, title in titles.items():
            gain = scores[kind] - base
            error = clustered_error(gain, np.arange(gain.size) if customers is None else customers)
            contenders.append(Contender(kind, title, float(scores[kind].mean()), float(gain.mean()), error))
        surely = [each for each in contenders[1:] if each.gain > max(SURE * each.standard_error, NOTICEABLE)]
        best = max(surely, key=lambda each: each.gain, default=contenders[0])
        return cls(best.kind, tuple(contenders), base.size, _because(best, contenders))


def log_scores(model: PurchaseModel, history: PurchaseHistory, came: Floats, horizon: float) -> Floats:
    """Logarithm of P(N = what came) for each customer, shape (n,).

    Args:
        model: Fitted as of the history's date.
        history: Of n customers.
        came: Purchases in the next `horizon` units, shape (n,).
        horizon: In the history's unit.
    """
    probability = np.empty(len(history))
    done, most = -1, 7
    while done < came.max(initial=0):  # the few who bought often do not widen everybody's table
        rows = np.flatnonzero((came > done) & (came <= most))
        table = model.purchase_distribution(history.take(rows), horizon, most)
        probability[rows] = table[np.arange(rows.size), came[rows].astype(np.int64)]
        done, most = most, 4 * most
    scores: Floats = np.log(np.maximum(probability, LEAST))
    return scores


def _because(best: Contender, contenders: list[Contender]) -> str:
    reference, *others = contenders
    if not others:
        return f"{reference.title} alone could be fitted."
    if best is reference:
        nearest = max(others, key=lambda each: each.gain)
        return (
            f"{reference.title} is kept: no other model held what came for more probable with any certainty; the "
            f"nearest, {nearest.title}, by {_gain(nearest)}."
        )
    return f"{best.title} held what came for more probable than {reference.title}, by {_gain(best)}."


def _gain(contender: Contender) -> str:
    return f"{contender.gain:+.4f} ± {contender.standard_error:.4f} in log probability per customer"
