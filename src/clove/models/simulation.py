"""What a simulator of purchases returns."""

from dataclasses import dataclass

import numpy as np

from clove.kernel.arrays import Bools, Floats, Ints
from clove.kernel.period import TimeUnit
from clove.models.history import PurchaseHistory


@dataclass(frozen=True, slots=True, eq=False)
class Purchases:
    """Repeat purchases in order of customer and time, and the truth behind them."""

    customer: Ints  # (m,) position of the customer
    time: Floats  # (m,) since the customer's first purchase, in units
    rate: Floats  # (n,) purchases per unit while alive
    dropout: Floats  # (n,) the model's own measure: probability of leaving at each chance to, or rate of leaving
    gone_at: Floats  # (n,) age at which the customer leaves, in units; inf if not within the time simulated

    def history(self, T: Floats, unit: str | TimeUnit = "day") -> PurchaseHistory:
        """The summary as of the ages T, shape (n,); purchases after them are not looked at."""
        ages = np.asarray(T, dtype=np.float64)
        known = self.time <= ages[self.customer]
        customer, time = self.customer[known], self.time[known]
        recency = np.zeros(ages.size)
        np.maximum.at(recency, customer, time)
        first = np.diff(customer, prepend=-1) != 0
        intervals = np.where(first, time, np.diff(time, prepend=0.0))
        log_intervals = np.bincount(customer, np.log(intervals), minlength=ages.size)
        x = np.bincount(customer, minlength=ages.size)
        return PurchaseHistory.of(x, recency, ages, unit=unit, log_intervals=log_intervals)

    def alive(self, T: Floats) -> Bools:
        """Who is still a customer at the ages T, shape (n,)."""
        return self.gone_at > T

    def between(self, start: Floats, end: Floats) -> Ints:
        """Purchases of each customer in (start, end], both of shape (n,)."""
        inside = (self.time > start[self.customer]) & (self.time <= end[self.customer])
        return np.bincount(self.customer[inside], minlength=start.size)
