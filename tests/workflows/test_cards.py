"""The cards say what the run found: every figure in them can be had again from the files beside them."""

import csv
import json
import re
import shlex
from datetime import date

import numpy as np
import pandas as pd
import pytest

from clove.kernel.money import Currency
from clove.reports.cards.markdown import escaped, plain, table
from clove.reports.cards.words import number
from clove.reports.shown import day
from clove.wiring.build import build
from clove.wiring.settings import Settings
from clove.workflows.request import ValueRequest
from clove.workflows.simulate import simulate_shop
from clove.workflows.value import value

CARDS = ("model-card.md", "validation-report.md", "data-dictionary.md")
BARE = Currency("")


def made(out, *files, **options):
    value(ValueRequest(files, out, **options), build(Settings(threads=1)))
    return {name: (out / name).read_text("utf-8") for name in CARDS}, json.loads((out / "run.json").read_text("utf-8"))


def lines_of(text, title):
    """The rows of the first table under a heading, as lists of cells."""
    part = re.split(r"^## ", text, flags=re.MULTILINE)
    [section] = [each for each in part if each.startswith(f"{title}\n")]
    rows = re.findall(r"^\| (.*) \|$", section, re.MULTILINE)
    return [re.split(r" \| | \|  \| ", row) for row in rows[2:]]


@pytest.fixture(scope="module")
def run(valuation):
    return json.loads((valuation / "run.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def card(valuation):
    return (valuation / "model-card.md").read_text("utf-8")


@pytest.fixture(scope="module")
def report(valuation):
    return (valuation / "validation-report.md").read_text("utf-8")


def test_all_three_say_of_when_and_of_whom(valuation, run):
    for name in CARDS:
        text = (valuation / name).read_text("utf-8")
        assert f"As of {day(date.fromisoformat(run['as_of']))}" in text, name
        assert f"{run['counts']['customers']:,} customers" in text, name
        assert run["data_hash"] in text, name


def test_the_model_card_has_its_sections_in_order(card):
    assert re.findall(r"^## (.*)$", card, re.MULTILINE) == [
        "What it is for",
        "Data",
        "How it was trained",
        "Models and parameters",
        "Why this model",
        "How old forecasts did",
        "Limits, and when not to trust it",
        "How to repeat it",
    ]


def test_the_model_card_has_the_run_s_figures(card, run):
    clv, boosted = run["totals"]["clv"], run["boosted_value"]
    shown = [BARE.show(clv[name]) for name in ("mean", "p10", "p90")]
    assert f"{shown[0]} (80% interval {shown[1]} to {shown[2]})" in card
    assert f"{boosted['rows']:,} examples, {boosted['buyers']:,} of them with a purchase" in card
    assert f"{len(boosted['origins'])} earlier dates" in card
    for origin in boosted["origins"]:
        assert day(date.fromisoformat(origin)) in card
    blend = boosted["blend"]
    assert f"{blend['weight']:.1%} BG/NBD and {1 - blend['weight']:.1%} boosted value" in card
    for score in ("score", "purchase_score", "boosted_score"):
        assert number(blend[score]) in card
    assert number(run["common_error"]["deviation"]) in card
    for name, version in run["versions"].items():
        assert f"| {name} | {version} |" in card
    for each in run["model_choice"]["contenders"]:
        assert f"{each['log_score']:.5f}".replace("-", "−") in card  # noqa: RUF001 - the minus sign


def test_parameters_have_the_standard_errors_of_the_models(card, valuation):
    from clove.models import BgNbd, GammaGamma

    rows = {(model, name): figures for model, name, *figures in lines_of(card, "Models and parameters")}
    for title, kind, file in (("BG/NBD", BgNbd, "bg-nbd"), ("Gamma-Gamma", GammaGamma, "gamma-gamma")):
        model = kind.from_json((valuation / "models" / f"{file}.json").read_text("utf-8"))
        names = [name for kind_, name in rows if kind_ == title]
        assert len(names) >= 3
        for name, estimate, error in zip(names, model.parameters, model.standard_errors(), strict=False):
            assert rows[title, name] == [number(float(estimate)), number(float(error))]


def test_the_record_is_that_of_the_run(card, report, run):
    held = run["holdout"]
    for text in (card, report):
        assert f"{BARE.show(held['actual_total'])} came" in text
        for score in held["scores"]:
            row = next(
                line for line in text.splitlines() if line.startswith(f"| {score['model']} | {score['mae']:,.2f}")
            )
            assert f"| {score['rmse']:,.2f} (" in row
            assert f"| {score['total_bias']:.1%} (" in row
    assert f"n = {held['customers']:,} customers" in report
    assert f"{held['share_above_p90']:.1%} above its P90" in card
    shares = [
        float(share.rstrip("%"))
        for *_, share in re.findall(r"^\| (\d\.\d to \d\.\d) \| (.+) \| (.+%) \|$", report, re.MULTILINE)
    ]
    assert len(shares) == 10
    assert sum(shares) == pytest.approx(100, abs=0.5)
    central = f"{held['share_in_central_80']:.1%} ("
    assert central in report


def test_intervals_hold_their_figures(report):
    found = re.findall(r"(-?[\d,.]+)%? \((-?[\d,.]+)%? to (-?[\d,.]+)%?\)", report)
    assert len(found) > 30
    for figure, low, high in (tuple(float(each.replace(",", "")) for each in row) for row in found):
        assert low <= figure <= high


def test_every_row_of_the_files_is_accounted_for(card, report, run):
    counts = run["counts"]
    rejected = sum(counts["rejections"].values())
    assert (
        f"{counts['rows_read']:,} rows read = {counts['purchases']:,} purchases + {counts['returns']:,} returns + "
        f"{counts['held']:,} held (after the as-of date, not looked at) + {rejected:,} rejected"
    ) in card
    assert "nothing is missing" in report
    assert [rule for rule, _ in lines_of(report, "Rows")] == list(counts["rejections"])


@pytest.mark.parametrize("name", ["customers", "features"])
def test_the_dictionary_holds_what_the_table_holds(valuation, name):
    text = (valuation / "data-dictionary.md").read_text("utf-8")
    held = pd.read_parquet(valuation / f"{name}.parquet")
    section = text.split(f"## {name}.parquet")[1].split("\n## ")[0]
    rows = [line[2:-2].split(" | ") for line in section.splitlines() if line.startswith("| `")]
    assert [row[0].strip("`") for row in rows] == list(held.columns)
    for column, _, _, meaning, known, null, low, median, high in rows:
        values = held[column.strip("`")]
        assert meaning.endswith("."), column
        assert (known, null) == (f"{values.notna().sum():,}", f"{values.isna().sum():,}"), column
        if values.dtype != bool and pd.api.types.is_numeric_dtype(values) and values.notna().any():
            wanted = [number(float(each)) for each in (values.min(), values.median(), values.max())]
            assert [low, median, high.strip()] == wanted, column


def test_the_command_of_the_card_repeats_the_run(tmp_path):
    orders = simulate_shop(400, 5, tmp_path / "shop").folder / "orders.csv"
    texts, _ = made(
        tmp_path / "one",
        orders,
        margin=0.37,
        discount_rate=0.1,
        as_of=date(2025, 10, 1),
        currency=Currency("EUR"),
        seed=9,
    )
    [line] = re.findall(r"^clove value .*$", texts["model-card.md"], re.MULTILINE)
    from typer.main import get_command

    from clove.cli.app import app

    words = [str(orders) if word == "orders.csv" else word for word in shlex.split(line)[1:]]
    words[words.index("DIR")] = str(tmp_path / "two")
    get_command(app).main(words, standalone_mode=False)
    for path in (tmp_path / "one").rglob("*"):
        if path.is_file() and path.name != "timings.json":
            assert path.read_bytes() == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes(), path.name


def test_a_named_model_and_a_short_history_say_what_is_missing(tmp_path):
    orders = simulate_shop(300, 6, tmp_path / "shop").folder / "orders.csv"
    texts, _ = made(tmp_path / "named", orders, model="mbg-nbd")
    assert "There is no boosted value in this run: MBG/NBD was asked for." in texts["model-card.md"]
    assert "boosted-value.json" not in texts["model-card.md"]
    with orders.open(encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    first = (np.datetime64(max(row[2] for row in rows)[:10]) - 75).astype(str)
    (tmp_path / "short.csv").write_text(
        "\n".join([",".join(head), *(",".join(row) for row in rows if row[2] > first)]) + "\n", encoding="utf-8"
    )
    texts, run = made(tmp_path / "short", tmp_path / "short.csv")
    why = run["holdout"]["missing_because"]
    assert why
    assert f"Nothing: {escaped(why)}." in texts["validation-report.md"]
    assert f"No old forecast could be held against what came: {escaped(why)}." in texts["model-card.md"]
    assert "an assumption, for want of any" in texts["model-card.md"]


def test_hostile_names_stay_text(simulated_shop, tmp_path):
    rows = pd.read_csv(simulated_shop / "orders.csv", dtype=str)
    names = {
        "customer_id": "<img src=x onerror=alert(1)>|`who`",
        "ordered_at": "[when](javascript:1)",
        "amount": "**sum**",
    }
    file = tmp_path / "a|b `c` <d>.csv"
    rows.rename(columns=names).to_csv(file, index=False)
    from clove.intake.mapping import ColumnMap

    mapping = ColumnMap.parse(f"customer={names['customer_id']},time={names['ordered_at']},amount={names['amount']}")
    texts, _ = made(tmp_path / "out", file, mapping=mapping, model="bg-nbd")
    card = texts["model-card.md"].split("```")[0]
    assert "<img" not in card.replace("\\<", "")
    assert "](javascript" not in card.replace("\\]", "")
    [line] = [line for line in card.splitlines() if line.startswith("| a")]
    assert len(re.findall(r"(?<!\\)\|", line)) == 5  # four cells
    assert texts["model-card.md"].count("```") == 2  # one block, closed where it should be


def test_marks_are_disarmed():
    assert plain("a\nb\x1b[31m") == "a\ufffdb\ufffd\\[31m"
    assert escaped("x < y & *z*") == "x \\< y &amp; \\*z\\*"
    assert table(("a",), [("b|c",)]) == "| a |\n| --- |\n| b\\|c |"
