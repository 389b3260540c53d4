"""A shop whose channels, countries and categories differ, and the truth of it."""

from dataclasses import dataclass
from datetime import date
from typing import Self

import numpy as np
import pyarrow as pa

from clove.ledger.events import EVENT_SCHEMA
from clove.models import BgNbd, GammaGamma

DAY, AHEAD, OPENED = date(2025, 6, 30), 120, 720
BUYING = BgNbd(r=0.7, alpha=90.0, a=0.9, b=5.0)
SPENDING = GammaGamma(p=4.0, q=3.5, gamma=40.0)
CHANNELS, OFTEN = ("ads", "friends"), np.array([1.0, 4.0])
COUNTRIES, NEAR = ("Austria", "France", "Spain"), np.array([1.0, 0.6, 1.0])
CATEGORIES, DEAR = ("cups", "pots", "tea"), np.array([1.0, 1.6, 0.7])


@dataclass(frozen=True, slots=True, eq=False)
class GroupedShop:
    """Purchases up to `AHEAD` days after `DAY`."""

    channel: np.ndarray  # (n,) place in CHANNELS
    country: np.ndarray
    category: np.ndarray
    customer: np.ndarray  # (m,) of each purchase
    day: np.ndarray  # (m,) since DAY
    amount: np.ndarray  # (m,)

    @classmethod
    def simulate(cls, customers: int, seed: int) -> Self:
        """A customer of a group that buys c times as often lives in a clock that goes c times as fast."""
        rng = np.random.default_rng(seed)
        channel, category = rng.integers(0, 2, customers), rng.integers(0, 3, customers)
        country = rng.choice(3, customers, p=[0.7, 0.2, 0.1])
        age = np.floor(OPENED * (1 - np.sqrt(rng.random(customers))))
        pace = OFTEN[channel] * NEAR[country]
        repeats = BUYING.simulate(age * pace, seed + 1, horizon=AHEAD * float(pace.max()))
        since = np.ceil(repeats.time / pace[repeats.customer] - age[repeats.customer])
        customer = np.concatenate([np.arange(customers), repeats.customer])
        day = np.concatenate([-age, since])
        rate = rng.gamma(SPENDING.q, 1 / SPENDING.gamma, customers)
        amount = rng.gamma(SPENDING.p, 1.0, customer.size) / rate[customer] * DEAR[category[customer]]
        kept = day <= AHEAD
        return cls(channel, country, category, customer[kept], day[kept], np.maximum(amount[kept].round(2), 0.01))

    def events(self, *, shuffled: int = 0, changed: int | None = None) -> pa.Table:
        """As the ledger has them.

        Args:
            shuffled: Seed by which labels are dealt out anew, so that they mean nothing; 0 to leave them.
            changed: A purchase that gets labels of its own.
        """
        rng, size = np.random.default_rng(shuffled), self.customer.size
        texts = {}
        for name, places, words in (
            ("channel", self.channel, CHANNELS),
            ("country", self.country, COUNTRIES),
            ("category", self.category, CATEGORIES),
        ):
            dealt = rng.permutation(places) if shuffled else places
            texts[name] = np.array(words)[dealt[self.customer]].astype(object)
            if changed is not None:
                texts[name][changed] = "another"
        time = np.datetime64(DAY) + self.day.astype(np.int64).astype("timedelta64[D]")
        columns = {
            "kind": np.full(size, "purchase", object),
            "customer_id": np.char.mod("C%06d", self.customer).astype(object),
            "order_id": np.char.mod("%07d", np.arange(size)).astype(object),
            "time": time.astype("datetime64[us]"),
            "amount": self.amount,
            "is_product": np.ones(size, bool),
            "file": np.zeros(size, np.int32),
            "row": np.arange(2, size + 2),
            **texts,
        }
        return pa.table(
            {
                field.name: pa.array(columns[field.name], field.type)
                if field.name in columns
                else pa.nulls(size, field.type)
                for field in EVENT_SCHEMA
            }
        )

    def came(self) -> tuple[np.ndarray, np.ndarray]:
        """Who had bought on one day only by `DAY`, and what each spent after it, both of shape (n,)."""
        n, past = self.channel.size, self.day <= 0
        pairs = np.unique(np.column_stack([self.customer[past], self.day[past]]), axis=0)
        once = np.bincount(pairs[:, 0].astype(np.int64), minlength=n) == 1
        return once, np.bincount(self.customer[~past], self.amount[~past], minlength=n)
