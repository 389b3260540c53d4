"""Two forecasts that any model has to beat."""

import json
from dataclasses import asdict, dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats
from clove.kernel.errors import NotEnoughData
from clove.kernel.period import TimeUnit
from clove.models.documents import read_document
from clove.models.history import PurchaseHistory


@dataclass(frozen=True, slots=True)
class NaiveMean:
    """Everybody will do what the average customer has done."""

    rate: float  # repeat purchases per customer and unit
    spend: float  # mean spend of a repeat purchase
    unit: TimeUnit = TimeUnit.DAY

    @classmethod
    def fit(cls, history: PurchaseHistory) -> Self:
        """Totals over the base.

        Raises:
            NotEnoughData: No time has passed, or nobody has bought twice.
        """
        x, age = history.frequency, float(history.T.sum())
        if age == 0 or not x.any():
            raise NotEnoughData(
                "no repeat purchase to take a mean of", where="NaiveMean.fit", remedy="Give a longer history"
            )
        repeat = x > 0
        spend = float(np.average(history.monetary_value[repeat], weights=x[repeat]))
        return cls(float(x.sum()) / age, spend, history.unit)

    def expected_value(self, history: PurchaseHistory, horizon: float) -> Floats:
        """Spend in the next `horizon` units, shape (n,)."""
        history.expect_unit(self.unit, "NaiveMean")
        return np.full(len(history), self.rate * self.spend * horizon)

    def to_json(self) -> str:
        """Readable back by `from_json`, to the last bit."""
        return json.dumps({"model": "naive-mean", **asdict(self), "unit": self.unit.value}, indent=2)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The baseline that `to_json` wrote."""
        fields = read_document(text, "naive-mean", ("rate", "spend", "unit"))
        return cls(float(fields["rate"]), float(fields["spend"]), TimeUnit.of(fields["unit"]))


@dataclass(frozen=True, slots=True)
class RunRate:
    """Everybody goes on as he did: repeat purchases per unit of his own age, at his own mean spend."""

    base: NaiveMean  # for customers of age 0, of whom nothing is known

    @classmethod
    def fit(cls, history: PurchaseHistory) -> Self:
        """See `NaiveMean.fit`."""
        return cls(NaiveMean.fit(history))

    def expected_value(self, history: PurchaseHistory, horizon: float) -> Floats:
        """Spend in the next `horizon` units, shape (n,)."""
        own = np.where(history.frequency > 0, history.frequency * history.monetary_value, 0.0)
        aged = history.T > 0
        own_rate = own / np.where(aged, history.T, 1.0)
        return np.where(aged, own_rate * horizon, self.base.expected_value(history, horizon))

    def to_json(self) -> str:
        """Readable back by `from_json`, to the last bit."""
        return json.dumps({"model": "run-rate", "base": json.loads(self.base.to_json())}, indent=2)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The baseline that `to_json` wrote."""
        return cls(NaiveMean.from_json(json.dumps(read_document(text, "run-rate", ("base",))["base"])))
