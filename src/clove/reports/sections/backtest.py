"""How old forecasts did: a section for each group of customers, one for the dates, one for the measures."""

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from clove.kernel.arrays import Floats
from clove.reports.backtest_contents import GROUPS, Backtest, PooledForecaster, PooledGroup
from clove.reports.backtest_words import asked, metric_of, ratio_with_interval, references_of, with_interval
from clove.reports.blocks import Column, Definitions, Facts, Picture, Pictures, Section, Table, Words
from clove.reports.pictures.backtest import RatioRow, measure_ratios, surprises, tenth_calibration
from clove.reports.pictures.svg import svg
from clove.reports.pictures.trust import chance_band, logarithmic
from clove.reports.shown import Shown, Unknown, day, decimal, identifier, money_column, percent, plural, prose, rough
from clove.valuation.comparison import Figure
from clove.valuation.metrics import METRICS

POINTS = ("mae", "rmse", "mape", "spearman", "gini", "lift", "total_bias")
SPREADS = ("pinball_10", "pinball_50", "pinball_90", "central_80", "pit_distance", "above_p90", "width")
RATIOS = ("mae", "rmse", "spearman", "gini", "lift", "pinball_90")
BY_DATE = ("mae", "rmse", "spearman", "lift", "total_bias", "central_80", "above_p90")
DISTANCES = ("total_bias", "central_80", "above_p90")
PEEKING = "learns from other customers' outcomes in the window itself, which no forecast made then could know"


def sections(found: Backtest) -> tuple[Section, ...]:
    """All of the page."""
    groups = tuple(_group(found, group) for group in found.pooled)
    return (*groups, _dates(found), _measures(found))


def _group(found: Backtest, group: PooledGroup) -> Section:
    title = GROUPS[group.group]
    if not group.customers:
        return Section(group.group, title, "There was nobody of this kind.", (Words(("Nothing to judge.",)),))
    own = asked(group, found.headline)
    if not own.measures:
        why = own.missing_because
        return Section(group.group, title, f"{own.title} took no part: {why}.", (_points(found, group),))
    pictures = (_tenths(found, group, own), _surprises(group, own), _ratios(found, group, own))
    judged = f"{plural(group.customers, 'forecast')} judged"
    error = rough(found.currency, own.measures["mae"].figure.value)
    return Section(
        group.group,
        title,
        f"{judged}; {own.title} missed by {error} a customer on average.",
        (Pictures(pictures), _points(found, group), _spreads(found, group), _beside(found, group)),
    )


def _cell(parts: tuple[Shown, str]) -> Shown:
    value, reach = parts
    if isinstance(value, Unknown) or not reach:
        return value
    return Markup('<span class="figure">{}</span> <span class="reach">{}</span>').format(value, reach)


def _columns(keys: Sequence[str]) -> tuple[Column, ...]:
    return (Column("Forecaster", number=False), *(Column(metric_of(key).title) for key in keys))


def _name(each: PooledForecaster) -> Shown:
    return Markup("{} <small>peeks</small>").format(each.title) if each.peeks else each.title


def _note(found: Backtest, group: PooledGroup) -> str:
    note = f"Means over {plural(len(found.origins), 'date')}, with 95% intervals."
    peeking = [each.title for each in group.forecasters if each.peeks]
    missing = [f"{each.title}: {each.missing_because}" for each in group.forecasters if not each.measures]
    if peeking:
        note += f" Peeks: {' and '.join(peeking)} {PEEKING}."
    return " ".join([note, *(f"Missing: {each}." for each in missing)])


def _points(found: Backtest, group: PooledGroup) -> Table:
    return Table(
        f"{GROUPS[group.group]}: errors, order and totals",
        _columns(POINTS),
        tuple(_row(found, each, POINTS) for each in group.forecasters if each.measures),
        note=_note(found, group),
        stack=True,
    )


def _spreads(found: Backtest, group: PooledGroup) -> Table:
    judged = [each for each in group.forecasters if each.measures and each.surprises is not None]
    numbers = [each.title for each in group.forecasters if each.measures and each.surprises is None]
    note = f"Not here, since they say one number and no distribution: {', '.join(numbers)}." if numbers else ""
    return Table(
        f"{GROUPS[group.group]}: distributions",
        _columns(SPREADS),
        tuple(_row(found, each, SPREADS) for each in judged),
        note=note,
        stack=True,
    )


def _row(found: Backtest, each: PooledForecaster, keys: Sequence[str]) -> tuple[Shown, ...]:
    cells = (_cell(with_interval(metric_of(key), each.measures[key].figure, found.currency)) for key in keys)
    return (_name(each), *cells)


def _beside(found: Backtest, group: PooledGroup) -> Table:
    """Ratios, and for what is best near a target the difference of the distances from it."""
    rows = [
        (
            _name(each),
            *(_cell(ratio_with_interval(each.measures[key].ratio)) for key in RATIOS),
            *(_cell(_points_apart(each.measures[key].difference)) for key in DISTANCES),
        )
        for each in group.forecasters
        if each.measures
    ]
    titles = [each.title for each in group.forecasters if each.name in references_of(found, group)]
    return Table(
        f"{GROUPS[group.group]}: beside the reference",
        (
            Column("Forecaster", number=False),
            *(Column(f"{metric_of(key).title}, ratio") for key in RATIOS),
            *(Column(f"{metric_of(key).title}, distance") for key in DISTANCES),
        ),
        tuple(rows),
        note=f"The reference is the better of {' and '.join(titles) or 'none'} on each measure and date, both judged "
        "on the same customers. Below 1 is better for errors, above 1 for Spearman, Gini and lift; a distance below 0 "
        "is nearer to the target than the reference.",
        stack=True,
    )


def _points_apart(figure: Figure) -> tuple[Shown, str]:
    def text(share: float) -> Shown:
        points = round(100 * share, 1) + 0.0  # no minus before a zero
        return f"{'+' if points > 0 else ''}{decimal(points, 1)}"

    if figure.value is None:
        return Unknown(figure.missing_because), ""
    reach = "" if figure.low is None or figure.high is None else f"{text(figure.low)} to {text(figure.high)} points"
    return text(figure.value), reach


def _ratios(found: Backtest, group: PooledGroup, own: PooledForecaster) -> Picture:
    title = f"{own.title} beside the reference"
    origins = [
        next(
            each
            for each in next(g for g in origin.groups if g.group == group.group).forecasters
            if each.name == own.name
        )
        for origin in found.origins
    ]
    unknown = Figure.unknown("it took no part at this date")
    rows = tuple(
        RatioRow(
            metric_of(key).title,
            tuple(each.measures[key].ratio if each.measures else unknown for each in origins),
            own.measures[key].ratio,
        )
        for key in RATIOS
        if own.measures[key].ratio.value is not None
    )
    words = (
        "Each measure divided by that of the better reference. Small dots are single dates, the newest on top; the "
        "large one is their mean; the pale bars are 95% intervals. Left of 1 is better for errors, right of 1 for "
        "Spearman, Gini and lift."
    )
    columns = (
        Column("Measure", number=False),
        *(Column(day(origin.as_of)) for origin in found.origins),
        Column("Mean"),
    )
    lines = tuple(
        (row.name, *(_cell(ratio_with_interval(each)) for each in (*row.origins, row.pooled))) for row in rows
    )
    anchor = f"{group.group}-ratios"
    drawing = svg(measure_ratios(rows), name=anchor, title=title, description=words)
    return Picture(anchor, title, drawing, words, Table(title, columns, lines))


def _tenths(found: Backtest, group: PooledGroup, own: PooledForecaster) -> Picture:
    title = "Forecast and actual value"
    anchor = f"{group.group}-tenths"
    if own.tenths is None:
        return Picture(anchor, title, "", "There is nothing to draw.", Table(title, (), ()))
    tenths = own.tenths
    actual = [each.value for each in tenths.actual]
    ends = [[0.0 if value is None else value for value in values] for values in (tenths.forecast, actual)]
    words = (
        "All customers in ten equal groups by forecast, means over the dates. Blue is the forecast per customer, "
        "orange what came, with its 95% interval; the closer, the better."
    )
    if logarithmic(*(_floats(values) for values in ends)):
        words += " The scale is logarithmic: each line stands for ten times the one below."
    drawing = svg(tenth_calibration(tenths, found.currency), name=anchor, title=title, description=words)
    why = "nobody is in this tenth"
    forecast = money_column(found.currency, list(tenths.forecast), why)
    came = money_column(found.currency, actual, why)
    low, high = (
        money_column(found.currency, [getattr(each, part) for each in tenths.actual], "there is no interval")
        for part in ("low", "high")
    )
    rows = tuple(
        (str(place + 1), forecast[place], came[place], low[place], high[place]) for place in range(len(forecast))
    )
    names = ("Tenth", "Forecast", "Actual", "at least", "at most")
    return Picture(anchor, title, drawing, words, Table(title, tuple(Column(name) for name in names), rows))


def _surprises(group: PooledGroup, own: PooledForecaster) -> Picture:
    title = "How surprising were the outcomes?"
    anchor = f"{group.group}-pit"
    words = (
        "An honest forecast is surprised equally often everywhere: all bars end in the blue band. High bars at both "
        "ends mean that the intervals are too narrow, a slope that the level is off."
    )
    drawing = svg(surprises(own.surprises), name=anchor, title=title, description=words)
    columns = (Column("Where the outcome fell", number=False), Column("Share of customers"))
    if own.surprises is None:
        return Picture(anchor, title, drawing, words, Table(title, columns, ()))
    rows = tuple(
        (f"{10 * place} to {10 * place + 10}%", percent(share, 1)) for place, share in enumerate(own.surprises.shares)
    )
    low, high = chance_band(own.surprises.customers)
    note = (
        f"By chance alone, nine of ten bars of an honest forecast lie between {percent(low, 1)} and {percent(high, 1)}."
    )
    return Picture(anchor, title, drawing, words, Table(title, columns, rows, note))


def _dates(found: Backtest) -> Section:
    """The forecaster in question, date by date."""
    name = found.shown_first.group
    rows = []
    for origin in found.origins:
        group = next(each for each in origin.groups if each.group == name)
        own = next(each for each in group.forecasters if each.name == found.headline)
        missing = Figure.unknown(own.missing_because)
        cells = (
            _cell(with_interval(metric_of(key), own.measures[key].figure if own.measures else missing, found.currency))
            for key in BY_DATE
        )
        total = rough(found.currency, group.actual_total)
        rows.append((day(origin.as_of), day(origin.until), f"{group.customers:,}", total, origin.chosen, *cells))
    columns = (
        Column("Made as of", number=False, tight=True),
        Column("Judged until", number=False, tight=True),
        Column("Customers"),
        Column("They brought"),
        Column("Purchase model", number=False),
        *(Column(metric_of(key).title) for key in BY_DATE),
    )
    title = asked(found.shown_first, found.headline).title
    table = Table(f"{title}, {GROUPS[name].lower()}, date by date", columns, tuple(rows), stack=True)
    why = tuple(
        f"As of {day(origin.as_of)}: {prose(f'{origin.made_of} {origin.chosen_because}'.strip())}"
        for origin in found.origins
    )
    return Section("dates", "Date by date", found.spacing, (table, Words(why)))


def _measures(found: Backtest) -> Section:
    terms = tuple(
        (metric.key.replace("_", "-"), metric.title, f"{metric.words[:1].upper()}{metric.words[1:]}.")
        for metric in METRICS
    )
    facts = (
        ("As-of date", day(found.as_of)),
        ("History counted from", day(found.opened)),
        ("Window", found.horizon),
        ("Resamples", f"{found.resamples:,}"),
        ("Intervals", f"{found.confidence:.0%}, customers drawn anew"),
        ("Files", ", ".join(identifier(file.name) for file in found.files)),
        ("Seed", str(found.seed)),
        ("Data", found.data_hash),
    )
    return Section(
        "measures",
        "What the measures mean",
        "Every forecaster knew only what was known on its date, unless it says that it peeks.",
        (Definitions(terms), Facts(facts)),
    )


def _floats(values: Sequence[float]) -> Floats:
    return np.asarray(values, dtype=np.float64)
