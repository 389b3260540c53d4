"""What share of quotes becomes contracts at a price: each segment by its own quotes and by what is known of others."""

import json
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from clove.kernel.arrays import Bools, Floats, Ints
from clove.kernel.errors import ArgumentRefused, DidNotConverge
from clove.models.documents import read_document
from clove.models.quotes import Quotes

MODEL = "price-response"
SPREAD = 0.3  # of segments around the expected, in logit alpha and log beta, before any quote is seen
SPREAD_WEIGHT = 4.0  # segments that this belief is worth
SHIFT_SPREAD = 0.5  # of a whole business around the expected
ROUNDS = 500
SETTLED = 1e-5  # of the shift and the spread, in log units
STEPS = 100
HALVINGS = 40
GAIN = 1e-12
TEN_TO_NINETY = 1.2815515655446004  # standard deviations to both sides that hold 80 % of a normal
ALMOST_ONE = 1 - 1e-9  # alpha of an expectation that says 1: its logit has to be finite


@dataclass(frozen=True, slots=True, eq=False)
class PriceResponse:
    """conversion(p) = alpha * exp(-beta * p), p in rand, of k segments.

    Fitted, (logit alpha, log beta) of the segments are normal around what was expected of each plus one shift of the
    whole business; shift and spread are fitted too: empirical Bayes with Laplace's approximation per segment, the
    spread by MacKay's rule (1992, "Bayesian Interpolation", Neural Computation 4(3), 415-447). A segment without a
    quote is what was expected of it, shifted.
    """

    PARAMETERS: ClassVar[tuple[str, str]] = ("logit alpha", "log beta")

    alpha: Floats  # (k,), in (0, 1)
    beta: Floats  # (k,), per rand, above 0
    covariance: Floats  # (k, 2, 2) of (logit alpha, log beta); nan where nothing was fitted
    quotes: Ints  # (k,), made in the segment
    shift: tuple[float, float] = (0.0, 0.0)  # of the whole business, in logit alpha and log beta
    spread: tuple[float, float] = (float("nan"), float("nan"))  # of segments around it

    @classmethod
    def expected(cls, alpha: Floats, beta: Floats) -> Self:
        """As given, without a quote: nothing says how sure it is.

        Raises:
            ArgumentRefused: An alpha outside (0, 1], or a beta that is not above 0.
        """
        alpha, beta = _accepted(alpha, beta)
        return cls(alpha, beta, np.full((alpha.size, 2, 2), np.nan), np.zeros(alpha.size, np.int64))

    @classmethod
    def fit(cls, quotes: Quotes, alpha: Floats, beta: Floats) -> Self:
        """Each segment's most probable demand, given its quotes, the expected demand and the other segments.

        Args:
            quotes: Of k segments; without any, the expected demand is what comes out.
            alpha: Expected of each segment, in (0, 1], shape (k,).
            beta: Expected of each segment, per rand, above 0, shape (k,).

        Raises:
            ArgumentRefused: An expectation outside these.
            DidNotConverge: No optimum was reached.
        """
        if not quotes.made.size:
            return cls.expected(alpha, beta)
        alpha, beta = _accepted(alpha, beta)
        expected = np.stack([np.log(alpha / (1 - alpha)), np.log(beta)], axis=1)
        made = quotes.total(quotes.made)
        quoted = made > 0
        own, centre = quotes.take(quoted), expected[quoted]
        shift, variance = np.zeros(2), np.full(2, SPREAD**2)
        damping, before = np.ones(2), np.zeros(2)
        mode = centre.copy()
        for _ in range(ROUNDS):
            mode, covariance = _modes(own, centre + shift, 1 / variance, mode)
            apart = mode - centre - shift
            # Newton's step of the shift, the segments following it: EM would creep along the ridge of alpha and beta
            follow = covariance / variance
            bend = (np.eye(2) - follow).sum(axis=0) / variance[:, None] + np.eye(2) / SHIFT_SPREAD**2
            moved = np.linalg.solve(bend, (apart / variance).sum(axis=0) - shift / SHIFT_SPREAD**2)
            told = (1 - np.diagonal(covariance, axis1=1, axis2=2) / variance).sum(axis=0)  # segments' worth of data
            spread = (SPREAD_WEIGHT * SPREAD**2 + (apart**2).sum(axis=0)) / (SPREAD_WEIGHT + told)
            wider = np.log(spread / variance)
            if max(np.abs(moved).max(), np.abs(wider).max()) < SETTLED:
                break
            damping = np.where(wider * before < 0, damping / 2, damping)  # the rule can swing around its goal
            shift, variance, before = shift + moved, variance * np.exp(damping * wider), wider
            mode += moved
        else:
            raise DidNotConverge(
                f"the spread of the segments has not settled after {ROUNDS} rounds",
                where="price response",
                remedy="Check the prices and conversions of the quotes",
            )
        unsure = np.linalg.inv(bend)  # covariance of the shift
        found = expected + shift
        sure = np.tile(np.diag(variance) + unsure, (alpha.size, 1, 1))
        found[quoted] = mode
        sure[quoted] = covariance + follow @ unsure @ follow.transpose(0, 2, 1)
        deviation = np.sqrt(variance)
        return cls(
            1 / (1 + np.exp(-found[:, 0])),
            np.exp(found[:, 1]),
            sure,
            made.astype(np.int64),
            (float(shift[0]), float(shift[1])),
            (float(deviation[0]), float(deviation[1])),
        )

    def __len__(self) -> int:
        return int(self.alpha.size)

    def conversion(self, price: Floats) -> Floats:
        """Share of quotes that become contracts.

        Args:
            price: In rand, shape (k,) or (k, m).
        """
        over = (slice(None),) + (None,) * (np.ndim(price) - 1)
        return np.asarray(self.alpha[over] * np.exp(-self.beta[over] * price))

    def conversion_interval(self, price: Floats, deviations: float = TEN_TO_NINETY) -> tuple[Floats, Floats]:
        """Where the conversion at these prices lies in eight cases of ten, by the delta method on its log.

        Args:
            price: In rand, shape (k,) or (k, m).
            deviations: Standard deviations to both sides; 1.96 for 95 %.

        Returns:
            Low and high, as `price`; nan where nothing was fitted.
        """
        over = (slice(None),) + (None,) * (np.ndim(price) - 1)
        by_level, by_price = (1 - self.alpha)[over], -self.beta[over] * price
        (a, b), (_, d) = (tuple(self.covariance[:, i, j][over] for j in (0, 1)) for i in (0, 1))
        away = deviations * np.sqrt(a * by_level**2 + 2 * b * by_level * by_price + d * by_price**2)
        middle = self.conversion(price)
        return middle * np.exp(-away), np.minimum(middle * np.exp(away), 1.0)

    def take(self, rows: Ints) -> Self:
        """Some of the segments, in the order asked for."""
        columns = (self.alpha[rows], self.beta[rows], self.covariance[rows], self.quotes[rows])
        return type(self)(*columns, self.shift, self.spread)

    def to_json(self) -> str:
        """Readable back by `from_json`, to the last bit."""
        columns = {name: getattr(self, name).tolist() for name in ("alpha", "beta", "covariance", "quotes")}
        if np.isnan(self.covariance).any():
            columns["covariance"] = None
        spread = None if np.isnan(self.spread).any() else self.spread
        return json.dumps({"model": MODEL, **columns, "shift": self.shift, "spread": spread})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The model that `to_json` wrote."""
        fields = read_document(text, MODEL, ("alpha", "beta", "covariance", "quotes", "shift", "spread"))
        alpha, beta = (np.array(fields[name], dtype=np.float64) for name in ("alpha", "beta"))
        unsure = fields["covariance"]
        covariance = np.full((alpha.size, 2, 2), np.nan) if unsure is None else np.array(unsure, dtype=np.float64)
        shift, spread = fields["shift"], fields["spread"] or (float("nan"), float("nan"))
        quotes = np.array(fields["quotes"], dtype=np.int64)
        return cls(alpha, beta, covariance, quotes, (shift[0], shift[1]), (spread[0], spread[1]))


def _accepted(alpha: Floats, beta: Floats) -> tuple[Floats, Floats]:
    alpha, beta = np.asarray(alpha, dtype=np.float64), np.asarray(beta, dtype=np.float64)
    if not (alpha.shape == beta.shape and ((alpha > 0) & (alpha <= 1) & np.isfinite(beta) & (beta > 0)).all()):
        raise ArgumentRefused(
            "an expected demand that is none",
            where="price response",
            remedy="Give an alpha in (0, 1] and a beta above 0 for each segment",
        )
    return np.minimum(alpha, ALMOST_ONE), beta


def _modes(quotes: Quotes, centre: Floats, precision: Floats, start: Floats) -> tuple[Floats, Floats]:
    """Most probable (logit alpha, log beta), shape (k, 2), and the inverse curvature there, shape (k, 2, 2)."""
    theta = start.copy()
    value, gradient, hessian = _posterior(quotes, theta, centre, precision)
    for _ in range(STEPS):
        values, vectors = np.linalg.eigh(-hessian)
        values = np.maximum(values, precision.min())  # the prior bends at least that much
        step = np.einsum("kij,kj,klj,kl->ki", vectors, 1 / values, vectors, gradient)
        moving = (gradient * step).sum(axis=1) > GAIN * (1 + np.abs(value))
        if not moving.any():
            return theta, np.einsum("kij,kj,klj->kil", vectors, 1 / values, vectors)
        theta, (value, gradient, hessian) = _uphill(quotes, theta, step, moving, (value, centre, precision))
    raise DidNotConverge(
        f"the demand of {int(moving.sum())} segments has not settled after {STEPS} steps",
        where="price response",
        remedy="Check the prices and conversions of the quotes",
    )


def _uphill(
    quotes: Quotes, theta: Floats, step: Floats, moving: Bools, at: tuple[Floats, Floats, Floats]
) -> tuple[Floats, tuple[Floats, Floats, Floats]]:
    value, centre, precision = at
    share = moving.astype(np.float64)
    for _ in range(HALVINGS):
        tried = theta + share[:, None] * step
        found = _posterior(quotes, tried, centre, precision)
        short = moving & ~(found[0] >= value)
        if not short.any():
            return tried, found
        share = np.where(short, share / 2, share)
    tried[short] = theta[short]  # rounding stops these: where they are is as high as can be told
    return tried, _posterior(quotes, tried, centre, precision)


def _posterior(quotes: Quotes, theta: Floats, centre: Floats, precision: Floats) -> tuple[Floats, Floats, Floats]:
    """Log-likelihood and prior in (logit alpha, log beta), with gradient and Hessian."""
    alpha, beta = 1 / (1 + np.exp(-theta[:, 0])), np.exp(theta[:, 1])
    value, slope, bend = quotes.sums(np.log(alpha), beta)
    first = np.stack([1 - alpha, beta], axis=1)  # of (log alpha, beta) by theta
    second = np.stack([-alpha * (1 - alpha), beta], axis=1)
    gradient = slope * first
    hessian = bend * first[:, :, None] * first[:, None, :]
    apart = theta - centre
    for which in (0, 1):
        hessian[:, which, which] += slope[:, which] * second[:, which] - precision[which]
    value = value - 0.5 * (precision * apart**2).sum(axis=1)
    return value, gradient - precision * apart, hessian
