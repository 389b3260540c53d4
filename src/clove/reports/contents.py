"""What a value report shows: plain values, filled by the workflow, drawn by the page."""

from dataclasses import dataclass, field
from datetime import date

from clove.kernel.arrays import Floats, Ints, Labels
from clove.kernel.money import Currency
from clove.valuation.calibration import GroupCalibration
from clove.valuation.frequency_recency import FrequencyRecencyMap
from clove.valuation.season import Season
from clove.valuation.tracking import Tracking


@dataclass(frozen=True, slots=True)
class Estimate:
    """An expected value with the bounds that it lies between in eight of ten cases."""

    mean: float
    p10: float
    p90: float


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How many rows a cleaning rule took, and what a person can do about them."""

    rule: str  # as in rejections.csv, such as "null customer"
    rows: int
    remedy: str


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One input and how its columns were understood."""

    name: str
    rows: int
    layout: str  # "orders" or "order lines"
    columns: dict[str, str]  # ours -> theirs
    notes: tuple[str, ...]  # such as "dates read as day/month/year"


@dataclass(frozen=True, slots=True)
class DataQuality:
    """rows_read = purchases + returns + held + the sum of the rejections."""

    files: tuple[SourceFile, ...]
    rows_read: int
    purchases: int
    returns: int
    held: int
    rejections: tuple[RuleCount, ...]  # in the order of the rules, those with no row too


@dataclass(frozen=True, slots=True)
class SegmentLine:
    """One of the five segments."""

    name: str
    percentiles: str  # "90th-100th"
    description: str
    action: str
    customers: int
    historical: float
    clv: Estimate  # of the whole segment
    median_clv: float
    probability_alive: float  # mean of its repeat customers; nan without any


@dataclass(frozen=True, slots=True)
class TopCustomer:
    """A line of the table of the most valuable customers."""

    customer_id: str
    orders: int
    last_purchase: date
    historical: float
    probability_alive: float  # nan for a one-time buyer: it cannot be known
    clv: Estimate
    p50: float
    segment: str
    moved_by: str = ""  # the strongest factor in words, such as "bought on 14 days"; empty where it is not known
    moved: float = float("nan")  # what it adds to or takes from the expected value


@dataclass(frozen=True, slots=True)
class FactorLine:
    """How much one factor moves the forecasts."""

    title: str  # "number of purchases"
    mean: float  # over customers, of the money that it adds or takes
    share: float  # of what all factors move
    raises: float  # share of customers to whom it adds


@dataclass(frozen=True, slots=True)
class Factors:
    """What the forecasts stand on: a customer's is that of a typical one and what his own factors add or take."""

    base: float  # forecast of a typical customer; nan where no forecast is known
    customers: int  # whose forecasts are known
    lines: tuple[FactorLine, ...]  # strongest first; those that move next to nothing are left out


@dataclass(frozen=True, slots=True, eq=False)
class CustomerColumns:
    """One entry per customer, all of shape (n,)."""

    customer_id: Labels
    clv: Floats
    p10: Floats
    p50: Floats
    p90: Floats
    historical: Floats
    frequency: Floats
    recency: Floats  # days from first to last purchase
    T: Floats  # days from the first purchase to the as-of date
    probability_alive: Floats
    segment: Ints  # index into ValueReport.segments


@dataclass(frozen=True, slots=True, eq=False)
class Cohorts:
    """Share of each month's new customers who bought in the months after; (k, m), nan where the future has not come."""

    months: tuple[str, ...]  # (k,) "2011-01"
    sizes: Ints  # (k,)
    retention: Floats  # (k, m); column 0 is the month of the first purchase, 1 by definition
    last_is_partial: bool  # the as-of date lies inside the last calendar month


@dataclass(frozen=True, slots=True)
class ModelScore:
    """How one model did on the holdout."""

    model: str
    mae: float  # of its median where it has one, else of its mean
    rmse: float  # of its mean
    spearman: float | None  # None where the forecast is the same for all
    total_bias: float  # predicted / actual - 1


@dataclass(frozen=True, slots=True, eq=False)
class Holdout:
    """An old forecast held against what came: fitted as of an earlier date, judged on the days after it."""

    as_of: date
    until: date
    customers: int
    actual_total: float
    predicted_total: Estimate
    decile_predicted: Floats  # (10,) mean forecast, deciles of the forecast, lowest first
    decile_actual: Floats  # (10,)
    frequency_groups: tuple[str, ...]  # "0", "1", ..., "7+" repeat purchases before
    group_sizes: Ints  # (k,) customers
    group_predicted: Floats  # (k,) mean purchases forecast
    group_actual: Floats  # (k,)
    pit: Floats  # (n,) randomised probability integral transform, uniform if honest
    share_above_p90: float  # 0.10 if honest; randomised where P90 is an atom
    scores: tuple[ModelScore, ...]
    group_p10: Floats | None = None  # (k,) of the mean of what comes to a group
    group_p90: Floats | None = None  # (k,)
    tracking: Tracking | None = None  # of the same customers, from their first purchases to the end of the window

    @property
    def groups(self) -> GroupCalibration:
        """The groups of frequency as they are drawn."""
        return GroupCalibration(
            "repeat purchases before the forecast",
            self.frequency_groups,
            self.group_sizes,
            self.group_predicted,
            self.group_actual,
            self.group_p10,
            self.group_p90,
        )


@dataclass(frozen=True, slots=True)
class FittedParameter:
    """One parameter of one model."""

    model: str  # for people
    name: str
    estimate: float
    standard_error: float | None  # None where unknown


@dataclass(frozen=True, slots=True)
class ModelContender:
    """How probable one purchase model held what came, on windows before the one that is shown."""

    model: str  # for people
    log_score: float  # mean log probability per customer; higher is better
    gain: float  # over the first, the reference
    standard_error: float  # of the gain


@dataclass(frozen=True, slots=True)
class Blended:
    """Of what the forecast is made where the boosted value has its share."""

    purchases: str  # "BG/NBD + Gamma-Gamma"
    weight: float  # of it, 0 to 1; the boosted value has the rest


WHOLE = "Clove's forecast"
"""The forecast as a whole among others, with all that a run chooses."""


@dataclass(frozen=True, slots=True, eq=False)
class ValueReport:
    """Everything on the page. Money is in the currency's major unit."""

    as_of: date
    first_event: date
    horizon: str  # "12 months"
    until: date
    currency: Currency
    margin: float
    discount_rate: float
    source: str  # "BG/NBD + Gamma-Gamma"
    customers: int
    orders: int
    repeat_customers: int
    gross_revenue: float
    returned: float
    returned_elsewhere: float  # postage and fees, and returns of people without a purchase: set against nobody
    historical: float  # (gross - returned) x margin
    recent: float | None  # gross revenue x margin of as many days before the as-of date; None if the file is shorter
    clv: Estimate  # of the whole base
    alive_repeat: float  # sum of the probabilities of repeat customers; of the others it cannot be known
    expected_purchases: float
    top_decile_share: float  # of the base's CLV, held by the tenth with the highest
    columns: CustomerColumns
    segments: tuple[SegmentLine, ...]  # best first
    top: tuple[TopCustomer, ...]
    factors: Factors
    cohorts: Cohorts
    map: FrequencyRecencyMap
    holdout: Holdout | None
    no_holdout_because: str  # empty where there is one
    findings: tuple[str, ...]  # what the models have to say in words, such as a boundary fit or a correlation
    parameters: tuple[FittedParameter, ...]
    contenders: tuple[ModelContender, ...]  # empty where no models were compared
    chosen_because: str  # why this purchase model
    quality: DataQuality
    seed: int
    version: str
    data_hash: str
    blended: Blended | None = None  # None where the purchase and spend models forecast alone
    season: Season = field(default_factory=Season.none)  # in whose clock the models count
