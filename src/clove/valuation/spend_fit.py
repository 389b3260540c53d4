"""What customers spend on an occasion, beside what the fitted model says of customers who bought as often."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats
from clove.kernel.errors import NotEnoughData
from clove.models.gamma_gamma import GammaGamma
from clove.models.history import PurchaseHistory
from clove.valuation.parameter_draws import interval, parameter_draws

BINS = 24
MIDDLE = (0.005, 0.995)  # quantiles of spend between which bins are of equal width on a scale of ratios
WORLDS = 200


@dataclass(frozen=True, slots=True, eq=False)
class SpendFit:
    """Repeat customers by their mean spend per occasion; the first and the last bin hold all that lies beyond."""

    edges: Floats  # (k + 1,) in the currency's major unit, of equal ratios
    actual: Floats  # (k,) customers
    expected: Floats  # (k,)
    low: Floats  # (k,) eight of ten cases lie between: chance and what is uncertain about the parameters
    high: Floats  # (k,)

    @classmethod
    def of(cls, model: GammaGamma, history: PurchaseHistory, *, seed: int = 1) -> Self:
        """Count customers with a repeat purchase and a spend above 0.

        Raises:
            NotEnoughData: There is none.
        """
        paying = (history.frequency > 0) & (history.monetary_value > 0)
        x, spend = history.frequency[paying], history.monetary_value[paying]
        if not spend.size:
            raise NotEnoughData(
                "nobody has a repeat purchase with a spend above 0",
                where="SpendFit.of",
                remedy="Give a history with monetary values",
            )
        edges = _edges(spend)
        kinds, counts = np.unique(x, return_counts=True)
        kind = counts / spend.size
        for_theta, for_chance = np.random.SeedSequence(seed).spawn(2)
        rng = np.random.default_rng(for_chance)
        worlds = np.array(
            [
                rng.multinomial(spend.size, _shares(theta, kinds, kind, edges))
                for theta in parameter_draws(model, WORLDS, int(for_theta.generate_state(1)[0]))
            ]
        )
        place = np.searchsorted(edges[1:-1], spend, side="right")
        actual = np.bincount(place, minlength=edges.size - 1).astype(np.float64)
        return cls(edges, actual, spend.size * _shares(model.parameters, kinds, kind, edges), *interval(worlds))


def _edges(spend: Floats) -> Floats:
    low, high = np.quantile(spend, MIDDLE)
    if high <= low * 1.01:  # all alike: a bin around it all the same
        low, high = low / 2, high * 2
    edges: Floats = np.geomspace(low, high, BINS + 1)
    return edges


def _shares(theta: Floats, kinds: Floats, kind: Floats, edges: Floats) -> Floats:
    """Chance of a customer's mean spend to fall in each bin, shape (k,).

    Of x occasions with mean m, x m / (scale + x m) ~ Beta(p x, q), where scale = gamma (1 + x)^elasticity: eq. 1a of
    Fader & Hardie (2013), integrated.

    Args:
        theta: (p, q, gamma, elasticity).
        kinds: Frequencies that occur, shape (f,).
        kind: Share of the customers with each, shape (f,).
        edges: Shape (k + 1,).
    """
    from scipy.special import betainc

    p, q, gamma, elasticity = theta
    total = kinds[:, None] * edges[1:-1]
    below = betainc(p * kinds[:, None], q, total / (gamma * (1 + kinds[:, None]) ** elasticity + total))
    steps = np.diff(below, axis=1, prepend=0.0, append=1.0)
    shares: Floats = np.maximum(steps, 0.0).T @ kind
    return np.asarray(shares / shares.sum(), dtype=np.float64)
