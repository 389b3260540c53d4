"""The figures by which a portfolio is steered, all as of one month end."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pyarrow as pa

from clove.engine.local import LocalEngine
from clove.features import portfolio as features
from clove.features.contracts import month_number
from clove.reports.portfolio_contents import Figure, PortfolioFigures
from clove.workflows.contract_request import ContractRequest
from clove.workflows.contract_valuation import ValuedContracts
from clove.workflows.portfolio_ahead import MONTHS_AHEAD, BookAhead, new_business
from clove.workflows.portfolio_cohorts import Lives, cohort_heat, cohort_lines
from clove.workflows.portfolio_months import PortfolioMonths
from clove.workflows.portfolio_retention import (
    WATCHED,
    intervention_lines,
    notices_table,
    open_notices,
    save_rates,
)
from clove.workflows.portfolio_shares import estimate, month_end, share
from clove.workflows.portfolio_worth import Groups, Worth
from clove.workflows.summary import floats

MONTHS_BACK = 12
NO_INVOICES = "no invoice is known"


@dataclass(frozen=True, slots=True, eq=False)
class PortfolioTables:
    """The figures, and the rows behind them."""

    figures: PortfolioFigures
    mrr_movements: pa.Table  # contract, month, movement, amount
    notices: pa.Table  # open requests to cancel


def portfolio_figures(
    engine: LocalEngine,
    as_of: date,
    valued: ValuedContracts,
    request: ContractRequest,
    *,
    months: int = MONTHS_BACK,
    ahead: int = MONTHS_AHEAD,
    with_new_business: bool = False,
) -> PortfolioTables:
    """Count and estimate all of them.

    Args:
        engine: Holds the portfolio and its views in one currency, as of the date.
        as_of: End of a month; nothing after it is read.
        valued: Its contracts as of that date.
        request: Horizon, seed, currency and settings of the valuation.
        months: How many months are looked back on.
        ahead: How many months of cash flow are told.
        with_new_business: Whether to add the scenario of new business.
    """
    lives = Lives.of(valued, as_of)
    invoiced = bool(np.isfinite(floats(valued.history.state, "invoices")).any())
    counted = PortfolioMonths.of(engine, as_of, months, request.currency)
    cash, upfront = features.cohort_cash(engine, as_of), features.cohort_upfront(engine, as_of)
    groups = Groups.of(valued, lives, as_of, months)
    book = BookAhead.of(valued, request, ahead, groups.member, groups.count)
    worth = Worth(valued, lives, groups, book.remaining)
    since = month_end(month_number(as_of) - months)
    requests = features.cancellation_requests(engine, as_of)
    new, scenario = (
        new_business(valued, lives, request, as_of, back=months, months=ahead) if with_new_business else ((), "")
    )
    notices = open_notices(valued, requests, as_of)
    figures = PortfolioFigures(
        as_of=as_of,
        currency=request.currency,
        months=months,
        kpis=(),
        mrr=counted.mrr(),
        results=counted.results(cash, invoiced),
        cohorts=cohort_lines(valued, lives, cash, upfront, as_of, invoiced=invoiced),
        heat=cohort_heat(lives, cash, upfront, as_of),
        cash_flow=book.cash_flow(valued, as_of, new, scenario),
        churn=counted.churn(),
        ltv=worth.ltv(),
        funnel=worth.funnel(features.quote_funnel(engine, as_of, since), as_of, months),
        targets=worth.targets(),
        notices=notices,
        saves=save_rates(requests, as_of, months),
        interventions=intervention_lines(features.intervention_outcomes(engine, as_of, WATCHED)),
    )
    cards = kpis(figures, valued, worth)
    return PortfolioTables(replace(figures, kpis=cards), counted.drill(), notices_table(notices))


def kpis(figures: PortfolioFigures, valued: ValuedContracts, worth: Worth) -> tuple[tuple[str, Figure], ...]:
    """The cards."""
    last, result = figures.mrr[-1], figures.results[-1]
    unit = 10**figures.currency.decimals
    live = int(valued.live.sum())
    year = figures.results
    collected, costs = (sum(getattr(line, name) for line in year) for name in ("collected", "monthly_costs"))
    ended, began = sum(line.ended for line in year), sum(line.live for line in year)
    monthly = share(ended, began, "no contract was live at the start of a month")
    known = valued.live & np.isfinite(valued.remaining)
    remaining = float((valued.remaining * valued.history.rate)[known].sum())
    totals = valued.remaining_totals.sum(axis=0)

    def money(value: float, n: int) -> Figure:
        return Figure(value, n, because="" if np.isfinite(value) else NO_INVOICES)

    def yearly(rate: float) -> float:
        return 1 - (1 - rate) ** 12

    return (
        ("mrr", Figure(last.closing / unit, last.paying)),
        ("arr", Figure(12 * last.closing / unit, last.paying)),
        ("active_contracts", Figure(float((valued.status == "active").sum()), live)),
        ("live_contracts", Figure(float(live), live)),
        ("churn_last_month", result.churn),
        ("churn_monthly", monthly),
        ("churn_annualised", Figure(yearly(monthly.value), monthly.n, yearly(monthly.p10), yearly(monthly.p90))),
        ("churn_times_twelve", Figure(12 * monthly.value, monthly.n, 12 * monthly.p10, 12 * monthly.p90)),
        ("gross_profit_last_month", money(result.gross_profit, result.live)),
        ("gross_profit", money(collected - costs, live)),
        ("gross_margin", money((collected - costs) / collected if collected else float("nan"), live)),
        ("average_ltv", worth.mean()),
        ("ltv_to_cac", worth.ltv_to_cac()),
        ("remaining_value", estimate(remaining, int(known.sum()), totals, "it is known of no contract")),
    )
