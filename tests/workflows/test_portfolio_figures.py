"""The figures of a simulated portfolio: they add up, they agree with a slow count of their own, and know no later."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from clove.engine.local import LocalEngine
from clove.features import contracts as features
from clove.features.contracts import month_number
from clove.features.exchange import convert
from clove.intake.portfolio.read import read_portfolio
from clove.kernel.money import Currency
from clove.kernel.progress import Silent
from clove.workflows.contract_assumptions import Assumptions
from clove.workflows.contract_request import ContractRequest
from clove.workflows.contract_valuation import ValuedContracts
from clove.workflows.documents import json_text, null_unknown
from clove.workflows.portfolio_document import to_document
from clove.workflows.portfolio_figures import portfolio_figures
from clove.workflows.portfolio_shares import share
from clove.workflows.simulate_contracts import simulate_contracts
from clove.workflows.value_contracts import history_of

AS_OF = date(2024, 8, 31)  # the portfolio goes on until the end of 2025
NOW = month_number(AS_OF)
MONTHS = 12
MOVEMENTS = ("new", "expansion", "contraction", "suspended", "reactivated", "churned", "fx")


BANDS = {"48+": 48, "36-47": 36, "24-35": 24, "12-23": 12, "6-11": 6, "0-5": 0}


def last_day(month):
    return date((month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)


class Book:
    """A portfolio in an engine, valued."""

    def __init__(self, engine, folder):
        self.engine = engine
        self.reading = read_portfolio(folder, engine, mapping=None, today=date(2026, 11, 20), as_of=AS_OF)
        self.value()

    def value(self):
        self.exchange = convert(self.engine, self.reading.currency, AS_OF)
        self.request = ContractRequest(Path("in"), Path("out"), currency=Currency(self.exchange.currency))
        history = history_of(self.engine, AS_OF, self.exchange, self.request.settings)
        found = Assumptions.of(history, self.request.settings)
        cash = features.contract_cash(self.engine, AS_OF)
        self.valued = ValuedContracts.of(history, found, cash, self.request, Silent())
        self.result = portfolio_figures(self.engine, AS_OF, self.valued, self.request, with_new_business=True)
        self.figures = self.result.figures
        self.text = json_text(null_unknown(to_document(self.figures)))

    def rows(self, table):
        return self.engine.table(f"SELECT * FROM portfolio_{table}").to_pylist()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return simulate_contracts(1_500, 3, tmp_path_factory.mktemp("portfolio") / "p").folder


@pytest.fixture(scope="module")
def book(folder):
    with LocalEngine.open(threads=2) as engine:
        yield Book(engine, folder)


# ---- recurring revenue


def test_movements_add_up_to_the_minor_unit(book):
    lines = book.figures.mrr
    assert len(lines) == MONTHS
    for line, before in zip(lines, (None, *lines), strict=False):
        assert line.closing - line.opening == sum(getattr(line, name) for name in MOVEMENTS)
        assert before is None or line.opening == before.closing
    assert all(any(getattr(line, name) != 0 for line in lines) for name in MOVEMENTS)  # each of them was seen


def test_they_drill_to_contracts(book):
    table = book.result.mrr_movements
    summed = table.group_by(["month_end", "movement"]).aggregate([("amount_minor", "sum")]).to_pylist()
    found = {(row["month_end"], row["movement"]): row["amount_minor_sum"] for row in summed}
    for line in book.figures.mrr:
        for name in MOVEMENTS:
            assert found.get((line.month_end, name), 0) == getattr(line, name)
    assert pa.compute.max(pa.compute.abs(pa.compute.subtract(
        pa.compute.multiply(table["amount"], 100.0), table["amount_minor"].cast(pa.float64())
    ))).as_py() < 1e-6  # fmt: skip


def test_revenue_is_that_of_the_contracts_as_they_stood_at_each_month_end(book):
    for line in book.figures.mrr[::4]:
        state = features.contract_state(book.engine, line.month_end).to_pylist()
        day = {"day": line.month_end}
        rates = book.engine.table("SELECT currency, rate FROM portfolio_rates WHERE day = $day", day).to_pylist()
        rate = {book.exchange.currency: 1.0} | {row["currency"]: row["rate"] for row in rates}
        paying = [row for row in state if row["status"] in {"active", "bad_billing"}]
        minor = sum(round(row["monthly_fee"] * rate[row["currency"]] * 100) for row in paying)
        assert (line.closing, line.paying) == (minor, len(paying))
        assert line.on_hold == sum(row["status"] == "suspended" for row in state)


def slow_movements(book):  # noqa: C901 - slow and plain on purpose
    """Every contract and month, one after the other, from the dated rows."""
    statuses, fees, rates = {}, {}, {}
    for row in book.rows("status_changes"):
        statuses.setdefault(row["contract_id"], []).append((row["changed_on"], row["status"]))
    for row in book.rows("fee_changes"):
        fees.setdefault(row["contract_id"], []).append((row["changed_on"], row["monthly_fee"]))
    for row in book.rows("exchange_rates"):
        rates.setdefault(row["currency"], []).append((row["rate_date"], row["rate"]))

    def at(contract, day):
        """(state, fee, rate); none before the start."""
        if contract["start_date"] > day:
            return None
        end = contract["cancellation_date"]
        word = max((x for x in statuses[contract["contract_id"]] if x[0] <= day), default=(None, "active"))[1]
        fee = max(x for x in fees[contract["contract_id"]] if x[0] <= day)[1]
        rate = max((x for x in rates.get(contract["currency"], []) if x[0] <= day), default=(None, 1.0))[1]
        return ("cancelled" if end is not None and end <= day else word, fee, rate)

    sums = {}
    for contract in book.rows("contracts"):
        for month in range(NOW - MONTHS + 1, NOW + 1):
            before, after = (at(contract, last_day(m)) for m in (month - 1, month))
            if after is None:
                continue
            paid, pays = (x is not None and x[0] in {"active", "bad_billing"} for x in (before, after))
            new = round(after[1] * after[2] * 100)
            moved = {}
            if pays and paid:
                old, revalued = round(before[1] * before[2] * 100), round(before[1] * after[2] * 100)
                moved = {"expansion" if new > revalued else "contraction": new - revalued, "fx": revalued - old}
            elif pays:
                moved = {"new" if before is None else "reactivated": new}
            elif paid:
                moved = {"suspended" if after[0] == "suspended" else "churned": -round(before[1] * before[2] * 100)}
            for name, amount in moved.items():
                key = (month, name)
                sums[key] = sums.get(key, 0) + amount
    return sums


def test_a_slow_count_finds_the_same_movements(book):
    slow = slow_movements(book)
    for line in book.figures.mrr:
        month = month_number(line.month_end)
        assert {name: getattr(line, name) for name in MOVEMENTS} == {
            name: slow.get((month, name), 0) for name in MOVEMENTS
        }


# ---- churn


def test_a_slow_count_finds_the_same_churn_and_slices_weigh_to_the_total(book):
    risk, ended = {}, {}
    tier = {row["product_id"]: row["product_tier"] for row in book.rows("products")}
    for contract in book.rows("contracts"):
        start, end = month_number(contract["start_date"]), contract["cancellation_date"]
        for month in range(NOW - MONTHS + 1, NOW + 1):
            if start < month and (end is None or month_number(end) >= month):
                served = month - 1 - start
                band = next(name for name, low in BANDS.items() if served >= low)
                keys = (("all", "all"), ("country", contract["country_code"]))
                for key in (*keys, ("tier", tier[contract["product_id"]]), ("tenure", band)):
                    risk[key] = risk.get(key, 0) + 1
                    ended[key] = ended.get(key, 0) + (end is not None and month_number(end) == month)
    lines = book.figures.churn
    assert {(line.by, line.name): (line.contract_months, line.ended) for line in lines} == {
        key: (risk[key], ended[key]) for key in risk
    }
    whole = lines[0]
    for by in ("country", "tier", "tenure"):
        mine = [line for line in lines if line.by == by]
        weighed = sum(line.monthly.value * line.contract_months for line in mine) / whole.contract_months
        assert weighed == pytest.approx(whole.monthly.value, rel=1e-12)
    assert whole.annualised == pytest.approx(1 - (1 - whole.monthly.value) ** 12)
    assert whole.times_twelve == pytest.approx(12 * whole.monthly.value)
    assert sum(line.ended for line in book.figures.results) == whole.ended


def test_the_interval_of_a_share_is_jeffreys():
    from scipy.stats import beta

    found = share(3, 40, "")
    assert (found.p10, found.p90) == pytest.approx(beta.ppf([0.1, 0.9], 3.5, 37.5), rel=1e-10)
    assert share(0, 5, "").p10 == 0.0
    assert share(5, 5, "").p90 == 1.0
    nothing = share(0, 0, "there is nothing")
    assert np.isnan(nothing.value)
    assert nothing.because == "there is nothing"


# ---- cohorts


def test_cohorts_add_up_to_the_whole(book):
    cohorts, valued = book.figures.cohorts, book.valued
    assert sum(line.contracts for line in cohorts) == len(valued.terms)
    assert sum(line.live for line in cohorts) == valued.live.sum()
    net = sum(line.gross_profit - line.recovery_costs for line in cohorts)
    # the same money, contract by contract: exact at the rates of each day where there is one currency
    rand = np.array([row == book.exchange.currency for row in valued.history.state["currency"].to_pylist()])
    realised = float((valued.terms.realised * valued.history.rate)[rand].sum())
    assert rand.any()
    abroad = net - realised
    assert abroad == pytest.approx(float((valued.terms.realised * valued.history.rate)[~rand].sum()), rel=0.1)
    for line in cohorts:
        assert all(late <= early for early, late in zip(line.retention, line.retention[1:], strict=False))
        assert line.gross_profit == pytest.approx(line.collected - line.monthly_costs)


def test_months_add_up_to_what_the_cohorts_brought(book):
    first = last_day(NOW - MONTHS)
    paid = book.engine.table(
        "SELECT sum(amount_paid) AS paid FROM converted_payments WHERE paid_date > $first AND paid_date <= $as_of",
        {"first": first, "as_of": AS_OF},
    )["paid"][0].as_py()
    penalties = book.engine.table(
        "SELECT sum(penalty_collected) AS paid FROM converted_contracts "
        "WHERE penalty_collected_on > $first AND penalty_collected_on <= $as_of",
        {"first": first, "as_of": AS_OF},
    )["paid"][0].as_py()
    fees = book.engine.table(
        "SELECT sum(recovery_fee_collected) AS paid FROM converted_recovery_events "
        "WHERE closed_on > $first AND closed_on <= $as_of",
        {"first": first, "as_of": AS_OF},
    )["paid"][0].as_py()
    found = sum(line.collected for line in book.figures.results)
    assert found == pytest.approx(paid + penalties + (fees or 0.0), abs=0.01)


def test_retention_and_payback_of_a_cohort_by_a_slow_count(book):
    line = book.figures.cohorts[2]
    year, quarter = int(line.quarter[:4]), int(line.quarter[-1])
    first = 12 * year + 3 * (quarter - 1)
    mine = [row for row in book.rows("contracts") if first <= month_number(row["start_date"]) < first + 3]
    assert line.contracts == len(mine)
    for place, kept in enumerate(line.retention):
        day = last_day(first + 2 + 3 * place)
        there = sum(row["cancellation_date"] is None or row["cancellation_date"] > day for row in mine)
        assert kept == pytest.approx(there / len(mine))
    assert len(line.retention) == (NOW - first - 2) // 3 + 1
    names = {row["contract_id"]: month_number(row["start_date"]) for row in mine}
    net = {}
    for sql, sign in (
        ("SELECT contract_id, paid_date AS day, amount_paid AS cash FROM converted_payments", 1),
        ("SELECT contract_id, penalty_collected_on AS day, penalty_collected AS cash FROM converted_contracts", 1),
        ("SELECT contract_id, closed_on AS day, recovery_fee_collected AS cash FROM converted_recovery_events", 1),
        ("SELECT contract_id, closed_on AS day, recovery_cost AS cash FROM converted_recovery_events", -1),
        ("SELECT contract_id, happened AS day, amount AS cash FROM converted_costs_monthly", -1),
    ):
        for row in book.engine.table(sql).to_pylist():
            if row["contract_id"] in names and row["cash"] and row["day"] <= AS_OF:
                age = month_number(row["day"]) - names[row["contract_id"]]
                net[age] = net.get(age, 0.0) + sign * row["cash"]
    spent = book.engine.table("SELECT contract_id, amount FROM converted_costs_upfront").to_pylist()
    upfront = sum(row["amount"] for row in spent if row["contract_id"] in names)
    assert line.upfront_cost == pytest.approx(upfront, abs=0.01)
    reached = next(age for age in range(200) if sum(net.get(a, 0.0) for a in range(age + 1)) >= upfront)
    assert line.payback.value == reached


def test_the_heat_map_is_of_the_same_contracts(book):
    heat, cohorts = book.figures.heat, book.figures.cohorts
    newest = [float(row[np.isfinite(row)][-1]) for row in heat.cumulative]
    assert sum(newest) == pytest.approx(sum(line.collected for line in cohorts), rel=1e-9)
    assert np.nansum(heat.upfront_cost) == pytest.approx(sum(line.upfront_cost for line in cohorts), rel=1e-9)
    assert sum(heat.contracts) == sum(line.contracts for line in cohorts)
    come = np.isfinite(heat.cumulative).sum(axis=1)
    assert come.tolist() == [NOW - month_number(start) + 1 for start in heat.start]


# ---- ahead


def test_the_cash_flow_is_the_remaining_value_month_by_month(book):
    flow, valued = book.figures.cash_flow, book.valued
    value = np.nansum((valued.remaining * valued.history.rate)[valued.live])
    assert flow.discounted + flow.later == pytest.approx(value, rel=1e-12)
    long = portfolio_figures(book.engine, AS_OF, valued, book.request, ahead=130).figures.cash_flow
    assert long.later == pytest.approx(0.0, abs=1e-6)
    for short, same in zip(flow.months, long.months, strict=False):
        assert short == same
    assert [line.month_end for line in flow.months] == [last_day(NOW + 1 + place) for place in range(36)]
    assert all(line.p10 < line.expected < line.p90 for line in flow.months)


def test_the_band_is_that_of_the_same_draws(book):
    from clove.workflows.portfolio_ahead import BookAhead
    from clove.workflows.portfolio_cohorts import Lives
    from clove.workflows.portfolio_worth import Groups

    valued, request = book.valued, book.request
    groups = Groups.of(valued, Lives.of(valued, AS_OF), AS_OF, MONTHS)
    ahead = BookAhead.of(valued, request, 130, groups.member, groups.count)
    for column in range(5):  # each way to divide the live contracts
        drawn = ahead.remaining[groups.rows(column)].sum(axis=0)
        np.testing.assert_allclose(drawn, valued.remaining_totals.sum(axis=0), rtol=1e-10)
    np.testing.assert_allclose(ahead.remaining[groups.rows(4)], valued.remaining_totals, rtol=1e-9, atol=1e-6)

    spread = ahead.draws - ahead.expected[:, None]
    back = (1 + request.horizon.monthly_rate) ** -np.arange(1.0, 131)
    value = np.nansum((valued.remaining * valued.history.rate)[valued.live])
    np.testing.assert_allclose(back @ spread, valued.remaining_totals.sum(axis=0) - value, rtol=1e-9, atol=1e-3)


def test_a_suspended_contract_pays_nothing_in_the_month_in_which_it_returns(book):
    from clove.workflows.portfolio_ahead import waiting_flows

    valued = book.valued
    suspended = valued.status == "suspended"
    assert suspended.any()
    _, flow = waiting_flows(valued, book.request, 36)
    terms, rate, found = valued.terms, valued.history.rate, valued.assumptions
    penalty = terms.penalty_step * np.maximum(terms.clause - terms.served, 0)
    first = (rate * (found.suspended_leaves * penalty - found.upkeep))[suspended].sum()
    assert flow.expected[0] == pytest.approx(first, rel=1e-9)
    np.testing.assert_allclose(flow.begins[:, 0], found.suspension_ends)


def test_new_business_is_apart_and_off_by_default(book):
    without = portfolio_figures(book.engine, AS_OF, book.valued, book.request).figures
    assert without.cash_flow.new_business == ()
    assert without.cash_flow.scenario == ""
    assert without.cash_flow.months == book.figures.cash_flow.months
    recent = [row for row in book.rows("contracts") if NOW - MONTHS < month_number(row["start_date"]) <= NOW]
    assert f"{len(recent) / MONTHS:,.1f} new contracts a month" in book.figures.cash_flow.scenario
    first = book.figures.cash_flow.new_business[0]
    started = np.array([NOW - MONTHS < m <= NOW for m in _starts(book.valued)])
    spent = float((book.valued.terms.upfront * book.valued.history.rate)[started].sum()) / MONTHS
    assert first.expected == pytest.approx(-spent, rel=1e-9)  # nobody has paid a fee yet


def _starts(valued):
    return [month_number(day) for day in valued.history.state["start_date"].to_pylist()]


# ---- LTV, acquisition, retention


def test_ltv_by_slices_weighs_to_the_mean_of_all(book):
    valued = book.valued
    ltv = valued.ltv * valued.history.rate
    cards = dict(book.figures.kpis)
    assert cards["average_ltv"].value == pytest.approx(ltv[valued.live].mean())
    bounds = np.quantile(valued.ltv_totals.sum(axis=0), [0.1, 0.9]) / valued.live.sum()
    assert (cards["average_ltv"].p10, cards["average_ltv"].p90) == pytest.approx(tuple(bounds), rel=1e-9)
    for by in ("product", "channel", "country", "region"):
        mine = [line for line in book.figures.ltv if line.by == by]
        assert sum(line.mean.value * line.mean.n for line in mine if line.mean.n) == pytest.approx(
            ltv[valued.live].sum(), rel=1e-9
        )
        assert sum(line.ever.value * line.ever.n for line in mine) == pytest.approx(ltv.sum(), rel=1e-9)
        assert all(line.mean.p10 < line.mean.value < line.mean.p90 for line in mine if line.mean.n > 20)
    fleet = next(line for line in book.figures.ltv if line.name == "fleet")
    of = np.array(valued.history.state["tier"].to_pylist()) == "fleet"
    assert fleet.mean.value == pytest.approx(ltv[of & valued.live].mean())
    assert fleet.ever.value == pytest.approx(ltv[of].mean())


def test_targets_are_the_first_by_mean_times_contracts(book):
    targets = book.figures.targets
    assert len(targets) == 20
    assert [line.score for line in targets] == sorted((line.score for line in targets), reverse=True)
    totals = book.valued.ltv_totals.mean(axis=1)
    assert targets[0].score == pytest.approx(totals.max(), rel=0.05)


def test_the_funnel_by_a_slow_count(book):
    started = {row["contract_id"]: row["start_date"] for row in book.rows("contracts")}
    contracts = {row["contract_id"]: row for row in book.rows("contracts")}
    first = last_day(NOW - MONTHS)
    for line in book.figures.funnel[1:]:
        quotes = [
            row
            for row in book.rows("quotes")
            if first < row["quoted_on"] <= AS_OF and row["sales_channel"] == line.channel
        ]
        won = [row for row in quotes if row["converted"] and started[row["contract_id"]] <= AS_OF]
        assert (line.quotes, line.converted) == (len(quotes), len(won))
        mine = {k: row for k, row in contracts.items() if row["sales_channel"] == line.channel}
        recent = {k for k, row in mine.items() if NOW - MONTHS < month_number(row["start_date"]) <= NOW}
        assert line.contracts == len(recent)
        old = [row for row in mine.values() if NOW - 12 - MONTHS < month_number(row["start_date"]) <= NOW - 12]
        kept = [
            row for row in old
            if row["cancellation_date"] is None
            or month_number(row["cancellation_date"]) > month_number(row["start_date"]) + 12
        ]  # fmt: skip
        assert line.retention.n == len(old)
        assert line.retention.value == pytest.approx(len(kept) / len(old))
        valued = book.valued
        here = np.array([name in recent for name in valued.history.state["contract_id"].to_pylist()])
        cac = (valued.terms.acquisition * valued.history.rate)[here]
        ltv = (valued.ltv * valued.history.rate)[here]
        assert line.cac.value == pytest.approx(cac.mean())
        assert line.ltv_to_cac.value == pytest.approx((ltv.sum() + cac.sum()) / cac.sum())
        assert line.ltv_to_cac.p10 < line.ltv_to_cac.value < line.ltv_to_cac.p90
    whole = book.figures.funnel[0]
    assert whole.quotes == sum(line.quotes for line in book.figures.funnel[1:])
    card = dict(book.figures.kpis)["ltv_to_cac"]
    assert (card.value, card.p10, card.p90) == pytest.approx(
        (whole.ltv_to_cac.value, whole.ltv_to_cac.p10, whole.ltv_to_cac.p90), rel=1e-12
    )


def test_notices_and_what_came_of_requests(book):
    tickets = [row for row in book.rows("support_tickets") if row["category"] == "cancellation_request"]
    known = [row for row in tickets if row["opened_on"] <= AS_OF]
    closed = [row for row in known if row["resolved_on"] is not None and row["resolved_on"] <= AS_OF]
    saved = [row for row in closed if row["resolution"] == "resolved"]
    ever = book.figures.saves[1]
    assert (ever.requests, ever.resolved, ever.open) == (len(known), len(saved), len(known) - len(closed))
    assert ever.saved.value == pytest.approx(len(saved) / len(known))
    assert ever.of_closed.value == pytest.approx(len(saved) / len(closed))
    assert ever.requests == ever.resolved + ever.escalated + ever.closed_no_action + ever.open + ever.other
    state = {row["contract_id"]: row for row in book.valued.history.state.to_pylist()}
    waiting = {row["contract_id"] for row in known if row not in closed}
    alive = {name for name in waiting if state[name]["status"] != "cancelled"}
    notices = book.figures.notices
    assert {line.contract_id for line in notices.lines} == alive
    assert alive
    rate = book.exchange.rates
    for line in notices.lines:
        row = state[line.contract_id]
        left = max(row["clause_months"] - row["months_served"], 0)
        assert line.penalty == pytest.approx(0.75 * row["monthly_fee"] * left)
    at_stake = sum(line.penalty * rate[line.currency.code] for line in notices.lines)
    assert notices.penalty.value == pytest.approx(at_stake)
    assert book.result.notices.num_rows == len(alive)


def test_cards_say_what_the_tables_say(book):
    cards, figures = dict(book.figures.kpis), book.figures
    assert cards["mrr"].value == figures.mrr[-1].closing / 100
    assert cards["arr"].value == 12 * cards["mrr"].value
    assert cards["gross_profit"].value == pytest.approx(sum(line.gross_profit for line in figures.results))
    assert cards["gross_margin"].value == pytest.approx(
        cards["gross_profit"].value / sum(line.collected for line in figures.results)
    )
    assert cards["churn_monthly"].value == figures.churn[0].monthly.value
    assert cards["active_contracts"].value == (book.valued.status == "active").sum()


# ---- what a later day knows


LATER = """
DELETE FROM portfolio_contracts WHERE start_date > DATE '{d}';
UPDATE portfolio_contracts SET status = 'suspended', months_active = 7;
UPDATE portfolio_contracts SET monthly_fee = 1 WHERE cancellation_date IS NULL OR cancellation_date > DATE '{d}';
UPDATE portfolio_contracts SET penalty_invoiced = NULL, penalty_collected = NULL, penalty_collected_on = NULL,
    cancellation_reason = NULL, cancellation_date = NULL WHERE cancellation_date > DATE '{d}';
DELETE FROM portfolio_payments WHERE due_date > DATE '{d}';
UPDATE portfolio_payments SET amount_paid = 0, paid_date = NULL, days_late = NULL, status = 'unpaid'
    WHERE paid_date > DATE '{d}';
DELETE FROM portfolio_status_changes WHERE changed_on > DATE '{d}';
DELETE FROM portfolio_fee_changes WHERE changed_on > DATE '{d}';
DELETE FROM portfolio_exchange_rates WHERE rate_date > DATE '{d}';
DELETE FROM portfolio_costs_upfront WHERE incurred_on > DATE '{d}';
DELETE FROM portfolio_costs_monthly WHERE last_day(make_date(period_year, period_month, 1)) > DATE '{d}';
UPDATE portfolio_quotes SET converted = FALSE, contract_id = NULL
    WHERE contract_id NOT IN (SELECT contract_id FROM portfolio_contracts);
DELETE FROM portfolio_quotes WHERE quoted_on > DATE '{d}';
DELETE FROM portfolio_support_tickets WHERE opened_on > DATE '{d}';
UPDATE portfolio_support_tickets SET resolved_on = NULL, resolution = 'pending' WHERE resolved_on > DATE '{d}';
DELETE FROM portfolio_interventions WHERE made_on > DATE '{d}';
UPDATE portfolio_interventions SET outcome = 'rewritten';
DELETE FROM portfolio_recovery_events WHERE stolen_on > DATE '{d}';
UPDATE portfolio_recovery_events SET outcome = 'pending', closed_on = NULL, recovery_fee_charged = NULL,
    recovery_fee_collected = NULL, recovery_cost = NULL WHERE closed_on > DATE '{d}';
DELETE FROM portfolio_hardware WHERE purchased_on > DATE '{d}';
UPDATE portfolio_hardware SET residual_value = 1;
UPDATE portfolio_hardware SET status = 'lost', status_date = DATE '{d}' + 1
    WHERE status_date > DATE '{d}' OR status = 'installed';
DELETE FROM portfolio_hardware_valuations WHERE valued_on > DATE '{d}';
DELETE FROM portfolio_fitment_records WHERE fitted_on > DATE '{d}';
"""


def test_later_rows_and_current_state_change_nothing(folder, book):
    with LocalEngine.open(threads=2) as engine:
        past = Book(engine, folder)
        assert past.text == book.text  # the same twice
        for statement in LATER.format(d=AS_OF.isoformat()).split(";"):
            if statement.strip():
                engine.execute(statement)
        past.value()
    assert past.text == book.text
    assert past.result.mrr_movements.equals(book.result.mrr_movements)
    assert past.result.notices.equals(book.result.notices)


# ---- portfolios of which less is known


def test_contracts_alone(tmp_path):
    rows = ["contract_id,customer_id,country_code,sales_channel,start_date,monthly_fee,cancellation_date"]
    for i in range(60):
        end = f"2024-0{1 + i % 8}-15" if i % 5 == 0 else ""
        rows.append(f"k{i},c{i},ZAF,direct,{2021 + i % 4}-0{1 + i % 9}-11,{150 + i},{end}")
    (tmp_path / "contracts.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    with LocalEngine.open(threads=1) as engine:
        bare = Book(engine, tmp_path)
    cards = dict(bare.figures.kpis)
    assert cards["mrr"].value > 0
    assert np.isnan(cards["gross_profit"].value)
    assert cards["gross_profit"].because == "no invoice is known"
    assert np.isnan(cards["average_ltv"].value)
    assert cards["average_ltv"].because
    for line in bare.figures.mrr:
        assert line.closing - line.opening == sum(getattr(line, name) for name in MOVEMENTS)
    assert all(np.isnan(line.collected) for line in bare.figures.results)
    assert all(line.payback.because == "no upfront cost is known" for line in bare.figures.cohorts)
    assert bare.figures.saves[0].saved.because == "there are no requests to cancel"
    assert bare.figures.funnel[0].conversion.because == "there are no quotes"
    assert bare.result.notices.num_rows == 0
    assert "NaN" not in bare.text


def test_fewer_months_than_asked_for(book):
    short = portfolio_figures(book.engine, AS_OF, book.valued, book.request, months=3).figures
    assert short.mrr == book.figures.mrr[-3:]
    assert replace(short.results[-1]) == book.figures.results[-1]
    long = portfolio_figures(book.engine, AS_OF, book.valued, book.request, months=60).figures
    assert long.mrr[0].opening == 0
    assert long.mrr[0].closing == 0
    assert long.mrr[-12:] == book.figures.mrr


def test_every_column_is_in_the_glossary(book):
    from clove.reports.columns import glossary_table
    from clove.reports.portfolio_columns import MRR_MOVEMENTS, NOTICES

    glossary = (Path(__file__).parents[2] / "docs/glossary.md").read_text(encoding="utf-8")
    for table, columns in ((book.result.mrr_movements, MRR_MOVEMENTS), (book.result.notices, NOTICES)):
        assert table.column_names == [column.name for column in columns]
        assert glossary_table(columns) in glossary, "run tools/glossary.py"
