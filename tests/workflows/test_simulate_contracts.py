"""The tables that are written of a simulated portfolio: whole, consistent, and true."""

import filecmp
import json
from datetime import date

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from clove.kernel.errors import ArgumentRefused, OutputRefused
from clove.ledger.contract_table import Kind
from clove.ledger.contracts import TABLES
from clove.valuation.contract_world import ContractWorld, Happenings
from clove.workflows.simulate_contracts import shipped_market, simulate_contracts

CONTRACTS, SEED = 2_500, 11
END = date(2025, 12, 31)
NOTHING = Happenings(fee_changes=False, lapses=False, interventions=False, thefts=False, hazards_known=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("portfolio") / "out"
    simulate_contracts(CONTRACTS, SEED, out, months_ahead=24)
    return out


@pytest.fixture(scope="module")
def tables(folder):
    return {name: pq.read_table(folder / f"{name}.parquet") for name in TABLES}


@pytest.fixture(scope="module")
def frames(tables):
    return {name: table.to_pandas() for name, table in tables.items()}


@pytest.fixture(scope="module")
def truth(folder):
    return pq.read_table(folder / "truth.parquet").to_pandas().set_index("contract_id")


def months_of(days):
    when = pd.to_datetime(days)
    return when.dt.year * 12 + when.dt.month - 1


@pytest.mark.parametrize("name", TABLES)
def test_every_table_meets_its_rules(tables, name):
    table, rules = tables[name], TABLES[name]
    assert table.schema.remove_metadata() == rules.schema
    assert table.num_rows
    for column in rules.columns:
        values = table[column.name].drop_null().to_pandas()
        assert not column.required or values.size == table.num_rows, column.name
        assert values.size, f"{column.name} is never known"
        if column.kind is Kind.WORD:
            assert set(values) <= set(column.words), column.name
        if column.low is not None:
            assert values.min() >= column.low, column.name
        if column.high is not None:
            assert values.max() <= column.high, column.name
        if column.kind is Kind.DATE:
            assert values.max() <= END, column.name
        if column.parent:
            key = TABLES[column.parent].key[0]
            assert set(values) <= set(tables[column.parent][key].to_pylist()), column.name
    if rules.key:
        assert not table.select(rules.key).to_pandas().duplicated().any()


def test_an_invoice_for_each_month_between_start_and_end(frames):
    contracts, payments = frames["contracts"].set_index("contract_id"), frames["payments"]
    month = payments.period_year * 12 + payments.period_month - 1
    start = months_of(contracts.start_date)
    assert (month > start.loc[payments.contract_id].to_numpy()).all()
    ended = contracts.cancellation_date.notna()
    end = months_of(contracts.cancellation_date[ended]).reindex(contracts.index)
    assert not (month >= end.loc[payments.contract_id].to_numpy()).any()
    assert not payments.duplicated(["contract_id", "period_year", "period_month"]).any()
    count = payments.contract_id.value_counts().reindex(contracts.index).fillna(0)
    suspended = frames["status_changes"].query("status == 'suspended'").contract_id
    never = ~contracts.index.isin(suspended)
    assert (count[never] == contracts.months_active[never]).all()
    assert (count[~never] < contracts.months_active[~never]).any()


def test_the_status_is_what_the_invoices_and_the_changes_say(frames):
    contracts = frames["contracts"].set_index("contract_id")
    changes = frames["status_changes"].sort_values(["contract_id", "changed_on"], kind="stable")
    assert (changes.groupby("contract_id").status.last() == contracts.status).all()
    assert (changes.groupby("contract_id").status.first() == "active").all()
    payments = frames["payments"]
    last = payments[(payments.period_year == 2025) & (payments.period_month == 12)].set_index("contract_id")
    unpaid = last.index[last.paid_date.isna() & (last.amount_paid == 0)]
    assert set(unpaid) == set(contracts.index[contracts.status == "bad_billing"])
    assert set(contracts.index[contracts.status == "cancelled"]) == set(
        contracts.index[contracts.cancellation_date.notna()]
    )
    over = payments.contract_id.isin(contracts.index[contracts.status != "bad_billing"])
    assert not (payments.status[over] == "unpaid").any()


def test_payments_are_what_their_status_says(frames):
    payments = frames["payments"]
    by = dict(iter(payments.groupby("status")))
    assert (by["paid"].amount_paid == by["paid"].amount_due).all()
    assert ((by["partial"].amount_paid > 0) & (by["partial"].amount_paid < by["partial"].amount_due)).all()
    for status in ("unpaid", "reversed", "written_off"):
        assert (by[status].amount_paid == 0).all()
        assert by[status].paid_date.isna().all()
        assert by[status].days_late.isna().all()
    got = payments[payments.paid_date.notna()]
    late = (pd.to_datetime(got.paid_date) - pd.to_datetime(got.due_date)).dt.days
    assert (late == got.days_late).all()


def test_fees_and_invoices_follow_the_changes(frames):
    changes = frames["fee_changes"].assign(on=pd.to_datetime(frames["fee_changes"].changed_on))
    last = changes.sort_values("on").groupby("contract_id").monthly_fee.last()
    contracts = frames["contracts"].set_index("contract_id")
    assert (last == contracts.monthly_fee.sort_index()).all()
    payments = frames["payments"].assign(on=pd.to_datetime(frames["payments"].due_date)).sort_values("on")
    known = pd.merge_asof(payments, changes.sort_values("on"), on="on", by="contract_id")
    assert (known.amount_due == known.monthly_fee).all()
    assert changes.contract_id.value_counts().max() > 3


def test_the_money_of_the_tables_is_the_money_of_the_world(frames, truth):
    costs = frames["costs_monthly"]
    running = costs[costs.cost_type != "retention_intervention"]
    thefts, contracts = frames["recovery_events"], frames["contracts"]
    assert not contracts.penalty_collected[contracts.status != "cancelled"].notna().any()
    cash = (
        frames["payments"].groupby("contract_id").amount_paid.sum(),
        -running.groupby("contract_id").amount.sum(),
        thefts.groupby("contract_id").recovery_fee_collected.sum(),
        -thefts.groupby("contract_id").recovery_cost.sum(),
    )
    total = sum(part.reindex(truth.index).fillna(0) for part in cash)
    assert total.to_numpy() == pytest.approx(truth.realised_cash.to_numpy(), abs=1e-4)
    upfront = frames["costs_upfront"].groupby("contract_id").amount.sum().loc[truth.index]
    assert upfront.to_numpy() == pytest.approx(truth.upfront_cost.to_numpy(), abs=1e-6)
    world = ContractWorld.simulate(CONTRACTS, SEED, shipped_market(), keeps=False)
    every = sum(part.reindex(contracts.contract_id).fillna(0) for part in cash)
    every = every.to_numpy() + contracts.penalty_collected.fillna(0).to_numpy()
    assert every == pytest.approx(world.realised[:4].sum(axis=0), abs=1e-4)
    offers = frames["interventions"]
    spent = costs[costs.cost_type == "retention_intervention"].groupby("contract_id").amount.sum()
    noted = offers[offers.cost > 0].groupby("contract_id").cost.sum()
    assert spent.to_numpy() == pytest.approx(noted.to_numpy(), abs=1e-6)


def test_the_truth_is_consistent_in_itself(truth, frames):
    came = np.stack(truth.came_by_month.to_numpy())
    assert came.shape == (len(truth), 24)
    worth = 1.12 ** (-np.arange(1, 25) / 12)
    assert came @ worth == pytest.approx(truth.came_remaining.to_numpy(), rel=1e-4, abs=0.5)
    parts = truth[["came_subscription", "came_penalty", "came_recovery", "came_cost"]].sum(axis=1)
    assert parts.to_numpy() == pytest.approx(truth.came_remaining.to_numpy(), abs=1e-6)
    end = truth.end_month_ahead
    assert ((end <= 3) == truth.ends_within_3_months).all()
    assert end.isna().equals(truth.end_reason.isna())
    gone = end.notna().to_numpy()
    after = np.arange(1, 25)[None, :] > end.fillna(99).to_numpy()[:, None]
    assert not came[after].any()
    assert gone.any()
    contracts = frames["contracts"].set_index("contract_id")
    assert set(truth.index) == set(contracts.index[contracts.status != "cancelled"])
    assert (truth.months_served == contracts.months_active.loc[truth.index]).all()
    lapsed = truth.status == "bad_billing"
    assert lapsed.equals(truth.months_lapsed.notna())
    chance = truth.resume_probability[lapsed]
    assert ((chance > 0) & (chance <= 1)).all()


def test_a_lapse_is_as_old_as_its_unpaid_invoices(frames, truth):
    payments = frames["payments"].sort_values(["contract_id", "due_date"])
    open_ = payments[payments.status.isin(["unpaid", "reversed"])]
    lapsed = truth[truth.status == "bad_billing"]
    since = frames["status_changes"].query("status == 'bad_billing'").groupby("contract_id").changed_on.max()
    for contract, row in lapsed.iterrows():
        mine = open_[(open_.contract_id == contract) & (pd.to_datetime(open_.due_date) >= _first(since[contract]))]
        assert len(mine) == row.months_lapsed + 1
        assert mine.amount_due.iloc[0] == row.arrears


def _first(day):
    return pd.Timestamp(day).replace(day=1)


def test_devices_are_where_their_history_says(frames, truth):
    hardware = frames["hardware"].set_index("hardware_id")
    contracts = frames["contracts"].set_index("contract_id")
    inside = hardware[hardware.status == "installed"]
    assert set(inside.contract_id) == set(contracts.index[contracts.status != "cancelled"])
    assert not inside.contract_id.duplicated().any()
    stolen = hardware[hardware.status == "stolen"].contract_id
    assert set(stolen) == set(contracts.index[contracts.cancellation_reason == "forced_theft"])
    worth = inside.set_index("contract_id").residual_value.loc[truth.index]
    assert worth.to_numpy() == pytest.approx(truth.device_value.to_numpy())
    visits = frames["fitment_records"]
    owner = hardware.contract_id.loc[visits.hardware_id].to_numpy()
    assert (owner == visits.contract_id).all()
    begun = pd.to_datetime(hardware.purchased_on.loc[visits.hardware_id]).to_numpy()
    assert (begun <= pd.to_datetime(visits.fitted_on).to_numpy()).all()
    assert (visits.fitment_type.value_counts()[["installation"]] == CONTRACTS).all()
    valued = frames["hardware_valuations"].merge(hardware, left_on="hardware_id", right_index=True)
    assert (valued.valued_on >= valued.purchased_on).all()
    often = frames["hardware_valuations"].hardware_id.value_counts().loc[hardware.index]
    last = hardware.status_date.where(hardware.status != "installed", END)
    assert (often == (months_of(last) - months_of(hardware.purchased_on)) // 6 + 1).all()
    left = valued[valued.status != "installed"]
    assert (left.valued_on <= left.status_date).all()


def test_quotes_lead_to_their_contracts_at_the_rate_of_the_month(frames):
    quotes, contracts = frames["quotes"], frames["contracts"].set_index("contract_id")
    signed = quotes[quotes.converted]
    assert quotes.contract_id.notna().equals(quotes.converted)
    assert set(signed.contract_id) == set(contracts.index)
    begun = pd.to_datetime(contracts.start_date.loc[signed.contract_id]).to_numpy()
    waited = (begun - pd.to_datetime(signed.quoted_on).to_numpy()) / np.timedelta64(1, "D")
    assert ((waited >= 0) & (waited <= 10)).all()
    rates = frames["exchange_rates"].assign(on=pd.to_datetime(frames["exchange_rates"].rate_date)).sort_values("on")
    dated = quotes.assign(on=pd.to_datetime(quotes.quoted_on)).sort_values("on", kind="stable")
    rate = pd.merge_asof(dated, rates, on="on", by="currency").set_index("quote_id").rate.reindex(quotes.quote_id)
    rand = quotes.price.to_numpy() * np.where(quotes.currency == "ZAR", 1.0, rate)
    world = ContractWorld.simulate(CONTRACTS, SEED, shipped_market(), keeps=False)
    assert rand == pytest.approx(world.quotes.price_zar)


def test_same_seed_same_bytes(folder, tmp_path):
    simulate_contracts(CONTRACTS, SEED, tmp_path / "again", months_ahead=24)
    names = sorted(path.name for path in folder.iterdir())
    match, mismatch, errors = filecmp.cmpfiles(folder, tmp_path / "again", names, shallow=False)
    assert sorted(match) == names
    assert not mismatch
    assert not errors
    simulate_contracts(CONTRACTS, SEED + 1, tmp_path / "other", months_ahead=24)
    assert not filecmp.cmp(folder / "payments.parquet", tmp_path / "other" / "payments.parquet", shallow=False)


def test_text_says_the_same(tmp_path):
    simulate_contracts(60, 3, tmp_path / "typed")
    written = simulate_contracts(60, 3, tmp_path / "text", file_format="csv")
    for name in TABLES:
        typed = pq.read_table(tmp_path / "typed" / f"{name}.parquet").to_pandas()
        text = pd.read_csv(tmp_path / "text" / f"{name}.csv", keep_default_na=False)
        assert text.columns.tolist() == typed.columns.tolist()
        assert len(text) == len(typed) == written.rows[name]
        for column in typed.columns:
            if typed[column].dtype == np.float64:
                numbers = pd.to_numeric(text[column]).to_numpy()
                assert numbers == pytest.approx(typed[column].to_numpy(), nan_ok=True), column
            else:
                known = typed[column].notna()
                assert (
                    text[column][known].astype(str).str.lower() == typed[column][known].astype(str).str.lower()
                ).all()
    assert (tmp_path / "text" / "truth.parquet").exists()


def test_one_contract_and_a_world_where_nothing_happens(tmp_path):
    assert simulate_contracts(1, 1, tmp_path / "one").contracts == 1
    simulate_contracts(40, 1, tmp_path / "calm", happenings=NOTHING)
    said = json.loads((tmp_path / "calm" / "parameters.json").read_text())
    assert said["happens"]["thefts"] is False
    assert said["rules"]["p0"] == 0.55
    assert len(said["segments"]["alpha"]) == 100
    for name in ("recovery_events", "interventions"):
        assert pq.read_table(tmp_path / "calm" / f"{name}.parquet").num_rows == 0
    costs = pq.read_table(tmp_path / "calm" / "costs_monthly.parquet").to_pandas()
    contracts = pq.read_table(tmp_path / "calm" / "truth.parquet").to_pandas().set_index("contract_id")
    a_month = costs.groupby(["contract_id", "period_year", "period_month"]).amount.sum().groupby("contract_id").first()
    shared = a_month.index.intersection(contracts.index)
    assert a_month[shared].to_numpy() == pytest.approx(contracts.monthly_cost[shared].to_numpy(), abs=0.02)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"contracts": 0}, "--contracts"),
        ({"contracts": 1_000_001}, "--contracts"),
        ({"seed": -1}, "--seed"),
        ({"months_ahead": 0}, "--ahead"),
        ({"file_format": "xlsx"}, "--format"),
    ],
)
def test_what_cannot_be_simulated_is_refused(given, named, tmp_path):
    arguments = {"contracts": 5, "seed": 1, "out": tmp_path / "out"} | given
    with pytest.raises(ArgumentRefused) as refusal:
        simulate_contracts(**arguments)
    assert refusal.value.where == named
    assert not (tmp_path / "out").exists()


def test_foreign_files_are_not_overwritten(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OutputRefused):
        simulate_contracts(5, 1, tmp_path)
