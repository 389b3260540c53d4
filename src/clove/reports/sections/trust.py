"""How far the forecast can be trusted: an old one, held against what came."""

import numpy as np
from markupsafe import Markup

from clove.reports.bars import interval_bar
from clove.reports.blocks import Column, Picture, Pictures, Section, Table, Words
from clove.reports.contents import Holdout, ValueReport
from clove.reports.pictures import decile_calibration, pit_histogram, purchase_calibration, svg
from clove.reports.pictures.trust import chance_band, pit_shares
from clove.reports.shown import Shown, between, day, decimal, known, money, percent, plural, signed_percent

HONEST = (0.08, 0.12)  # share above P90 that chance and rounding allow
UNTESTED = (
    "The figures rest on the models alone. Run this again when more history has gathered, and treat the intervals as "
    "narrower than the truth."
)
UNJUDGED = "no customer could be judged"
NO_TOTAL = "nothing came, so there is nothing to compare with"


def trust(report: ValueReport) -> Section:
    """Totals, calibration and a comparison of models; or why there is none."""
    title = "How far to trust this"
    if report.holdout is None:
        why = report.no_holdout_because.rstrip(".") or "the reason was not recorded"
        return Section(
            "trust",
            title,
            "This forecast could not be tested on the past.",
            (Words((f"There is no test: {why}.", UNTESTED)),),
        )
    held = report.holdout
    pictures = (_deciles(report, held), _purchases(held), _surprises(held))
    return Section(
        "trust",
        title,
        _finding(report, held),
        (_total(report, held), Pictures(pictures, _reading(held)), _models(report, held)),
    )


def _finding(report: ValueReport, held: Holdout) -> str:
    show = report.currency.show
    asked = f"We hid the last {plural((held.until - held.as_of).days, 'day')} and forecast them"
    total = held.predicted_total
    if not known(total.mean) or not known(held.actual_total):
        return f"{asked}, but the totals cannot be compared."
    came = f"{show(total.mean)} expected, {show(held.actual_total)} came"
    if not (known(total.p10) and known(total.p90)):
        return f"{asked}: {came}."
    inside = total.p10 <= held.actual_total <= total.p90
    place = "inside the interval" if inside else f"{'above' if held.actual_total > total.p90 else 'below'} the interval"
    return f"{asked}: {came}, {place}."


def _total(report: ValueReport, held: Holdout) -> Words:
    total = held.predicted_total
    scale = max((x for x in (total.p90, total.mean, held.actual_total) if known(x)), default=0.0) * 1.05
    bar = interval_bar(total, scale, report.currency, of="Total of the holdout", came=held.actual_total)
    words = (
        f"The forecast was made as of {day(held.as_of)} for the time until {day(held.until)}, and saw nothing of that "
        f"time. It said {between(report.currency, total.p10, total.p90)} in eight of ten cases"
    )
    if known(total.mean) and known(held.actual_total) and held.actual_total > 0:
        bias = total.mean / held.actual_total - 1
        words += f"; its total was {percent(abs(bias))} too {'high' if bias > 0 else 'low'}"
    legend = "The blue dot is what was expected, the pale band its interval, the orange diamond what came."
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
    title = "Value: expected and come"
    words = (
        "All customers in ten equal groups by forecast. Blue is what was expected per customer, orange what "
        "came; the closer, the better."
    )
    drawing = svg(decile_calibration(held, report.currency), name="deciles", title=title, description=words)
    rows = tuple(
        (
            str(place + 1),
            money(report.currency, float(expected), UNJUDGED),
            money(report.currency, float(came), UNJUDGED),
        )
        for place, (expected, came) in enumerate(zip(held.decile_predicted, held.decile_actual, strict=True))
    )
    return Picture(
        "deciles", title, drawing, words, Table(title, (Column("Tenth"), Column("Expected"), Column("Came")), rows)
    )


def _purchases(held: Holdout) -> Picture:
    title = "Purchases: expected and come"
    words = (
        "Customers grouped by how often they had bought again before. Whoever bought often should go on to buy often."
    )
    drawing = svg(purchase_calibration(held), name="groups", title=title, description=words)
    rows = tuple(
        (group, decimal(float(expected), 2, UNJUDGED), decimal(float(came), 2, UNJUDGED))
        for group, expected, came in zip(held.frequency_groups, held.group_predicted, held.group_actual, strict=True)
    )
    columns = (Column("Repeat purchases before"), Column("Expected"), Column("Came"))
    return Picture("groups", title, drawing, words, Table(title, columns, rows))


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


def _models(report: ValueReport, held: Holdout) -> Table:
    columns = (
        Column("Model", number=False),
        Column("Average miss (MAE)", help="Per customer; lower is better"),
        Column("Miss, large ones weigh more (RMSE)", help="Per customer; lower is better"),
        Column("Ranking (Spearman)", help="1 is perfect, 0 is chance"),
        Column("Total too high or low", help="0% is exact"),
    )
    rows = tuple(
        (
            score.model,
            money(report.currency, score.mae, UNJUDGED),
            money(report.currency, score.rmse, UNJUDGED),
            decimal(score.spearman, 2, "this forecast is the same for all, so it ranks nobody"),
            signed_percent(score.total_bias, NO_TOTAL),
        )
        for score in held.scores
    )
    return Table(f"Models on the same {plural(held.customers, 'customer')}", columns, rows)
