"""New contracts as a portfolio's own history has them, segment by segment: what they cost, and who buys at a price."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import pyarrow as pa

from clove.decisions.price_table import price_table
from clove.decisions.pricing import SegmentParameters
from clove.decisions.upfront_cost import UpfrontCost
from clove.kernel.arrays import Floats, Ints, Labels
from clove.models.price_response import PriceResponse
from clove.valuation.contract_ends import ContractEnds
from clove.valuation.contract_terms import ContractTerms
from clove.valuation.shrinkage import shrunk_rates
from clove.workflows.contract_assumptions import Assumptions
from clove.workflows.contract_history import ContractHistory
from clove.workflows.contract_money import Money
from clove.workflows.contract_request import ContractSettings
from clove.workflows.contract_segments import SEGMENT, Segments, mean_by
from clove.workflows.segment_demand import segment_demand
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
    demand: PriceResponse  # of every segment of the shipped table, in its order
    money: Money  # rates as of the date
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
        parts = _upfront(costs, history, found, rows=rows, currency=currency, settings=settings)
        rand = history.money.rand_of(currency)
        table, shipped_rows = price_table(), segments.shipped_rows[rows]
        listed = table.list_price * history.money.rand_of(table.currency)
        in_rand = price * rand
        listed[shipped_rows] = np.where(np.isfinite(in_rand), in_rand, listed[shipped_rows])
        demand, said = segment_demand(quotes, listed, history.money)
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
        parameters = SegmentParameters(terms, ends, demand.take(shipped_rows), rand)
        return cls(
            segments=segments,
            rows=rows,
            currency=currency,
            labour=mean(found.labour),
            upfront=parts,
            parameters=parameters,
            demand=demand,
            money=history.money,
            findings=(*findings, *said),
        )

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
    costs: pa.Table,
    history: ContractHistory,
    found: Assumptions,
    *,
    rows: Ints,
    currency: Labels,
    settings: ContractSettings,
) -> UpfrontCost:
    """Mean of each kind of cost, pulled to the shipped table's, which counts as so many contracts."""
    segments, of = found.segments, found.segments.code(costs)
    table = price_table().take(segments.shipped_rows[rows])
    worth = history.money.worth_of(labels(costs, "currency"))
    shipped, unit = (history.money.worth_of(codes) for codes in (table.currency, currency))
    contracts = floats(costs, "contracts")
    distance = mean_by(floats(history.state, "distance_km"), found.segment, len(segments))[rows]
    listed = UpfrontCost.of_table(
        table, np.where(np.isnan(distance), settings.usual_distance_km, distance), np.ones(rows.size)
    )
    prior = np.full(len(segments), np.nan)
    parts = []
    for field in fields(UpfrontCost):
        prior[rows] = getattr(listed, field.name) * shipped
        # a kind that no contract of a segment has is not known, and no zero
        spent = floats(costs, field.name) * worth
        rates = shrunk_rates(
            spent,
            contracts,
            of,
            len(segments),
            prior=prior,
            group_strength=settings.contracts_of_table,
            own_strength=np.ones(contracts.size),
        )
        parts.append(rates.group[rows] / unit)
    return UpfrontCost(*parts)
