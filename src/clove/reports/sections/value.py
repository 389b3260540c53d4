"""How value is spread over the customers."""

import numpy as np
from markupsafe import Markup

from clove.reports.blocks import Column, Picture, Pictures, Section, Table, Words
from clove.reports.contents import ValueReport
from clove.reports.pictures import concentration, svg, value_distribution
from clove.reports.shown import Shown, Unknown, count, known, money_column, percent, plural, rough
from clove.reports.spread import Concentration, ValueBins

AVERAGES = Markup(
    'What a customer is expected to bring is their <a href="#word-clv">CLV</a>. A few customers carry most bases, so '
    "averages mislead: judge a discount or an advert by the customers whom it reaches, not by the average customer."
)
TENTH = 0.1  # as reported, since a tenth of a small base has to be rounded to whole customers
SHARES = (0.01, 0.05, TENTH, 0.2, 0.5)
ALL_ALIKE = 0.005  # relative spread below which values print alike


def value(report: ValueReport) -> Section:
    """A histogram and the concentration curve."""
    clv = report.columns.clv
    bins, curve = ValueBins.of(clv), Concentration.of(clv)
    return Section(
        "value",
        "How value is spread",
        _finding(report),
        (
            Pictures((_distribution(report, bins), _concentration(report, curve))),
            Words((AVERAGES,)),
        ),
    )


def _finding(report: ValueReport) -> str:
    clv = report.columns.clv[np.isfinite(report.columns.clv)]
    if not clv.size:
        return "The value of single customers is unknown."
    if np.ptp(clv) <= ALL_ALIKE * abs(float(clv.mean())):
        return f"All customers are expected to bring about the same: {rough(report.currency, float(clv.mean()))} each."
    half = (
        f"Half of your customers are expected to bring less than {rough(report.currency, float(np.median(clv)))} each"
    )
    if not known(report.top_decile_share):
        return f"{half}."
    return f"{half}; the top tenth holds {percent(report.top_decile_share)} of all value to come."


def _distribution(report: ValueReport, bins: ValueBins) -> Picture:
    edges = money_column(report.currency, [float(edge) for edge in bins.edges])
    rows: list[tuple[Shown, ...]] = [
        (f"{low} to {high}", count(float(number)))
        for low, high, number in zip(edges[:-1], edges[1:], bins.counts, strict=True)
    ]
    if bins.below:
        rows.insert(0, ("nothing" if bins.nothing else f"less than {edges[0]}", count(bins.below)))
    if bins.unknown:
        rows.append((Unknown("no value could be computed for these customers"), count(bins.unknown)))
    return Picture(
        "distribution",
        "Customers by expected value",
        svg(
            value_distribution(bins, report.currency),
            name="distribution",
            title="Customers by expected value",
            description=_finding(report),
        ),
        f"Each bar counts all customers of a range, {plural(report.customers, 'customer')} in total. The ranges grow: "
        "1, 2, 5, 10, 20, 50 and so on."
        + (" The grey bar stands for those expected to bring less than the scale shows." if bins.below else ""),
        Table(
            "Customers by expected value", (Column("Expected value", number=False), Column("Customers")), tuple(rows)
        ),
    )


def _concentration(report: ValueReport, curve: Concentration | None) -> Picture:
    why = "no value is expected, so nobody holds a share of it"
    rows: tuple[tuple[Shown, ...], ...] = tuple(
        (
            percent(share),
            percent(report.top_decile_share if share == TENTH else curve.held_by(share), 1, why)
            if curve
            else Unknown(why),
        )
        for share in SHARES
    )
    return Picture(
        "concentration",
        "Who holds the value",
        svg(
            concentration(curve, report.top_decile_share),
            name="concentration",
            title="Share of value held by the most valuable customers",
            description=_finding(report),
        ),
        "Line up all customers, the most valuable first. The blue line shows how much of the value you have passed.",
        Table(
            "Share of value held by the most valuable customers",
            (Column("Customers, best first"), Column("Share of value")),
            rows,
        ),
    )
