"""What every customer of a history is worth, for those who fit their models themselves."""

from dataclasses import dataclass
from datetime import date
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats, Labels
from clove.kernel.errors import ArgumentRefused
from clove.kernel.period import Horizon, TimeUnit
from clove.models.gamma_gamma import GammaGamma
from clove.models.history import PurchaseHistory
from clove.models.purchase_model import PurchaseModel
from clove.valuation.forecast import Distribution, Expectation, Steps
from clove.workflows.frames import day_of

COLUMNS = (
    "customer_id",
    "probability_alive",
    "expected_purchases",
    "expected_spend",
    "clv",
    "clv_p10",
    "clv_p50",
    "clv_p90",
)


@dataclass(frozen=True, slots=True, eq=False)
class CustomerValues:
    """One row per customer in the order of the history, arrays of shape (n,), and the base as a whole."""

    customer_id: Labels
    probability_alive: Floats
    expected_purchases: Floats  # over the horizon
    expected_spend: Floats  # per purchase
    clv: Floats  # expected purchases times spend and margin, discounted
    clv_p10: Floats  # eight of ten outcomes of a customer lie between this
    clv_p50: Floats
    clv_p90: Floats  # and this
    totals: Floats  # (d,) value of all customers in each draw: its quantiles are those of the sum
    as_of: date  # the last day that is known
    until: date  # the last day of the horizon

    def as_dict(self) -> dict[str, Labels]:
        """Columns by name, each of shape (n,): what pandas and polars make a frame of."""
        return {name: getattr(self, name) for name in COLUMNS}

    def __repr__(self) -> str:
        low, high = np.quantile(self.totals, [0.1, 0.9])
        whole = f"clv={self.clv.sum():.4g}, eight of ten outcomes {low:.4g} to {high:.4g}"
        return f"CustomerValues({self.clv.size:,} customers, {self.as_of} to {self.until}, {whole})"

    @classmethod
    def of(
        cls, history: PurchaseHistory, expected: Expectation, outcomes: Distribution, as_of: date, until: date
    ) -> Self:
        """Put together what was computed."""
        alike = {name: getattr(expected, name) for name in COLUMNS[1:5]}
        levels = {f"clv_{level}": getattr(outcomes, level) for level in ("p10", "p50", "p90")}
        return cls(
            customer_id=history.customer_id, **alike, **levels, totals=outcomes.totals[0], as_of=as_of, until=until
        )


def customer_values(
    history: PurchaseHistory,
    purchases: PurchaseModel,
    spend: GammaGamma,
    horizon: str = "12m",
    *,
    as_of: date | str | None = None,
    margin: float = 1.0,
    discount_rate: float = 0.0,
    seed: int = 1,
) -> CustomerValues:
    """Value every customer over months of the calendar: a mean, and what chance and uncertainty make of it.

    Args:
        history: Of n customers, with monetary values, in hours, days or weeks.
        purchases: Fitted, in the history's unit.
        spend: Fitted.
        horizon: Such as `"12m"`, `"26w"` or `"90d"`, from the as-of date.
        as_of: The last day that the history knows; the history's own if left out.
        margin: Share of spend that is kept.
        discount_rate: Per year; 0.1 for ten per cent.
        seed: Same seed, same customer: same figures, whoever else is in the history.

    Raises:
        ArgumentRefused: No as-of date or another one than the history's, no spend, models that were not fitted or in
            another unit, or a horizon, margin or rate out of range.

    >>> from clove.models import BgNbd
    >>> age = np.linspace(30.0, 400.0, 500)
    >>> known = BgNbd(r=0.7, alpha=45.0, a=0.9, b=5.0).simulate(age, seed=1).history(age)
    >>> spent = np.random.default_rng(1).gamma(6.0, 5.0, 500)
    >>> history = PurchaseHistory.of(known.frequency, known.recency, known.T, spent, as_of=date(2025, 12, 31))
    >>> values = customer_values(history, BgNbd.fit(history), GammaGamma.fit(history), "6m")
    >>> values.until, values.clv.shape, bool((values.clv_p10 <= values.clv_p90).all())
    (datetime.date(2026, 6, 30), (500,), True)
    """
    purchases.check_history(history)
    if history.unit is TimeUnit.OPPORTUNITY:
        raise ArgumentRefused(
            "opportunities have no place in the calendar",
            where="history",
            remedy="Use purchases.expected_purchases and spend.expected_spend",
        )
    if np.isnan(history.monetary_value[history.frequency > 0]).any():
        raise ArgumentRefused(
            "a history without spend",
            where="history",
            remedy="Name the column of amounts in clove.purchase_history, or give monetary_value",
        )
    for name, value in (("margin", margin), ("discount_rate", discount_rate)):
        if not (np.isfinite(value) and value >= 0):
            raise ArgumentRefused(f"{value}", where=name, remedy="Give a finite number from 0 up, 0.1 for ten per cent")
    day = _day_of(history, as_of)
    span = Horizon.parse(horizon)
    ends = np.array(span.month_ends(day))
    steps = Steps(units=ends[:, 0] / history.unit.days, years=ends[:, 1])
    expected = Expectation.of(history, purchases, spend, steps, margin=margin, discount_rate=discount_rate)
    outcomes = Distribution.of(history, purchases, spend, steps.horizon, scale=margin * expected.discounting, seed=seed)
    return CustomerValues.of(history, expected, outcomes, day, span.end(day))


def _day_of(history: PurchaseHistory, as_of: date | str | None) -> date:
    given = None if as_of is None else day_of(as_of)
    known = history.as_of
    if given is not None and known is not None and given != known:
        raise ArgumentRefused(
            f"values as of {given} from a history as of {known}",
            where="as_of",
            remedy="Leave it out, or make the history as of that day",
        )
    day = given or known
    if day is None:
        raise ArgumentRefused(
            "nobody said on which day the history ends, and months differ in length",
            where="as_of",
            remedy="Give as_of, such as 2025-12-31, or make the history with clove.purchase_history",
        )
    return day
