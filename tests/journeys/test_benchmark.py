"""The published benchmark, on orders with the layout and the years of its data."""

import json
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from typer.main import get_command

from clove.cli.app import app
from clove.kernel.errors import DidNotConverge, InputRefused, NotEnoughData, OutputRefused
from clove.models.benchmark_recipe import FEATURES, BenchmarkRecipe
from clove.wiring.build import build
from clove.wiring.settings import Settings
from clove.workflows import benchmark as workflow
from clove.workflows.benchmark import benchmark_online_retail_ii

FIRST, LAST = date(2009, 12, 1), date(2011, 12, 9)
OBSERVED, CAME = date(2010, 11, 30), date(2010, 12, 1)
MODELS = ["naive-mean", "bg-nbd", "benchmark-recipe"]


def order_lines(customers=900, seed=5) -> pd.DataFrame:
    """Two years of a shop's order lines, cancellations, postage and nameless customers among them."""
    rng = np.random.default_rng(seed)
    days = (LAST - FIRST).days
    rate, left = rng.gamma(1.2, 1 / 45.0, customers), rng.beta(0.9, 6.0, customers)
    typical = rng.lognormal(2.5, 0.9, customers)
    rows = []
    invoice = 489_434
    for customer in range(customers):
        day = int(rng.integers(0, 300))
        while day <= days:
            stamp = datetime.combine(FIRST + timedelta(days=day), datetime.min.time()) + timedelta(
                minutes=int(rng.integers(8 * 60, 20 * 60))
            )
            country = "United Kingdom" if customer % 11 else "France"
            for _ in range(int(rng.integers(1, 4))):
                item, quantity = 10_000 + int(rng.integers(0, 400)), int(rng.integers(1, 13))
                price = round(float(typical[customer] * rng.lognormal(0.0, 0.4) / quantity), 2) + 0.01
                rows.append((str(invoice), str(item), quantity, stamp, price, str(12_346 + customer), country))
            if invoice % 37 == 0:
                rows.append(("C" + str(invoice), str(item), -1, stamp, price, str(12_346 + customer), country))
            if invoice % 41 == 0:
                rows.append((str(invoice), "POST", 1, stamp, 18.0, str(12_346 + customer), country))
            if invoice % 43 == 0:
                rows.append((str(invoice) + "9", str(item), 2, stamp, price, "", country))
            invoice += 1
            if rng.random() < left[customer]:
                break
            day += int(rng.exponential(1 / rate[customer]))
    for stamp in (datetime(2009, 12, 1, 7, 45), datetime(2011, 12, 9, 12, 50)):  # noqa: DTZ001
        rows.append((str(invoice), "10002", 3, stamp, 1.25, "99999", "United Kingdom"))
        invoice += 1
    names = ["Invoice", "StockCode", "Quantity", "InvoiceDate", "Price", "Customer ID", "Country"]
    frame = pd.DataFrame(rows, columns=names).sort_values("InvoiceDate", kind="stable")
    frame.insert(2, "Description", "A PRESENT")
    return frame


@pytest.fixture(scope="module")
def lines():
    return order_lines()


@pytest.fixture(scope="module")
def both_years(lines, tmp_path_factory):
    path = tmp_path_factory.mktemp("retail") / "online_retail_II.csv"
    lines.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def parts():
    return build(Settings(threads=1))


@pytest.fixture(scope="module")
def run(both_years, parts, tmp_path_factory):
    out = tmp_path_factory.mktemp("benchmark") / "out"
    return benchmark_online_retail_ii([both_years], parts, out), out


@pytest.fixture(scope="module")
def referee(lines):
    """Target and number of invoices of each customer, by pandas."""
    kept = lines[(lines["Customer ID"] != "") & ~lines["Invoice"].str.startswith("C") & (lines["StockCode"] != "POST")]
    kept = kept.drop_duplicates().assign(spend=kept["Quantity"] * kept["Price"])
    day = kept["InvoiceDate"].dt.date
    before, after = kept[day <= OBSERVED], kept[day >= CAME]
    customers = before.groupby("Customer ID")["Invoice"].nunique().to_frame("invoices")
    return customers.assign(target=after.groupby("Customer ID")["spend"].sum()).fillna({"target": 0.0})


def test_the_population_and_its_target_are_those_of_pandas(run, referee):
    report = run[0].report
    repeat = referee[referee.invoices >= 2]
    assert report.customers == len(referee)
    assert report.population == len(repeat)
    assert report.test == -(-len(repeat) // 5)
    assert report.training + report.test == len(repeat)
    # the deciles hold every judged customer once, so the money of test and training is all the money
    judged = sum(decile.total_actual for decile in line_of(report, "benchmark-recipe").scores.deciles)
    assert judged + report.target_mean * report.training == pytest.approx(repeat.target.sum())


def line_of(report, key, source="computed"):
    [line] = [line for line in report.lines if (line.key, line.source) == (key, source)]
    return line


def test_each_published_line_is_followed_by_what_was_computed(run):
    found = [(line.key, line.source) for line in run[0].report.lines]
    expected = [(key, source) for key in MODELS for source in ("published", "computed")]
    assert found == [*expected, ("clove-mean", "computed"), ("clove-median", "computed")]
    assert all(line.scores.customers == run[0].report.test for line in run[0].report.lines if line.source == "computed")


def test_published_figures_are_as_printed(run):
    report = run[0].report
    figures = [
        (s.customers, s.mae, s.rmse, s.mape, s.spearman)
        for s in (line_of(report, key, "published").scores for key in MODELS)
    ]
    assert figures == [
        (563, 2551, 6774, 3.949, None),
        (563, 1426, 3019, 1.693, 0.630),
        (563, 1228, 3063, 0.793, 0.600),
    ]
    recipe = line_of(report, "benchmark-recipe", "published").scores
    assert (recipe.lift, recipe.top_share) == (5.33, 0.533)
    assert recipe.lift == pytest.approx(10 * 620_035 / sum(decile.total_actual for decile in recipe.deciles), abs=0.005)
    assert recipe.total_bias == pytest.approx(-0.254, abs=0.001)
    assert sum(decile.customers for decile in recipe.deciles) == 563


def test_the_naive_mean_is_that_of_the_training_customers(run, referee):
    report = run[0].report
    scores = line_of(report, "naive-mean").scores
    assert scores.spearman is None
    assert scores.lift is None
    test_total = report.target_mean * report.test / (1 + scores.total_bias)
    repeat = referee[referee.invoices >= 2]
    assert test_total + report.target_mean * report.training == pytest.approx(repeat.target.sum())


def test_models_rank_customers_and_the_recipe_loses_money(run):
    report = run[0].report
    for key in ("bg-nbd", "benchmark-recipe", "clove-mean"):
        scores = line_of(report, key).scores
        assert scores.spearman > 0.2
        assert scores.lift > 1.5
        assert scores.rmse < line_of(report, "naive-mean").scores.rmse
    assert line_of(report, "benchmark-recipe").scores.total_bias < -0.2
    assert abs(line_of(report, "clove-mean").scores.total_bias) < 0.3


def test_only_those_who_may_have_seen_the_judged_window(run, lines, parts, tmp_path):
    # every later amount threefold: the fifths of the target stay, and so does the split
    later = lines["InvoiceDate"].dt.date >= CAME
    path = tmp_path / "orders.csv"
    lines.assign(Price=lines["Price"].where(~later, 3 * lines["Price"]).round(2)).to_csv(path, index=False)
    changed = benchmark_online_retail_ii([path], parts).report

    def forecasts(report, key):
        return [decile.mean_predicted for decile in line_of(report, key).scores.deciles]

    for key in ("bg-nbd", "clove-mean", "clove-median"):
        assert forecasts(changed, key) == forecasts(run[0].report, key)
    assert forecasts(changed, "benchmark-recipe") != forecasts(run[0].report, "benchmark-recipe")
    assert changed.target_mean == pytest.approx(3 * run[0].report.target_mean)


def test_importance_is_of_all_features_and_largest_first(run):
    sizes = [each.mean_contribution for each in run[0].report.importance]
    assert sizes == sorted(sizes, reverse=True)
    assert {each.feature for each in run[0].report.importance} == set(FEATURES)
    found = {each.feature: each.mean_contribution for each in run[0].report.importance}
    assert found["cancellation_rate"] == 0.0  # the benchmark drops cancellations


def test_the_folder_says_what_the_document_says(run, parts, both_years, tmp_path):
    result, out = run
    assert sorted(path.name for path in out.iterdir()) == [
        ".clove.json",
        "benchmark-recipe.json",
        "benchmark.json",
        "benchmark.md",
    ]
    document = json.loads((out / "benchmark.json").read_text())
    assert document == json.loads(json.dumps(result.document))
    assert document["observation"] == ["2009-12-01", "2010-11-30"]
    assert document["prediction"] == ["2010-12-01", "2011-12-09"]
    assert BenchmarkRecipe.from_json((out / "benchmark-recipe.json").read_text()).customers == result.report.training
    text = (out / "benchmark.md").read_text()
    for line in document["lines"]:
        assert line["model"] in text
        assert f"£{line['scores']['mae']:,.0f}" in text
    for heading in ("Regression metrics", "Top-decile lift", "Decile calibration", r"Mean \|SHAP\|"):
        assert heading in text
    again = tmp_path / "again"
    benchmark_online_retail_ii([both_years], parts, again)
    for path in out.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes()


def test_data_of_another_size_are_told(run):
    [note] = [note for note in run[0].report.notes if "1,067,371" in note]
    assert f"{run[0].report.rows_read:,} rows" in note


def test_a_model_that_cannot_be_fitted_is_a_line_with_a_reason(both_years, parts, monkeypatch):
    def fails(setting):
        raise DidNotConverge("no optimum was reached", remedy="Give other data")

    monkeypatch.setattr(workflow, "CONTESTANTS", (("bg-nbd", "BG/NBD + Gamma-Gamma", fails),))
    report = benchmark_online_retail_ii([both_years], parts).report
    missing = line_of(report, "bg-nbd")
    assert missing.scores is None
    assert missing.missing_because == "no optimum was reached"
    text = workflow._markdown(report)
    assert "could not be fitted: no optimum was reached." in text
    assert "| BG/NBD + Gamma-Gamma | computed | – | – | – | – | – |" in text  # noqa: RUF001 - the tables' own dash


def test_too_few_customers_are_refused(lines, parts, tmp_path):
    path = tmp_path / "orders.csv"
    lines[lines["Customer ID"].isin([*(str(12_346 + number) for number in range(40)), "99999"])].to_csv(
        path, index=False
    )
    with pytest.raises(NotEnoughData, match="orders or more"):
        benchmark_online_retail_ii([path], parts, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def other_years(lines, case):
    day = lines["InvoiceDate"].dt.date
    if case == "second year only":
        return lines[day >= CAME]
    if case == "first year only":
        return lines[day < CAME]
    return lines.assign(InvoiceDate=lines["InvoiceDate"] + pd.Timedelta(days=365))


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("second year only", "2011-12-09 only"),
        ("first year only", "2009-12-01 to 2010-11-"),
        ("later years", "2010-12-01 to 2012-12-08;"),
    ],
)
def test_other_years_are_refused_with_the_reason(lines, parts, tmp_path, case, words):
    path = tmp_path / "orders.csv"
    other_years(lines, case).to_csv(path, index=False)
    with pytest.raises(InputRefused) as refusal:
        benchmark_online_retail_ii([path], parts, tmp_path / "out")
    assert words in refusal.value.what
    assert "observes 2009-12-01 to 2010-11-30 and predicts 2010-12-01 to 2011-12-09" in refusal.value.what
    assert refusal.value.where == str(path)
    assert "Online Retail II" in refusal.value.remedy
    assert not (tmp_path / "out").exists()


def test_the_data_set_of_one_year_is_refused(shared_data, parts):
    with pytest.raises(InputRefused, match=r"from 2010-12-01 to 2011-12-09 only"):
        benchmark_online_retail_ii([shared_data / "online_retail_2010_2011.csv.gz"], parts)


def test_a_folder_of_other_files_is_left_alone(both_years, parts, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OutputRefused):
        benchmark_online_retail_ii([both_years], parts, tmp_path)


def test_the_command_prints_the_tables(clove, both_years, lines, tmp_path):
    done = clove("benchmark", "online-retail-ii", both_years, "--out", tmp_path / "out", COLUMNS="160")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for words in ("published", "computed", "Spearman r", "5.33x", "rfm_combined_score", "£1,228", "benchmark.md"):
        assert words in done.stdout
    refused = tmp_path / "orders.csv"
    other_years(lines, "second year only").to_csv(refused, index=False)
    done = clove("benchmark", "online-retail-ii", refused, "--json")
    assert done.returncode == 3
    assert done.stdout == ""
    assert "→ Give UCI's Online Retail II" in done.stderr


def test_the_command_prints_the_document(clove, both_years, run):
    done = clove("benchmark", "online-retail-ii", both_years, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == json.loads((run[1] / "benchmark.json").read_text())


def test_the_help_names_the_benchmark():
    group = get_command(app).commands["benchmark"]
    assert list(group.commands) == ["online-retail-ii"]
