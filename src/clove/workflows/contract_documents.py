"""The valuation of contracts as documents for machines: how it was made, and the portfolio's figures."""

import platform
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import numpy as np

import clove
from clove.intake.portfolio.result import PortfolioReading
from clove.reports.contents import Estimate
from clove.reports.contract_contents import PortfolioReport
from clove.workflows.contract_request import ContractRequest

KIND = "valuation of contracts"
LIBRARIES = ("duckdb", "numpy", "scipy", "numba", "pyarrow", "matplotlib")


def run_of(report: PortfolioReport, reading: PortfolioReading, request: ContractRequest) -> dict[str, Any]:
    """Everything needed to trace and repeat the run; no clock time, so that equal runs are equal bytes."""
    return {
        "kind": KIND,
        "as_of": report.as_of.isoformat(),
        "horizon_months": report.horizon_months,
        "discount_rate": report.discount_rate,
        "currency": report.currency.code,
        "seed": report.seed,
        "settings": asdict(request.settings),
        "data_hash": report.data_hash,
        "tables": [
            {
                "name": table.name,
                "file": table.file,
                "rows": table.rows,
                "kept": table.kept,
                "held": table.held,
                "rejected": {rule.rule: rule.rows for rule in table.rejected},
                "notes": list(table.notes),
            }
            for table in report.tables
        ],
        "columns": {f"{table.name}: {table.file}": dict(table.columns) for table in reading.tables},
        "findings": list(report.findings),
        "assumptions": [asdict(line) for line in report.assumptions],
        "models": {
            "tenure_hazard": "models/tenure-hazard.json",
            "tenure_hazard_paying": "models/tenure-hazard-paying.json",
            "resumption": "models/resumption.json",
            "price_response": "models/price-response.json",
        },
        "versions": {
            "clove": clove.__version__,
            "python": platform.python_version(),
            **{name: version(name) for name in LIBRARIES},
        },
    }


def metrics_of(report: PortfolioReport) -> dict[str, Any]:
    """The portfolio's figures, each with how many contracts it rests on and, where it is an estimate, its interval."""
    known = {name: int(np.isfinite(getattr(report, f"columns_{name}")).sum()) for name in ("remaining", "ltv")}
    live = {"n": report.live, "as_of": report.as_of.isoformat(), "currency": report.currency.code}
    remaining, valued = ({**live, "n": known[name]} for name in ("remaining", "ltv"))
    proceed = sum(line.verdict == "PROCEED" for line in report.prices)
    return {
        "as_of": report.as_of.isoformat(),
        "currency": report.currency.code,
        "contracts": {
            "live": report.live,
            "active": report.active,
            "bad_billing": report.lapsed,
            "suspended": report.suspended,
            "ended": report.ended,
            "customers": report.customers,
            "unknown": [{"because": reason, "contracts": count} for reason, count in report.unknown],
        },
        "mrr": {"value": report.monthly_fees, **live, "n": report.live - report.suspended},
        "remaining_value": {**_interval(report.remaining), **remaining},
        "ltv": {**_interval(report.ltv), **valued},
        "realised_value": {"value": report.realised, **valued},
        "upfront_cost": {"value": report.upfront, **live},
        "parts": dict(report.parts),
        "segments": [
            {
                "country_code": line.country,
                "sales_channel": line.channel,
                "product_tier": line.tier,
                "n": line.contracts,
                "monthly_fee": line.monthly_fee,
                "monthly_churn": line.monthly_churn,
                "remaining_value": _interval(line.remaining),
                "mean_ltv": _interval(line.ltv),
                "mean_upfront_cost": line.upfront,
                "median_payback_month": line.payback_month,
                "never_pays_back": line.never_pays_back,
            }
            for line in report.segments
        ],
        "collections": [{"action": action, "n": count, "gain": gain} for action, count, gain in report.actions],
        "prices": {
            "proceed": proceed,
            "block": len(report.prices) - proceed,
            "segments": [
                {
                    "country_code": line.country,
                    "sales_channel": line.channel,
                    "product_tier": line.tier,
                    "currency": line.currency.code,
                    "quotes": line.quotes,
                    "list_price": line.list_price,
                    "verdict": line.verdict,
                    "reasons": list(line.reasons),
                    "conversion": _interval(line.conversion),
                    "ltv": _interval(line.ltv),
                    "payback_month": line.payback_month,
                    "break_even": line.break_even,
                    "optimum": line.optimum,
                    "optimum_on_bound": line.on_bound,
                }
                for line in report.prices
            ],
        },
    }


def _interval(estimate: Estimate) -> dict[str, float]:
    return {"value": estimate.mean, "p10": estimate.p10, "p90": estimate.p90}
