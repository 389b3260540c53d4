"""When not to trust a forecast: what holds of every run, and what this one gives reason for."""

from clove.reports.cards.contents import Cards
from clove.reports.cards.markdown import escaped
from clove.reports.cards.words import percent
from clove.reports.sections.alive import tells_who_left
from clove.reports.shown import plural

FEW_WINDOWS = 3
LARGE_ERROR = 0.25  # of a total, by which an old forecast was off
MANY_ONCE = 0.6  # share of one-time buyers above which the forecast rests on few
CONCENTRATED = 0.5  # share of the forecast held by a tenth
ALWAYS = (
    (
        "It takes the shop as it was. A new range, a price change, a campaign or a closed channel is in no row yet, "
        "and the intervals know of it only what old forecasts missed."
    ),
    "It forecasts orders before returns; let the margin account for what comes back.",
    "One customer's interval is wide because one customer is: trust totals of groups more than single rows.",
    "Who left is inferred from silence. Nobody is observed to leave.",
)


def limits(cards: Cards) -> tuple[str, ...]:
    """Sentences, those of this run first."""
    return (*_of_this_run(cards), *ALWAYS)


def _of_this_run(cards: Cards) -> tuple[str, ...]:
    report, found = cards.report, []
    once = 1 - report.repeat_customers / report.customers
    if report.holdout is None:
        found.append(f"No old forecast could be held against what came: {escaped(report.no_holdout_because)}.")
    else:
        held = report.holdout
        off = held.predicted_total.mean / held.actual_total - 1
        if abs(off) > LARGE_ERROR:
            found.append(
                f"The newest old forecast missed the total by {percent(abs(off))}. Until a later one does better, "
                "plan with the interval and not with the mean."
            )
        tested = (held.until - held.as_of).days
        if tested < cards.horizon_days:
            found.append(
                f"The horizon of {cards.horizon_days:,} days is longer than the {tested:,} days on which old "
                "forecasts were judged; what it says of the time beyond those is untested."
            )
    if cards.common.windows < FEW_WINDOWS:
        windows = plural(cards.common.windows, "old forecast")
        found.append(
            f"The shared error rests on {windows}: the intervals of totals are themselves uncertain, and no season of "
            "a length that the data do not hold can be known."
        )
    if cards.boosted is None:
        found.append(f"It knows the rhythm and size of purchases only: {escaped(cards.no_boosted_because)}.")
    if once > MANY_ONCE:
        found.append(
            f"{percent(once)} of the customers have bought on one day only. What is said of them rests on the "
            f"{report.repeat_customers:,} others."
        )
    if not tells_who_left(report):
        found.append("These data cannot tell who has left: the model saw hardly anybody leave.")
    if report.top_decile_share > CONCENTRATED:
        found.append(
            f"The tenth with the highest forecast hold {percent(report.top_decile_share)} of the total: a few "
            "customers decide it."
        )
    return tuple(found)
