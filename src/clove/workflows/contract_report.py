"""What a valuation of contracts found, gathered for the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Self

import numpy as np

import clove
from clove.decisions.collections import ACTIONS
from clove.decisions.price_reasons import reasons
from clove.decisions.pricing import Pricing
from clove.engine.local import LocalEngine
from clove.intake.portfolio.result import PortfolioReading
from clove.kernel.arrays import Floats
from clove.kernel.money import Currency
from clove.reports.contents import Estimate, RuleCount
from clove.reports.contract_contents import (
    HazardLine,
    Lapsed,
    PortfolioReport,
    SegmentPrice,
    SegmentValue,
    TableRead,
)
from clove.workflows.contract_findings import findings_in_words
from clove.workflows.contract_request import ContractRequest
from clove.workflows.contract_tables import missing_because, queue_order
from clove.workflows.contract_valuation import ValuedContracts
from clove.workflows.contract_words import assumptions_in_words, not_yours
from clove.workflows.segment_prices import SegmentPrices
from clove.workflows.summary import labels


@dataclass(frozen=True, slots=True)
class Source:
    """What came of the folder, and the rejected rows of each file by rule."""

    reading: PortfolioReading
    rejected: Mapping[str, tuple[RuleCount, ...]]  # by the file's name as rejections.csv has it

    @classmethod
    def of(cls, reading: PortfolioReading, engine: LocalEngine) -> Self:
        """Count what the engine's table of rejections holds."""
        lines = engine.table(
            "SELECT file, rule, min(remedy) AS remedy, count(*) AS rows FROM rejections GROUP BY file, rule "
            "ORDER BY file, rows DESC, rule"
        ).to_pylist()
        files = dict.fromkeys(str(line["file"]) for line in lines)
        return cls(
            reading,
            {
                file: tuple(RuleCount(x["rule"], x["rows"], x["remedy"]) for x in lines if x["file"] == file)
                for file in files
            },
        )


TELL_OF_STOPS = ("payments", "status_changes")
FIRST = 15  # of the collections queue
GAINS = ("hardware", "penalty", "arrears")  # parts of a stop that may bring money
PERCENT_10, PERCENT_90 = 0.1, 0.9


def portfolio_report(
    valued: ValuedContracts, prices: SegmentPrices, source: Source, request: ContractRequest, as_of: date
) -> PortfolioReport:
    """Fill the page's contents; totals are in the portfolio's currency, unknown contracts left out and counted."""
    live, rate, terms, status = valued.live, valued.history.rate, valued.terms, valued.status
    remaining, ltv = valued.remaining * rate, valued.ltv * rate
    paying = live & (status != "suspended")
    holders = labels(valued.history.state, "customer_id")[live]
    why, how_many = np.unique(missing_because(valued)[live].astype(str), return_counts=True)
    sums = [_sum((part * rate)[live]) for part in valued.parts]
    return PortfolioReport(
        as_of=as_of,
        currency=request.currency,
        horizon_months=request.horizon.months,
        discount_rate=request.horizon.discount_rate,
        live=int(live.sum()),
        ended=int((~live).sum()),
        customers=int(np.unique(holders.astype(str)).size),
        active=int((status == "active").sum()),
        lapsed=int((status == "bad_billing").sum()),
        suspended=int((status == "suspended").sum()),
        monthly_fees=_sum((terms.fee * rate)[paying]),
        remaining=_estimate(_sum(remaining[live]), valued.remaining_totals.sum(axis=0)),
        ltv=_estimate(_sum(ltv[live]), valued.ltv_totals.sum(axis=0)),
        realised=_sum((terms.realised * rate)[live]),
        upfront=_sum((terms.upfront * rate)[live]),
        parts=(("subscriptions", sums[0]), ("penalties", sums[1]), ("recoveries", sums[2]), ("costs", -sums[3])),
        columns_remaining=remaining[live],
        columns_ltv=ltv[live],
        columns_payback=valued.payback[live],
        segments=_segments(valued),
        hazards=_hazards(valued),
        queue=_queue(valued),
        actions=_actions(valued),
        prices=_prices(prices, request),
        assumptions=assumptions_in_words(valued, prices, request),
        findings=findings_in_words(valued, prices, source.reading),
        tables=_tables(source),
        unknown=tuple((str(reason), int(n)) for reason, n in zip(why, how_many, strict=True) if reason != "None"),
        seed=request.seed,
        version=clove.__version__,
        data_hash=source.reading.data_hash,
        not_yours=not_yours(valued),
        stops_known=any(table.kept for table in source.reading.tables if table.name in TELL_OF_STOPS),
    )


def _sum(values: Floats) -> float:
    """Of what is known; nan where there is something and none of it is known."""
    return float(np.nansum(values)) if not values.size or np.isfinite(values).any() else float("nan")


def _estimate(mean: float, draws: Floats) -> Estimate:
    """The mean in closed form, with the bounds of the draws."""
    if np.isnan(mean):
        return Estimate(mean, mean, mean)
    low, high = np.quantile(draws, [PERCENT_10, PERCENT_90])
    return Estimate(mean, float(low), float(high))


def _segments(valued: ValuedContracts) -> tuple[SegmentValue, ...]:
    """By remaining value, the largest first."""
    found, rate, segments = valued.assumptions, valued.history.rate, valued.assumptions.segments
    names = [segments.column(name) for name in ("country_code", "channel", "tier")]
    lines = []
    for place in range(len(segments)):
        here = valued.live & (found.segment == place)
        known = here & np.isfinite(valued.ltv)
        if not here.any():
            continue
        payback = valued.payback[here]
        pays = np.isfinite(payback)
        count = max(int(known.sum()), 1)
        mean = float((valued.ltv * rate)[known].mean()) if known.any() else float("nan")
        ltv = _estimate(mean, valued.ltv_totals[place] / count)
        lines.append(
            SegmentValue(
                country=str(names[0][place]),
                channel=str(names[1][place]),
                tier=str(names[2][place]),
                contracts=int(here.sum()),
                monthly_fee=float((valued.terms.fee * rate)[here].mean()),
                monthly_churn=float(valued.monthly_churn[here].mean()),
                remaining=_estimate(_sum((valued.remaining * rate)[here]), valued.remaining_totals[place]),
                ltv=ltv if known.any() else Estimate(mean, mean, mean),
                upfront=float((valued.terms.upfront * rate)[here].mean()),
                payback_month=float(np.median(payback[pays])) if pays.any() else float("nan"),
                never_pays_back=int((np.isfinite(valued.terms.realised[here]) & ~pays).sum()),
            )
        )
    return tuple(sorted(lines, key=lambda line: (-line.remaining.mean, line.country, line.channel, line.tier)))


def _hazards(valued: ValuedContracts) -> tuple[HazardLine, ...]:
    """Of each kind of contract, with what its counts leave open."""
    from scipy.special import betaincinv

    hazards = valued.assumptions.hazards
    lines = []
    for kind, term in enumerate(hazards.terms):
        of_kind = hazards.kinds == kind
        curve, size = hazards.whole.curves[kind][:-1], hazards.whole.curve_size[kind][:-1]
        ended, stayed = np.maximum(curve * size, 1e-9), np.maximum((1 - curve) * size, 1e-9)
        lines.append(
            HazardLine(
                f"minimum term of {term} months",
                term,
                curve,
                betaincinv(ended, stayed, PERCENT_10),
                betaincinv(ended, stayed, PERCENT_90),
                hazards.whole.at_risk[of_kind].sum(axis=0),
            )
        )
    return tuple(lines)


def _queue(valued: ValuedContracts) -> tuple[Lapsed, ...]:
    unpaid, state = valued.unpaid, valued.history.state
    contracts, decisions = unpaid.contracts, unpaid.decisions
    names, currencies, bands = (labels(state, name) for name in ("contract_id", "currency", "band"))
    lines = []
    for place in queue_order(valued)[:FIRST].tolist():
        row = int(unpaid.lapsed[place])
        action = int(decisions.action[place])
        lines.append(
            Lapsed(
                contract_id=str(names[row]),
                currency=Currency(str(currencies[row])),
                band=str(bands[row]),
                months_lapsed=int(contracts.months_lapsed[place]),
                arrears=float(contracts.arrears[place]),
                pays_again=float(decisions.resumption[place]),
                carry_on=float(decisions.carry_on.total[place]),
                cancel=float(decisions.cancel.total[place]),
                retrieve=float(decisions.retrieve.total[place]),
                action=ACTIONS[action] if action >= 0 else "",
                gain=float(decisions.gain[place]),
                priority=float(decisions.priority[place] * valued.history.rate[row]),
                then=_then(valued, place),
                brings=_brings(valued, place, Currency(str(currencies[row]))),
            )
        )
    return tuple(lines)


def _then(valued: ValuedContracts, place: int) -> str:
    decisions, lapsed = valued.unpaid.decisions, valued.unpaid.contracts.months_lapsed
    action, stop = int(decisions.action[place]), int(decisions.stop_action[place])
    if action != ACTIONS.index("continue") or stop < 0:
        return ""
    months = int(decisions.stop_month[place] - lapsed[place])
    return f"{ACTIONS[stop]} after {months} more month{'' if months == 1 else 's'} without payment"


def _brings(valued: ValuedContracts, place: int, currency: Currency) -> str:
    """What a stop brings: its parts above zero, the largest first."""
    decisions = valued.unpaid.decisions
    stops = {"cancel": decisions.cancel, "retrieve": decisions.retrieve}
    action = int(decisions.action[place])
    if action < 0 or ACTIONS[action] not in stops:
        return ""
    stop = stops[ACTIONS[action]]
    amounts = {name: float(getattr(stop, name)[place]) for name in GAINS if hasattr(stop, name)}
    largest = sorted((name for name in amounts if amounts[name] > 0), key=lambda name: -amounts[name])
    return ", ".join(f"{name} {currency.show(amounts[name])}" for name in largest)


def _actions(valued: ValuedContracts) -> tuple[tuple[str, int, float], ...]:
    decisions, rate = valued.unpaid.decisions, valued.history.rate[valued.unpaid.lapsed]
    return tuple(
        (name, int((decisions.action == code).sum()), _sum((decisions.gain * rate)[decisions.action == code]))
        for code, name in enumerate(ACTIONS)
    )


def _prices(prices: SegmentPrices, request: ContractRequest) -> tuple[SegmentPrice, ...]:
    """Every segment at its list price."""
    if not prices.rows.size:
        return ()
    found = Pricing.of(prices.parameters, settings=request.settings.pricing, horizon=request.horizon, seed=request.seed)
    names = [prices.segments.column(name)[prices.rows] for name in ("country_code", "channel", "tier")]
    lines = []
    for place in range(prices.rows.size):
        currency = Currency(str(prices.currency[place]))
        verdict = found.verdict
        lines.append(
            SegmentPrice(
                country=str(names[0][place]),
                channel=str(names[1][place]),
                tier=str(names[2][place]),
                currency=currency,
                quotes=int(prices.parameters.demand.quotes[place]),
                list_price=float(found.price[place]),
                conversion=Estimate(
                    float(found.conversion[place]),
                    float(found.conversion_p10[place]),
                    float(found.conversion_p90[place]),
                ),
                ltv=Estimate(float(verdict.ltv[place]), float(found.ltv_p10[place]), float(found.ltv_p90[place])),
                payback_month=float(verdict.payback_month[place]),
                break_even=float(found.break_even[place]),
                optimum=float(found.optimum[place]),
                on_bound=bool(found.on_bound[place]),
                verdict="PROCEED" if verdict.proceed[place] else "BLOCK",
                reasons=tuple(reasons(found, place, currency, request.horizon.months)),
            )
        )
    return tuple(lines)


def _tables(source: Source) -> tuple[TableRead, ...]:
    held = source.reading.held
    return tuple(
        TableRead(
            name=table.name,
            file=file_name(table.file, table.sheet),
            rows=table.rows,
            kept=table.kept - held.get(table.name, 0),
            held=held.get(table.name, 0),
            rejected=source.rejected.get(file_name(table.file, table.sheet), ()),
            notes=table.notes,
        )
        for table in source.reading.tables
    )


def file_name(file: str, sheet: str | None) -> str:
    """As rejections.csv has it."""
    return file if sheet is None else f"{file} [{sheet}]"
