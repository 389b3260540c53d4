"""The validation report: an old forecast held against what came, measure by measure, and what that does not tell."""

import numpy as np

from clove.reports.cards.contents import Cards, Judged
from clove.reports.cards.markdown import bullets, document, escaped, heading, paragraph, table
from clove.reports.cards.performance import measures_table, totals_sentence
from clove.reports.cards.words import metric_of, money, number, percent, standing
from clove.reports.contents import Holdout
from clove.reports.shown import day, decimal, plural
from clove.valuation.metrics import METRICS

ERRORS = ("mae", "rmse", "mape", "total_bias")
RANKS = ("spearman", "gini", "lift")
SPREADS = ("central_80", "above_p90", "pit_distance", "width")
QUANTILES = ("pinball_10", "pinball_50", "pinball_90")
BINS = 10


def validation_report(cards: Cards) -> str:
    """The whole document; the same run gives the same text."""
    report = cards.report
    held = report.holdout
    judged = _nothing(cards) if held is None or cards.judged is None else _judged(cards, held, cards.judged)
    return document(
        heading(f"Validation report: {report.source}", 1),
        standing(report),
        *judged,
        *_shared_error(cards),
        *_rows(cards),
        heading("What this does not tell"),
        bullets(
            (
                (
                    "The forecast of today has not come true or false yet. This is the record of an older one, made in "
                    "the same way with less data."
                ),
                "One window is one season. `clove backtest` judges several dates.",
                "People who first bought inside the window are in no figure here: nothing was known of them.",
            )
        ),
    )


def _nothing(cards: Cards) -> tuple[str, ...]:
    return heading("What was judged"), paragraph(f"Nothing: {escaped(cards.report.no_holdout_because)}.")


def _judged(cards: Cards, held: Holdout, judged: Judged) -> tuple[str, ...]:
    some = (
        f"Measures are of {judged.customers:,} of the {judged.of_customers:,} customers, drawn by a hash of their "
        "names."
        if judged.customers < judged.of_customers
        else ""
    )
    used = [metric_of(key) for key in (*ERRORS, *RANKS, *SPREADS, *QUANTILES)]
    return (
        heading("What was judged"),
        paragraph(
            f"Everything was fitted, and tuned where it was, as of {day(held.as_of)}; the "
            f"{(held.until - held.as_of).days:,} days until {day(held.until)} were hidden from it and then held "
            "against it. How the purchase model was chosen is told below.",
            f"n = {held.customers:,} customers.",
            some,
        ),
        paragraph(
            f"Intervals are {judged.confidence:.0%} intervals from {judged.resamples:,} resamples of the customers; "
            "those of the forecast's total are its own 80% interval."
        ),
        heading("The total"),
        paragraph(totals_sentence(cards, held)),
        heading("Errors"),
        measures_table(cards, judged, ERRORS),
        heading("Order"),
        measures_table(cards, judged, RANKS),
        heading("Distribution"),
        measures_table(cards, judged, SPREADS),
        measures_table(cards, judged, QUANTILES),
        paragraph("Each measure:"),
        bullets([f"{metric.title}: {escaped(metric.words)}." for metric in METRICS if metric in used]),
        *_surprises(held),
        *_tenths(cards, held),
        *_groups(held),
    )


def _surprises(held: Holdout) -> tuple[str, ...]:
    counts = np.histogram(held.pit, bins=BINS, range=(0, 1))[0]
    rows = [
        (f"{place / BINS:.1f} to {(place + 1) / BINS:.1f}", f"{count:,}", percent(count / held.pit.size))
        for place, count in enumerate(counts)
    ]
    return (
        paragraph(
            "Where outcomes fell in their own forecast (randomised PIT), "
            f"n = {held.pit.size:,}; {percent(1 / BINS)} in each is honest:"
        ),
        table(("part of the forecast, lowest first", "customers", "share"), rows),
    )


def _tenths(cards: Cards, held: Holdout) -> tuple[str, ...]:
    currency = cards.report.currency
    rows = [
        (f"{place}", money(currency, float(forecast)), money(currency, float(came)))
        for place, (forecast, came) in enumerate(zip(held.decile_predicted, held.decile_actual, strict=True), start=1)
    ]
    return (
        heading("Tenths of customers by forecast"),
        table(("tenth, lowest first", "mean forecast", "mean that came"), rows),
        paragraph(f"n = {held.customers:,} customers, about {held.customers // 10:,} in each."),
    )


def _groups(held: Holdout) -> tuple[str, ...]:
    groups = held.groups
    rows = []
    for place, name in enumerate(groups.names):
        bounds = "unknown"
        if groups.low is not None and groups.high is not None:
            bounds = f"{number(float(groups.low[place]))} to {number(float(groups.high[place]))}"
        rows.append(
            (
                name,
                f"{int(groups.sizes[place]):,}",
                number(float(groups.predicted[place])),
                bounds,
                number(float(groups.actual[place])),
            )
        )
    return (
        heading("Purchases by past frequency"),
        table(("repeat purchases before", "customers", "mean forecast", "80% interval", "mean that came"), rows),
    )


def _shared_error(cards: Cards) -> tuple[str, ...]:
    common, contenders = cards.common, cards.report.contenders
    rows = [
        (each.model, str(decimal(each.log_score, 5)), str(decimal(each.gain, 5)), str(decimal(each.standard_error, 5)))
        for each in contenders
    ]
    return (
        heading("Purchase models on earlier windows"),
        paragraph(escaped(cards.report.chosen_because)),
        table(("model", "mean log probability", "gain", "standard error of the gain"), rows) if rows else "",
        paragraph(f"n = {cards.compared_customers:,} customers, one judged on two windows counted twice.")
        if rows
        else "",
        heading("The error that customers share"),
        paragraph(
            f"Standard deviation of the logarithm of a total, beside chance: {number(common.deviation)}, from "
            f"{plural(common.windows, 'old forecast')} and a prior of 0.1 that counts as one."
        ),
    )


def _rows(cards: Cards) -> tuple[str, ...]:
    quality = cards.report.quality
    rejected = sum(count.rows for count in quality.rejections)
    left = quality.rows_read - quality.purchases - quality.returns - quality.held - rejected
    balance = "nothing is missing" if left == 0 else f"{left:,} rows are unaccounted for"
    return (
        heading("Rows"),
        paragraph(
            f"{quality.rows_read:,} read, {quality.purchases:,} purchases, {quality.returns:,} returns, "
            f"{quality.held:,} held, {rejected:,} rejected: {balance}."
        ),
        table(("rule", "rows rejected"), [(count.rule, f"{count.rows:,}") for count in quality.rejections]),
    )
