"""What share of quotes becomes contracts at a price: each segment by its own quotes and by what is known of others."""

import json
from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats, Ints
from clove.kernel.errors import ArgumentRefused, DidNotConverge
from clove.models.documents import read_document
from clove.models.quotes import Quotes

MODEL = "price-response"
SPREAD = 0.3  # of segments around the expected, in both coordinates, before any quote is seen
SPREAD_WEIGHT = 4.0  # segments that this belief is worth
WIDEST = 1.0  # that segments are taken to differ: few quotes leave a slope open, which is no difference
SHIFT_SPREAD = 0.5  # of a whole business around the expected
ROUNDS = 500
SETTLED = 1e-5  # of the shift and the spread
STEPS = 100
LONGEST = 2.0  # step of a coordinate
HALVINGS = 40
GAIN = 1e-12
TEN_TO_NINETY = 1.2815515655446004  # standard deviations to both sides that hold 80 % of a normal
ALMOST_ONE = 1 - 1e-9  # alpha of an expectation that says 1


@dataclass(frozen=True, slots=True, eq=False)
class PriceResponse:
    """conversion(p) = alpha * exp(-beta * p), p in rand, of k segments.

    Fitted in coordinates without bounds that quotes tell apart: the log of what is lost at a segment's usual price,
    L = -log conversion there = -log alpha + beta * price, and the logit of the share of L that the price makes. Both
    are normal around what was expected of the segment plus one shift of the whole business; shift and spread are
    fitted too: empirical Bayes with Laplace's approximation per segment, the spread by MacKay's rule (1992, "Bayesian
    Interpolation", Neural Computation 4(3), 415-447). A segment without a quote is what was expected of it, shifted.
    """

    alpha: Floats  # (k,), in (0, 1]
    beta: Floats  # (k,), per rand, above 0
    covariance: Floats  # (k, 2, 2) of (log alpha, beta); nan where nothing was fitted
    quotes: Ints  # (k,), made in the segment
    shift: tuple[float, float] = (0.0, 0.0)  # of the whole business, in the two coordinates
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
    def fit(cls, quotes: Quotes, alpha: Floats, beta: Floats, reference: Floats | None = None) -> Self:
        """Each segment's most probable demand, given its quotes, the expected demand and the other segments.

        Args:
            quotes: Of k segments; without any, the expected demand is what comes out.
            alpha: Expected of each segment, in (0, 1], shape (k,).
            beta: Expected of each segment, per rand, above 0, shape (k,).
            reference: The price around which quotes are made, in rand, shape (k,), such as the list price; the mean
                quoted price if left out.

        Raises:
            ArgumentRefused: An expectation or a reference outside these.
            DidNotConverge: No optimum was reached.
        """
        if not quotes.made.size:
            return cls.expected(alpha, beta)
        alpha, beta = _accepted(alpha, beta)
        made = quotes.total(quotes.made)
        quoted = made > 0
        reference = _references(quotes, made, beta) if reference is None else np.asarray(reference, dtype=np.float64)
        if reference.shape != alpha.shape or not (np.isfinite(reference) & (reference > 0)).all():
            raise ArgumentRefused(
                "a reference price that is none", where="price response", remedy="Give one above 0 for each segment"
            )
        expected = np.stack(
            [np.log(beta * reference - np.log(alpha)), np.log(-beta * reference / np.log(alpha))], axis=1
        )
        own, centre, near = quotes.take(quoted), expected[quoted], reference[quoted]
        shift, variance = np.zeros(2), np.full(2, SPREAD**2)
        damping, before = np.ones(2), np.zeros(2)
        mode = centre.copy()
        for _ in range(ROUNDS):
            mode, covariance = _modes(own, near, centre + shift, 1 / variance, mode)
            apart = mode - centre - shift
            # Newton's step of the shift, the segments following it: without them it would creep
            follow = covariance / variance
            bend = (np.eye(2) - follow).sum(axis=0) / variance[:, None] + np.eye(2) / SHIFT_SPREAD**2
            moved = np.linalg.solve(bend, (apart / variance).sum(axis=0) - shift / SHIFT_SPREAD**2)
            told = (1 - np.diagonal(covariance, axis1=1, axis2=2) / variance).sum(axis=0)  # segments' worth of data
            spread = (SPREAD_WEIGHT * SPREAD**2 + (apart**2).sum(axis=0)) / (SPREAD_WEIGHT + told)
            spread = np.minimum(spread, WIDEST**2)
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
        log_alpha, slope, first, _ = _demand(found, reference)
        return cls(
            np.exp(log_alpha),
            slope,
            first @ sure @ first.transpose(0, 2, 1),
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
        level, both, slope = (self.covariance[:, i, j][over] for i, j in ((0, 0), (0, 1), (1, 1)))
        away = deviations * np.sqrt(np.maximum(level - 2 * both * price + slope * price**2, 0.0))
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


def _references(quotes: Quotes, made: Floats, beta: Floats) -> Floats:
    """Mean quoted price of each segment, shape (k,); without quotes, where the price is expected to count as much."""
    known = made > 0
    price = quotes.total(quotes.made * quotes.price) / np.where(known, made, 1.0)
    return np.where(known, price, (beta * price)[known].mean() / beta)


def _demand(theta: Floats, reference: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """(log alpha) and beta, shape (k,), their slopes (k, 2, 2) and bends (k, 2, 2, 2) by the two coordinates."""
    lost, share = np.exp(theta[:, 0]), 1 / (1 + np.exp(-theta[:, 1]))
    log_alpha, slope = -(1 - share) * lost, share * lost / reference
    moves = share * (1 - share) * lost
    first = np.stack([log_alpha, moves, slope, moves / reference], axis=1).reshape(-1, 2, 2)
    bends = moves * (1 - 2 * share)
    second = np.stack([log_alpha, moves, moves, bends], axis=1).reshape(-1, 1, 2, 2)
    by_price = np.stack([slope, moves / reference, moves / reference, bends / reference], axis=1).reshape(-1, 1, 2, 2)
    return log_alpha, slope, first, np.concatenate([second, by_price], axis=1)


def _modes(
    quotes: Quotes, reference: Floats, centre: Floats, precision: Floats, start: Floats
) -> tuple[Floats, Floats]:
    """Most probable coordinates, shape (k, 2), and the inverse curvature there, shape (k, 2, 2)."""

    def posterior(theta: Floats) -> tuple[Floats, Floats, Floats]:
        log_alpha, beta, first, second = _demand(theta, reference)
        value, slope, bend = quotes.sums(log_alpha, beta)
        apart = theta - centre
        hessian = first.transpose(0, 2, 1) @ bend @ first + (slope[:, :, None, None] * second).sum(axis=1)
        gradient = (slope[:, None, :] @ first)[:, 0]
        value = value - 0.5 * (precision * apart**2).sum(axis=1)
        return value, gradient - precision * apart, hessian - np.diag(precision)

    theta = start.copy()
    value, gradient, hessian = posterior(theta)
    for _ in range(STEPS):
        values, vectors = np.linalg.eigh(-hessian)
        values = np.maximum(values, precision.min())  # the prior bends at least that much
        step = np.einsum("kij,kj,klj,kl->ki", vectors, 1 / values, vectors, gradient)
        moving = (gradient * step).sum(axis=1) > GAIN * (1 + np.abs(value))
        if not moving.any():
            return theta, np.einsum("kij,kj,klj->kil", vectors, 1 / values, vectors)
        step *= np.minimum(1.0, LONGEST / np.maximum(np.abs(step).max(axis=1), LONGEST))[:, None]
        share = moving.astype(np.float64)
        for _ in range(HALVINGS):
            tried = theta + share[:, None] * step
            found = posterior(tried)
            short = moving & ~(found[0] >= value)
            if not short.any():
                break
            share = np.where(short, share / 2, share)
        else:
            tried[short] = theta[short]  # rounding stops these: where they are is as high as can be told
            found = posterior(tried)
            if not (moving & ~short).any():
                return theta, np.einsum("kij,kj,klj->kil", vectors, 1 / values, vectors)
        theta, (value, gradient, hessian) = tried, found
    raise DidNotConverge(
        f"the demand of {int(moving.sum())} segments has not settled after {STEPS} steps",
        where="price response",
        remedy="Check the prices and conversions of the quotes",
    )
