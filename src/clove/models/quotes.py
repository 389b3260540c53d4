"""Quotes of many segments, counted by price: all that a demand curve can learn from."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Bools, Floats, Ints
from clove.kernel.errors import ArgumentRefused

WHERE = "quotes"


@dataclass(frozen=True, slots=True, eq=False)
class Quotes:
    """Cells of equal segment and price, sorted by both; shape (m,) each."""

    segments: int  # k, also those without a quote
    segment: Ints  # 0 to k - 1
    price: Floats  # in rand, above 0
    made: Floats  # quotes at that price
    converted: Floats  # of them

    @classmethod
    def of(cls, segment: Ints, price: Floats, converted: Bools, *, segments: int) -> Self:
        """Count single quotes.

        Args:
            segment: Of each quote, from 0 to `segments` - 1, shape (n,).
            price: Of each quote, in rand, shape (n,).
            converted: Whether it became a contract, shape (n,).
            segments: How many there are, k.

        Raises:
            ArgumentRefused: A segment out of range, or a price that is not finite and above 0.
        """
        segment = np.asarray(segment, dtype=np.int64)
        price = np.asarray(price, dtype=np.float64)
        if not segment.shape == price.shape == np.shape(converted):
            raise ArgumentRefused(
                "segments, prices and conversions of different length", where=WHERE, remedy="Give one of each per quote"
            )
        if segment.size and not 0 <= segment.min() <= segment.max() < segments:
            raise ArgumentRefused(
                f"a segment outside 0 to {segments - 1}", where=WHERE, remedy="Number the segments from 0"
            )
        wrong = ~(np.isfinite(price) & (price > 0))
        if wrong.any():
            raise ArgumentRefused(
                f"a price of {price[wrong][0]}", where=WHERE, remedy="Give prices in rand that are finite and above 0"
            )
        if not segment.size:
            nothing = np.zeros(0)
            return cls(segments, segment, nothing, nothing, nothing)
        order = np.lexsort((price, segment))
        segment, price, won = segment[order], price[order], np.asarray(converted, dtype=np.float64)[order]
        starts = np.flatnonzero(np.concatenate([[True], (segment[1:] != segment[:-1]) | (price[1:] != price[:-1])]))
        made = np.diff(np.concatenate([starts, [segment.size]])).astype(np.float64)
        return cls(segments, segment[starts], price[starts], made, np.add.reduceat(won, starts))

    def total(self, cells: Floats) -> Floats:
        """Sum over the cells of each segment, shape (k,)."""
        return np.bincount(self.segment, weights=cells, minlength=self.segments).astype(np.float64)

    def take(self, chosen: Bools) -> Self:
        """Only the segments that are marked, renumbered in their order.

        Args:
            chosen: Shape (k,).
        """
        cells = chosen[self.segment]
        number = np.cumsum(chosen) - 1
        columns = (self.price[cells], self.made[cells], self.converted[cells])
        return type(self)(int(chosen.sum()), number[self.segment[cells]], *columns)

    def sums(self, log_alpha: Floats, beta: Floats) -> tuple[Floats, Floats, Floats]:
        """Log-likelihood, slope and curvature of log conversion = log_alpha - beta * price.

        A binomial with a log link: concave in (log_alpha, beta) wherever conversion is below 1.

        Args:
            log_alpha: At most 0, shape (k,).
            beta: At least 0, per rand, shape (k,).

        Returns:
            Log-likelihood, shape (k,), -inf where a quote that failed was certain to convert; its gradient with
            respect to (log_alpha, beta), shape (k, 2); its Hessian, shape (k, 2, 2).
        """
        log_conversion = np.minimum((log_alpha[self.segment] - beta[self.segment] * self.price), 0.0)
        failed = self.made - self.converted
        any_failed = failed > 0
        stays_away = -np.expm1(np.where(any_failed, log_conversion, -1.0))  # 1 - conversion, exact near 0
        with np.errstate(divide="ignore", invalid="ignore"):
            lost = np.where(any_failed, failed * np.log(stays_away), 0.0)
            odds = np.where(any_failed, np.exp(log_conversion) / stays_away, 0.0)
            slope = self.converted - failed * odds
            bend = -failed * odds / stays_away
        gradient = np.stack([self.total(slope), -self.total(slope * self.price)], axis=-1)
        cross = -self.total(bend * self.price)
        hessian = np.stack([self.total(bend), cross, cross, self.total(bend * self.price**2)], axis=-1)
        return self.total(self.converted * log_conversion + lost), gradient, hessian.reshape(-1, 2, 2)
