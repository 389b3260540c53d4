"""What the whole base is worth: the first screen of the page."""

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from clove.reports.bars import interval_bar
from clove.reports.contents import ValueReport
from clove.reports.shown import Shown, between, count, day, identifier, known, money, percent, plural

DOUBTFUL = 0.5  # a customer below this probability of being alive is worth a call


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure with its name and what it means."""

    name: str
    figure: Shown
    words: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The head of the page."""

    line: str
    sentence: str
    figure: Shown
    interval: Shown
    bar: Markup
    facts: tuple[Fact, ...]
    action: str
    action_words: str


def worth(report: ValueReport) -> str:
    """What the amounts count: money before or after costs."""
    if report.margin == 1:
        return "revenue"
    return f"margin, which is {report.margin * 100:.4g}% of revenue"


def summary(report: ValueReport) -> Summary:
    """The figures that matter most, and one thing to do."""
    names = [identifier(file.name) for file in report.quality.files]
    files = ", ".join(names) if len(names) <= 2 else f"{names[0]} and {len(names) - 1} more files"
    why = "the models gave no forecast of the whole base"
    largest = max((x for x in (report.clv.p90, report.clv.mean) if known(x)), default=0.0)
    discounted = f", discounted at {report.discount_rate * 100:.4g}% a year" if report.discount_rate else ""
    costs = "" if report.margin == 1 else ", times the margin"
    facts = (
        Fact(
            "Customers",
            count(report.customers),
            f"{report.repeat_customers:,} of them bought more than once; {plural(report.orders, 'order')} in all.",
        ),
        Fact(
            "Expected still active",
            count(report.expected_alive, "the models gave no probability of being alive"),
            f"{_share_alive(report)}Nobody tells you that they have left, so this is an estimate.",
        ),
        Fact(
            "Already brought",
            money(report.currency, report.historical, "the orders carry no amounts"),
            f"Since {day(report.first_event)}, after returns of {money(report.currency, report.returned)}{costs}.",
        ),
        Fact(
            "Held by the top tenth",
            percent(report.top_decile_share, why="no value is expected, so nobody holds a share of it"),
            "Of what is to come, from the tenth of customers who are worth most.",
        ),
    )
    action, words = _next_action(report)
    ahead = f"next {report.horizon}, until {day(report.until)}"
    return Summary(
        line=" · ".join(part for part in (f"As of {day(report.as_of)}", ahead, report.source, files) if part),
        sentence=f"Over the next {report.horizon} your {plural(report.customers, 'customer')} "
        f"{'is' if report.customers == 1 else 'are'} expected to bring",
        figure=money(report.currency, report.clv.mean, why),
        interval=between(report.currency, report.clv.p10, report.clv.p90),
        bar=interval_bar(report.clv, largest * 1.1, report.currency, of="Value of the whole base"),
        facts=facts,
        action=action,
        action_words=f"{words} Amounts are {worth(report)}{discounted}.",
    )


def _share_alive(report: ValueReport) -> str:
    if not report.customers or not known(report.expected_alive):
        return ""
    return f"{percent(report.expected_alive / report.customers)} of the base. "


def _next_action(report: ValueReport) -> tuple[str, str]:
    filled = [(place, line) for place, line in enumerate(report.segments) if line.customers]
    if not filled:
        return "Look at the data first", "No customer is in any segment."
    place, line = filled[0]
    in_doubt = int(np.sum((report.columns.segment == place) & (report.columns.probability_alive < DOUBTFUL)))
    start = (
        f" Start with the {plural(in_doubt, 'customer')} among them who "
        f"{'has' if in_doubt == 1 else 'have'} more likely than not already left."
        if in_doubt
        else ""
    )
    return (
        f"Look after your {line.name} first: {plural(line.customers, 'customer')}",
        f"{line.action.rstrip('.')}.{start}",
    )
