"""What the figures of a portfolio are: plain values, filled by the workflow; money in the portfolio's currency."""

from dataclasses import dataclass
from datetime import date

from clove.kernel.arrays import Floats
from clove.kernel.money import Currency

NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and what it rests on; nan with a reason where it is not known."""

    value: float
    n: int  # contracts, unless the name says otherwise
    p10: float = NAN  # bounds of an estimate, between which it lies in eight of ten cases; nan for what was counted
    p90: float = NAN
    because: str = ""  # why it is not known


@dataclass(frozen=True, slots=True)
class MrrMonth:
    """Monthly recurring revenue in whole minor units: `opening` and the movements add up to `closing`."""

    month_end: date
    opening: int
    new: int
    expansion: int
    contraction: int
    suspended: int
    reactivated: int
    churned: int
    fx: int
    closing: int
    paying: int  # contracts at the end of the month whose fee is counted
    on_hold: int  # suspended at the end of the month
    unknown: int  # in a currency that had no rate yet


@dataclass(frozen=True, slots=True)
class MonthResult:
    """What came and went in a month, and who left."""

    month_end: date
    collected: float  # fees, penalties and recovery fees; nan where no invoice is known
    monthly_costs: float  # cost lines
    gross_profit: float  # collected less monthly costs
    recovery_costs: float
    live: int  # contracts at the start of the month
    ended: int  # of these
    churn: Figure  # ended / live


@dataclass(frozen=True, slots=True)
class CohortLine:
    """The contracts that started in one quarter."""

    quarter: str  # "2024 Q1"
    contracts: int
    live: int  # now
    retention: tuple[float, ...]  # share still there at the end of the quarter of the start, of the next, …
    collected: float  # fees, penalties and recovery fees to date
    monthly_costs: float
    recovery_costs: float
    gross_profit: float  # collected less monthly costs
    upfront_cost: float  # of those contracts of which it is known; nan for none
    fitted: int  # how many these are
    payback: Figure  # months from the start until they had brought, together and undiscounted, their upfront cost
    expected_payback: Figure  # median payback month of its contracts, realised and expected; n of those that pay back
    never_pays_back: int  # contracts that do not within the horizon
    unknown_receipts: int  # invoices of which it is not known whether they were paid


@dataclass(frozen=True, slots=True, eq=False)
class CohortHeat:
    """Revenue of the contracts of each month of start whose upfront cost is known, by months since the start."""

    start: tuple[date, ...]  # first day of the month, c of them
    contracts: tuple[int, ...]
    upfront_cost: Floats  # (c,) nan where not known
    cumulative: Floats  # (c, m) collected up to the month; nan where it has not come
    share: Floats  # (c, m) of the upfront cost


@dataclass(frozen=True, slots=True)
class FlowMonth:
    """Expected net cash of a month ahead."""

    month_end: date
    expected: float
    p10: float
    p90: float
    discounted: float  # the expected, to the as-of date


@dataclass(frozen=True, slots=True)
class CashFlowAhead:
    """The existing book run off; new business apart."""

    months: tuple[FlowMonth, ...]
    total: Figure  # of these months, not discounted
    discounted: float
    later: float  # discounted, of the months after them: both together are the remaining value
    new_business: tuple[FlowMonth, ...]  # a scenario; empty where it was not asked for
    scenario: str  # what it assumes, in words


@dataclass(frozen=True, slots=True)
class ChurnLine:
    """Ends among the contracts of one slice, over the months looked at."""

    by: str  # "country", "tier", "tenure"
    name: str
    contract_months: int  # contracts live at the start of a month, added up
    ended: int
    monthly: Figure  # ended / contract_months
    annualised: float  # 1 - (1 - monthly)^12
    times_twelve: float  # 12 * monthly


@dataclass(frozen=True, slots=True)
class LtvLine:
    """Mean LTV of the live contracts of one slice, and of all that ever started in it."""

    by: str  # "product", "channel", "country", "region"
    name: str
    contracts: int  # live
    mean: Figure
    ever: Figure  # those that have ended too, at what they brought


@dataclass(frozen=True, slots=True)
class FunnelLine:
    """Acquisition through one channel, or all of them, over the months looked at."""

    channel: str
    quotes: int
    converted: int
    conversion: Figure  # n quotes
    contracts: int  # started
    cac: Figure  # mean
    retention: Figure  # share of contracts that were there 12 months after their start; n that started early enough
    payback: Figure  # median month of those that pay back
    never_pays_back: int
    ltv_to_cac: Figure


@dataclass(frozen=True, slots=True)
class TargetSegment:
    """A segment by what it brings: mean LTV times contracts."""

    country: str
    channel: str
    tier: str
    contracts: int  # live and of known LTV
    mean: Figure
    score: float  # mean times contracts


@dataclass(frozen=True, slots=True)
class Notice:
    """An open request to cancel; money in the contract's currency."""

    contract_id: str
    currency: Currency
    opened_on: date
    days_open: int
    monthly_fee: float
    months_left: int  # in the minimum term
    penalty: float  # due if the contract ended now
    remaining_value: float


@dataclass(frozen=True, slots=True)
class Notices:
    """All open requests, by penalty at stake, the largest first."""

    lines: tuple[Notice, ...]
    penalty: Figure  # at stake
    remaining_value: Figure
    monthly_fee: Figure


@dataclass(frozen=True, slots=True)
class SaveRate:
    """What came of the requests to cancel since a day."""

    since: date | None  # None: ever
    requests: int
    resolved: int
    escalated: int
    closed_no_action: int
    open: int
    other: int  # closed, and nothing is said of how
    saved: Figure  # resolved / all requests; n requests
    of_closed: Figure  # resolved / requests that are closed


@dataclass(frozen=True, slots=True)
class InterventionLine:
    """Attempts of one kind to keep customers, or contracts watched beside them without one."""

    kind: str
    treated: bool
    made: int
    cost: Figure  # n of known cost
    ended: Figure  # share that ended within the months watched; n that were watched for so long


@dataclass(frozen=True, slots=True, eq=False)
class PortfolioFigures:
    """All of them as of one month end."""

    as_of: date
    currency: Currency
    months: int  # that are looked back on
    kpis: tuple[tuple[str, Figure], ...]  # the cards
    mrr: tuple[MrrMonth, ...]
    results: tuple[MonthResult, ...]
    cohorts: tuple[CohortLine, ...]
    heat: CohortHeat
    cash_flow: CashFlowAhead
    churn: tuple[ChurnLine, ...]  # the first is of all contracts
    ltv: tuple[LtvLine, ...]
    funnel: tuple[FunnelLine, ...]  # the first is of all channels
    targets: tuple[TargetSegment, ...]
    notices: Notices
    saves: tuple[SaveRate, ...]
    interventions: tuple[InterventionLine, ...]
