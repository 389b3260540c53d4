"""What the report of a portfolio of contracts shows: plain values, filled by the workflow, drawn by the page."""

from dataclasses import dataclass
from datetime import date

from clove.kernel.arrays import Floats
from clove.kernel.money import Currency
from clove.reports.contents import Estimate, RuleCount


@dataclass(frozen=True, slots=True)
class TableRead:
    """What became of one table of the portfolio; rows = kept + held + rejected."""

    name: str
    file: str
    rows: int
    kept: int
    held: int  # dated after the as-of date
    rejected: tuple[RuleCount, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SegmentValue:
    """The live contracts of one segment, in the portfolio's currency."""

    country: str
    channel: str
    tier: str
    contracts: int
    monthly_fee: float  # mean
    monthly_churn: float  # mean chance of an end next month
    remaining: Estimate  # of all of them together
    ltv: Estimate  # mean of its contracts; moves with `remaining`, since what came before it is known
    upfront: float  # mean
    payback_month: float  # median of those that pay back; nan without any
    never_pays_back: int  # contracts that do not within the horizon


@dataclass(frozen=True, slots=True, eq=False)
class HazardLine:
    """The monthly chance of an end by months served, of one kind of contract (its minimum term)."""

    name: str  # "minimum term of 36 months"
    term: int  # its months; 0 without one
    probability: Floats  # (m,) to end in month 1, 2, … of the contract, of those that began it
    low: Floats  # (m,) 10 %
    high: Floats  # (m,) 90 %
    contracts: Floats  # (m,) contract-months behind each


@dataclass(frozen=True, slots=True)
class Lapsed:
    """A line of the collections queue; money in the contract's currency, nan where unknown."""

    contract_id: str
    currency: Currency
    band: str
    months_lapsed: int
    arrears: float
    pays_again: float  # chance that payment comes back next month
    carry_on: float  # expected value of each action
    cancel: float
    retrieve: float
    action: str  # "continue", "cancel", "retrieve"; "" where undecided
    gain: float
    priority: float  # in the portfolio's currency, by which the queue is ordered
    then: str  # in words: what to do later if nothing changes
    brings: str = ""  # in words: what a stop brings, "hardware R 900, penalty R 120"


@dataclass(frozen=True, slots=True)
class SegmentPrice:
    """A segment at its list price, in its own currency."""

    country: str
    channel: str
    tier: str
    currency: Currency
    quotes: int
    list_price: float
    conversion: Estimate  # at the list price; bounds nan where no quotes tell them
    ltv: Estimate  # of a new contract at it
    payback_month: float  # nan for never
    break_even: float  # nan for none in the range
    optimum: float
    on_bound: bool
    verdict: str  # PROCEED or BLOCK
    reasons: tuple[str, ...]  # that failed


@dataclass(frozen=True, slots=True)
class Assumption:
    """A figure that the values rest on."""

    name: str
    value: str  # with its unit and, where it is an estimate, its interval
    origin: str  # "118,203 invoices", "default"


@dataclass(frozen=True, slots=True, eq=False)
class PortfolioReport:
    """One run."""

    as_of: date
    currency: Currency  # of all totals
    horizon_months: int
    discount_rate: float
    live: int
    ended: int
    customers: int  # with a live contract
    active: int
    lapsed: int
    suspended: int
    monthly_fees: float  # of live contracts, suspended ones left out: MRR
    remaining: Estimate  # of all live contracts
    ltv: Estimate  # of all live contracts
    realised: float  # net cash of live contracts to date
    upfront: float  # spent on them
    parts: tuple[tuple[str, float], ...]  # of the remaining value: subscription, penalties, recoveries, costs (below 0)
    columns_remaining: Floats  # (live,) each contract's remaining value, in the portfolio's currency
    columns_ltv: Floats  # (live,)
    columns_payback: Floats  # (live,) nan for never
    segments: tuple[SegmentValue, ...]  # by remaining value, largest first
    hazards: tuple[HazardLine, ...]
    queue: tuple[Lapsed, ...]  # the first of the collections queue
    actions: tuple[
        tuple[str, int, float], ...
    ]  # action, contracts, gain over the second best in the portfolio's currency
    prices: tuple[SegmentPrice, ...]
    assumptions: tuple[Assumption, ...]
    findings: tuple[str, ...]
    tables: tuple[TableRead, ...]
    unknown: tuple[tuple[str, int], ...]  # reason, contracts whose value is null for it
    seed: int
    version: str
    data_hash: str
    not_yours: str = ""  # in words: which figures are those of the illustrative table; empty for none
    stops_known: bool = True  # payments or changes of status are there, which tell who stopped paying
