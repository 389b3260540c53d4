"""The CLV benchmark on its own data: the published split and tables, and Clove beside them."""

import json
import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

import clove
from clove.engine.local import LocalEngine
from clove.features.customer_features import customer_features
from clove.features.purchases_between import purchases_between
from clove.intake.read import Intake, read
from clove.kernel.arrays import Floats
from clove.kernel.errors import DidNotConverge, InputRefused, NotEnoughData
from clove.models.benchmark_recipe import FEATURES, BenchmarkRecipe, stratified_folds
from clove.reports.benchmark_contents import BenchmarkLine, BenchmarkReport, Importance
from clove.reports.benchmark_tables import benchmark_tables, summary
from clove.reports.published_benchmark import PUBLISHED, PUBLISHED_IMPORTANCE, RAW_ROWS, TEST
from clove.valuation.benchmark_scores import BenchmarkScores
from clove.workflows.benchmark_contestants import CONTESTANTS, Setting, benchmark_columns
from clove.workflows.clock import Clock
from clove.workflows.output import OutputFolder
from clove.workflows.parts import Parts
from clove.workflows.summary import floats

KIND = "benchmark"
DATA_SET = "online-retail-ii"
OBSERVATION = (date(2009, 12, 1), date(2010, 11, 30))
PREDICTION = (date(2010, 12, 1), date(2011, 12, 9))
SPLIT_SEED = 42
FEWEST_ORDERS = 2
LIBRARIES = ("lightgbm", "numpy", "scipy", "duckdb")


@dataclass(frozen=True, slots=True, eq=False)
class BenchmarkResult:
    """The tables, and all of it as a document."""

    report: BenchmarkReport
    document: dict[str, Any]


def benchmark_online_retail_ii(files: Sequence[Path], parts: Parts, out: Path | None = None) -> BenchmarkResult:
    """Read, split, fit, judge.

    Args:
        files: UCI's Online Retail II, both years.
        parts: Engine and progress.
        out: Folder for `benchmark.json`, `benchmark.md` and the fitted recipe; none if left out.

    Raises:
        CloveError: With what, where and remedy; among them a file of other years. Nothing is written then.
    """
    if out is not None:
        OutputFolder.check(out, kind=KIND)
    clock = Clock(parts.progress)
    with parts.open_engine() as engine:
        clock.stage("Reading orders")
        today = date.today()  # noqa: DTZ011 - orders are in local time
        intake = read(engine, files, mapping=None, today=today, progress=parts.progress)
        _expect_both_years(files, intake)
        clock.stage("Computing features")
        setting = _split(engine)
        clock.stage("Fitting and judging")
        columns = benchmark_columns(setting.features)
        # first of all, since it refuses what is too little for any table
        fitted = BenchmarkRecipe.fit(columns[setting.training], setting.target[setting.training])
        lines = tuple(_lines(setting))
    report = _report(intake, setting, lines, fitted)
    document = _document(report, intake)
    if out is not None:
        clock.stage("Writing results")
        texts = {
            "benchmark.json": json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n",
            "benchmark.md": _markdown(report),
            f"{BenchmarkRecipe.KIND}.json": fitted.to_json() + "\n",
        }
        with OutputFolder.fill(out, kind=KIND) as folder:
            for name, text in texts.items():
                (folder / name).write_text(text, encoding="utf-8", newline="\n")
    clock.finish()
    return BenchmarkResult(report, document)


def _expect_both_years(files: Sequence[Path], intake: Intake) -> None:
    needed, found = (OBSERVATION[0], PREDICTION[1]), (intake.first_event, intake.last_event)
    if found != needed:
        inside = needed[0] <= found[0] and found[1] <= needed[1]
        raise InputRefused(
            f"the orders run from {found[0]} to {found[1]}{' only' if inside else ''}; the benchmark observes "
            f"{OBSERVATION[0]} to {OBSERVATION[1]} and predicts {PREDICTION[0]} to {PREDICTION[1]}",
            where=", ".join(str(path) for path in files),
            remedy="Give UCI's Online Retail II with both its years, https://doi.org/10.24432/C5CG6D; no other data "
            "can stand beside the published figures",
        )


def _split(engine: LocalEngine) -> Setting:
    """Features, targets, and one customer in five set apart, those with one order left out."""
    features = customer_features(engine, OBSERVATION[1])
    target = _spend(engine, features)
    repeat = floats(features, "orders") >= FEWEST_ORDERS
    fold = np.full(repeat.size, -1)
    fold[repeat] = stratified_folds(target[repeat], SPLIT_SEED)
    days = (PREDICTION[1] - OBSERVATION[1]).days
    return Setting(engine, OBSERVATION[1], days, features, target, fold > 0, fold == 0)


def _spend(engine: LocalEngine, features: pa.Table) -> Floats:
    """What each customer spent in the prediction window, 0 where nothing, shape (n,)."""
    later = purchases_between(engine, OBSERVATION[1], PREDICTION[1])
    place = pc.index_in(features["customer_id"], value_set=later["customer_id"].combine_chunks())
    spent: Floats = np.append(floats(later, "spend"), 0.0)[place.fill_null(later.num_rows).to_numpy()]
    return spent


def _lines(setting: Setting) -> Iterator[BenchmarkLine]:
    """Each published line, then what was computed for it, then Clove's."""
    actual = setting.target[setting.test]
    published = {line.key: line for line in PUBLISHED}
    for key, name, contestant in CONTESTANTS:
        if key in published:
            yield published[key]
        try:
            forecasts = contestant(setting)
        except (NotEnoughData, DidNotConverge) as error:
            yield BenchmarkLine(key, name, "computed", None, error.what)
            continue
        for forecast in forecasts:
            yield BenchmarkLine(forecast.key, forecast.model, "computed", BenchmarkScores.of(forecast.spend, actual))


def _report(
    intake: Intake, setting: Setting, lines: tuple[BenchmarkLine, ...], fitted: BenchmarkRecipe
) -> BenchmarkReport:
    sizes = fitted.importance(benchmark_columns(setting.features)[setting.test])
    order = np.argsort(-sizes, kind="stable")
    training = setting.target[setting.training]
    return BenchmarkReport(
        observation=OBSERVATION,
        prediction=PREDICTION,
        rows_read=intake.rows_read,
        customers=setting.test.size,
        population=int((setting.training | setting.test).sum()),
        training=int(setting.training.sum()),
        test=int(setting.test.sum()),
        target_median=float(np.median(training)),
        target_mean=float(training.mean()),
        lines=lines,
        importance=tuple(Importance(FEATURES[place], float(sizes[place])) for place in order.tolist()),
        published_importance=PUBLISHED_IMPORTANCE,
        notes=tuple(_notes(intake, lines, int(setting.test.sum()))),
    )


def _notes(intake: Intake, lines: tuple[BenchmarkLine, ...], test: int) -> Iterator[str]:
    """What a reader has to know before he compares."""
    if intake.rows_read != RAW_ROWS:
        yield (
            f"The input has {intake.rows_read:,} rows, the published data set {RAW_ROWS:,}: unless it is the same data "
            "in another form, the published figures are no measure for it."
        )
    yield (
        f"The published figures are of {TEST} customers, the computed ones of {test} whom another generator drew: of "
        "the same population, where the input is that data set, but not the same customers. A few large ones rule RMSE."
    )
    yield (
        "The naive mean and LightGBM have learnt from the judged window, through the other customers. BG/NBD and Clove "
        "have seen the observation window alone."
    )
    for line in lines:
        if line.scores is None:
            yield f"{line.model} could not be fitted: {line.missing_because}."


def _document(report: BenchmarkReport, intake: Intake) -> dict[str, Any]:
    """Everything, without clock time, so that equal runs are equal bytes."""
    found: dict[str, Any] = {"kind": KIND, "data_set": DATA_SET, **asdict(report)}
    for name in ("observation", "prediction"):
        found[name] = [day.isoformat() for day in getattr(report, name)]
    return {
        **found,
        "split_seed": SPLIT_SEED,
        "data_hash": intake.data_hash,
        "files": [asdict(file) for file in intake.files],
        "rejections": {rule: rows for rule, rows, _ in intake.rejected},
        "versions": {
            "clove": clove.__version__,
            "python": platform.python_version(),
            **{name: version(name) for name in LIBRARIES},
        },
    }


def _markdown(report: BenchmarkReport) -> str:
    tables = "\n".join(table.markdown() for table in benchmark_tables(report))
    notes = "\n".join(f"* {note}" for note in report.notes)
    return f"# The CLV benchmark on Online Retail II\n\n{summary(report)}\n\n{notes}\n\n{tables}"
