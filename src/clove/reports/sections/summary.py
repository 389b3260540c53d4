"""What the whole base is worth: the first screen of the page."""

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from clove.reports.bars import interval_bar
from clove.reports.contents import SegmentLine, ValueReport
from clove.reports.sections.alive import CANNOT_TELL, tells_who_left
from clove.reports.sections.made_of import made_of
from clove.reports.sections.verdict import Verdict, verdict
from clove.reports.shown import Shown, Unknown, between, count, day, identifier, known, percent, plural, rough

DOUBTFUL = 0.5  # a customer below this probability of being alive is worth a call
NAMED = 10  # of them, the most valuable first


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure with its name and what it means."""

    name: str
    figure: Shown
    words: str


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do, and with whom to begin."""

    what: str
    words: str
    call: str = ""
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """The head of the page."""

    line: str
    sentence: str
    figure: Shown
    interval: Shown
    bar: Markup
    verdict: Verdict
    made_of: str
    scope: str
    facts: tuple[Fact, ...]
    action: Action


def summary(report: ValueReport) -> Summary:
    """The figures that matter most, and one thing to do."""
    names = [identifier(file.name) for file in report.quality.files]
    files = ", ".join(names) if len(names) <= 2 else f"{names[0]} and {len(names) - 1} more files"
    why = "the models gave no forecast of the whole base"
    largest = max((x for x in (report.clv.p90, report.clv.mean) if known(x)), default=0.0)
    ahead = f"next {report.horizon}, until {day(report.until)}"
    return Summary(
        line=" · ".join(part for part in (f"As of {day(report.as_of)}", ahead, report.source, files) if part),
        sentence=f"Over the next {report.horizon} your {plural(report.customers, 'customer')} "
        f"{'is' if report.customers == 1 else 'are'} expected to bring",
        figure=rough(report.currency, report.clv.mean, why),
        interval=between(report.currency, report.clv.p10, report.clv.p90),
        bar=interval_bar(report.clv, largest * 1.1, report.currency, of="Value of the whole base"),
        verdict=verdict(report),
        made_of=made_of(report),
        scope=f"Customers who have not bought yet are not in this figure. {_counted(report)}",
        facts=_facts(report),
        action=_next_action(report),
    )


def _counted(report: ValueReport) -> str:
    """What the amounts count: money before or after costs."""
    if report.margin == 1:
        kept = "It counts revenue, of which no costs are taken off"
    else:
        kept = f"It counts the margin, the {report.margin * 100:.4g}% of revenue that is left after costs"
    return f"{kept}, discounted at {report.discount_rate * 100:.4g}% a year." if report.discount_rate else f"{kept}."


def _facts(report: ValueReport) -> tuple[Fact, ...]:
    costs = "" if report.margin == 1 else ", times the margin"
    recent = rough(report.currency, report.recent, f"the file is shorter than {report.horizon}")
    return (
        Fact(
            f"The last {report.horizon} brought",
            recent,
            f"To compare with the next {report.horizon}: orders before returns{costs}."
            if isinstance(recent, str)
            else f"The file is shorter than {report.horizon}, so there is nothing to compare the next with.",
        ),
        Fact(
            "Brought since the beginning",
            rough(report.currency, report.historical, "the orders carry no amounts"),
            f"Since {day(report.first_event)}, after returns of {rough(report.currency, report.returned)}{costs}.",
        ),
        Fact(
            "Customers",
            count(report.customers),
            f"{report.repeat_customers:,} of them bought more than once; {plural(report.orders, 'order')} in all.",
        ),
        _alive(report),
    )


def _alive(report: ValueReport) -> Fact:
    name = "Repeat customers still active"
    once = "Of customers who bought once it cannot be known."
    if not report.repeat_customers:
        return Fact(name, Unknown("nobody has bought more than once"), once)
    if not tells_who_left(report):
        return Fact(
            name,
            Unknown(CANNOT_TELL),
            f"{CANNOT_TELL.capitalize()}: the model saw hardly anybody leave, which is seldom true.",
        )
    share = percent(report.alive_repeat / report.repeat_customers)
    told = f"{share} of {report.repeat_customers:,}, an estimate: nobody tells you that they left. "
    return Fact(
        name,
        count(report.alive_repeat, "the models gave no probability of being alive"),
        f"{told if known(report.alive_repeat) else ''}{once}",
    )


def _next_action(report: ValueReport) -> Action:
    filled = [(place, line) for place, line in enumerate(report.segments) if line.customers]
    if not filled:
        return Action("Look at the data first", "No customer is in any segment.")
    place, line = filled[0]
    return _look_after(report, place, line)


def _look_after(report: ValueReport, place: int, line: SegmentLine) -> Action:
    what = f"Look after your {line.name} first: {plural(line.customers, 'customer')}"
    words = f"{line.action.rstrip('.')}."
    of = report.columns
    # a probability of a one-time buyer, or of a fit that saw nobody leave, says nothing about who is quiet
    quiet = np.flatnonzero((of.segment == place) & (of.frequency > 0) & (of.probability_alive < DOUBTFUL))
    if not quiet.size or not tells_who_left(report):
        return Action(what, words)
    best = quiet[np.argsort(-of.clv[quiet], kind="stable")][:NAMED]
    call = f"{quiet.size:,} of them {'has' if quiet.size == 1 else 'have'} gone quiet: call them first"
    return Action(
        what,
        words,
        f"{call}{f' (the {NAMED} worth most)' if quiet.size > NAMED else ''}:",
        tuple(identifier(str(name)) for name in of.customer_id[best]),
    )
