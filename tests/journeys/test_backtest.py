"""A backtest on a shop whose truth is known: what it finds, and that page, terminal and document say the same."""

import json
import re
from html import unescape

import pytest

from clove.cli.backtest import _show
from clove.kernel.money import Currency
from clove.reports.backtest_contents import GROUPS
from clove.reports.backtest_page import render_backtest
from clove.reports.backtest_words import shown, verdict
from clove.reports.shown import percent, rough
from clove.valuation.metrics import METRICS, OF_DISTRIBUTIONS
from clove.valuation.scoring import ALL_ALIKE, ONE_NUMBER
from clove.wiring.build import build
from clove.wiring.settings import Settings
from clove.workflows.backtest import BacktestRequest, backtest

MODELS = ("bg-nbd", "mbg-nbd", "pareto-nbd", "mbg-cnbd-k")
RULES = ("run-rate", "naive-mean")
NAMES = ["auto", *MODELS, "benchmark-recipe", *RULES]


@pytest.fixture(scope="module")
def result(simulated_shop, tmp_path_factory):
    out = tmp_path_factory.mktemp("backtest") / "out"
    request = BacktestRequest((simulated_shop / "orders.csv",), out=out, origins=2, currency=Currency("GBP"))
    return backtest(request, build(Settings(threads=2)))


@pytest.fixture(scope="module")
def document(result):
    return json.loads((result.out / "backtest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def page(result):
    return (result.out / "report.html").read_text(encoding="utf-8")


def pooled(document, group, name):
    groups = {each["group"]: each for each in document["pooled"]}
    return next(each for each in groups[group]["forecasters"] if each["name"] == name)["measures"]


def test_everybody_is_judged_on_every_measure_and_group(document):
    assert [each["group"] for each in document["pooled"]] == list(GROUPS)
    assert [each["key"] for each in document["measures"]] == [metric.key for metric in METRICS]
    for group in (*document["pooled"], *(each for origin in document["origins"] for each in origin["groups"])):
        assert [each["name"] for each in group["forecasters"]] == NAMES
        for each in group["forecasters"]:
            assert not each["missing_because"]
            assert list(each["measures"]) == [metric.key for metric in METRICS]
            for key, measure in each["measures"].items():
                figure = measure["figure"]
                if figure["value"] is None:
                    assert figure["missing_because"], (each["name"], key)
                elif figure["low"] is not None:
                    assert figure["low"] <= figure["high"]
    for origin in document["origins"]:
        repeat, once, everybody = (group["customers"] for group in origin["groups"])
        assert repeat + once == everybody > 500
        assert min(repeat, once) > 100


def test_in_a_world_without_seasons_the_models_are_honest(document):
    for name in ("auto", *MODELS[:2], MODELS[3]):
        for group in GROUPS:
            central, above = (pooled(document, group, name)[key]["figure"] for key in ("central_80", "above_p90"))
            assert 0.73 < central["value"] < 0.87, (name, group)
            assert above["value"] < 0.16
        whole = pooled(document, "all", name)
        assert 0.75 < whole["central_80"]["figure"]["value"] < 0.85
        assert whole["total_bias"]["figure"]["low"] < 0.1
        assert whole["total_bias"]["figure"]["high"] > -0.1


def test_models_beat_rules_and_the_recipe_loses_money(document):
    for rule in RULES:
        assert pooled(document, "repeat", rule)["mae"]["ratio"]["low"] > 1
    assert pooled(document, "repeat", "benchmark-recipe")["total_bias"]["figure"]["value"] < -0.3
    recipe = next(each for each in document["pooled"][0]["forecasters"] if each["name"] == "benchmark-recipe")
    assert recipe["peeks"]


def test_the_reference_is_one_of_the_two_and_never_beats_itself(document):
    for origin in document["origins"]:
        for group in origin["groups"]:
            for each in group["forecasters"]:
                for key, measure in each["measures"].items():
                    assert measure["reference"] in {"bg-nbd", "benchmark-recipe"}
                    if each["name"] == measure["reference"] and measure["figure"]["value"] is not None:
                        assert measure["difference"]["value"] == 0, key


def test_what_cannot_be_known_is_null_with_a_reason(document):
    naive = pooled(document, "all", "naive-mean")
    assert naive["spearman"]["figure"] == {
        "value": None,
        "low": None,
        "high": None,
        "missing_because": ALL_ALIKE,
    }
    for key in OF_DISTRIBUTIONS:
        assert naive[key]["figure"]["missing_because"] == ONE_NUMBER
    assert naive["lift"]["figure"]["value"] == pytest.approx(1.0)


def test_pooled_figures_are_means_over_the_origins(document):
    for place, group in enumerate(GROUPS):
        for name in NAMES:
            at_origins = [
                next(each for each in origin["groups"][place]["forecasters"] if each["name"] == name)
                for origin in document["origins"]
            ]
            for key, measure in pooled(document, group, name).items():
                for part in ("figure", "ratio"):
                    values = [each["measures"][key][part]["value"] for each in at_origins]
                    if None not in values:
                        assert measure[part]["value"] == pytest.approx(sum(values) / len(values), rel=1e-9)


def test_terminal_and_page_say_what_the_document_says(result, document, page, capsys):
    _show(result)
    said = re.sub(r"\s+", " ", capsys.readouterr().out)
    read = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", page)))
    found = result.backtest
    assert said.startswith(verdict(found).words[:60])
    assert verdict(found).words in read
    for group in GROUPS:
        for name in NAMES:
            for metric in METRICS:
                value = pooled(document, group, name)[metric.key]["figure"]["value"]
                if value is not None:
                    assert str(shown(metric, value, found.currency)) in read
                    if metric.key in {"mae", "rmse", "spearman", "lift", "total_bias", "central_80"}:
                        assert str(shown(metric, value, found.currency)) in said
    own = pooled(document, "repeat", "auto")
    assert str(rough(found.currency, own["mae"]["figure"]["value"])) in verdict(found).words
    assert str(percent(own["central_80"]["figure"]["value"])) in verdict(found).words
    for origin in document["origins"]:
        assert origin["as_of"] in said


def test_the_page_needs_nothing_but_itself(result, page):
    assert render_backtest(result.backtest) == page
    assert "<script" not in page
    assert not re.search(r"(src|href)=\"(?!#)", page)
    assert "default-src 'none'" in page
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)
    assert page.count('role="img"') == page.count("<figure") == 3 * len(GROUPS)
    assert re.findall(r"<h([1-3])", page)[:3] == ["1", "2", "3"]
    assert page.count("<details>") == page.count("<figure")  # every picture has its numbers


def test_equal_runs_are_equal_bytes_and_options_do_what_they_say(simulated_shop, tmp_path):
    def run(out, **options):
        request = BacktestRequest((simulated_shop / "orders.csv",), out, origins=1, model="mbg-nbd", **options)
        return backtest(request, build(Settings(threads=2)))

    one, two = run(tmp_path / "one"), run(tmp_path / "two")
    for name in ("backtest.json", "report.html"):
        assert (one.out / name).read_bytes() == (two.out / name).read_bytes()
    assert {path.name for path in one.out.iterdir()} == {"backtest.json", "report.html", ".clove.json"}
    assert [each.name for each in one.backtest.pooled[0].forecasters][:2] == ["mbg-nbd", "bg-nbd"]
    assert one.backtest.headline == "mbg-nbd"
    assert "One date" in one.backtest.spacing


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--horizon", "3y"], 4),
        (["--origins", "0"], 2),
        (["--model", "crystal-ball"], 2),
        (["--as-of", "1999-01-01"], 4),
    ],
)
def test_refusals_leave_nothing_behind(clove, simulated_shop, tmp_path, words, code):
    done = clove("backtest", simulated_shop / "orders.csv", "--out", tmp_path / "out", *words)
    assert done.returncode == code, done.stderr
    assert "→" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "out").exists()


def test_the_command_prints_the_document(clove, simulated_shop):
    done = clove("backtest", simulated_shop / "orders.csv", "--origins", 1, "--model", "bg-nbd", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["kind"] == "backtest"
