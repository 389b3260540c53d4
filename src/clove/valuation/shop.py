"""A simulated shop whose truth is known."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

import numpy as np

from clove.kernel.arrays import Bools, Floats, Ints
from clove.kernel.period import add_months
from clove.models.bg_nbd import BgNbd
from clove.models.gamma_gamma import GammaGamma

END = date(2025, 12, 31)
OPENING_MONTHS = 24  # during which customers join
LOOK_AHEAD_MONTHS = 12
PURCHASES = BgNbd(r=0.7, alpha=45.0, a=0.9, b=5.0)  # per day
SPEND = GammaGamma(p=4.0, q=3.5, gamma=40.0)
RETURN_PROBABILITY = 0.02
DAYS_TO_RETURN = 20.0  # mean


@dataclass(frozen=True, slots=True, eq=False)
class Shop:
    """Orders up to the end, and what comes in the year after it."""

    end: date
    rate: Floats  # (n,) repeat purchases per day while the customer stays
    dropout: Floats  # (n,) probability of leaving after a repeat purchase
    mean_spend: Floats  # (n,) of an order
    alive: Bools  # (n,) still a customer at the end
    future_purchases: Ints  # (n,) in the year after the end
    future_spend: Floats  # (n,)
    customer: Ints  # (m,) orders and returns, in order of time
    minute: Ints  # (m,) minutes before the end of the last day, from 0
    amount: Floats  # (m,) to the minor unit; negative for returns

    @classmethod
    def simulate(cls, customers: int, seed: int) -> Self:
        """A BG/NBD and Gamma-Gamma world: `PURCHASES` and `SPEND` are its true parameters.

        Args:
            customers: How many ever bought.
            seed: Same seed, same shop.
        """
        for_shop, for_purchases = (int(s) for s in np.random.SeedSequence(seed).generate_state(2, np.uint64))
        rng = np.random.default_rng(for_shop)
        opened = (END - add_months(END, -OPENING_MONTHS)).days
        ahead = float((add_months(END, LOOK_AHEAD_MONTHS) - END).days)
        # more customers join later: the density of the age falls in a straight line
        age = np.floor(opened * (1 - np.sqrt(rng.random(customers)))).astype(np.int64)
        repeats = PURCHASES.simulate(age.astype(np.float64), for_purchases, horizon=ahead)

        spend_rate = rng.gamma(SPEND.q, 1 / SPEND.gamma, customers)
        customer = np.concatenate([np.arange(customers), repeats.customer])
        day_after_end = np.concatenate([-age, np.ceil(repeats.time - age[repeats.customer]).astype(np.int64)])
        amount = np.maximum(np.round(rng.gamma(SPEND.p, 1.0, customer.size) / spend_rate[customer], 2), 0.01)
        future = day_after_end > 0

        past_customer, past_day, past_amount = customer[~future], day_after_end[~future], amount[~future]
        minute_of_day = rng.integers(8 * 60, 22 * 60, past_customer.size)
        returned = rng.random(past_customer.size) < RETURN_PROBABILITY
        return_day = past_day[returned] + 1 + np.floor(rng.exponential(DAYS_TO_RETURN, returned.sum())).astype(np.int64)
        in_time = return_day <= 0
        all_customers = np.concatenate([past_customer, past_customer[returned][in_time]])
        minute = np.concatenate(
            [
                1440 * (1 - past_day) - 1 - minute_of_day,
                1440 * (1 - return_day[in_time]) - 1 - minute_of_day[returned][in_time],
            ]
        )
        all_amounts = np.concatenate([past_amount, -past_amount[returned][in_time]])
        order = np.lexsort((all_amounts, all_customers, -minute))
        return cls(
            END,
            repeats.rate,
            repeats.dropout,
            SPEND.p / spend_rate,
            repeats.alive(age.astype(np.float64)),
            np.bincount(customer[future], minlength=customers),
            np.bincount(customer[future], amount[future], minlength=customers).astype(np.float64),
            all_customers[order],
            minute[order],
            all_amounts[order],
        )

    def times(self) -> list[str]:
        """When each order was placed, as text to the minute, length m."""
        end = np.datetime64(self.end + timedelta(days=1), "m")
        texts: list[str] = np.datetime_as_string(end - (self.minute + 1).astype("timedelta64[m]"), unit="m").tolist()
        return texts
