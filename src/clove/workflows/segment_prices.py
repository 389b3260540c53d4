"""New contracts as a portfolio's own history has them, segment by segment: what they cost, and who buys at a price."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import pyarrow as pa

from clove.decisions.price_table import NAME, price_table
from clove.decisions.pricing import SegmentParameters
from clove.decisions.upfront_cost import UpfrontCost
from clove.kernel.arrays import Floats, Ints, Labels
from clove.models.price_response import PriceResponse
from clove.models.quotes import Quotes
from clove.valuation.contract_ends import ContractEnds
from clove.valuation.contract_terms import ContractTerms
from clove.valuation.shrinkage import shrunk_rates
from clove.workflows.contract_assumptions import Assumptions, ContractHistory
from clove.workflows.contract_money import RAND, Money
from clove.workflows.contract_request import ContractSettings
from clove.workflows.contract_segments import SEGMENT, Segments, mean_by
from clove.workflows.summary import floats, labels


@dataclass(frozen=True, slots=True, eq=False)
class SegmentPrices:
    """k of the portfolio's segments: those of which all three parts are known; money in each one's currency."""

    segments: Segments
    rows: Ints  # (k,) of the portfolio's segments
    currency: Labels  # (k,) of most of the segment's contracts
    labour: Floats  # (k,) of a fitment to a vehicle of standard complexity
    upfront: UpfrontCost  # (k,) means of the segment's contracts
    parameters: SegmentParameters  # at list price and mean upfront cost
    findings: tuple[str, ...]

    @classmethod
    def of(
        cls, history: ContractHistory, found: Assumptions, quotes: pa.Table, costs: pa.Table, settings: ContractSettings
    ) -> Self:
        """Learn them.

        Args:
            history: As of the date.
            found: What it tells of contracts.
            quotes: As in `segment_quotes.sql`.
            costs: As in `segment_upfront.sql`.
            settings: What the history does not tell.

        Raises:
            DidNotConverge: The demand found no optimum.
        """
        segments, segment, state = found.segments, found.segment, history.state
        rows = np.flatnonzero(segments.known)
        currency = _most_frequent(labels(state, "currency"), segment, len(segments))[rows]
        unit = history.money.worth_of(currency)

        def mean(values: Floats) -> Floats:
            """Of the contracts of each segment, shape (k,)."""
            return mean_by(values * history.rate, segment, len(segments))[rows] / unit

        price = mean(floats(state, "list_price"))
        unlisted = np.isnan(price)
        price = np.where(unlisted, mean(floats(state, "monthly_fee")), price)
        findings = []
        if unlisted.any():
            findings.append(
                f"{int(unlisted.sum())} segments have no list price: the mean fee of their contracts is taken."
            )
        parts = _upfront(costs, history, found, rows=rows, currency=currency, of_table=settings.contracts_of_table)
        rand = history.money.rand_of(currency)
        demand, said = _demand(quotes, segments, rows, history)
        terms = ContractTerms.of(
            np.array(["/".join(key) for key in zip(*(segments.column(name)[rows] for name in SEGMENT), strict=True)]),
            fee=price,
            cost=mean(found.cost),
            upfront=parts.total,
            acquisition=parts.acquisition,
            collected=mean_by(found.collected, segment, len(segments))[rows],
            penalty_collected=found.penalty_share[rows],
            clause=np.array([int(np.median(found.clause[segment == row])) for row in rows], dtype=np.int64),
            penalty_rate=settings.penalty_rate,
            theft_rate=settings.theft_rate,
            recovered=settings.recovered,
            recovery_fee=settings.recovery_fees * price,
            recovery_collected=settings.recovery_collected,
            recovery_cost=settings.recovery_cost_fees * price,
        )
        ends = ContractEnds.of(found.hazards.whole, rows, np.zeros(rows.size, dtype=np.int64))
        parameters = SegmentParameters(terms, ends, demand, rand)
        return cls(segments, rows, currency, mean(found.labour), parts, parameters, (*findings, *said))

    def place(self, country: str, channel: str, tier: str) -> int | None:
        """Which of the k is that segment; None where the portfolio has no such contract."""
        here = np.ones(self.rows.size, dtype=np.bool_)
        for name, word in zip(SEGMENT, (country, channel, tier), strict=True):
            here &= self.segments.column(name)[self.rows] == word
        found = np.flatnonzero(here)
        return int(found[0]) if found.size else None


def _most_frequent(codes: Labels, group: Ints, groups: int) -> Labels:
    each, place = np.unique(codes.astype(str), return_inverse=True)
    counts = np.bincount(group * each.size + place, minlength=groups * each.size).reshape(groups, each.size)
    found: Labels = each[np.argmax(counts, axis=1)].astype(object)
    return found


def _upfront(
    costs: pa.Table, history: ContractHistory, found: Assumptions, *, rows: Ints, currency: Labels, of_table: float
) -> UpfrontCost:
    """Mean of each kind of cost, pulled to the shipped table's, which counts as so many contracts."""
    segments, of = found.segments, found.segments.code(costs)
    table = price_table().take(segments.shipped_rows[rows])
    worth = history.money.worth_of(labels(costs, "currency"))
    shipped, unit = (history.money.worth_of(codes) for codes in (table.currency, currency))
    contracts = floats(costs, "contracts")
    distance = mean_by(floats(history.state, "distance_km"), found.segment, len(segments))[rows]
    listed = UpfrontCost.of_table(table, np.nan_to_num(distance, nan=0.0), np.ones(rows.size))
    prior = np.full(len(segments), np.nan)
    parts = []
    for field in fields(UpfrontCost):
        prior[rows] = getattr(listed, field.name) * shipped
        spent = np.nan_to_num(floats(costs, field.name)) * worth
        rates = shrunk_rates(
            spent,
            contracts,
            of,
            len(segments),
            prior=prior,
            group_strength=of_table,
            own_strength=np.ones(contracts.size),
        )
        parts.append(rates.group[rows] / unit)
    return UpfrontCost(*parts)


def _demand(
    quotes: pa.Table, segments: Segments, rows: Ints, history: ContractHistory
) -> tuple[PriceResponse, list[str]]:
    """From quotes, each segment's with what the shipped table and the others say.

    Args:
        quotes: As in `segment_quotes.sql`.
        segments: All of the portfolio's.
        rows: Those that are priced, shape (k,).
        history: As of the date.
    """
    table = price_table().take(segments.shipped_rows[rows])
    place = np.full(len(segments) + 1, -1)
    place[rows] = np.arange(rows.size)
    of = place[segments.code(quotes)]  # -1 takes the last, which is no segment
    price = floats(quotes, "price") * _rand_of_quotes(quotes, history.money)
    usable = (of >= 0) & np.isfinite(price) & (price > 0)
    converted = quotes["converted"].to_numpy(zero_copy_only=False).astype(np.bool_)
    counted = Quotes.of(of[usable], price[usable], converted[usable], segments=rows.size)
    said = []
    if not usable.any():
        said.append(f"There are no quotes: who buys at a price is taken from {NAME}.")
    elif (lost := int((~usable).sum())) > 0:
        said.append(f"{lost:,} quotes are of segments without a contract, or without a price: they are left out.")
    return PriceResponse.fit(counted, table.alpha, table.beta), said


def _rand_of_quotes(quotes: pa.Table, money: Money) -> Floats:
    """Rand that one unit of each quote's currency bought on its day, shape (n,); where unknown, as of the date."""
    codes = labels(quotes, "currency")
    own, rand = (
        np.where(money.currency == code, 1.0, floats(quotes, name))
        for code, name in ((codes, "rate"), (RAND, "rand_rate"))
    )
    then = own / rand
    return np.where(np.isfinite(then), then, money.rand_of(codes))
