"""How the newest old forecast did, as both the model card and the validation report tell it."""

from collections.abc import Sequence

from clove.reports.cards.contents import Cards, Judged
from clove.reports.cards.markdown import escaped, table
from clove.reports.cards.words import figure, interval, metric_of, money
from clove.reports.contents import Holdout
from clove.reports.shown import day


def totals_sentence(cards: Cards, held: Holdout) -> str:
    """What was forecast and what came."""
    currency, predicted = cards.report.currency, held.predicted_total
    inside = predicted.p10 <= held.actual_total <= predicted.p90
    return (
        f"As of {day(held.as_of)}, with what was known then, {money(currency, predicted.mean)} (80% interval "
        f"{interval(currency, predicted)}) was forecast for the {held.customers:,} customers known by then until "
        f"{day(held.until)}; {money(currency, held.actual_total)} came, {_place(held, inside=inside)}. The forecast "
        f"was {_off(held)}."
    )


def measures_table(cards: Cards, judged: Judged, keys: Sequence[str]) -> str:
    """Forecasters by measure, each with its interval; those whom no measure fits are named below."""
    fitting = [each for each in judged.forecasters if any(each.figures[key].value is not None for key in keys)]
    others = [each for each in judged.forecasters if each not in fitting]
    titles = [metric_of(key).title for key in keys]
    rows = [(each.name, *(figure(cards.report.currency, key, each.figures[key]) for key in keys)) for each in fitting]
    why = "; ".join(f"{each.name}: {each.figures[keys[0]].missing_because}" for each in others)
    heading = f"forecaster, n = {judged.customers:,}"
    filled = table((heading, *(f"{title} ({judged.confidence:.0%} interval)" for title in titles)), rows)
    return f"{filled}\n\nNot here: {escaped(why)}." if why else filled


def _place(held: Holdout, *, inside: bool) -> str:
    if inside:
        return "inside the interval"
    return "above the interval" if held.actual_total > held.predicted_total.p90 else "below the interval"


def _off(held: Holdout) -> str:
    off = held.predicted_total.mean / held.actual_total - 1
    return f"{abs(off):.1%} too {'high' if off > 0 else 'low'}"
