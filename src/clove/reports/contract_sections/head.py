"""What the whole portfolio is worth: the first screen of the page."""

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from clove.reports.bars import interval_bar
from clove.reports.contract_contents import PortfolioReport
from clove.reports.contract_sections.amounts import NO_VALUE, segment_name, told
from clove.reports.contract_sections.prices import not_worth_it
from clove.reports.contract_sections.unpaid import NAMED, in_words
from clove.reports.sections.summary import Action, Fact
from clove.reports.shown import Shown, Unknown, between, count, day, identifier, known, plural, prose, rough

NONE_LIVE = "no contract is live"


@dataclass(frozen=True, slots=True)
class Head:
    """The head of the page."""

    line: str
    sentence: str
    figure: Shown
    interval: Shown
    unknown: str  # why there is no figure or no interval; empty where there are both
    bar: Markup
    scope: str
    facts: tuple[Fact, ...]
    action: Action


def head(report: PortfolioReport) -> Head:
    """The figures that matter most, and one thing to do."""
    horizon = plural(report.horizon_months, "month")
    live = plural(report.live, "live contract")
    why = NO_VALUE if report.live else NONE_LIVE
    interval = between(report.currency, report.remaining.p10, report.remaining.p90, why)
    facts = (_ltv(report), _fees(report), _payback(report), _contracts(report))
    return Head(
        line=f"As of {day(report.as_of)} · {live}, {report.ended:,} ended · next {horizon}",
        sentence=f"Over the next {horizon} your {live} {'is' if report.live == 1 else 'are'} expected to bring"
        if report.live
        else "No contract is live, so none is expected to bring anything",
        figure=rough(report.currency, report.remaining.mean if report.live else None, why),
        interval=interval,
        unknown=interval.reason if isinstance(interval, Unknown) else "",
        bar=_bar(report),
        scope=_scope(report),
        facts=tuple(_with_reason(fact) for fact in facts),
        action=_action(report),
    )


def _with_reason(fact: Fact) -> Fact:
    if not isinstance(fact.figure, Unknown):
        return fact
    return Fact(fact.name, fact.figure, f"Unknown: {fact.figure.reason}. {fact.words}".strip())


def _bar(report: PortfolioReport) -> Markup:
    """Nothing where the scale, which begins at 0, could not show it."""
    remaining = report.remaining
    if not report.live or not known(remaining.mean) or min(remaining.mean, remaining.p10) < 0:
        return Markup("")
    scale = max(x for x in (remaining.p90, remaining.mean) if known(x)) * 1.1
    return interval_bar(remaining, scale, report.currency, of="Remaining value of all live contracts")


def _scope(report: PortfolioReport) -> str:
    if not report.live:
        return f"{plural(report.ended, 'contract')} ended; when, and what new ones would bring, is told below."
    rate = f"{report.discount_rate * 100:.4g}%"
    parts = [
        f"This is after monthly costs and discounted at {rate} a year.",
        "What was spent to win these contracts is behind you and not taken off here.",
        "Contracts not yet signed are not in it.",
    ]
    if report.not_yours:
        parts.append(prose(report.not_yours))
    if missing := int(np.isnan(report.columns_remaining).sum()):
        parts.append(
            f"{plural(missing, 'contract')} whose remaining value is not known {'is' if missing == 1 else 'are'} left "
            "out; why is told below."
        )
    others = {line.currency for line in report.queue} | {line.currency for line in report.prices}
    if others - {report.currency}:
        parts.append("Totals are converted; a single contract and a price stand in their own currency.")
    return " ".join(parts)


def _why(report: PortfolioReport) -> str:
    """What keeps a figure of all contracts from being known: the one reason that all of them share, if there is one."""
    if not report.live:
        return NONE_LIVE
    return prose(report.unknown[0][0]) if len(report.unknown) == 1 else NO_VALUE


def _ltv(report: PortfolioReport) -> Fact:
    why = _why(report)
    reach = between(report.currency, report.ltv.p10, report.ltv.p90)
    interval = f"{reach} (P10 to P90). " if isinstance(reach, str) and report.live else ""
    return Fact(
        "Their lifetime value",
        rough(report.currency, report.ltv.mean if report.live else None, why),
        f"{interval}What they have brought and will bring, less what was spent to win them.{_left_out(report)}",
    )


def _left_out(report: PortfolioReport) -> str:
    """How many contracts' lifetime value is unknown; nothing where it is of none or of all."""
    missing = int(np.isnan(report.columns_ltv).sum())
    if not 0 < missing < report.live:
        return ""
    return f" Without {plural(missing, 'contract')} of which that is not known."


def _fees(report: PortfolioReport) -> Fact:
    fees = report.monthly_fees if report.live else None
    year = f"{rough(report.currency, 12 * fees)} a year (ARR). " if known(fees) else ""
    return Fact(
        "Monthly fees (MRR)",
        rough(report.currency, fees, "a fee is not known" if report.live else NONE_LIVE),
        f"{year}Suspended contracts are left out.",
    )


def _payback(report: PortfolioReport) -> Fact:
    name = "Typical payback"
    months = report.columns_payback[np.isfinite(report.columns_payback)]
    never = int((np.isnan(report.columns_payback) & np.isfinite(report.columns_ltv)).sum())
    horizon = plural(report.horizon_months, "month")
    left = f"{plural(never, 'contract')} will not have paid back {horizon} from now." if never else ""
    if not months.size:
        why = f"no contract pays back within {horizon}" if never else _why(report)
        return Fact(name, Unknown(why), left)
    by_then = "half of the contracts that pay back have" if months.size > 1 else "the one that pays back has"
    return Fact(
        name,
        f"month {float(np.median(months)):.0f}",
        f"By then {by_then} earned the upfront cost. {left}".strip(),
    )


def _contracts(report: PortfolioReport) -> Fact:
    return Fact(
        "Live contracts",
        count(report.live),
        f"{_paying(report)}, {report.suspended:,} suspended; {plural(report.customers, 'customer')}.",
    )


def _paying(report: PortfolioReport) -> str:
    if not report.stops_known and not report.lapsed:
        return f"{report.active:,} of which it cannot be told whether they pay"
    return f"{report.active:,} paying, {report.lapsed:,} that stopped paying"


def _action(report: PortfolioReport) -> Action:
    """The collections queue where there is one, else a price, else the best segment."""
    if not report.live:
        return Action("Read when and why they ended", "Nothing is left to keep; what ended still tells what to sell.")
    if urgent := [line for line in report.queue if line.action and line.priority > 0]:
        first = urgent[:NAMED]
        loses = rough(report.currency, first[0].priority)
        return Action(
            f"Work the collections queue: {plural(report.lapsed, 'contract')} stopped paying",
            f"The first one: {in_words(first[0].action)}. A month without that loses {loses} on average.",
            "Begin with" if len(urgent) > 1 else "It is",
            tuple(identifier(line.contract_id) for line in first),
        )
    if blocked := not_worth_it(report):
        first_one = segment_name(blocked[0])
        return Action(
            f"Look at the price of {plural(len(blocked), 'segment')}",
            f"A new contract there does not pay off enough at its list price, or not in time: {first_one} first.",
        )
    if not report.segments:
        return Action("Look at the data first", "No segment has a live contract.")
    best = report.segments[0]
    mine = plural(best.contracts, "contract")
    return Action(
        f"Look after {segment_name(best)} first",
        f"Its {mine} hold the most value to come: {told(report.currency, best.remaining)}.",
    )
