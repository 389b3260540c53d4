"""What a model expects of every possible history: how often somebody bought, and how long they have been silent."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats
from clove.kernel.errors import NotEnoughData
from clove.kernel.period import TimeUnit
from clove.models.history import PurchaseHistory
from clove.models.purchase_model import PurchaseModel
from clove.valuation.parameter_draws import interval, models_drawn

COLUMNS = 40  # steps of silence
MOST_FREQUENT = 30  # rows
FEWEST = 5
COMMON = 0.9  # quantile of the base's age at which the map is drawn
RARE = 0.995  # quantile of frequency up to which it reaches
COUNTED = {TimeUnit.DAY, TimeUnit.OPPORTUNITY}
MODELS = 50  # that the intervals are made of


@dataclass(frozen=True, slots=True, eq=False)
class FrequencyRecencyMap:
    """Every history of one age that is of interest, and what the fitted model expects of it."""

    age: float  # T at which the map is drawn, in units
    frequency: Floats  # (k,) repeat purchases
    since_last: Floats  # (m,) units since the last purchase
    probability_alive: Floats  # (k, m)
    expected_purchases: Floats  # (k, m) over the horizon
    unit: TimeUnit = TimeUnit.DAY
    alive_interval: tuple[Floats, Floats] | None = None  # each (k, m): eight of ten models the data allow lie between
    purchases_interval: tuple[Floats, Floats] | None = None

    @classmethod
    def of(cls, model: PurchaseModel, history: PurchaseHistory, horizon: float, *, seed: int = 1) -> Self:
        """For customers of the base's longest common age, so that most histories that occur are on the map.

        Args:
            model: Fitted, in the history's unit.
            history: The base; where the model has effects, its mean covariates stand for everybody.
            horizon: Units ahead, for the expected purchases.
            seed: Of the intervals.

        Raises:
            NotEnoughData: Nobody in the history.
        """
        if not len(history):
            raise NotEnoughData("a history of nobody", where="history", remedy="Give at least one customer")
        unit = history.unit
        whole = unit in COUNTED
        age = max(float(np.quantile(history.T, COMMON, method="lower" if whole else "linear")), 1.0)
        # where time is counted, one purchase per unit is as many as there can be
        limit = min(float(MOST_FREQUENT), age) if whole else float(MOST_FREQUENT)
        frequency = np.arange(1.0, int(np.clip(np.quantile(history.frequency, RARE), min(FEWEST, limit), limit)) + 1)
        since_last = np.linspace(0.0, age, COLUMNS + 1)[:-1]
        if whole:
            since_last = np.unique(np.floor(since_last))
        x, silent = (grid.ravel() for grid in np.meshgrid(frequency, since_last, indexing="ij"))
        room = age - x if whole else np.full(x.size, age)
        possible = PurchaseHistory.of(x, age - np.minimum(silent, room), np.full(x.size, age), unit=unit)
        means = {effect.covariate: float(history.covariate(effect.covariate).mean()) for effect in model.effects_of}
        possible = possible.with_covariates({name: np.full(x.size, mean) for name, mean in means.items()})
        impossible = silent > room
        models = [model, *models_drawn(model, MODELS, seed)]
        shape = (len(models), frequency.size, since_last.size)
        alive, purchases = (
            np.where(impossible, np.nan, np.stack(figures)).reshape(shape)
            for figures in (
                [drawn.probability_alive(possible) for drawn in models],
                [drawn.expected_purchases(possible, horizon) for drawn in models],
            )
        )
        return cls(
            age,
            frequency,
            since_last,
            alive[0],
            purchases[0],
            unit,
            interval(alive[1:]),
            interval(purchases[1:]),
        )
