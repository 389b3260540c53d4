"""The figures of a portfolio for machines: parts of `metrics.json`."""

import math
from collections.abc import Iterable
from dataclasses import asdict, fields
from datetime import date
from typing import Any

import numpy as np

from clove.kernel.money import Currency
from clove.reports.portfolio_contents import CashFlowAhead, CohortHeat, Figure, MrrMonth, PortfolioFigures

FIRST = 20  # notices that the document names; `cancellation_notices.parquet` has all
MOVEMENTS = ("new", "expansion", "contraction", "suspended", "reactivated", "churned", "fx")


def to_document(figures: PortfolioFigures) -> dict[str, Any]:
    """Each figure with what it rests on; what is not known is nan, to become null, with its reason."""
    unit = 10**figures.currency.decimals
    return {
        "as_of": figures.as_of.isoformat(),
        "currency": figures.currency.code,
        "months": figures.months,
        "kpis": {name: _figure(figure) for name, figure in figures.kpis},
        "mrr_movements": [_mrr(line, unit) for line in figures.mrr],
        "monthly_results": _lines(figures.results),
        "cohorts": _lines(figures.cohorts),
        "cohort_heat": _heat(figures.heat),
        "cash_flow": _cash_flow(figures.cash_flow),
        "churn": _lines(figures.churn),
        "ltv": _lines(figures.ltv),
        "acquisition": _lines(figures.funnel),
        "target_segments": _lines(figures.targets),
        "cancellation_notices": {
            "n": len(figures.notices.lines),
            "penalty_at_stake": _figure(figures.notices.penalty),
            "remaining_value": _figure(figures.notices.remaining_value),
            "monthly_fee": _figure(figures.notices.monthly_fee),
            "first": _lines(figures.notices.lines[:FIRST]),
        },
        "save_rate": _lines(figures.saves),
        "interventions": _lines(figures.interventions),
    }


def _figure(figure: Figure) -> dict[str, Any]:
    """Bounds only of estimates, a reason only where there is one."""
    document: dict[str, Any] = {"value": figure.value, "n": figure.n}
    if not math.isnan(figure.p10):
        document |= {"p10": figure.p10, "p90": figure.p90}
    if figure.because:
        document["because"] = figure.because
    return document


def _plain(value: object) -> object:
    if isinstance(value, Figure):
        return _figure(value)
    if isinstance(value, Currency):
        return value.code
    return value.isoformat() if isinstance(value, date) else value


def _lines(lines: Iterable[Any]) -> list[dict[str, Any]]:
    return [{field.name: _plain(getattr(line, field.name)) for field in fields(line)} for line in lines]


def _mrr(line: MrrMonth, unit: int) -> dict[str, Any]:
    """In major units."""
    amounts = ("opening", *MOVEMENTS, "closing")
    return {name: value / unit if name in amounts else _plain(value) for name, value in asdict(line).items()}


def _heat(heat: CohortHeat) -> list[dict[str, Any]]:
    """Of each month of start, only months that have come."""
    return [
        {
            "start": start.isoformat(),
            "contracts": contracts,
            "upfront_cost": float(upfront),
            "revenue": revenue[np.isfinite(revenue)].tolist(),
        }
        for start, contracts, upfront, revenue in zip(
            heat.start, heat.contracts, heat.upfront_cost, heat.cumulative, strict=True
        )
    ]


def _cash_flow(flow: CashFlowAhead) -> dict[str, Any]:
    document: dict[str, Any] = {
        "months": _lines(flow.months),
        "total": _figure(flow.total),
        "discounted": flow.discounted,
        "later_discounted": flow.later,
    }
    if flow.new_business:
        document["new_business"] = {"scenario": flow.scenario, "months": _lines(flow.new_business)}
    return document
