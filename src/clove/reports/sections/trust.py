"""How far the forecast can be trusted: an old one, held against what came."""

import numpy as np
from markupsafe import Markup

from clove.kernel.arrays import Floats
from clove.reports.bars import interval_bar
from clove.reports.blocks import Column, Picture, Pictures, Section, Table, Words
from clove.reports.contents import Holdout, ValueReport
from clove.reports.pictures import decile_calibration, pit_histogram, purchase_calibration, svg
from clove.reports.pictures.trust import chance_band, logarithmic, pit_shares
from clove.reports.sections.scores import better_baselines, model_table
from clove.reports.sections.tracking import tracked
from clove.reports.sections.verdict import bias, how_far
from clove.reports.shown import Shown, between, day, decimal, known, money_column, percent, plural, prose, rough

HONEST = (0.08, 0.12)  # share above P90 that chance and rounding allow
UNTESTED = (
    "The figures rest on the models alone. Run this again when more history has gathered, and treat the intervals as "
    "narrower than the truth."
)
UNJUDGED = "no customer could be judged"


def trust(report: ValueReport) -> Section:
    """Totals, calibration and a comparison of models; or why there is none."""
    title = "How far to trust this"
    if report.holdout is None:
        why = prose(report.no_holdout_because.rstrip(".")) or "the reason was not recorded"
        return Section(
            "trust",
            title,
            "This forecast could not be tested on the past.",
            (Words((f"There is no test: {why}.", UNTESTED)),),
        )
    held = report.holdout
    through_time = () if held.tracking is None else tracked(held.tracking)
    pictures = (_deciles(report, held), _purchases(held), *through_time, _surprises(held))
    return Section(
        "trust",
        title,
        _finding(report, held),
        (
            _total(report, held),
            Pictures(pictures, _reading(held)),
            model_table(report, held),
            better_baselines(report, held),
        ),
    )


def _finding(report: ValueReport, held: Holdout) -> str:
    asked = f"We hid the last {plural((held.until - held.as_of).days, 'day')} and forecast them"
    total = held.predicted_total
    if not known(total.mean) or not known(held.actual_total):
        return f"{asked}, but the totals cannot be compared."
    both = (rough(report.currency, amount) for amount in (total.mean, held.actual_total))
    came = "forecast {}, actual {}".format(*both)
    if not (known(total.p10) and known(total.p90)):
        return f"{asked}: {came}."
    inside = total.p10 <= held.actual_total <= total.p90
    place = "inside the interval" if inside else f"{'above' if held.actual_total > total.p90 else 'below'} the interval"
    return f"{asked}: {came}, {place}."


def _total(report: ValueReport, held: Holdout) -> Words:
    total = held.predicted_total
    scale = max((x for x in (total.p90, total.mean, held.actual_total) if known(x)), default=0.0) * 1.05
    bar = interval_bar(total, scale, report.currency, of="Total of the holdout", actual=held.actual_total)
    words = (
        f"The forecast was made as of {day(held.as_of)} for the time until {day(held.until)}, and saw nothing of that "
        f"time. It said {between(report.currency, total.p10, total.p90)} in eight of ten cases"
    )
    off = bias(held)
    if off is not None:
        words += f"; the total came out {how_far(off)}"
    legend = "The blue dot is the forecast, the pale band its interval, the orange diamond the actual value."
    return Words((Markup("{}{}. {}").format(bar, words, legend),))


def _reading(held: Holdout) -> tuple[str, ...]:
    """What the pictures come to, for those who do not read them."""
    return (
        _verdict(held.share_above_p90),
        (
            "A total can be off while the order of customers and the width of their intervals are right: a season or a "
            "campaign moves everybody at once, and no history of single customers foretells it."
        ),
    )


def _verdict(share: float) -> str:
    if not known(share):
        return "How often customers went above their P90 could not be measured."
    first = f"{percent(share, 1)} of customers brought more than their P90; 10% would be exact."
    if share > HONEST[1]:
        return f"{first} High outcomes come more often than the intervals say: read every P90 as too low."
    if share < HONEST[0]:
        return f"{first} High outcomes come less often than the intervals say: read every P90 as cautious."
    return f"{first} The upper ends of the intervals can be taken at their word."


def _deciles(report: ValueReport, held: Holdout) -> Picture:
    title = "Forecast and actual value"
    words = (
        "All customers in ten equal groups by forecast. Blue is the forecast per customer, orange the actual value; "
        f"the closer, the better.{_scale(held.decile_predicted, held.decile_actual)}"
    )
    drawing = svg(decile_calibration(held, report.currency), name="deciles", title=title, description=words)
    tenths = [str(place + 1) for place in range(held.decile_predicted.size)]
    forecast, actual = (
        money_column(report.currency, [float(amount) for amount in amounts], UNJUDGED)
        for amounts in (held.decile_predicted, held.decile_actual)
    )
    rows = tuple(zip(tenths, forecast, actual, strict=True))
    return Picture(
        "deciles", title, drawing, words, Table(title, (Column("Tenth"), Column("Forecast"), Column("Actual")), rows)
    )


def _purchases(held: Holdout) -> Picture:
    title = "Forecast and actual purchases"
    words = (
        "Customers grouped by how often they had bought again before, n of them in each group. "
        f"{_gap(held)}{_scale(held.group_predicted, held.group_actual)}"
    )
    drawing = svg(purchase_calibration(held.groups), name="groups", title=title, description=words)
    groups = zip(held.frequency_groups, held.group_sizes, held.group_predicted, held.group_actual, strict=True)
    rows = tuple(
        (group, f"{size:,}", decimal(float(forecast), 2, UNJUDGED), decimal(float(actual), 2, UNJUDGED))
        for group, size, forecast, actual in groups
    )
    columns = (Column("Repeat purchases before"), Column("Customers"), Column("Forecast"), Column("Actual"))
    return Picture("groups", title, drawing, words, Table(title, columns, rows))


def _gap(held: Holdout) -> str:
    if held.group_p10 is None:
        return "A gap in a small group may be chance."
    return (
        "The pale bar is where the mean of a group lies in eight cases of ten, by chance and what the data leave open."
    )


def _scale(forecast: Floats, actual: Floats) -> str:
    return " The scale is logarithmic: each line stands for ten times the one below." * logarithmic(forecast, actual)


def _surprises(held: Holdout) -> Picture:
    title = "How surprising were the outcomes?"
    words = (
        "An honest forecast is surprised equally often everywhere: all bars end in the blue band. "
        "High bars at both ends mean that the intervals are too narrow, a slope that the level is off."
    )
    drawing = svg(pit_histogram(held), name="pit", title=title, description=words)
    shares = pit_shares(held.pit)
    rows: tuple[tuple[Shown, ...], ...] = tuple(
        (f"{10 * place} to {10 * place + 10}%", percent(float(share), 1)) for place, share in enumerate(shares)
    )
    columns = (Column("Where the outcome fell", number=False), Column("Share of customers"))
    note = ""
    if shares.size:
        low, high = chance_band(int(np.isfinite(held.pit).sum()))
        note = (
            f"By chance alone, nine of ten bars of an honest forecast lie between {percent(low, 1)} and "
            f"{percent(high, 1)}."
        )
    return Picture("pit", title, drawing, words, Table(title, columns, rows, note))
