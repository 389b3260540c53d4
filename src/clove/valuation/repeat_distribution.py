"""How many customers bought again not at all, once, twice and so on, beside what the fitted model makes of them."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats
from clove.kernel.errors import ArgumentRefused
from clove.models.history import PurchaseHistory
from clove.models.purchase_model import PurchaseModel
from clove.valuation.parameter_draws import DRAWS, interval, parameter_draws, with_parameters

MOST = 7  # "7+" repeat purchases
SIMULATED = 4_000_000  # customers in all worlds together, from where on there are fewer worlds
FEWEST_DRAWS = 24
EIGHT_OF_TEN = 1.2815515655446004  # standard deviations to both sides in a normal distribution


@dataclass(frozen=True, slots=True, eq=False)
class RepeatDistribution:
    """Customers by the number of their repeat purchases, and what worlds drawn from the fitted model make of it."""

    names: tuple[str, ...]  # (k,) "0", "1", ..., "7+"
    actual: Floats  # (k,) customers
    expected: Floats  # (k,) mean over the worlds
    low: Floats  # (k,) eight of ten worlds lie between: chance and what is uncertain about the parameters
    high: Floats  # (k,)

    @classmethod
    def of(cls, model: PurchaseModel, history: PurchaseHistory, *, most: int = MOST, seed: int = 1) -> Self:
        """Simulate bases of the same customers, of the same ages, from the model.

        Args:
            model: Fitted, in the history's unit.
            history: The base.
            most: Repeat purchases that the last group counts from.
            seed: Of the worlds.

        Raises:
            ArgumentRefused: Fewer groups than two, or the units differ.
        """
        if most < 1:
            raise ArgumentRefused(f"most = {most}", where="RepeatDistribution.of", remedy="Give 1 or more")
        history.expect_unit(model.unit, "RepeatDistribution.of")
        covariates = {effect.covariate: history.covariate(effect.covariate) for effect in model.effects_of}
        size = int(np.clip(SIMULATED // max(len(history), 1), FEWEST_DRAWS, DRAWS))
        for_theta, *for_chance = (int(word) for word in np.random.SeedSequence(seed).generate_state(size + 1))
        worlds = np.empty((size, most + 1))
        for place, theta in enumerate(parameter_draws(model, size, for_theta)):
            made = with_parameters(model, theta).simulate(history.T, for_chance[place], covariates=covariates)
            worlds[place] = _customers(np.bincount(made.customer, minlength=len(history)).astype(np.float64), most)
        expected: Floats = worlds.mean(axis=0)
        if size == DRAWS:
            low, high = interval(worlds)
        else:
            # counts of a large base are as good as normal, and their spread needs fewer worlds than their quantiles
            reach = EIGHT_OF_TEN * worlds.std(axis=0, ddof=1)
            low, high = np.maximum(expected - reach, 0.0), expected + reach
        names = (*(str(number) for number in range(most)), f"{most}+")
        return cls(names, _customers(history.frequency, most), expected, low, high)


def _customers(frequency: Floats, most: int) -> Floats:
    groups = np.minimum(frequency, most).astype(np.int64)
    return np.bincount(groups, minlength=most + 1).astype(np.float64)
