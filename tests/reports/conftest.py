"""A made-up shop as a finished report: the same every time, of any size."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from clove.kernel.money import Currency
from clove.reports.contents import (
    Cohorts,
    CustomerColumns,
    DataQuality,
    Estimate,
    FactorLine,
    Factors,
    FittedParameter,
    Holdout,
    ModelContender,
    ModelScore,
    RuleCount,
    SegmentLine,
    SourceFile,
    TopCustomer,
    ValueReport,
)
from clove.reports.page import render
from clove.valuation.frequency_recency import FrequencyRecencyMap

AS_OF = date(2011, 12, 9)
SEGMENTS = (
    ("Champions", "90th-100th", 0.9, "Buy often and much.", (
        "VIP treatment, early access to new products, loyalty rewards"
    )),
    ("High Value", "75th-90th", 0.75, "Steady buyers above the average.", (
        "Cross-sell, volume discounts, referral incentives"
    )),
    ("Growing", "40th-75th", 0.4, "Buy now and then, with room to grow.", (
        "Targeted promotions, product recommendations"
    )),
    ("Occasional", "10th-40th", 0.1, "Buy rarely and little.", "Win-back offers, low-cost digital touchpoints"),
    ("Dormant", "0th-10th", 0.0, "Have most likely left.", "Cost-efficient reactivation by email, exit survey"),
)  # fmt: skip
RULES = (
    ("null customer", 0.249, "Fill in the customer, or leave guest orders out"),
    ("non-product stock code", 0.0056, "Postage and fees are no purchases; nothing to do"),
    ("quantity or price not positive", 0.00005, "Correct the row, or book it as a return"),
    ("exact duplicate", 0.0097, "Nothing to do if the row was exported twice"),
    ("unreadable date", 0.0, "Write dates as 2011-12-09"),
    ("before 1970 or after today", 0.0, "Correct the date"),
)  # fmt: skip


def columns(customers: int = 4338, seed: int = 1) -> CustomerColumns:
    rng = np.random.default_rng(seed)
    T = rng.uniform(1, 373, customers).round()
    frequency = np.minimum(rng.negative_binomial(0.6, 0.13, customers), T).astype(float)
    recency = np.where(frequency > 0, (T * rng.beta(3, 1.2, customers)).round().clip(1, T), 0.0)
    silence = T - recency
    alive = np.where(frequency > 0, 1 / (1 + np.exp((silence - 140) / 40)), 1 / (1 + np.exp((silence - 220) / 90)))
    spend = rng.lognormal(5.6, 0.8, customers)
    clv = alive * (frequency + 0.4) / (T + 60) * 366 * spend
    p50 = clv * 0.8 * (clv > 30)
    rank = clv.argsort().argsort() / customers
    segment = np.select([rank >= line[2] for line in SEGMENTS], range(5)).astype(np.int64)
    return CustomerColumns(
        customer_id=np.array([str(12346 + place) for place in range(customers)], dtype=object),
        clv=clv,
        p10=clv * 0.3 * (clv > 200),
        p50=p50,
        p90=clv * 2.1,
        historical=spend * (frequency + 1),
        frequency=frequency,
        recency=recency,
        T=T,
        probability_alive=alive,
        segment=segment,
    )


def segment_lines(of: CustomerColumns) -> tuple[SegmentLine, ...]:
    lines = []
    for place, (name, percentiles, _, description, action) in enumerate(SEGMENTS):
        mine = of.segment == place
        again = mine & (of.frequency > 0)
        total = float(of.clv[mine].sum())
        lines.append(
            SegmentLine(
                name=name,
                percentiles=percentiles,
                description=description,
                action=action,
                customers=int(mine.sum()),
                historical=float(of.historical[mine].sum()),
                clv=Estimate(total, total * 0.92, total * 1.09),
                median_clv=float(np.median(of.clv[mine])) if mine.any() else float("nan"),
                probability_alive=float(of.probability_alive[again].mean()) if again.any() else float("nan"),
            )
        )
    return tuple(lines)


def top_customers(of: CustomerColumns, many: int = 20) -> tuple[TopCustomer, ...]:
    return tuple(
        TopCustomer(
            customer_id=str(12346 + int(i)),
            orders=int(of.frequency[i]) + 1,
            last_purchase=AS_OF - timedelta(days=int(of.T[i] - of.recency[i])),
            historical=float(of.historical[i]),
            probability_alive=float(of.probability_alive[i]) if of.frequency[i] else float("nan"),
            clv=Estimate(float(of.clv[i]), float(of.p10[i]), float(of.p90[i])),
            p50=float(of.p50[i]),
            segment=SEGMENTS[int(of.segment[i])][0],
            moved_by=f"bought on {int(of.frequency[i]) + 1} days",
            moved=float(of.clv[i]) / 2,
        )
        for i in np.argsort(-of.clv, kind="stable")[:many]
    )


def factors(customers: int, base: float) -> Factors:
    shares = (("number of purchases", 0.5), ("spend per order", 0.3), ("silence since the last one", 0.15))
    return Factors(
        base,
        customers,
        tuple(
            FactorLine(title, base * share, share, 0.4) for title, share in (*shares, ("size of the estimate", 0.05))
        ),
    )


def cohorts(months: int = 13, seed: int = 2) -> Cohorts:
    rng = np.random.default_rng(seed)
    names = []
    year, month = 2011, 12
    for _ in range(months):
        names.append(f"{year}-{month:02d}")
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    lag = np.arange(months)
    retention = 0.17 + 0.2 * np.exp(-lag / 4) + rng.normal(0, 0.02, (months, months))
    retention[:, 0] = 1
    retention[lag[:, None] + lag > months - 1] = np.nan
    retention[lag, months - 1 - lag] *= 0.45
    retention[:, 0] = 1
    return Cohorts(tuple(reversed(names)), rng.integers(60, 900, months), retention, last_is_partial=True)


def history_map() -> FrequencyRecencyMap:
    frequency, silence = np.arange(0.0, 21), np.linspace(0, 364, 40)
    x, d = frequency[:, None], silence[None, :]
    alive = 1 / (1 + 0.25 * np.expm1(np.minimum(x * d / 250, 40)) / (x + 1))
    return FrequencyRecencyMap(364, frequency, silence, alive, alive * (x + 0.3) / 430 * 366)


def holdout(seed: int = 3) -> Holdout:
    rng = np.random.default_rng(seed)
    predicted = 6.0 * 2.0 ** np.arange(10)
    actual = predicted * rng.lognormal(0.15, 0.12, 10)
    return Holdout(
        as_of=date(2011, 8, 31),
        until=AS_OF,
        customers=3212,
        actual_total=2_104_333.0,
        predicted_total=Estimate(1_852_010.0, 1_701_000.0, 2_011_000.0),
        decile_predicted=predicted,
        decile_actual=actual,
        frequency_groups=("0", "1", "2", "3", "4", "5", "6", "7+"),
        group_sizes=np.array([1503, 641, 388, 214, 120, 96, 61, 189]),
        group_predicted=np.array([0.31, 0.55, 0.83, 1.08, 1.31, 1.62, 1.9, 4.4]),
        group_actual=np.array([0.38, 0.61, 0.9, 1.1, 1.5, 1.7, 2.2, 4.9]),
        pit=rng.beta(1.05, 0.92, 3212),
        share_above_p90=0.118,
        scores=(
            ModelScore("BG/NBD + Gamma-Gamma", 512.3, 2710.4, 0.571, -0.12),
            ModelScore("run rate", 603.1, 2990.2, 0.52, 0.31),
            ModelScore("mean of all", 801.7, 3310.0, None, 0.04),
        ),
    )


def quality(rows: int = 541_909) -> DataQuality:
    rejections = tuple(RuleCount(name, int(rows * share), remedy) for name, share, remedy in RULES)
    returns = int(rows * 0.0164)
    mapping = {"customer": "Customer ID", "time": "InvoiceDate", "amount": "Quantity x Price", "order": "Invoice"}
    file = SourceFile("online_retail.csv.gz", rows, "order lines", mapping, ("dates read as year-month-day",))
    return DataQuality(
        files=(file,),
        rows_read=rows,
        purchases=rows - returns - sum(rule.rows for rule in rejections),
        returns=returns,
        held=0,
        rejections=rejections,
    )


def report(customers: int = 4338, **changes: object) -> ValueReport:
    """A report on so many made-up customers; `changes` replace its fields."""
    of = changes.pop("columns", None) or columns(customers)
    total = float(of.clv.sum())
    tenth = max(1, customers // 10)
    made = ValueReport(
        as_of=AS_OF,
        first_event=date(2010, 12, 1),
        horizon="12 months",
        until=date(2012, 12, 9),
        currency=Currency("GBP"),
        margin=1.0,
        discount_rate=0.0,
        source="BG/NBD + Gamma-Gamma",
        customers=customers,
        orders=int(of.frequency.sum()) + customers,
        repeat_customers=int((of.frequency > 0).sum()),
        gross_revenue=float(of.historical.sum()) * 1.03,
        returned=float(of.historical.sum()) * 0.03,
        returned_elsewhere=1234.5,
        historical=float(of.historical.sum()),
        recent=float(of.historical.sum()) * 0.9,
        clv=Estimate(total, total * 0.93, total * 1.08),
        alive_repeat=float(of.probability_alive[of.frequency > 0].sum()),
        expected_purchases=9012.4,
        top_decile_share=float(np.sort(of.clv)[::-1][:tenth].sum() / total) if total > 0 else float("nan"),
        columns=of,
        segments=segment_lines(of),
        top=top_customers(of),
        factors=factors(customers, float(np.median(of.clv)) if customers else float("nan")),
        cohorts=cohorts(),
        map=history_map(),
        holdout=holdout(),
        no_holdout_because="",
        findings=(
            "Spend rises with frequency (rank correlation 0.28), so spend was modelled within groups of frequency.",
            "The dropout of one-time buyers is known only from the model: they have shown no rhythm yet.",
        ),
        parameters=(
            FittedParameter("BG/NBD", "r", 0.7512, 0.0213),
            FittedParameter("BG/NBD", "alpha", 71.2, 2.9),
            FittedParameter("BG/NBD", "a", 0.0021, None),
            FittedParameter("BG/NBD", "b", 4.1, None),
            FittedParameter("Gamma-Gamma", "p", 2.103, 0.071),
            FittedParameter("Gamma-Gamma", "q", 3.456, 0.11),
            FittedParameter("Gamma-Gamma", "gamma", 485.9, 21.0),
        ),
        contenders=(
            ModelContender("BG/NBD", -1.2345, 0.0, 0.0),
            ModelContender("Pareto/NBD", -1.2301, 0.0044, 0.0012),
        ),
        chosen_because="BG/NBD was asked for.",
        quality=quality(),
        seed=1,
        version="0.1.0",
        data_hash="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    )
    return replace(made, **changes)


@pytest.fixture(name="make_report", scope="session")
def _make_report():
    return report


@pytest.fixture(name="make_columns", scope="session")
def _make_columns():
    return columns


@pytest.fixture(name="make_cohorts", scope="session")
def _make_cohorts():
    return cohorts


@pytest.fixture(name="sample", scope="session")
def _sample():
    return report()


@pytest.fixture(name="page", scope="session")
def _page(sample):
    return render(sample)
