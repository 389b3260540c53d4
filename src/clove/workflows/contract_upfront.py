"""What it cost to win and fit the contracts of a portfolio, each kind of cost by itself."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from clove.decisions.price_table import NAME as TABLE
from clove.decisions.price_table import price_table
from clove.decisions.technician_visit import complexity_factors
from clove.decisions.upfront_cost import UpfrontCost
from clove.kernel.arrays import Floats, Ints
from clove.workflows.contract_history import ContractHistory
from clove.workflows.contract_request import ContractSettings
from clove.workflows.contract_segments import Segments, mean_by
from clove.workflows.summary import floats, labels

KINDS = tuple(field.name for field in fields(UpfrontCost))


@dataclass(frozen=True, slots=True, eq=False)
class UpfrontCosts:
    """Of n contracts, in each one's currency."""

    cost: UpfrontCost  # (n,) nan where nothing tells
    findings: tuple[str, ...]

    @classmethod
    def of(cls, history: ContractHistory, segments: Segments, segment: Ints, settings: ContractSettings) -> Self:
        """Each kind: the contract's own, for hardware its product's, the mean of its segment, the shipped table's.

        A kind that is not noted is not known, and no zero: a cost that was not there is noted as 0.
        """
        state, rate = history.state, history.rate
        listed = _listed(history, segments, segment, settings)
        parts, lacking = [], []
        for kind in KINDS:
            own = floats(state, kind)
            product = floats(state, "hardware_cost") if kind == "hardware" else np.full(own.size, np.nan)
            usual = mean_by(own * rate, segment, len(segments))[segment] / rate
            filled = own
            for other in (product, usual, getattr(listed, kind)):
                filled = np.where(np.isnan(filled), other, filled)
            parts.append(filled)
            if unknown := int(np.isnan(own).sum()):
                lacking.append(f"{kind} of {unknown:,} contracts")
        findings = []
        if lacking:
            findings.append(
                f"Upfront costs that are not noted, and taken to be the mean of their segment or, where it has none, "
                f"those of {TABLE}; hardware, its product's first: {', '.join(lacking)}."
            )
        return cls(UpfrontCost(*parts), tuple(findings))


def base_labour(history: ContractHistory, segments: Segments, segment: Ints) -> Floats:
    """Of a technician's visit to a vehicle of standard complexity: the contract's own, its segment's, the shipped."""
    own, rate = floats(history.state, "base_labour"), history.rate
    usual = mean_by(own * rate, segment, len(segments))
    shipped = segments.shipped_money("base_labour", history.money)
    filled = np.where(np.isfinite(usual), usual, shipped)[segment] / rate
    return np.where(np.isnan(own), filled, own)


def _listed(history: ContractHistory, segments: Segments, segment: Ints, settings: ContractSettings) -> UpfrontCost:
    """The shipped table's, for the contract's distance and vehicle, in the contract's currency."""
    state = history.state
    distance = floats(state, "distance_km")
    usual = mean_by(distance, segment, len(segments))
    usual = np.where(np.isnan(usual), settings.usual_distance_km, usual)[segment]
    factor = complexity_factors(labels(state, "complexity"))
    table = price_table().take(segments.shipped_rows[segment])
    listed = UpfrontCost.of_table(
        table, np.where(np.isnan(distance), usual, distance), np.where(np.isnan(factor), 1.0, factor)
    )
    unit = history.money.worth_of(table.currency) / history.rate
    return UpfrontCost(*(getattr(listed, kind) * unit for kind in KINDS))
