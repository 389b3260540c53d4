"""One distribution of two: what the purchase model draws, and what the boosted value spreads around its own mean.

The weight is that which would have made the blend's continuous ranked probability score lowest on examples whose
outcomes are known. With F and G the two distribution functions and H the step at what came,

    CRPS(w) = integral of (w (F - H) + (1 - w) (G - H))^2,

a parabola in w, so the best weight of many examples has a closed form. Gneiting & Raftery (2007), JASA 102, 359-378.
Each customer's score is taken relative to what was expected of him, or a few large ones would decide alone.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats, Ints
from clove.models.boosted_value import BoostedValue, Outlook

LEAST, MOST = 0.1, 0.9  # neither part is trusted wholly: examples are few, and the next window is none of them


@dataclass(frozen=True, slots=True)
class Blend:
    """How much of each."""

    weight: float  # of the purchase model's distribution; the boosted value has the rest
    examples: int  # that the weight was learnt from
    score: float  # mean CRPS of the blend on them, relative to what was expected
    purchase_score: float  # of the purchase model alone
    boosted_score: float  # of the boosted value alone

    @classmethod
    def learn(cls, purchase: Floats, boosted: Floats, active: Floats, came: Floats, size: Floats) -> Self:
        """The best weight on examples that neither part has seen.

        Args:
            purchase: Draws of the purchase model, shape (n, d).
            boosted: Equally likely amounts of the boosted value where something is bought, shape (n, k).
            active: Its probability that something is, shape (n,).
            came: What came, shape (n,).
            size: Of each customer, above 0, by which his score is divided, shape (n,).
        """
        products = _products(purchase, boosted, active, came)
        alone, beside, rest = (float((each / size).mean()) for each in products)
        bend = alone - 2 * beside + rest
        weight = float(np.clip((rest - beside) / bend, LEAST, MOST)) if bend > 0 else 0.5
        score = weight**2 * alone + 2 * weight * (1 - weight) * beside + (1 - weight) ** 2 * rest
        return cls(weight, came.size, score, alone, rest)

    def scores(self, purchase: Floats, boosted: Floats, active: Floats, came: Floats) -> Floats:
        """CRPS of the blend for other customers, in money, shape (n,); the arguments are those of `learn`."""
        alone, beside, rest = _products(purchase, boosted, active, came)
        w = self.weight
        return w**2 * alone + 2 * w * (1 - w) * beside + (1 - w) ** 2 * rest

    def mean(self, purchase: Floats, boosted: Floats) -> Floats:
        """Of the blend, shape (n,)."""
        return self.weight * purchase + (1 - self.weight) * boosted


@dataclass(frozen=True, slots=True, eq=False)
class Boost:
    """What a forecast's distribution needs of the boosted value: n customers, one horizon."""

    model: BoostedValue
    outlook: Outlook
    blend: Blend

    def of(self, rows: Ints) -> "Boost":
        """The same of some of the customers."""
        return Boost(self.model, self.outlook.take(rows), self.blend)

    def take(self, rows: slice) -> tuple[Floats, Floats, Floats]:
        """Expected money if any is spent, probability of any, and equally likely ratios, for some customers."""
        outlook = self.outlook
        ratios = np.array(self.model.ratios)[outlook.band[rows]]
        return outlook.expected[rows] / outlook.active[rows], outlook.active[rows], ratios

    def amounts(self) -> Floats:
        """Equally likely amounts of each customer where something is bought, shape (n, k)."""
        return self.model.amounts(self.outlook)


def _products(purchase: Floats, boosted: Floats, active: Floats, came: Floats) -> tuple[Floats, Floats, Floats]:
    """Integrals of (F - H)^2, (F - H)(G - H) and (G - H)^2 of each customer, all of shape (n,)."""
    n, d = purchase.shape
    k = boosted.shape[1]
    points = np.concatenate([purchase, np.zeros((n, 1)), boosted, came[:, None]], axis=1)
    order = np.argsort(points, axis=1, kind="stable")
    widths = np.diff(np.take_along_axis(points, order, axis=1), axis=1)

    def steps(first: Floats, nothing: Floats, second: Floats, step: float) -> Floats:
        """A distribution function at the ordered points, less its step at what came."""
        mass = np.concatenate(
            [
                np.broadcast_to(first[:, None], (n, d)),
                nothing[:, None],
                np.broadcast_to(second[:, None], (n, k)),
                np.full((n, 1), step),
            ],
            axis=1,
        )
        return np.cumsum(np.take_along_axis(mass, order, axis=1), axis=1)[:, :-1]

    none = np.zeros(n)
    one = steps(np.full(n, 1 / d), none, none, -1.0)
    other = steps(none, 1 - active, active / k, -1.0)
    alone, beside, rest = ((widths * part).sum(axis=1) for part in (one * one, one * other, other * other))
    return alone, beside, rest
