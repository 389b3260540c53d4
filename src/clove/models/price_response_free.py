"""Demand by a segment's own quotes alone, with intervals that know that alpha ends at 1 and beta at 0."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Bools, Floats, Labels
from clove.kernel.errors import DidNotConverge
from clove.models.quotes import Quotes
from clove.models.quotes_climb import climb, newton_step

SIDES = 1.959963984540054  # standard deviations to both sides that hold 95 % of a normal
ROUNDS = 100
CLOSE = 1e-6  # standard deviations
FIRST = 3.0  # times its own size that a parameter moves at first, at most
SURE = 1e-3  # log units from certain conversion at which a climb may start


@dataclass(frozen=True, slots=True, eq=False)
class FreePriceResponse:
    """Maximum likelihood per segment; arrays of shape (k,) or as said; nan where a segment's quotes cannot tell.

    The intervals are those of the profile likelihood (Venzon & Moolgavkar 1988, Applied Statistics 37(1), 87-94), at
    95 %: an estimate on a bound has one too.
    """

    alpha: Floats  # in (0, 1]
    beta: Floats  # per rand, at least 0
    covariance: Floats  # of (log alpha, beta), shape (k, 2, 2); 0 for one on its bound
    alpha_low: Floats
    alpha_high: Floats
    beta_low: Floats
    beta_high: Floats
    log_likelihood: Floats
    on_bound: Bools  # (k, 2): alpha at 1, beta at 0
    reason: Labels  # why there is no estimate; empty where there is one

    @classmethod
    def fit(cls, quotes: Quotes) -> Self:
        """Every segment for itself.

        Raises:
            DidNotConverge: A segment's climb has not arrived.
        """
        k = quotes.segments
        reason = _reasons(quotes)
        told = reason == ""
        columns = {name: np.full(k, np.nan) for name in _COLUMNS}
        covariance, on_bound = np.full((k, 2, 2), np.nan), np.zeros((k, 2), bool)
        if told.any():
            own = quotes.take(told)
            theta, value = climb(own, _start(own))
            _, gradient, hessian = own.sums(theta[:, 0], theta[:, 1])
            bound = (theta == 0.0) & (gradient * np.array([1.0, -1.0]) >= 0)
            on_bound[told], covariance[told] = bound, _inverse(hessian, bound)
            columns["alpha"][told], columns["beta"][told] = np.exp(theta[:, 0]), theta[:, 1]
            columns["log_likelihood"][told] = value
            ends = {(which, side): _end(own, theta, value, which, side) for which in (0, 1) for side in (-1, 1)}
            columns["alpha_low"][told], columns["alpha_high"][told] = np.exp(ends[0, -1]), np.exp(ends[0, 1])
            columns["beta_low"][told], columns["beta_high"][told] = ends[1, -1], ends[1, 1]
        return cls(covariance=covariance, on_bound=on_bound, reason=reason, **columns)


_COLUMNS = ("alpha", "beta", "alpha_low", "alpha_high", "beta_low", "beta_high", "log_likelihood")


def _reasons(quotes: Quotes) -> Labels:
    made, won = quotes.total(quotes.made), quotes.total(quotes.converted)
    prices = quotes.total(np.ones(quotes.price.size))
    conditions = [made == 0, won == 0, prices == 1]
    words = ["there is no quote", "no quote has converted", "all quotes were made at one price"]
    return np.select(conditions, words, "")


def _start(quotes: Quotes) -> Floats:
    """Half of the way from certain conversion to the observed one is made by the level, half by the price."""
    made = quotes.total(quotes.made)
    share = np.minimum(quotes.total(quotes.converted) / made, 1 - SURE)
    price = quotes.total(quotes.made * quotes.price) / made
    half = np.log(share) / 2
    return np.stack([half, -half / price], axis=1)


def _inverse(hessian: Floats, bound: Bools) -> Floats:
    columns = [newton_step(np.where(bound, 0.0, np.eye(2)[which]), hessian, bound) for which in (0, 1)]
    covariance = np.stack(columns, axis=2)
    covariance[bound[:, 0], 0, :] = covariance[bound[:, 0], :, 0] = 0.0
    covariance[bound[:, 1], 1, :] = covariance[bound[:, 1], :, 1] = 0.0
    return covariance


def _end(quotes: Quotes, theta: Floats, best: Floats, which: int, side: int) -> Floats:
    """Where the profile of one parameter has fallen by half the squared `SIDES`, or its bound; shape (k,).

    The root of twice the fall is all but straight in the way gone, so that Newton's rule, kept in a bracket, takes a
    few rounds.
    """
    bound = 0.0 if side == (1, -1)[which] else side * np.inf
    longest = np.abs(bound - theta[:, which])
    _, _, hessian = quotes.sums(theta[:, 0], theta[:, 1])
    deviation = np.sqrt(_inverse(hessian, np.zeros(theta.shape, bool))[:, which, which])
    first = np.minimum(SIDES * deviation, FIRST * (np.abs(theta[:, which]) + 1 / _mean_price(quotes)[which]))
    way, near, far = np.minimum(first, longest), np.zeros(first.size), np.full(first.size, np.inf)
    at, held = theta, (which == 0, which == 1)
    for _ in range(ROUNDS):
        at = _off_the_corner(at, theta[:, which] + side * way, which, quotes)
        at, value = climb(quotes, at, held)
        gone = np.sqrt(2 * np.maximum(best - value, 0.0))
        beyond = gone >= SIDES
        done = (np.abs(gone - SIDES) < CLOSE) | (~beyond & (way >= longest)) | (far - near <= CLOSE * near)
        if done.all():
            return np.asarray(theta[:, which] + side * way)
        near, far = np.where(beyond, near, way), np.where(beyond, way, far)
        slope = -side * quotes.sums(at[:, 0], at[:, 1])[1][:, which]
        with np.errstate(divide="ignore", invalid="ignore"):
            wanted = way + (SIDES - gone) * gone / slope
        middle = np.where(np.isfinite(far), (near + np.where(np.isfinite(far), far, near)) / 2, 2 * way + first)
        following = np.minimum(np.where((wanted > near) & (wanted < far), wanted, middle), longest)
        way = np.where(done, way, following)
    raise DidNotConverge(
        f"the interval of {int((~done).sum())} segments has no end after {ROUNDS} rounds",
        where="price response",
        remedy="Check the prices and conversions of the quotes",
    )


def _mean_price(quotes: Quotes) -> tuple[Floats, Floats]:
    """What one log unit of conversion is worth in each parameter, as a divisor, shape (k,) each."""
    price = quotes.total(quotes.made * quotes.price) / quotes.total(quotes.made)
    return np.ones(price.size), price


def _off_the_corner(at: Floats, value: Floats, which: int, quotes: Quotes) -> Floats:
    """The climb's start with one parameter set: not where conversion is certain, which a failed quote forbids."""
    free = at[:, 1 - which]
    least = SURE / _mean_price(quotes)[1 - which]
    corner = np.abs(value) < SURE / _mean_price(quotes)[which]
    free = np.where(corner & (np.abs(free) < least), (-least, least)[1 - which], free)
    return np.stack([value, free] if which == 0 else [free, value], axis=1)
