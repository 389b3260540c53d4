"""The tables of segments that the valuation of a portfolio writes: what each is worth, and its list price judged."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from clove.reports.contract_contents import PortfolioReport, SegmentPrice, SegmentValue

MONEY_DIGITS, SHARE_DIGITS = 2, 6


def segments_table(report: PortfolioReport) -> pa.Table:
    """One row per segment with a live contract, the largest first; money in the portfolio's currency."""
    lines = report.segments
    return pa.table(
        {
            **_names(lines),
            "currency": _texts([report.currency.code] * len(lines)),
            "contracts": pa.array([line.contracts for line in lines], pa.int64()),
            "monthly_fee": _rounded([line.monthly_fee for line in lines]),
            "monthly_churn": _rounded([line.monthly_churn for line in lines], SHARE_DIGITS),
            "remaining_value": _rounded([line.remaining.mean for line in lines]),
            "remaining_p10": _rounded([line.remaining.p10 for line in lines]),
            "remaining_p90": _rounded([line.remaining.p90 for line in lines]),
            "mean_ltv": _rounded([line.ltv.mean for line in lines]),
            "mean_ltv_p10": _rounded([line.ltv.p10 for line in lines]),
            "mean_ltv_p90": _rounded([line.ltv.p90 for line in lines]),
            "mean_upfront_cost": _rounded([line.upfront for line in lines]),
            "median_payback_month": _rounded([line.payback_month for line in lines]),
            "never_pays_back": pa.array([line.never_pays_back for line in lines], pa.int64()),
        }
    )


def prices_table(report: PortfolioReport) -> pa.Table:
    """One row per segment that is priced; money in the segment's currency."""
    lines = report.prices
    return pa.table(
        {
            **_names(lines),
            "currency": _texts([line.currency.code for line in lines]),
            "quotes": pa.array([line.quotes for line in lines], pa.int64()),
            "list_price": _rounded([line.list_price for line in lines]),
            "verdict": _texts([line.verdict for line in lines]),
            "reasons": _texts(["; ".join(line.reasons) or None for line in lines]),
            "conversion": _rounded([line.conversion.mean for line in lines], SHARE_DIGITS),
            "conversion_p10": _rounded([line.conversion.p10 for line in lines], SHARE_DIGITS),
            "conversion_p90": _rounded([line.conversion.p90 for line in lines], SHARE_DIGITS),
            "ltv": _rounded([line.ltv.mean for line in lines]),
            "ltv_p10": _rounded([line.ltv.p10 for line in lines]),
            "ltv_p90": _rounded([line.ltv.p90 for line in lines]),
            "payback_month": _rounded([line.payback_month for line in lines]),
            "break_even": _rounded([line.break_even for line in lines]),
            "optimum": _rounded([line.optimum for line in lines]),
            "optimum_on_bound": pa.array([bool(line.on_bound) for line in lines], pa.bool_()),
        }
    )


def _names(lines: Sequence[SegmentValue | SegmentPrice]) -> dict[str, pa.Array]:
    return {
        "country_code": _texts([line.country for line in lines]),
        "sales_channel": _texts([line.channel for line in lines]),
        "product_tier": _texts([line.tier for line in lines]),
    }


def _texts(values: Sequence[str | None]) -> pa.Array:
    return pa.array(values, pa.string())


def _rounded(values: Sequence[float], digits: int = MONEY_DIGITS) -> pa.Array:
    """Null where not known."""
    return pa.array(np.round(np.array(values, dtype=np.float64), digits) + 0.0, pa.float64(), from_pandas=True)
