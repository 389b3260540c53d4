"""Figures as the cards write them: exact rather than round, and a reason where there is none."""

import math
from collections.abc import Sequence
from datetime import date

from clove.kernel.money import Currency
from clove.reports.contents import Estimate, ValueReport
from clove.reports.shown import day
from clove.valuation.comparison import Figure
from clove.valuation.metrics import METRICS, PLACE, Metric


def number(value: float | None) -> str:
    """Six significant digits; whole numbers and large ones in full.

    >>> number(1234567.0), number(0.123456789), number(None), number(1234.567)
    ('1,234,567', '0.123457', 'unknown', '1,234.57')
    """
    if value is None or not math.isfinite(value):
        return "unknown"
    if value == int(value):
        return f"{value:,.0f}"
    return f"{value:,.2f}" if abs(value) >= 1000 else f"{value:.6g}"


def percent(share: float | None) -> str:
    """With one digit."""
    return "unknown" if share is None or not math.isfinite(share) else f"{share:.1%}"


def money(currency: Currency, amount: float | None) -> str:
    """As the currency is written."""
    return "unknown" if amount is None or not math.isfinite(amount) else currency.show(amount)


def estimate(currency: Currency, value: Estimate) -> str:
    """A mean with its interval."""
    return f"{money(currency, value.mean)} (80% interval {interval(currency, value)})"


def interval(currency: Currency, value: Estimate) -> str:
    """The bounds alone."""
    return f"{money(currency, value.p10)} to {money(currency, value.p90)}"


def metric_of(key: str) -> Metric:
    """The measure of that name."""
    return METRICS[PLACE[key]]


def figure(currency: Currency, key: str, value: Figure) -> str:
    """A measure with its interval, or why there is none."""
    if value.value is None:
        return f"none: {value.missing_because}"
    form = metric_of(key).form

    def show(amount: float) -> str:
        return money(currency, amount) if form == "money" else percent(amount) if form == "share" else f"{amount:.3f}"

    if value.low is None or value.high is None:
        return f"{show(value.value)} (no interval: {value.missing_because})"
    return f"{show(value.value)} ({show(value.low)} to {show(value.high)})"


def standing(report: ValueReport) -> str:
    """When and of whom: the line under each title."""
    return (
        f"As of {day(report.as_of)}; forecast until {day(report.until)} ({report.horizon}); {report.customers:,} "
        f"customers, {report.repeat_customers:,} of them with purchases on two days or more; data "
        f"`{report.data_hash}`; Clove {report.version}, seed {report.seed}."
    )


def days(dates: Sequence[date]) -> str:
    """Dates in a row."""
    return ", ".join(day(each) for each in dates)
