"""What to charge for a new contract: whether an offered price pays, which price would bring most, which brings nothing.

conversion(p) = alpha exp(-beta p_zar)      q(p) = q_segment (p / list price)^0.5
profit(p) = conversion(p) ltv(p)            p* = argmax of it on [0.7, 1.3] x list price
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from clove.decisions.price_search import highest, root
from clove.kernel.arrays import Bools, Floats, Ints
from clove.kernel.errors import ArgumentRefused
from clove.models.price_response import PriceResponse
from clove.valuation.contract_ends import ContractEnds
from clove.valuation.contract_intervals import ContractIntervals
from clove.valuation.contract_terms import ContractTerms, Horizon
from clove.valuation.contract_value import ContractValue, blocks
from clove.valuation.payback import payback_month, simple_payback_months


@dataclass(frozen=True, slots=True)
class PricingSettings:
    """How prices are judged, and among which the best is sought."""

    lowest: float = 0.7  # of the list price
    highest: float = 1.3
    points: int = 61  # of the curve, both ends included
    churn_exponent: float = 0.5  # q(p) = q (p / list)^this
    least_return: float = 0.10  # ltv that a contract has to bring, as a share of its upfront cost
    payback_months: int = 36  # by which a contract without a clause has to have paid back
    least_judged: float = 0.5  # of the list price: below it nobody was asked, and nothing is judged
    most_judged: float = 2.0  # the same above it

    def __post_init__(self) -> None:
        sound = 0 < self.lowest < self.highest < np.inf and self.points >= 3 and self.payback_months >= 1
        sound = sound and 0 < self.least_judged <= self.most_judged
        if not (sound and np.isfinite(self.churn_exponent) and np.isfinite(self.least_return)):
            raise ArgumentRefused(
                f"{self}",
                where="PricingSettings",
                remedy="Give a range above 0, three points or more, and finite figures",
            )


@dataclass(frozen=True, slots=True, eq=False)
class SegmentParameters:
    """n segments in which contracts are sold; money in each segment's currency, arrays of shape (n,)."""

    terms: ContractTerms  # of a new contract at list price: nothing served, nothing realised
    ends: ContractEnds  # of the same
    demand: PriceResponse
    rand: Floats  # rand that one unit of the segment's currency buys

    def __post_init__(self) -> None:
        sizes = {len(self.terms), len(self.ends), len(self.demand), self.rand.size}
        fee = self.terms.fee
        if len(sizes) > 1 or not (np.isfinite(fee) & (fee > 0) & np.isfinite(self.rand) & (self.rand > 0)).all():
            raise ArgumentRefused(
                "segments without a list price or a rate to rand each",
                where="SegmentParameters",
                remedy="Give a list price and a rate above 0 for every segment",
            )

    def __len__(self) -> int:
        return len(self.terms)

    def take(self, rows: Ints) -> Self:
        """Some of the segments, in the order asked for, each as often as asked for."""
        return type(self)(self.terms.take(rows), self.ends.take(rows), self.demand.take(rows), self.rand[rows])

    def at(self, price: Floats, settings: PricingSettings) -> tuple[ContractTerms, ContractEnds]:
        """New contracts at a price of each segment, shape (n,): what follows the fee follows it."""
        share = price / self.terms.fee
        terms = replace(
            self.terms,
            fee=price,
            recovery_fee=self.terms.recovery_fee * share,
            recovery_cost=self.terms.recovery_cost * share,
        )
        return terms, replace(self.ends, factor=self.ends.factor * share**settings.churn_exponent)


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What one price of each of n segments brings, and whether that will do; shape (n,), nan where it is unknown."""

    ltv: Floats
    least_ltv: Floats  # that it has to bring
    ltv_to_cac: Floats  # nan without acquisition cost
    payback_month: Floats  # nan for never
    simple_payback_months: Floats  # undiscounted, as if no contract ever ended; nan for never
    months_allowed: Ints  # by which it has to pay back
    enough: Bools  # ltv is at least the least
    in_time: Bools  # paid back within the months allowed
    observed: Bools  # near enough to the list price for anything to be known of it

    @classmethod
    def of(
        cls,
        terms: ContractTerms,
        ends: ContractEnds,
        listed: Floats,
        settings: PricingSettings,
        horizon: Horizon | None = None,
    ) -> Self:
        """Judge new contracts: by their ltv, and by when the upfront cost has come back.

        Args:
            terms: Of n contracts at the prices that are judged.
            ends: Of the same.
            listed: List price of each, shape (n,).
            settings: What is asked of a price, and how far from the list price one is judged at all.
            horizon: 60 months at 12 % a year if left out.
        """
        value, months = ContractValue.of(terms, ends, horizon), payback_month(terms, ends, horizon)
        allowed = np.where(terms.clause > 0, terms.clause, settings.payback_months)
        least, share = settings.least_return * terms.upfront, terms.fee / listed
        return cls(
            ltv=value.ltv,
            least_ltv=least,
            ltv_to_cac=value.ltv_to_cac,
            payback_month=months,
            simple_payback_months=simple_payback_months(terms),
            months_allowed=allowed,
            enough=value.ltv >= least,
            in_time=months <= allowed,
            observed=(settings.least_judged <= share) & (share <= settings.most_judged),
        )

    @property
    def proceed(self) -> Bools:
        """All conditions hold, shape (n,)."""
        return self.enough & self.in_time & self.observed


@dataclass(frozen=True, slots=True, eq=False)
class Pricing:
    """What n segments' prices come to: shape (n,), or (n, m) for the curves over m prices; nan where there is none."""

    price: Floats  # offered
    list_price: Floats
    verdict: Verdict
    upfront: Floats
    conversion: Floats
    conversion_p10: Floats  # nan where the demand was not fitted
    conversion_p90: Floats
    ltv_p10: Floats
    ltv_p90: Floats
    expected_profit: Floats  # conversion * ltv, of a quote
    break_even: Floats  # nan where no price of the range has an ltv of 0
    optimum: Floats  # the price of the range with the highest expected profit
    optimum_profit: Floats
    on_bound: Ints  # -1 where the optimum is the lowest price of the range, 1 the highest, 0 within
    curve_price: Floats  # (n, m)
    curve_conversion: Floats
    curve_ltv: Floats
    curve_profit: Floats

    @classmethod
    def of(
        cls,
        segments: SegmentParameters,
        price: Floats | None = None,
        *,
        settings: PricingSettings | None = None,
        horizon: Horizon | None = None,
        seed: int = 1,
    ) -> Self:
        """Judge one price of each segment, and all of its range.

        Args:
            segments: n of them.
            price: Offered in each, in its currency, shape (n,); the list price if left out.
            settings: The defaults if left out.
            horizon: 60 months at 12 % a year if left out.
            seed: Of the draws of the ltv's interval.

        Raises:
            ArgumentRefused: A price that is not finite and above 0.
        """
        chosen, ahead = settings or PricingSettings(), horizon or Horizon()
        listed = segments.terms.fee
        offered = listed if price is None else np.asarray(price, dtype=np.float64)
        if offered.shape != listed.shape or not (np.isfinite(offered) & (offered > 0)).all():
            raise ArgumentRefused(
                "a price that is none", where="price", remedy="Give one finite price above 0 for each segment"
            )

        def ltv(prices: Floats, rows: Ints) -> Floats:
            """Of shape (k, m) prices of k of the segments."""
            each, flat = np.repeat(rows, prices.shape[1]), prices.ravel()
            value = np.empty(flat.size)
            for part in blocks(flat.size):
                value[part] = ContractValue.of(*segments.take(each[part]).at(flat[part], chosen), ahead).ltv
            return value.reshape(prices.shape)

        def profit(prices: Floats) -> Floats:
            return segments.demand.conversion(prices * segments.rand[:, None]) * ltv(prices, everyone)

        everyone = np.arange(len(segments))
        curve = listed[:, None] * np.linspace(chosen.lowest, chosen.highest, chosen.points)
        conversions = segments.demand.conversion(curve * segments.rand[:, None])
        values = ltv(curve, everyone)
        optimum, most = highest(profit, curve, conversions * values)
        optimum = np.where(np.isnan(most), np.nan, optimum)
        terms, ends = segments.at(offered, chosen)
        verdict = Verdict.of(terms, ends, listed, chosen, ahead)
        interval = ContractIntervals.of(terms, ends, ahead, seed=seed, outcomes=False)
        converts = segments.demand.conversion(offered * segments.rand)
        low, high = segments.demand.conversion_interval(offered * segments.rand)
        return cls(
            price=offered,
            list_price=listed,
            verdict=verdict,
            upfront=terms.upfront,
            conversion=converts,
            conversion_p10=low,
            conversion_p90=high,
            ltv_p10=interval.ltv_p10,
            ltv_p90=interval.ltv_p90,
            expected_profit=converts * verdict.ltv,
            break_even=root(ltv, curve, values),
            optimum=optimum,
            optimum_profit=most,
            on_bound=(optimum >= curve[:, -1]).astype(np.int64) - (optimum <= curve[:, 0]),
            curve_price=curve,
            curve_conversion=conversions,
            curve_ltv=values,
            curve_profit=conversions * values,
        )
