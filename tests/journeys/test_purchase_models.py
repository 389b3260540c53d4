"""Every purchase model values a shop from end to end, by name or chosen."""

import json

import numpy as np
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
from typer.main import get_command

from clove.cli.app import app
from clove.models.purchase_models import CANDIDATES, PURCHASE_MODELS, REFERENCE
from clove.wiring.build import build
from clove.wiring.settings import Settings
from clove.workflows.request import ValueRequest
from clove.workflows.value import value


@pytest.fixture(scope="module", params=list(PURCHASE_MODELS))
def valued(request, simulated_shop, tmp_path_factory):
    out = tmp_path_factory.mktemp("models") / request.param
    orders = simulated_shop / "orders.csv"
    return request.param, value(ValueRequest((orders,), out, model=request.param), build(Settings()))


def test_the_named_model_is_the_one_that_was_used(valued):
    kind, result = valued
    document = (result.out / "models" / f"{kind}.json").read_text(encoding="utf-8")
    fitted = PURCHASE_MODELS[kind].from_json(document)
    assert np.isfinite(fitted.parameters).all()
    customers = pq.read_table(result.out / "customers.parquet")
    assert all(source.as_py().startswith(f"{kind} + gamma-gamma") for source in customers["source"].unique())
    assert result.run["model_choice"]["chosen"] == kind
    assert "was asked for" in result.run["model_choice"]["because"]
    assert fitted.TITLE in (result.out / "report.html").read_text(encoding="utf-8")


def test_its_total_is_near_the_truth_and_in_order(valued, simulated_shop):
    _, result = valued
    truth = pacsv.read_csv(simulated_shop / "truth.csv")
    total = float(np.sum(truth["spend_next_12m"].to_numpy()))
    clv = result.run["totals"]["clv"]
    assert clv["p10"] < clv["mean"] < clv["p90"]
    assert clv["p10"] * 0.8 < total < clv["p90"] * 1.2
    customers = pq.read_table(result.out / "customers.parquet")
    p10, p50, p90, alive = (
        customers[name].to_numpy() for name in ("clv_p10", "clv_p50", "clv_p90", "probability_alive")
    )
    assert (p10 <= p50).all()
    assert (p50 <= p90).all()
    assert ((alive >= 0) & (alive <= 1)).all()


def test_auto_compares_and_says_why(valuation):
    run = json.loads((valuation / "run.json").read_text(encoding="utf-8"))
    choice = run["model_choice"]
    assert run["model"] == "auto"
    assert [each["kind"] for each in choice["contenders"]] == list(CANDIDATES)
    assert choice["contenders"][0]["kind"] == REFERENCE
    assert choice["customers"] > 0
    assert "Why this model" in (valuation / "report.html").read_text(encoding="utf-8")


def test_the_help_names_every_model():
    command = get_command(app).commands["value"]
    [option] = [parameter for parameter in command.params if parameter.name == "model"]
    for kind in PURCHASE_MODELS:
        assert kind in option.help
