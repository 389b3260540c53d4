"""The model card, the validation report and the data dictionary of a run."""

import shlex
from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clove.models.streams import stream_keys
from clove.reports.cards.contents import Boosted, Cards, ColumnFacts, Fit, Forecaster, Judged, TableFacts, Tuned
from clove.reports.cards.data_dictionary import data_dictionary
from clove.reports.cards.model_card import model_card
from clove.reports.cards.validation_report import validation_report
from clove.reports.contents import ValueReport
from clove.reports.shown import visible
from clove.valuation.bootstrap import CONFIDENCE, RESAMPLES
from clove.valuation.comparison import Figure
from clove.valuation.metrics import METRICS
from clove.valuation.scoring import score
from clove.workflows.holdout import Forecasters
from clove.workflows.report import Findings
from clove.workflows.training import Trained

MOST_JUDGED = 20_000  # customers whose measures are resampled: an interval needs no more
RESAMPLING = 0x5851F42D4C957F2D  # parts the draws of customers from the draws of their spend


def cards(
    found: Findings, report: ValueReport, versions: Mapping[str, str], customers: pa.Table, features: pa.Table
) -> dict[str, str]:
    """Texts by the names of their files; equal runs give equal bytes.

    Args:
        found: What the run found.
        report: The same, filled for the page.
        versions: Of the libraries.
        customers: The table as it is written.
        features: The same.
    """
    contents = _contents(found, report, versions, customers, features)
    return {
        "model-card.md": model_card(contents),
        "validation-report.md": validation_report(contents),
        "data-dictionary.md": data_dictionary(contents),
    }


def _contents(
    found: Findings, report: ValueReport, versions: Mapping[str, str], customers: pa.Table, features: pa.Table
) -> Cards:
    record, fitted = found.record, found.fitted
    boosted = _boosted(record.trained)
    return Cards(
        report=report,
        model_title=fitted.purchases.TITLE,
        compared_customers=record.choice.customers,
        fits=_fits(found),
        boosted=boosted,
        no_boosted_because="" if boosted is not None else record.trained.because,
        common=record.common,
        horizon_days=found.request.horizon.days(found.as_of),
        judged=None if record.forecasters is None else _judged(record.forecasters, found.request.seed),
        command=_command(found),
        versions=versions,
        tables=(_facts("customers.parquet", customers), _facts("features.parquet", features)),
    )


def _fits(found: Findings) -> tuple[Fit, ...]:
    fits = []
    models = ((found.fitted.purchases.TITLE, found.fitted.purchases), ("Gamma-Gamma", found.fitted.spend.model))
    for title, model in models:
        evidence = model.evidence
        if evidence is None:
            fits.append(Fit(title, None, None, ()))
        else:
            fits.append(Fit(title, evidence.customers, evidence.log_likelihood, evidence.findings))
    return tuple(fits)


def _boosted(trained: Trained) -> Boosted | None:
    model, blend, tuning = trained.model, trained.blend, trained.tuning
    if model is None or blend is None or trained.choice is None:
        return None
    tuned = None
    if tuning is not None:
        tuned = Tuned(tuning.trials, tuning.examples, tuning.best.score, tuning.untuned.score)
    return Boosted(
        origins=trained.origins,
        window_days=model.window_days,
        rows=model.rows,
        buyers=model.buyers,
        level=model.level,
        tree_features=len(model.tree_features),
        line_features=len(model.line_features),
        form=trained.choice.words,
        settings=model.settings,
        tuned=tuned,
        blend=blend,
    )


def _judged(forecasters: Forecasters, seed: int) -> Judged:
    """Every measure with its interval, of at most so many customers in an order of their names' hashes."""
    window = forecasters.window
    keys = stream_keys(window.history.customer_id, seed ^ RESAMPLING)
    rows = np.sort(np.argsort(keys, kind="stable")[:MOST_JUDGED])
    taken = {name: judged.take(rows) for name, judged in forecasters.judged.items()}
    scored = score(taken, window.actual[rows], keys[rows])
    return Judged(
        rows.size,
        keys.size,
        CONFIDENCE,
        RESAMPLES,
        tuple(
            Forecaster(
                name,
                {
                    metric.key: Figure.of(each.sample(metric.key), each.reasons.get(metric.key, ""))
                    for metric in METRICS
                },
            )
            for name, each in scored.items()
        ),
    )


def _command(found: Findings) -> str:
    """As it is typed on one line; the folders that files lie in are left out, for the results do not know them."""
    request = found.request
    columns = {} if request.mapping is None else request.mapping.columns
    options = {
        "--as-of": found.as_of.isoformat(),
        "--today": found.today.isoformat() if found.today_matters else "",
        "--horizon": str(request.horizon),
        "--map": ",".join(f"{ours}={theirs}" for ours, theirs in columns.items()),
        "--margin": f"{request.margin:.17g}" if request.margin != 1 else "",
        "--discount-rate": f"{request.discount_rate:.17g}" if request.discount_rate else "",
        "--currency": request.currency.code,
        "--model": request.model,
        "--tune": str(request.tune) if request.tune else "",
        "--seed": str(request.seed),
    }
    words = [word for name, value in options.items() if value for word in (name, value)]
    files = [file.name for file in request.files]
    command = " ".join(["clove value", *map(shlex.quote, files), "--out DIR", *map(shlex.quote, words)])
    return visible(command)


def _facts(file: str, table: pa.Table) -> TableFacts:
    return TableFacts(file, table.num_rows, tuple(_column(name, table[name]) for name in table.column_names))


def _column(name: str, values: pa.ChunkedArray) -> ColumnFacts:
    kind, nulls = values.type, values.null_count
    if pa.types.is_boolean(kind):
        return ColumnFacts(name, "yes or no", nulls, None, None, None, None, pc.mean(values.cast(pa.int8())).as_py())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind):
        distinct = pc.count_distinct(values, mode="only_valid").as_py()
        return ColumnFacts(name, "text", nulls, distinct, None, None, None, None)
    if pa.types.is_date(kind):
        return ColumnFacts(name, "date", nulls, None, *_days(values), None)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        words = "whole number" if pa.types.is_integer(kind) else "number"
        return ColumnFacts(name, words, nulls, None, *_spread(values), None)
    return ColumnFacts(name, "list" if pa.types.is_list(kind) else str(kind), nulls, None, None, None, None, None)


def _spread(values: pa.ChunkedArray) -> tuple[float | None, float | None, float | None]:
    """Lowest, median and highest of what is known."""
    known = values.drop_null().cast(pa.float64()).to_numpy()
    if not known.size:
        return None, None, None
    return float(known.min()), float(np.median(known)), float(known.max())


def _days(values: pa.ChunkedArray) -> tuple[date | None, date | None, date | None]:
    """The same of dates; the earlier of two medians."""
    known = np.sort(values.drop_null().cast(pa.date32()).cast(pa.int32()).to_numpy())
    if not known.size:
        return None, None, None
    low, median, high = (
        date(1970, 1, 1) + timedelta(days=int(known[place])) for place in (0, (known.size - 1) // 2, -1)
    )
    return low, median, high
