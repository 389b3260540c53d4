"""What the valuation of a portfolio is asked for."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from clove.decisions.collection_settings import CollectionSettings
from clove.decisions.pricing import PricingSettings
from clove.intake.portfolio.mapping import PortfolioMap
from clove.kernel.money import Currency
from clove.valuation.contract_intervals import Spreads
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
    cost_months: int = 12  # newest months whose cost lines tell of the months to come
    upkeep_share: float = 0.76  # platform and data, of the shipped table's cost of a month
    days_of_grace: int = 31  # after its due date, in which an invoice is not yet unpaid
    signing_days: int = 30  # after a quote, by which a contract comes of it if ever
    penalty_months: int = 3  # after an end, by which a penalty is collected if ever
    hardware_months: int = 60  # over which a unit that was never valued loses its price
    usual_distance_km: float = 20.0  # of a fitment, where none in the segment is known
    contracts_of_table: float = 1.0  # that the shipped upfront cost counts as beside a segment's own, in pricing
    relative_error_of_table: float = 0.5  # of the shipped chance of an end
    ends_of_prior: float = 20.0  # ends that the usual share of penalties counts as beside a segment's own
    suspension_ends: float = 0.25  # chance in a month that a suspended contract pays again, where few were seen
    suspended_months_of_prior: float = 20.0  # months of suspended contracts that it counts as beside those seen
    amber: float = 0.30  # chance of an end within three months, from which a contract is AMBER
    red: float = 0.60  # and above which it is RED
    collections: CollectionSettings = field(default_factory=CollectionSettings)
    pricing: PricingSettings = field(default_factory=PricingSettings)
    spreads: Spreads = field(default_factory=Spreads)  # of all intervals


@dataclass(frozen=True, slots=True)
class ContractRequest:
    """A folder of tables in, a folder of results out, and how to count."""

    folder: Path
    out: Path
    as_of: date | None = None  # None: the last finished month of the data
    today: date | None = None  # None: the machine's date
    mapping: PortfolioMap | None = None
    currency: Currency = NO_CURRENCY  # of the portfolio's totals; none: found in its tables
    horizon: Horizon = field(default_factory=Horizon)
    seed: int = 1
    settings: ContractSettings = field(default_factory=ContractSettings)

    def __post_init__(self) -> None:
        """Refuse a rate that was meant in per cent."""
        self.horizon.check_rate()
