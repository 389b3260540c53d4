"""How old forecasts did: every model is fitted as of earlier dates and judged on the window after each."""

import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import clove
from clove.engine.local import LocalEngine
from clove.features.customer_features import customer_features
from clove.intake.mapping import ColumnMap
from clove.intake.read import Intake, read
from clove.kernel.errors import ArgumentRefused, NotEnoughData
from clove.kernel.money import Currency
from clove.kernel.period import Horizon
from clove.models.purchase_models import purchase_model
from clove.reports.backtest_contents import (
    GROUPS,
    Backtest,
    OriginScores,
)
from clove.reports.backtest_page import render_backtest
from clove.reports.contents import SourceFile
from clove.valuation.bootstrap import CONFIDENCE, RESAMPLES
from clove.valuation.metrics import METRICS
from clove.workflows.backtest_scores import Judgement, at_origin, judge_all, judge_groups, pooled
from clove.workflows.clock import Clock
from clove.workflows.contestants import Contestant, contestants
from clove.workflows.documents import json_text, null_unknown
from clove.workflows.holdout import Record
from clove.workflows.opening import Opening
from clove.workflows.origins import Origin, Spacing
from clove.workflows.output import OutputFolder
from clove.workflows.parts import Parts
from clove.workflows.reading import as_of_day, shown_currency
from clove.workflows.request import AUTO, NO_CURRENCY, ValueRequest

KIND = "backtest"
HUNDRED_DAYS = Horizon(100, "d")
MOST_ORIGINS = 24


@dataclass(frozen=True, slots=True)
class BacktestRequest:
    """Files in, and how far to look back."""

    files: tuple[Path, ...]
    out: Path | None = None  # folder for report.html and backtest.json; None: nothing is written
    as_of: date | None = None  # None: the day of the last event
    today: date | None = None  # None: the machine's date
    horizon: Horizon = HUNDRED_DAYS
    origins: int = 3
    model: str = AUTO  # kind of the purchase model in question, or what `clove value` chooses
    currency: Currency = NO_CURRENCY
    mapping: ColumnMap | None = None
    seed: int = 1

    def check(self) -> None:
        """Refuse what no backtest can use.

        Raises:
            ArgumentRefused: A value outside its range.
        """
        if not 1 <= self.origins <= MOST_ORIGINS:
            raise ArgumentRefused(
                f"{self.origins} origins", where="--origins", remedy=f"Give a number from 1 to {MOST_ORIGINS}"
            )
        ValueRequest(
            self.files,
            self.out or Path(),
            as_of=self.as_of,
            today=self.today,
            model=self.model,
            seed=self.seed,
        ).check()


@dataclass(frozen=True, slots=True, eq=False)
class BacktestResult:
    """What was found, and the document of it."""

    backtest: Backtest
    document: dict[str, Any]  # as in backtest.json
    out: Path | None


def backtest(request: BacktestRequest, parts: Parts) -> BacktestResult:
    """Read, look back, forecast, judge; write where a folder is named.

    Raises:
        CloveError: With what, where and remedy; nothing is written then.
    """
    request.check()
    if request.out is not None:
        OutputFolder.check(request.out, kind=KIND)
    today = request.today or date.today()  # noqa: DTZ011 - orders are in local time
    clock = Clock(parts.progress)
    with parts.open_engine() as engine:
        clock.stage("Reading orders")
        intake = read(engine, request.files, mapping=request.mapping, today=today, progress=parts.progress)
        currency = shown_currency(request.currency, intake)
        as_of = as_of_day(request.as_of, intake, today)
        features = customer_features(engine, as_of)
        if not features.num_rows:
            raise NotEnoughData(
                f"nobody has bought anything by {as_of}; the first event is of {intake.first_event}",
                where="--as-of",
                remedy="Give a later date",
            )
        opened = Opening.of(features).by(as_of)
        spacing = Spacing.of(opened, as_of, request.horizon, request.origins)
        field = contestants(request.model)
        found = []
        for day in spacing.origins:
            clock.stage(f"Forecasting from {day}")
            found.append(_at_origin(engine, day, request, field))
    clock.stage("Comparing")
    result = Backtest(
        as_of=as_of,
        opened=opened,
        horizon=request.horizon.words,
        spacing=spacing.words,
        overlap=spacing.overlap,
        currency=currency,
        headline=field[0].name,
        pooled=tuple(pooled(group, [groups[group] for _, groups in found], field) for group in GROUPS),
        origins=tuple(scores for scores, _ in found),
        resamples=RESAMPLES,
        confidence=CONFIDENCE,
        files=_files(intake),
        seed=request.seed,
        version=clove.__version__,
        data_hash=intake.data_hash,
    )
    document = _document(result)
    if request.out is not None:
        clock.stage("Drawing the report")
        page = render_backtest(result)
        with OutputFolder.fill(request.out, kind=KIND) as folder:
            for name, text in {"report.html": page, "backtest.json": json_text(document)}.items():
                (folder / name).write_text(text, encoding="utf-8", newline="\n")
    clock.finish()
    return BacktestResult(result, document, request.out)


def _at_origin(
    engine: LocalEngine, day: date, request: BacktestRequest, field: Sequence[Contestant]
) -> tuple[OriginScores, dict[str, Judgement]]:
    """Everybody's forecasts from one date, judged for every group."""
    origin = Origin.opened(engine, day, request.horizon.end(day), seed=request.seed, model=request.model)
    judged, missing = judge_all(origin, field)
    groups = judge_groups(origin, judged)
    choice, common = origin.record.choice, origin.record.common
    scores = OriginScores(
        as_of=day,
        until=origin.window.until,
        chosen=purchase_model(choice.chosen).TITLE,
        chosen_because=choice.because,
        common_error=common.deviation,
        learnt_from=common.windows,
        groups=tuple(at_origin(name, group, field, missing) for name, group in groups.items()),
        made_of=_made_of(origin.record),
    )
    return scores, groups


def _made_of(record: Record) -> str:
    """What `clove value` would have said of itself on that date."""
    alone = f"{purchase_model(record.choice.chosen).TITLE} + Gamma-Gamma"
    trained, widening = record.trained, record.widening
    if trained.blend is None or trained.choice is None:
        stood = f"{alone} alone: {trained.because}."
    else:
        weight = trained.blend.weight
        stood = (
            f"{alone} {weight:.0%}, boosted value {1 - weight:.0%}. It learnt from {trained.because}; its trees tell "
            f"{trained.choice.words}."
        )
    season = " In the clock of the season." if record.season.season.known else ""
    return f"{stood}{season} P10 and P90 read {widening.factor:.2f} times as far out as drawn."


def _files(intake: Intake) -> tuple[SourceFile, ...]:
    return tuple(
        SourceFile(
            file.name if file.sheet is None else f"{file.name}, sheet {file.sheet}",
            file.rows,
            file.layout,
            dict(file.columns),
            file.notes,
        )
        for file in intake.files
    )


def _document(found: Backtest) -> dict[str, Any]:
    """Everything, and what it takes to repeat it; equal runs are equal bytes."""
    fields = {name: value for name, value in asdict(found).items() if name not in {"version", "currency"}}
    fields |= {
        "as_of": found.as_of.isoformat(),
        "opened": found.opened.isoformat(),
        "currency": found.currency.code or None,
    }
    for scores in fields["origins"]:
        scores |= {"as_of": scores["as_of"].isoformat(), "until": scores["until"].isoformat()}
    document: dict[str, Any] = null_unknown(
        {
            "kind": KIND,
            **fields,
            "measures": [asdict(metric) for metric in METRICS],
            "versions": {"clove": found.version, "python": platform.python_version()},
        }
    )
    return document
