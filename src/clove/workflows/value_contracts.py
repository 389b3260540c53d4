"""A portfolio of contracts in, what every contract is worth and what to do about bad billing out."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from clove.engine.local import LocalEngine
from clove.features import contracts as features
from clove.features.exchange import Exchange, convert, exchange_at, usual_currency
from clove.features.portfolio import CONVERTED
from clove.intake.portfolio.read import read_portfolio
from clove.intake.rejections import write_rejections
from clove.kernel.errors import ArgumentRefused, InputRefused, NotEnoughData
from clove.kernel.money import Currency
from clove.reports.contract_contents import PortfolioReport
from clove.reports.contract_page import render_portfolio
from clove.workflows.clock import Clock
from clove.workflows.contract_assumptions import Assumptions
from clove.workflows.contract_documents import KIND, metrics_of, run_of
from clove.workflows.contract_history import ContractHistory
from clove.workflows.contract_money import Money
from clove.workflows.contract_report import Source, portfolio_report
from clove.workflows.contract_request import ContractRequest, ContractSettings
from clove.workflows.contract_tables import collections_table, contracts_table
from clove.workflows.contract_valuation import ValuedContracts
from clove.workflows.documents import json_text, null_unknown
from clove.workflows.output import OutputFolder
from clove.workflows.parts import Parts
from clove.workflows.portfolio_document import to_document
from clove.workflows.portfolio_figures import portfolio_figures
from clove.workflows.segment_prices import SegmentPrices
from clove.workflows.segment_tables import prices_table, segments_table
from clove.workflows.summary import labels


@dataclass(frozen=True, slots=True, eq=False)
class PortfolioResult:
    """The headline; everything else lies in the folder."""

    out: Path
    report: PortfolioReport
    run: dict[str, Any]  # as in run.json
    metrics: dict[str, Any]  # as in metrics.json


def value_contracts(request: ContractRequest, parts: Parts) -> PortfolioResult:
    """Read, learn, value, decide, write.

    Raises:
        CloveError: With what, where and remedy; nothing is written then.
    """
    OutputFolder.check(request.out, kind=KIND)
    today = request.today or date.today()  # noqa: DTZ011 - contracts are in local time
    clock = Clock(parts.progress)
    with parts.open_engine() as engine:
        clock.stage("Reading the portfolio")
        reading = read_portfolio(
            request.folder, engine, mapping=request.mapping, today=today, as_of=request.as_of, progress=parts.progress
        )
        as_of = whole_months(reading.as_of, today, asked=request.as_of is not None)
        clock.stage("Rebuilding every contract's state")
        exchange = exchange_at(engine, request.currency.code or usual_currency(engine, as_of), as_of)
        request = replace(request, currency=Currency(exchange.currency))
        history = history_of(engine, as_of, exchange, request.settings)
        clock.stage("Learning from its history")
        found = Assumptions.of(history, request.settings)
        clock.stage("Valuing every contract")
        cash = features.contract_cash(engine, as_of)
        valued = ValuedContracts.of(history, found, cash, request, parts.progress)
        clock.stage("Pricing every segment")
        quotes = features.segment_quotes(engine, as_of, signing_days=request.settings.signing_days)
        costs = features.segment_upfront(engine, as_of)
        prices = SegmentPrices.of(history, found, quotes, costs, request.settings)
        report = portfolio_report(valued, prices, Source.of(reading, engine), request, as_of)
        run, metrics = null_unknown(run_of(report, reading, request)), null_unknown(metrics_of(report))
        clock.stage("Counting the portfolio")
        steered, steering = _steering(engine, as_of, valued, request)
        metrics["portfolio"] = null_unknown(steering)
        clock.stage("Drawing the report")
        page = render_portfolio(report)
        clock.stage("Writing results")
        contracts, queue = contracts_table(valued, request), collections_table(valued, request)
        with OutputFolder.fill(request.out, kind=KIND) as folder:
            pyarrow.parquet.write_table(contracts, folder / "contracts.parquet", compression="zstd")
            pyarrow.csv.write_csv(contracts, folder / "contracts.csv")
            pyarrow.parquet.write_table(queue, folder / "collections.parquet", compression="zstd")
            pyarrow.csv.write_csv(queue, folder / "collections.csv")
            for name, table in steered.items():
                pyarrow.parquet.write_table(table, folder / f"{name}.parquet", compression="zstd")
            pyarrow.csv.write_csv(segments_table(report), folder / "segments.csv")
            pyarrow.csv.write_csv(prices_table(report), folder / "prices.csv")
            write_rejections(engine, folder / "rejections.csv")
            texts = {
                "models/tenure-hazard.json": found.hazards.whole.to_json(),
                "models/tenure-hazard-paying.json": found.hazards.paying.to_json(),
                "models/resumption.json": found.resumption.to_json(),
                "models/price-response.json": prices.parameters.demand.to_json(),
                "report.html": page,
                "run.json": json_text(run),
                "metrics.json": json_text(metrics),
                "timings.json": json_text(clock.finish()),
            }
            for name, text in texts.items():
                (folder / name).parent.mkdir(exist_ok=True)
                (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return PortfolioResult(request.out, report, run, metrics)


def _steering(
    engine: LocalEngine, as_of: date, valued: ValuedContracts, request: ContractRequest
) -> tuple[dict[str, pa.Table], dict[str, Any]]:
    """The figures by which a portfolio is steered with the rows behind them, or why there are none.

    They add up amounts of past days, and so need the rates of those days; the values of contracts do not.
    """
    try:
        convert(engine, request.currency.code, as_of, CONVERTED)
    except InputRefused as refusal:
        return {}, {"missing_because": f"{refusal.what}. {refusal.remedy}"}
    found = portfolio_figures(engine, as_of, valued, request)
    tables = {"mrr_movements": found.mrr_movements, "cancellation_notices": found.notices}
    return tables, to_document(found.figures)


def whole_months(as_of: date, today: date, *, asked: bool) -> date:
    """The as-of date, which has to end a month: months are whole and of the calendar.

    Args:
        as_of: From the request, or the portfolio's own.
        today: No later date will do.
        asked: Whether the request named it.

    Raises:
        ArgumentRefused: It lies inside a month, or after today.
        NotEnoughData: Nobody asked for it: the portfolio is younger than a month.
    """
    if as_of > today:
        raise ArgumentRefused(f"{as_of} lies after today, {today}", where="--as-of", remedy="Give a date up to today")
    from clove.intake.portfolio.dating import last_month_end

    if (end := last_month_end(as_of)) != as_of:
        if not asked:
            raise NotEnoughData(
                f"no contract had started by {end}, the end of the last whole month",
                where="contracts",
                remedy="Value the portfolio once a month of it is over",
            )
        raise ArgumentRefused(
            f"{as_of} lies inside a month, and contracts are counted in whole months",
            where="--as-of",
            remedy=f"Give the end of a month, such as {end}",
        )
    return as_of


def history_of(engine: LocalEngine, as_of: date, exchange: Exchange, settings: ContractSettings) -> ContractHistory:
    """What was known as of a date.

    Raises:
        NotEnoughData: No contract had started by then.
    """
    state = features.contract_state(
        engine,
        as_of,
        cost_months=settings.cost_months,
        hardware_months=settings.hardware_months,
        grace_days=settings.days_of_grace,
    )
    if not state.num_rows:
        raise NotEnoughData(f"no contract had started by {as_of}", where="--as-of", remedy="Give a later date")
    money = Money.of(exchange)
    return ContractHistory(
        state,
        features.contract_exits(engine, as_of),
        features.unpaid_spells(engine, as_of, grace_days=settings.days_of_grace),
        features.unpaid_spells(engine, as_of, "suspended"),
        features.penalties(engine, as_of, settings.penalty_rate, penalty_months=settings.penalty_months),
        money,
        money.worth_of(labels(state, "currency")),
    )
