"""A backtest in words: the verdict first, then figures as a person reads them."""

from dataclasses import dataclass
from typing import Literal

from clove.kernel.money import Currency
from clove.reports.backtest_contents import GROUPS, Backtest, PooledForecaster, PooledGroup
from clove.reports.shown import MINUS, Shown, Unknown, decimal, percent, plural, rough
from clove.valuation.comparison import Figure
from clove.valuation.metrics import METRICS, PLACE, Metric

HONEST = (0.75, 0.85)  # share of outcomes in the central 80 % that calls for no care
CLOSE, FAR = 0.1, 0.3  # totals off by no more, by more
SAME_TOTAL = 0.005  # misses of totals that differ by no more are the same
NO_BETTER = 1.05  # of a ratio of errors: from here on the reference is to be preferred
SIGNED = {"total_bias"}
DIGITS = 3  # of a plain number
RATIO_DIGITS = 3


@dataclass(frozen=True, slots=True)
class BacktestVerdict:
    """A few sentences and their colour."""

    words: str
    severity: Literal["good", "neutral", "care", "bad"]


def asked(group: PooledGroup, headline: str) -> PooledForecaster:
    """The forecaster in question."""
    return next(each for each in group.forecasters if each.name == headline)


def verdict(found: Backtest) -> BacktestVerdict:
    """On the forecaster in question, for the group that is shown first."""
    group = found.shown_first
    own = asked(group, found.headline)
    if not own.measures or own.measures["mae"].figure.value is None:
        return BacktestVerdict(f"{own.title} could not be judged: {own.missing_because or 'nobody was there'}.", "bad")
    mae, bias, central = (own.measures[key] for key in ("mae", "total_bias", "central_80"))
    who = GROUPS[group.group].lower()
    error = rough(found.currency, mae.figure.value)
    words = [f"For {who}, {own.title} missed by {error} a customer on average{_beside(found, group, mae.ratio)}."]
    severity: Literal["good", "neutral", "care", "bad"] = "good"
    if mae.ratio.value is not None and mae.ratio.value > NO_BETTER:
        severity = "care"
    if bias.figure.value is not None and bias.miss.value is not None:
        words.append(_level(bias.figure.value, bias.miss.value, own.origins))
        severity = "bad" if bias.miss.value > FAR else "care" if bias.miss.value > CLOSE else severity
        if worse := _worse_total(found, group, bias.miss.value):
            words.append(worse)
            severity = "neutral" if severity == "good" else severity
    if central.figure.value is not None:
        inside = central.figure.value
        words.append(f"{percent(inside)} of outcomes fell in the central 80% of its forecasts.")
        if not HONEST[0] <= inside <= HONEST[1] and severity in {"good", "neutral"}:
            severity = "care"
    return BacktestVerdict(" ".join(words), severity)


def _beside(found: Backtest, group: PooledGroup, ratio: Figure) -> str:
    if ratio.value is None or references_of(found, group) == (found.headline,):
        return ""  # nobody is compared with himself
    titles = [each.title for each in group.forecasters if each.name in references_of(found, group) and each.measures]
    best = titles[0] if len(titles) == 1 else f"the better of {' and '.join(titles)}"
    off = ratio.value - 1
    size = "as much as" if abs(off) < 0.0005 else f"{percent(abs(off), 1)} {'more' if off > 0 else 'less'} than"
    reach = f" (95% interval {_signed(ratio.low, -1)} to {_signed(ratio.high, -1)})" if ratio.low is not None else ""
    return f", {size} {best}{reach}"


def _worse_total(found: Backtest, group: PooledGroup, miss: float) -> str:
    """Whose total was nearer, of those that the forecaster in question is held against; empty where nobody's was."""
    names = references_of(found, group)
    held = [each for each in group.forecasters if each.name in names and each.name != found.headline and each.measures]
    for each in held:
        theirs = each.measures["total_bias"].miss.value
        if theirs is not None and miss - theirs > SAME_TOTAL:
            return f"The totals of {each.title} were nearer: off by {percent(theirs)}."
    return ""


def references_of(found: Backtest, group: PooledGroup) -> tuple[str, ...]:
    """Names of the reference forecasters, in the order in which they are listed."""
    held = {
        measured.reference
        for origin in found.origins
        for each in origin.groups
        if each.group == group.group
        for forecaster in each.forecasters
        for measured in forecaster.measures.values()
    }
    return tuple(each.name for each in group.forecasters if each.name in held)


def _level(bias: float, miss: float, origins: int) -> str:
    if origins == 1:
        if abs(bias) < 0.005:
            return "Its total came out right."
        return f"Its total came out {percent(abs(bias))} too {'high' if bias > 0 else 'low'}."
    way = "" if miss - abs(bias) > 0.005 else f" too {'high' if bias > 0 else 'low'}"
    return f"Its totals came out {percent(miss)}{way or ' off'} on average over {plural(origins, 'date')}."


def shown(metric: Metric, value: float | None, currency: Currency, why: str = "") -> Shown:
    """One value of a measure."""
    if value is None:
        return Unknown(why or "it could not be computed")
    if metric.form == "money":
        return rough(currency, value)
    if metric.form == "share":
        return _signed(value) if metric.key in SIGNED else percent(value, 1)
    return decimal(value, DIGITS)


def with_interval(metric: Metric, figure: Figure, currency: Currency) -> tuple[Shown, str]:
    """A value and its interval; the interval is empty where there is none."""
    value = shown(metric, figure.value, currency, figure.missing_because)
    if figure.low is None or figure.high is None:
        return value, ""
    return value, f"{shown(metric, figure.low, currency)} to {shown(metric, figure.high, currency)}"


def ratio_with_interval(figure: Figure) -> tuple[Shown, str]:
    """A ratio and its interval."""
    if figure.value is None:
        return Unknown(figure.missing_because), ""
    reach = (
        ""
        if figure.low is None or figure.high is None
        else f"{figure.low:.{RATIO_DIGITS}f} to {figure.high:.{RATIO_DIGITS}f}"
    )
    return f"{figure.value:.{RATIO_DIGITS}f}", reach


def metric_of(key: str) -> Metric:
    """The measure of that name."""
    return METRICS[PLACE[key]]


def _signed(share: float | None, base: float = 0.0) -> str:
    return "?" if share is None else f"{100 * (share + base):+,.1f}%".replace("-", MINUS)
