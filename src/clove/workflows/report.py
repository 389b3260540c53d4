"""What a valuation found, gathered for the page."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

import clove
from clove.decisions.segments import SEGMENTS
from clove.features.ledger_summary import LedgerSummary
from clove.features.returns_without_purchases import ReturnsWithoutPurchases
from clove.intake.read import Intake
from clove.kernel.arrays import Floats
from clove.reports.contents import (
    Blended,
    Cohorts,
    CustomerColumns,
    DataQuality,
    Estimate,
    FactorLine,
    Factors,
    ModelContender,
    RuleCount,
    SegmentLine,
    SourceFile,
    TopCustomer,
    ValueReport,
)
from clove.reports.sections.season import told
from clove.valuation.accuracy import top_share
from clove.valuation.frequency_recency import FrequencyRecencyMap
from clove.valuation.season import Ahead
from clove.workflows.factors import TITLES, strongest_of
from clove.workflows.forecasting import Fitted, Valued
from clove.workflows.holdout import Record
from clove.workflows.request import ValueRequest
from clove.workflows.summary import floats, labels

TOP = 15
FAR = 0.3  # of what the same days brought a year ago, from which on a forecast is worth a second look
TOLD_WIDENING = 0.02  # of the normal scores of outcomes, from which on their widening is worth a sentence
LEAST_SHARE = 0.001  # of what moves the forecasts, for a factor to be shown


@dataclass(frozen=True, slots=True)
class YearAgo:
    """The days of the horizon, a year before."""

    after: date
    until: date
    brought: float  # gross revenue x margin in (after, until]


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """Everything that a run found, before it is written."""

    request: ValueRequest
    as_of: date
    today: date
    intake: Intake
    ledger: LedgerSummary
    only_returned: ReturnsWithoutPurchases
    fitted: Fitted
    valued: Valued
    cohorts: pa.Table
    record: Record
    before: date  # as long before the as-of date as the horizon reaches beyond it
    recent: float  # gross revenue x margin since then
    year_ago: YearAgo | None  # None where the orders do not reach so far back

    @property
    def today_matters(self) -> bool:
        """The machine's date is part of the input where it was given or has rejected a row."""
        late = {rule: rows for rule, rows, _ in self.intake.rejected}.get("after today", 0)
        return self.request.today is not None or late > 0


def value_report(found: Findings) -> ValueReport:
    """Fill the page's contents."""
    valued, request, ledger, as_of = found.valued, found.request, found.ledger, found.as_of
    features, expected, drawn = valued.features, valued.expected, valued.distribution
    return ValueReport(
        as_of=as_of,
        first_event=ledger.first_event or as_of,
        horizon=request.horizon.words,
        until=request.horizon.end(as_of),
        currency=request.currency,
        margin=request.margin,
        discount_rate=request.discount_rate,
        source=found.fitted.source,
        customers=features.num_rows,
        orders=ledger.orders,
        repeat_customers=int((valued.history.frequency > 0).sum()),
        gross_revenue=ledger.gross_revenue,
        returned=float(floats(features, "returned_amount").sum()),
        # postage and fees of everybody, and products of people who never bought
        returned_elsewhere=ledger.other_returned_amount + found.only_returned.returned_amount,
        historical=float(valued.historical.sum()),
        recent=found.recent if ledger.first_event and ledger.first_event <= found.before else None,
        clv=_estimate(float(expected.clv.sum()), valued.totals),
        alive_repeat=float(expected.probability_alive[valued.history.frequency > 0].sum()),
        expected_purchases=float(expected.expected_purchases.sum()),
        top_decile_share=top_share(expected.clv),
        columns=CustomerColumns(
            customer_id=valued.history.customer_id,
            clv=expected.clv,
            p10=drawn.p10,
            p50=drawn.p50,
            p90=drawn.p90,
            historical=valued.historical,
            frequency=valued.history.frequency,
            recency=floats(features, "recency"),  # of the calendar, whatever clock the models count in
            T=floats(features, "T"),
            probability_alive=expected.probability_alive,
            segment=valued.segment,
        ),
        segments=_segments(valued),
        top=_top(valued),
        factors=_factors(valued),
        cohorts=_cohorts(found.cohorts, as_of),
        map=FrequencyRecencyMap.of(
            found.fitted.purchases,
            valued.history,
            Ahead(as_of, found.record.season.season).units(float(request.horizon.days(as_of))),
            seed=request.seed,
        ),
        holdout=found.record.holdout,
        no_holdout_because=found.record.missing_because,
        findings=(*found.fitted.findings, *_more_findings(found)),
        parameters=found.fitted.parameters,
        contenders=tuple(
            ModelContender(each.title, each.log_score, each.gain, each.standard_error)
            for each in found.record.choice.contenders
        ),
        chosen_because=found.record.choice.because,
        blended=None
        if found.fitted.trained.blend is None
        else Blended(f"{found.fitted.purchases.TITLE} + Gamma-Gamma", found.fitted.trained.blend.weight),
        season=found.record.season.season,
        quality=_data_quality(found.intake, ledger),
        seed=request.seed,
        version=clove.__version__,
        data_hash=found.intake.data_hash,
    )


def _data_quality(intake: Intake, ledger: LedgerSummary) -> DataQuality:
    """What became of every row."""
    return DataQuality(
        files=tuple(
            SourceFile(
                file.name if file.sheet is None else f"{file.name}, sheet {file.sheet}",
                file.rows,
                file.layout,
                dict(file.columns),
                file.notes,
            )
            for file in intake.files
        ),
        rows_read=intake.rows_read,
        purchases=ledger.purchase_rows,
        returns=ledger.return_rows,
        held=ledger.held_rows,
        rejections=tuple(RuleCount(rule, rows, remedy) for rule, rows, remedy in intake.rejected),
    )


def _estimate(mean: float, draws: Floats) -> Estimate:
    low, high = np.quantile(draws, [0.1, 0.9])
    return Estimate(mean, float(low), float(high))


def _segments(valued: Valued) -> tuple[SegmentLine, ...]:
    lines = []
    for index, segment in enumerate(SEGMENTS):
        members = valued.segment == index
        clv = valued.expected.clv[members]
        lines.append(
            SegmentLine(
                segment.name,
                segment.percentiles,
                segment.description,
                segment.action,
                int(members.sum()),
                float(valued.historical[members].sum()),
                _estimate(float(clv.sum()), valued.distribution.totals[index]),
                float(np.median(clv)) if clv.size else float("nan"),
                _mean(valued.expected.probability_alive[members & (valued.history.frequency > 0)]),
            )
        )
    return tuple(lines)


def _mean(values: Floats) -> float:
    return float(values.mean()) if values.size else float("nan")


def _top(valued: Valued) -> tuple[TopCustomer, ...]:
    best = np.argsort(-valued.expected.clv, kind="stable")[:TOP]
    rows = valued.features.take(pa.array(best))
    drawn, expected = valued.distribution, valued.expected
    return tuple(
        TopCustomer(
            str(name),
            orders,
            last,
            float(valued.historical[i]),
            float(expected.probability_alive[i]) if valued.history.frequency[i] > 0 else float("nan"),
            Estimate(float(expected.clv[i]), float(drawn.p10[i]), float(drawn.p90[i])),
            float(drawn.p50[i]),
            SEGMENTS[valued.segment[i]].name,
            moved_by,
            moved,
        )
        for i, name, orders, last, (moved_by, moved) in zip(
            best,
            labels(rows, "customer_id"),
            rows["orders"].to_pylist(),
            rows["last_purchase"].to_pylist(),
            strongest_of(valued.explanation, valued.features, best),
            strict=True,
        )
    )


def _factors(valued: Valued) -> Factors:
    found = valued.explanation.importance
    order = [place for place in np.argsort(-found.mean, kind="stable") if found.share[place] >= LEAST_SHARE]
    lines = (FactorLine(TITLES[i], float(found.mean[i]), float(found.share[i]), float(found.raised[i])) for i in order)
    return Factors(found.base, found.customers, tuple(lines))


def _cohorts(table: pa.Table, as_of: date) -> Cohorts:
    months = np.array(table["cohort_month"].to_pylist(), dtype="datetime64[M]")
    since = table["months_since"].to_numpy()
    rows, place = np.unique(months, return_inverse=True)
    share = np.full((rows.size, int(since.max()) + 1), np.nan)
    # months that have come, but in which nobody of the cohort bought
    age = np.datetime64(as_of, "M").astype(int) - rows.astype(int)
    share[np.arange(share.shape[1]) <= age[:, None]] = 0.0
    sizes = np.zeros(rows.size, np.int64)
    sizes[place] = table["cohort_size"].to_numpy()
    share[place, since] = table["customers_active"].to_numpy() / sizes[place]
    next_month = np.datetime64(as_of, "M") + np.timedelta64(1, "M")
    last_day = next_month.astype("datetime64[D]") - np.timedelta64(1, "D")
    return Cohorts(tuple(str(month) for month in rows), sizes, share, bool(np.datetime64(as_of, "D") < last_day))


def _more_findings(found: Findings) -> tuple[str, ...]:
    season = found.record.season
    findings = [told(season.season) or f"No season is in the forecast: {season.because}."]
    if far := _far_from_last_year(found):
        findings.append(far)
    features = found.valued.features
    returned = float(floats(features, "returned_amount").sum())
    if reversed_customers := _mostly_returned(found.valued):
        findings.append(reversed_customers)
    if found.ledger.gross_revenue > 0 and returned > 0:
        findings.append(
            f"Returns took back {returned / found.ledger.gross_revenue:.1%} of revenue. Historical value is net of "
            "them; the forecast is of orders before returns, so let the margin account for them."
        )
    holdout, common = found.record.holdout, found.record.common
    if holdout is not None:
        off = holdout.predicted_total.mean / holdout.actual_total - 1
        judged = found.record.forecasters
        knew = judged is not None and judged.window.season.known
        models = (
            "The models knew the season as it was known then, and no" if knew else "The models know no season and no"
        )
        findings.append(
            f"The forecast as of {holdout.as_of} {'over' if off > 0 else 'under'}stated the total that came by "
            f"{abs(off):.0%}. {models} trend."
        )
        ours, *others = holdout.scores
        if better := [other.model for other in others if other.mae < ours.mae]:
            findings.append(
                f"On that window {' and '.join(better)} missed by less on average than {ours.model}: the models say "
                "little here beyond the past rhythm."
            )
    windows = f"{common.windows} old forecast{'' if common.windows == 1 else 's'}"
    findings.append(
        f"Intervals allow for an error that all customers share, such as a season, of {np.expm1(common.deviation):.0%} "
        f"(one standard deviation), learnt from {windows if common.windows else 'no old forecast: an assumption'}."
    )
    factor = found.record.widening.factor
    if abs(factor - 1) >= TOLD_WIDENING:
        findings.append(
            f"What came to single customers lay {abs(factor - 1):.0%} {'farther out' if factor > 1 else 'nearer'} than "
            f"{windows} had said: P10 and P90 allow for it."
        )
    return tuple(findings)


def _far_from_last_year(found: Findings) -> str:
    """Where forecast and the same days of last year lie apart; the discount is left out, which the past has not."""
    then, expected = found.year_ago, found.valued.expected
    if then is None or then.brought <= 0:
        return ""
    ahead = float((expected.clv / expected.discounting).sum())
    if abs(ahead / then.brought - 1) <= FAR:
        return ""
    show, apart = found.request.currency.show, abs(ahead / then.brought - 1)
    return (
        f"The forecast of {show(ahead)} for the next {found.request.horizon.words} is {apart:.0%} "
        f"{'above' if ahead > then.brought else 'below'} the {show(then.brought)} that the same days brought a year "
        f"before ({then.after + timedelta(days=1)} to {then.until}). That is of customers who came by {found.as_of}, "
        "this of all who bought then: make sure that you believe in the difference."
    )


def _mostly_returned(valued: Valued) -> str:
    """Customers near the top whose orders came back: the forecast takes their orders at face value."""
    features = valued.features
    returned, bought = floats(features, "returned_amount"), floats(features, "monetary_total")
    worst = np.flatnonzero((returned > bought / 2) & (valued.rank >= SEGMENTS[0].from_rank))
    if not worst.size:
        return ""
    worst = worst[np.argsort(-valued.expected.clv[worst], kind="stable")]
    names = ", ".join(str(name) for name in valued.history.customer_id[worst[:3]])
    return (
        f"Returned more than half of what they bought, yet among the Champions: {names}"
        f"{' and others' if worst.size > 3 else ''}. Look at them before you act on the forecast, which is of orders "
        "before returns."
    )
