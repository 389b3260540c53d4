"""What the valuation of a portfolio is asked for."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from clove.decisions.collection_settings import CollectionSettings
from clove.intake.portfolio.mapping import PortfolioMap
from clove.kernel.money import Currency
from clove.valuation.contract_terms import (
    PENALTY_RATE,
    RECOVERED,
    RECOVERY_COLLECTED,
    RECOVERY_COST_FEES,
    RECOVERY_FEES,
    THEFT_RATE,
    Horizon,
)

NO_CURRENCY = Currency("")


@dataclass(frozen=True, slots=True)
class ContractSettings:
    """Every assumption that the portfolio's own history does not tell; `docs/methods` defines each."""

    penalty_rate: float = PENALTY_RATE
    theft_rate: float = THEFT_RATE  # a year
    recovered: float = RECOVERED  # share of thefts
    recovery_fees: float = RECOVERY_FEES  # charged for a recovery, in monthly fees
    recovery_collected: float = RECOVERY_COLLECTED  # share of them
    recovery_cost_fees: float = RECOVERY_COST_FEES  # cost of a recovery, in monthly fees
    voluntary_collected: float = 0.675  # share of the penalty that is collected when a customer chooses to end
    clause_months: int = 36  # where neither the contract nor its product names one
    fleet_clause_months: int = 24
    travel_rate: float = 3.50  # rand per km of a technician's visit
    invoices_of_segment: float = 6.0  # invoices that a segment's share collected counts as beside a contract's own
    invoices_of_all: float = 120.0  # the same of the whole portfolio beside a segment
    cost_months_of_segment: float = 6.0  # months of cost lines, likewise
    cost_months_of_all: float = 120.0
    ends_of_prior: float = 20.0  # ends that the usual share of penalties counts as beside a segment's own
    suspension_ends: float = 0.25  # chance in a month that a suspended contract pays again, where few were seen
    suspended_months_of_prior: float = 20.0  # months of suspended contracts that it counts as beside those seen
    amber: float = 0.30  # chance of an end within three months, from which a contract is AMBER
    red: float = 0.60  # and above which it is RED
    collections: CollectionSettings = field(default_factory=CollectionSettings)


@dataclass(frozen=True, slots=True)
class ContractRequest:
    """A folder of tables in, a folder of results out, and how to count."""

    folder: Path
    out: Path
    as_of: date | None = None  # None: the last finished month of the data
    today: date | None = None  # None: the machine's date
    mapping: PortfolioMap | None = None
    currency: Currency = NO_CURRENCY  # of the portfolio's totals; none: that of most contracts
    horizon: Horizon = field(default_factory=Horizon)
    seed: int = 1
    settings: ContractSettings = field(default_factory=ContractSettings)
