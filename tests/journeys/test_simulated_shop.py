"""A shop owner's journey, on a shop whose truth is known."""

import csv
import filecmp
import gzip
import json
from datetime import date

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from clove.kernel.money import Currency
from clove.kernel.period import Horizon
from clove.models import BgNbd, GammaGamma
from clove.models.baselines import NaiveMean, RunRate

FILES = {
    ".clove.json",
    "customers.csv",
    "customers.parquet",
    "data-dictionary.md",
    "features.parquet",
    "model-card.md",
    "rejections.csv",
    "report.html",
    "run.json",
    "timings.json",
    "validation-report.md",
    "models",
}
VARYING = "timings.json"


def same_bytes(one, other) -> bool:
    names = sorted(str(path.relative_to(one)) for path in one.rglob("*") if path.is_file() and path.name != VARYING)
    match, mismatch, errors = filecmp.cmpfiles(one, other, names, shallow=False)
    assert match
    return not mismatch and not errors


@pytest.fixture(scope="module")
def big_shop(clove, tmp_path_factory):
    out = tmp_path_factory.mktemp("big") / "shop"
    done = clove("simulate", "shop", "--customers", 6000, "--seed", 3, "--out", out)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def big_valuation(clove, big_shop, tmp_path_factory):
    out = tmp_path_factory.mktemp("big") / "value"
    done = clove("value", big_shop / "orders.csv", "--out", out, "--currency", "GBP")
    assert done.returncode == 0, done.stderr
    return out, done


def test_the_folder_holds_what_is_promised(big_valuation):
    out, done = big_valuation
    assert {path.name for path in out.iterdir()} == FILES
    assert "report.html" in done.stdout
    assert "customer = customer_id" in done.stdout
    assert done.stderr == ""  # no progress bar where nobody watches


def test_every_row_read_is_accounted_for(big_valuation, big_shop):
    counts = json.loads((big_valuation[0] / "run.json").read_text())["counts"]
    with (big_shop / "orders.csv").open() as file:
        assert counts["rows_read"] == sum(1 for _ in csv.reader(file)) - 1
    used = counts["purchases"] + counts["returns"] + counts["held"]
    assert counts["rows_read"] == used + sum(counts["rejections"].values())
    assert counts["returns"] > 0


def test_the_two_tables_of_customers_say_the_same(big_valuation):
    text = pd.read_csv(big_valuation[0] / "customers.csv")
    typed = pq.read_table(big_valuation[0] / "customers.parquet").to_pandas()
    assert text.columns.tolist() == typed.columns.tolist()
    for column in ("clv", "clv_p90", "probability_alive", "monetary_value"):
        assert text[column].to_numpy() == pytest.approx(typed[column].to_numpy(), nan_ok=True, rel=1e-12)


def test_every_figure_can_be_recomputed_from_its_row(big_valuation):
    rows = pd.read_csv(big_valuation[0] / "customers.csv")
    by_purchases = rows.expected_purchases * rows.expected_spend
    assert rows.clv_by_purchases.to_numpy() == pytest.approx(by_purchases.to_numpy(), abs=0.02)
    assert rows.total_clv.to_numpy() == pytest.approx((rows.historical_value + rows.clv).to_numpy(), abs=1e-6)
    assert (rows.clv_p10 <= rows.clv_p50).all()
    assert (rows.clv_p50 <= rows.clv_p90).all()
    assert rows.monetary_value.isna().equals(rows.frequency == 0)
    assert rows.next_purchase.isna().equals(rows.next_purchase_reason.notna())
    run = json.loads((big_valuation[0] / "run.json").read_text())
    weight = run["boosted_value"]["blend"]["weight"]
    blend = weight * rows.clv_by_purchases + (1 - weight) * rows.clv_by_behaviour
    assert rows.clv.to_numpy() == pytest.approx(blend.to_numpy(), abs=0.02)
    assert rows.clv.sum() == pytest.approx(run["totals"]["clv"]["mean"], rel=1e-5)


def test_the_truth_lies_where_the_intervals_say(big_valuation, big_shop):
    rows = pd.read_csv(big_valuation[0] / "customers.csv").merge(pd.read_csv(big_shop / "truth.csv"), on="customer_id")
    came = rows.spend_next_12m
    # where P90 is an amount, a tenth lies above; where it is 0, at most a tenth brings anything
    sure = rows.clv_p90 > 0
    assert 0.08 < (came[sure] > rows.clv_p90[sure]).mean() < 0.12
    assert (came[~sure] > 0).mean() < 0.1
    assert 0.08 < (came > rows.clv_p90).mean() + 0.1 * (~sure).mean() - (came[~sure] > 0).mean() * (~sure).mean() < 0.12
    run = json.loads((big_valuation[0] / "run.json").read_text())
    assert run["totals"]["clv"]["p10"] < came.sum() < run["totals"]["clv"]["p90"]
    assert rows.probability_alive.mean() == pytest.approx(rows.alive.mean(), abs=0.04)
    assert rows.clv.corr(rows.spend_next_12m, method="spearman") > 0.4


def test_the_parameters_of_the_world_are_found(big_valuation, big_shop):
    truth = json.loads((big_shop / "parameters.json").read_text())
    fitted = BgNbd.from_json((big_valuation[0] / "models" / "bg-nbd.json").read_text())
    for name in ("r", "alpha", "a", "b"):
        deviation = fitted.evidence.deviations()[("r", "alpha", "a", "b").index(name)]
        # purchases of a day are merged and times rounded up to days, so a little beyond chance is allowed
        assert abs(np.log(getattr(fitted, name) / truth["purchases"][name])) < 4 * deviation + 0.05


def test_models_are_read_back(big_valuation):
    models = big_valuation[0] / "models"
    for name, kind in {
        "bg-nbd": BgNbd,
        "gamma-gamma": GammaGamma,
        "naive-mean": NaiveMean,
        "run-rate": RunRate,
    }.items():
        text = (models / f"{name}.json").read_text()
        assert kind.from_json(text).to_json() == text


def test_same_input_and_seed_same_bytes(simulated_shop, valuation, value_files, tmp_path):
    value_files(simulated_shop / "orders.csv", out=tmp_path / "again")
    assert same_bytes(valuation, tmp_path / "again")
    value_files(simulated_shop / "orders.csv", out=tmp_path / "other", seed=2)
    assert not same_bytes(valuation, tmp_path / "other")


def test_nothing_after_the_as_of_date_touches_a_figure(simulated_shop, value_files, tmp_path):
    as_of = date(2025, 6, 30)
    lines = (simulated_shop / "orders.csv").read_text().splitlines()
    late = [line for line in lines[1:] if line.split(",")[2] > "2025-07-01"]
    changed = [lines[0], *(line for line in lines[1:] if line not in set(late))]
    changed += ["999999,C0001,2025-07-01T00:00,123456.00", "999998,NEW,2025-12-30T10:00,5.00"]
    (tmp_path / "orders.csv").write_text("\n".join(changed) + "\n")
    value_files(simulated_shop / "orders.csv", out=tmp_path / "one", as_of=as_of)
    value_files(tmp_path / "orders.csv", out=tmp_path / "two", as_of=as_of)
    for name in ("customers.csv", "features.parquet", "models/bg-nbd.json", "models/gamma-gamma.json"):
        assert filecmp.cmp(tmp_path / "one" / name, tmp_path / "two" / name, shallow=False), name
    counts = json.loads((tmp_path / "two" / "run.json").read_text())["counts"]
    assert counts["held"] == 2


def test_a_change_before_the_as_of_date_is_noticed(simulated_shop, valuation, value_files, tmp_path):
    text = (simulated_shop / "orders.csv").read_text().splitlines()
    cells = text[1].split(",")
    text[1] = ",".join([*cells[:3], "77.77"])
    (tmp_path / "orders.csv").write_text("\n".join(text) + "\n")
    value_files(tmp_path / "orders.csv", out=tmp_path / "out")
    assert not filecmp.cmp(valuation / "customers.csv", tmp_path / "out" / "customers.csv", shallow=False)


def test_the_format_and_the_number_of_files_change_nothing(simulated_shop, valuation, value_files, tmp_path):
    rows = pd.read_csv(simulated_shop / "orders.csv", dtype=str)
    rows.to_csv(tmp_path / "orders.tsv", sep="\t", index=False)
    rows.to_csv(tmp_path / "semicolons.csv", sep=";", index=False, encoding="utf-16")
    with gzip.open(tmp_path / "orders.csv.gz", "wt", encoding="utf-8") as file:
        rows.to_csv(file, index=False)
    typed = rows.assign(amount=rows.amount.astype(float), ordered_at=pd.to_datetime(rows.ordered_at))
    typed.to_parquet(tmp_path / "orders.parquet", index=False)
    with pd.ExcelWriter(tmp_path / "orders.xlsx", engine="xlsxwriter") as book:
        typed.iloc[:1000].to_excel(book, sheet_name="first", index=False)
        typed.iloc[1000:].to_excel(book, sheet_name="second", index=False)
    rows.iloc[:500].to_csv(tmp_path / "a.csv", index=False)
    rows.iloc[500:].to_csv(tmp_path / "b.csv", index=False)
    for names in (
        ["orders.tsv"],
        ["semicolons.csv"],
        ["orders.csv.gz"],
        ["orders.parquet"],
        ["orders.xlsx"],
        ["a.csv", "b.csv"],
    ):
        out = tmp_path / "out"
        value_files(*(tmp_path / name for name in names), out=out)
        assert filecmp.cmp(valuation / "customers.csv", out / "customers.csv", shallow=False), names


def test_margin_discount_and_horizon(simulated_shop, valuation, value_files, tmp_path):
    plain = pd.read_csv(valuation / "customers.csv")
    orders = simulated_shop / "orders.csv"
    value_files(orders, out=tmp_path / "margin", margin=0.4)
    margin = pd.read_csv(tmp_path / "margin" / "customers.csv")
    assert margin.clv.to_numpy() == pytest.approx(0.4 * plain.clv.to_numpy(), abs=0.01)
    assert margin.historical_value.to_numpy() == pytest.approx(0.4 * plain.historical_value.to_numpy(), abs=0.01)
    assert margin.clv_p90.to_numpy() == pytest.approx(0.4 * plain.clv_p90.to_numpy(), abs=0.01)
    value_files(orders, out=tmp_path / "discount", discount_rate=0.12, horizon=Horizon(12, "m"))
    share = pd.read_csv(tmp_path / "discount" / "customers.csv").clv.sum() / plain.clv.sum()
    assert 1.12**-1 < share < 1.12**-0.4  # all at the year's end; not before its fifth month on average
    value_files(orders, out=tmp_path / "short", horizon=Horizon(90, "d"), currency=Currency("EUR"))
    short = pd.read_csv(tmp_path / "short" / "customers.csv")
    assert (short.clv <= plain.clv).all()
    assert short.clv.sum() < 0.4 * plain.clv.sum()


def test_the_report_shows_the_figures_of_the_run(big_valuation):
    run = json.loads((big_valuation[0] / "run.json").read_text())
    page = (big_valuation[0] / "report.html").read_text()
    shown = Currency("GBP").show
    for figure in run["totals"]["clv"].values():
        assert shown(figure) in page
    assert shown(run["totals"]["historical_value"]) in page
    assert f"{run['counts']['customers']:,}" in page
    assert run["data_hash"][:12] in page


def test_json_is_the_run(clove, simulated_shop, tmp_path):
    done = clove("value", simulated_shop / "orders.csv", "--out", tmp_path / "out", "--json")
    assert json.loads(done.stdout) == json.loads((tmp_path / "out" / "run.json").read_text())


def test_a_simulation_is_the_seed_s(clove, tmp_path):
    for name, seed in (("one", 5), ("two", 5), ("three", 6)):
        assert clove("simulate", "shop", "--customers", 200, "--seed", seed, "--out", tmp_path / name).returncode == 0
    assert same_bytes(tmp_path / "one", tmp_path / "two")
    assert not same_bytes(tmp_path / "one", tmp_path / "three")


def test_neither_the_folder_nor_the_threads_change_a_byte(clove, simulated_shop, valuation, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "orders.csv").write_bytes((simulated_shop / "orders.csv").read_bytes())
    done = clove(
        "value",
        "orders.csv",
        "--out",
        "out",
        cwd=tmp_path / "elsewhere",
        CLOVE_THREADS="1",
        CLOVE_MEMORY_LIMIT="300MiB",
    )
    assert done.returncode == 0, done.stderr
    assert same_bytes(valuation, tmp_path / "elsewhere" / "out")
