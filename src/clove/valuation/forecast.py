"""What customers will spend: the expectation in closed form, the distribution by draws that need no Markov chain."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats, Ints
from clove.kernel.progress import Progress
from clove.models.gamma_gamma import GammaGamma
from clove.models.history import PurchaseHistory
from clove.models.purchase_model import PurchaseModel
from clove.models.streams import stream_keys
from clove.valuation.blend import Boost
from clove.valuation.common_error import CommonError
from clove.valuation.widening import Widening

LEVELS = np.array([0.1, 0.5, 0.9])
PARAMETER_DRAWS = 128
REPEATS = 8  # draws per parameter draw: 1,024 in all, a P90 within a percentage point
FEW_DRAWS = 32  # of the parameters, where many customers are drawn only to be compared
BLOCK = 1_024  # customers; their draws stay near the processor


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """The ends of the months (or what is left of one) that the discounted sum runs over."""

    units: Floats  # (m,) from the as-of date, in the history's unit
    years: Floats  # (m,) months as twelfths

    @property
    def horizon(self) -> float:
        """The whole, in units."""
        return float(self.units[-1])

    def discount(self, annual_rate: float) -> Floats:
        """Factor of each step, shape (m,): the money of a month counts as if it came at the month's end."""
        return (1 + annual_rate) ** -self.years


@dataclass(frozen=True, slots=True, eq=False)
class Expectation:
    """Closed forms at the fitted parameters, all of shape (n,).

    by_purchases = expected_purchases * discounting * expected_spend * margin.
    """

    probability_alive: Floats
    expected_purchases: Floats  # over the horizon
    expected_spend: Floats  # per purchase
    discounting: Floats  # discounted share of the purchases' worth, in (0, 1]
    by_purchases: Floats  # CLV by the purchase and spend models alone
    by_behaviour: Floats  # CLV by the boosted value alone; nan where there is none
    clv: Floats  # the first, or the blend of both

    @classmethod
    def of(
        cls,
        history: PurchaseHistory,
        purchases: PurchaseModel,
        spend: GammaGamma,
        steps: Steps,
        *,
        margin: float = 1.0,
        discount_rate: float = 0.0,
        boost: Boost | None = None,
    ) -> Self:
        """CLV = sum over months of (E[x up to k] - E[x up to k-1]) * E[spend] * margin / (1 + d)^(k/12).

        Args:
            history: As of the date from which the steps count.
            purchases: In the history's unit.
            spend: In the currency's major unit.
            steps: Months of the calendar.
            margin: Share of spend that is kept.
            discount_rate: Per year; 0.1 for ten per cent.
            boost: The boosted value, which then has its share.
        """
        total = purchases.expected_purchases(history, steps.horizon)
        if discount_rate == 0.0:
            discounting = np.ones(len(history))
        else:
            discounted = purchases.discounted_purchases(history, steps.units, steps.discount(discount_rate))
            discounting = np.where(total > 0, discounted / np.where(total > 0, total, 1.0), 1.0)
        per_purchase = spend.expected_spend(history)
        worth = discounting * margin
        alone = total * per_purchase * worth
        alive = purchases.probability_alive(history)
        if boost is None:
            return cls(alive, total, per_purchase, discounting, alone, np.full(len(history), np.nan), alone)
        behaviour = boost.outlook.expected * worth
        return cls(alive, total, per_purchase, discounting, alone, behaviour, boost.blend.mean(alone, behaviour))


@dataclass(frozen=True, slots=True, eq=False)
class Distribution:
    """What the predictive draws say. Parameters and chance both are in it."""

    p10: Floats  # (n,)
    p50: Floats  # (n,)
    p90: Floats  # (n,)
    pit: Floats  # (n,) randomised probability integral transform of what came; nan where that is unknown
    totals: Floats  # (k, d) total of each group in each draw

    @classmethod
    def of(
        cls,
        history: PurchaseHistory,
        purchases: PurchaseModel,
        spend: GammaGamma,
        horizon: float,
        *,
        scale: Floats | float = 1.0,
        seed: int = 1,
        common: CommonError | None = None,
        widening: Widening | None = None,
        repeats: int = REPEATS,
        group: Ints | None = None,
        groups: int = 1,
        actual: Floats | None = None,
        boost: Boost | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """Draw.

        Args:
            history: As of the date from which the horizon counts.
            purchases: Fitted, so that its uncertainty is known.
            spend: Fitted.
            horizon: In the history's unit.
            scale: Worth of one unit of spend, margin times discounting; one figure or shape (n,).
            seed: Same seed, same customer: same draws, whoever else is in the history.
            common: Error that all customers share; none if left out.
            widening: Where the draws are read for a quantile; the totals stay. As they say if left out.
            repeats: Draws per parameter draw.
            group: Group of each customer for `totals`, below `groups`, shape (n,); one group if left out.
            groups: How many there are.
            actual: What came, scaled likewise, for `pit`, shape (n,).
            boost: The boosted value, which then has its share of the draws: in those all customers follow it.
            progress: Told the share that is done.
        """
        from clove.valuation.spend_draws import draw_boosted, draw_spend, summarise

        n = len(history)
        member = np.zeros(n, np.int64) if group is None else np.asarray(group, np.int64)
        known = np.full(n, np.nan) if actual is None else np.asarray(actual, np.float64)
        # streams of their own, so that no two kinds of uncertainty move together
        for_theta, for_phi, for_common, for_boosted = (
            int(s) for s in np.random.SeedSequence(seed).generate_state(4, np.uint64)
        )
        # an even number, so that draws of parameters come in antithetic pairs
        own = PARAMETER_DRAWS if boost is None else 2 * round(boost.blend.weight * PARAMETER_DRAWS / 2)
        theta, phi = purchases.draws(own, for_theta), spend.draws(own, for_phi)
        ahead = np.full(own, horizon)
        others = PARAMETER_DRAWS - own
        shared, shared_boosted = (
            np.ones(count) if common is None or not count else common.factors(count, its_seed)
            for count, its_seed in ((own, for_common), (others, for_boosted))
        )
        keys = stream_keys(history.customer_id, seed)
        spent = np.where(history.frequency > 0, history.frequency * history.monetary_value, 0.0)
        worth = np.ascontiguousarray(np.broadcast_to(np.asarray(scale, np.float64), (n,)))
        apart = widening or Widening.none()
        levels = apart.levels(LEVELS)
        quantiles, pit = np.empty((n, LEVELS.size)), np.empty(n)
        starts = range(0, n, BLOCK)

        def draw(start: int) -> Floats:
            rows = slice(start, start + BLOCK)
            totals = np.zeros((groups, PARAMETER_DRAWS * repeats))
            values = np.empty((keys[rows].size, PARAMETER_DRAWS * repeats))
            if own:
                counts = purchases.purchase_counts(history.take(rows), theta, ahead, repeats, keys[rows])
                draw_spend(counts, history.frequency[rows], spent[rows], keys[rows], worth[rows], phi, shared, values)
            if boost is not None and others:
                amount, active, ratios = boost.take(rows)
                draw_boosted(amount, active, ratios, keys[rows], worth[rows], shared_boosted, repeats, values)
            summarise(values, keys[rows], member[rows], known[rows], levels, quantiles[rows], pit[rows], totals)
            return totals

        totals = np.zeros((groups, PARAMETER_DRAWS * repeats))
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            # summed in the order of the blocks, so that the last bit does not depend on the threads
            for done, part in enumerate(pool.map(draw, starts), start=1):
                totals += part
                if progress is not None:
                    progress.share(done / len(starts))
        return cls(quantiles[:, 0], quantiles[:, 1], quantiles[:, 2], apart.widened(pit), totals)


def spend_draws(
    history: PurchaseHistory, purchases: PurchaseModel, spend: GammaGamma, horizon: float, *, seed: int = 1
) -> Floats:
    """Draws of each customer's spend by the purchase model alone, those of one draw of the parameters side by side.

    Args:
        history: Of n customers.
        purchases: Fitted.
        spend: Fitted.
        horizon: In the history's unit.
        seed: Same seed, same customer: same draws.

    Returns:
        Shape (n, FEW_DRAWS * REPEATS).
    """
    from clove.valuation.spend_draws import draw_spend

    for_theta, for_phi = (int(s) for s in np.random.SeedSequence(seed).generate_state(2, np.uint64))
    theta, phi = purchases.draws(FEW_DRAWS, for_theta), spend.draws(FEW_DRAWS, for_phi)
    keys = stream_keys(history.customer_id, seed)
    values = np.empty((len(history), FEW_DRAWS * REPEATS))
    counts = purchases.purchase_counts(history, theta, np.full(FEW_DRAWS, horizon), REPEATS, keys)
    spent = np.where(history.frequency > 0, history.frequency * history.monetary_value, 0.0)
    draw_spend(counts, history.frequency, spent, keys, np.ones(len(history)), phi, np.ones(FEW_DRAWS), values)
    return values
