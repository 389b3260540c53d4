"""The main job: files of orders in, what every customer is worth out."""

import platform
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

import clove
from clove.engine.local import LocalEngine
from clove.features.cohort_retention import cohort_retention
from clove.features.customer_features import customer_features
from clove.features.ledger_summary import LedgerSummary, ledger_summary
from clove.features.purchases_between import purchases_between
from clove.features.returns_without_purchases import returns_without_purchases
from clove.intake.read import read
from clove.intake.rejections import write_rejections
from clove.kernel.errors import NotEnoughData
from clove.kernel.period import add_months
from clove.models.purchase_models import purchase_model
from clove.reports.contents import Holdout, ValueReport
from clove.reports.page import render
from clove.valuation.season_estimate import FoundSeason
from clove.workflows.cards import cards
from clove.workflows.clock import Clock
from clove.workflows.customers import customer_table
from clove.workflows.documents import json_text, null_unknown
from clove.workflows.factors import importance_of, told_in_words
from clove.workflows.forecasting import Fitted, forecast
from clove.workflows.holdout import judge_old_forecasts
from clove.workflows.output import OutputFolder
from clove.workflows.parts import Parts
from clove.workflows.reading import as_of_day, shown_currency
from clove.workflows.report import Findings, YearAgo, value_report
from clove.workflows.request import ValueRequest
from clove.workflows.summary import floats
from clove.workflows.training import Trained

KIND = "valuation"
LIBRARIES = ("duckdb", "numpy", "scipy", "numba", "lightgbm", "pyarrow", "matplotlib")


@dataclass(frozen=True, slots=True, eq=False)
class ValueResult:
    """The headline; everything else lies in the folder."""

    out: Path
    report: ValueReport
    run: dict[str, Any]  # as in run.json


def value(request: ValueRequest, parts: Parts) -> ValueResult:
    """Read, clean, fit, forecast, judge, write.

    Raises:
        CloveError: With what, where and remedy; nothing is written then.
    """
    request.check()
    OutputFolder.check(request.out, kind=KIND)
    today = request.today or date.today()  # noqa: DTZ011 - orders are in local time
    clock = Clock(parts.progress)
    with parts.open_engine() as engine:
        clock.stage("Reading orders")
        intake = read(engine, request.files, mapping=request.mapping, today=today, progress=parts.progress)
        request = replace(request, currency=shown_currency(request.currency, intake))
        as_of = as_of_day(request.as_of, intake, today)
        clock.stage("Computing features")
        features = customer_features(engine, as_of)
        if not features.num_rows:
            raise NotEnoughData(
                f"nobody has bought anything by {as_of}; the first event is of {intake.first_event}",
                where="--as-of",
                remedy="Give a later date",
            )
        clock.stage("Judging old forecasts")
        record = judge_old_forecasts(
            engine,
            features,
            as_of,
            horizon_days=request.horizon.days(as_of),
            seed=request.seed,
            model=request.model,
            trials=request.tune,
        )
        clock.stage("Fitting models")
        fitted = Fitted.of(features, purchase_model(record.choice.chosen), record.trained, record.season)
        clock.stage("Forecasting every customer")
        valued = forecast(
            features, fitted, request, as_of, record.common, widening=record.widening, progress=parts.progress
        )
        ledger = ledger_summary(engine, as_of)
        cohorts = cohort_retention(engine, as_of)
        before = as_of - timedelta(days=request.horizon.days(as_of))
        recent = float(floats(purchases_between(engine, before, as_of), "spend").sum())
        findings = Findings(
            request=request,
            as_of=as_of,
            today=today,
            intake=intake,
            ledger=ledger,
            only_returned=returns_without_purchases(engine, as_of),
            fitted=fitted,
            valued=valued,
            cohorts=cohorts,
            record=record,
            before=before,
            recent=recent * request.margin,
            year_ago=_year_ago(engine, request, as_of, ledger),
        )
        report = value_report(findings)
        run = null_unknown(_run(findings, report))
        clock.stage("Drawing the report")
        page = render(report)
        clock.stage("Writing results")
        customers = customer_table(valued, fitted.short_source, request, as_of)
        documents = cards(findings, report, run["versions"], customers, features)
        with OutputFolder.fill(request.out, kind=KIND) as folder:
            _write_tables(folder, customers, features, request.currency.decimals)
            write_rejections(engine, folder / "rejections.csv")
            texts = documents | {f"models/{name}": text for name, text in fitted.documents.items()}
            texts |= {"report.html": page, "run.json": json_text(run), "timings.json": json_text(clock.finish())}
            for name, text in texts.items():
                (folder / name).parent.mkdir(exist_ok=True)
                (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return ValueResult(request.out, report, run)


def _year_ago(engine: LocalEngine, request: ValueRequest, as_of: date, ledger: LedgerSummary) -> YearAgo | None:
    """What the days of the horizon brought a year before, or as long a time up to now where it is longer."""
    after = add_months(as_of, -12)
    until = request.horizon.end(after)
    if until > as_of:
        after, until = as_of - timedelta(days=request.horizon.days(as_of)), as_of
    if ledger.first_event is None or ledger.first_event > after:
        return None
    spend = float(floats(purchases_between(engine, after, until), "spend").sum())
    return YearAgo(after, until, spend * request.margin)


def _write_tables(folder: Path, customers: pa.Table, features: pa.Table, digits: int) -> None:
    pyarrow.parquet.write_table(customers, folder / "customers.parquet", compression="zstd")
    pyarrow.csv.write_csv(told_in_words(customers, digits), folder / "customers.csv")
    pyarrow.parquet.write_table(features, folder / "features.parquet", compression="zstd")


def _run(found: Findings, report: ValueReport) -> dict[str, Any]:
    """Everything needed to trace and repeat the run; no clock time, so that equal runs are equal bytes."""
    request, quality = found.request, report.quality
    return {
        "kind": KIND,
        "as_of": report.as_of.isoformat(),
        "today": found.today.isoformat() if found.today_matters else None,
        "horizon": str(request.horizon),
        "until": report.until.isoformat(),
        "margin": request.margin,
        "discount_rate": request.discount_rate,
        "currency": request.currency.code or None,
        "seed": request.seed,
        "model": request.model,
        "tune": request.tune,
        "data_hash": report.data_hash,
        "files": [asdict(file) for file in quality.files],
        "counts": {
            "rows_read": quality.rows_read,
            "purchases": quality.purchases,
            "returns": quality.returns,
            "held": quality.held,
            "rejections": {count.rule: count.rows for count in quality.rejections},
            "customers": report.customers,
            "repeat_customers": report.repeat_customers,
            "orders": report.orders,
        },
        "totals": {
            "gross_revenue": report.gross_revenue,
            "returned": report.returned,
            "historical_value": report.historical,
            "clv": asdict(report.clv),
            "expected_purchases": report.expected_purchases,
            "expected_alive_repeat": report.alive_repeat,
            "recent_revenue": report.recent,
            "returned_elsewhere": report.returned_elsewhere,
            "top_decile_share": report.top_decile_share,
        },
        "segments": {
            segment.name: {"customers": segment.customers, "clv": asdict(segment.clv)} for segment in report.segments
        },
        "model_choice": asdict(found.record.choice),
        "models": {name: f"models/{name}" for name in found.fitted.documents},
        "findings": list(report.findings),
        "holdout": _holdout(report.holdout, report.no_holdout_because),
        "common_error": asdict(found.record.common),
        "widening": asdict(found.record.widening),
        "importance": importance_of(found.valued.explanation, request.currency.decimals),
        "boosted_value": _boosted(found.record.trained),
        "season": _season(found.record.season),
        "versions": {
            "clove": clove.__version__,
            "python": platform.python_version(),
            **{name: version(name) for name in (*LIBRARIES, *(("optuna",) if request.tune else ()))},
        },
    }


def _boosted(trained: Trained) -> dict[str, object]:
    if trained.model is None or trained.blend is None:
        return {"missing_because": trained.because}
    return {
        "learnt_from": trained.because,
        "rows": trained.model.rows,
        "buyers": trained.model.buyers,
        "window_days": trained.model.window_days,
        "origins": [origin.isoformat() for origin in trained.origins],
        "form": None if trained.choice is None else asdict(trained.choice),
        "settings": asdict(trained.model.settings),
        "tuning": None if trained.tuning is None else asdict(trained.tuning),
        "blend": asdict(trained.blend),
    }


def _season(found: FoundSeason) -> dict[str, object]:
    season = found.season
    if season.since is None:
        return {"missing_because": found.because}
    return {"learnt_from": found.because, "index": season.index, "low": season.low, "high": season.high}


def _holdout(holdout: Holdout | None, why_not: str) -> dict[str, object]:
    if holdout is None:
        return {"missing_because": why_not}
    return {
        "as_of": holdout.as_of.isoformat(),
        "until": holdout.until.isoformat(),
        "customers": holdout.customers,
        "actual_total": holdout.actual_total,
        "predicted_total": asdict(holdout.predicted_total),
        "share_above_p90": holdout.share_above_p90,
        "share_in_central_80": float(((holdout.pit >= 0.1) & (holdout.pit <= 0.9)).mean()),
        "scores": [asdict(score) for score in holdout.scores],
    }
