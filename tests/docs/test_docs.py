"""The docs say what the code does."""

import csv
import re
import tomllib
from pathlib import Path

import pyarrow as pa
import pytest

from clove.decisions.segments import SEGMENTS

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text):
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), f"{page.name} links to {target}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor in slugs, f"{page.name} links to {target}"


def test_every_folder_of_the_map_is_in_the_layer_contract():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    placed = {name.strip() for layer in layers for name in layer.split("|")}
    assert placed == {path.parent.name for path in (ROOT / "src/clove").glob("*/__init__.py")}


def test_every_model_has_a_page():
    from clove.models import GammaGamma
    from clove.models.baselines import RunRate
    from clove.models.benchmark_recipe import BenchmarkRecipe
    from clove.models.boosted_value import BoostedValue
    from clove.models.churn_classifier import ChurnClassifier
    from clove.models.kaplan_meier import KaplanMeier
    from clove.models.price_response import PriceResponse
    from clove.models.purchase_models import PURCHASE_MODELS
    from clove.models.resumption import Resumption
    from clove.models.shifted_beta_geometric import ShiftedBetaGeometric
    from clove.models.tenure_hazard import TenureHazard
    from clove.models.tweedie_regression import TweedieRegression

    models = PURCHASE_MODELS | {
        "gamma-gamma": GammaGamma,
        "baselines": RunRate,
        "boosted-value": BoostedValue,
        "benchmark-recipe": BenchmarkRecipe,
        "tweedie-regression": TweedieRegression,
        "bad-billing": Resumption,
        "pricing": PriceResponse,
        "tenure-hazard": TenureHazard,
        "survival": KaplanMeier,
        "churn": ChurnClassifier,
        "retention": ShiftedBetaGeometric,
    }
    for name, model in models.items():
        own_file = f"{model.__module__.replace('.', '/')}.py"
        assert own_file in (ROOT / f"docs/methods/{name}.md").read_text("utf-8"), name


def test_the_glossary_names_every_segment():
    glossary = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    for segment in SEGMENTS:
        assert segment.name in glossary


def test_the_journey_has_every_cleaning_rule_in_order():
    from clove.intake.checks import RULES

    journey = (ROOT / "docs/journey.md").read_text(encoding="utf-8").split("## Cleaning rules")[1].split("## What")[0]
    rows = re.findall(r"^\| ([a-z0-9 -]+) \|", journey, re.MULTILINE)
    assert [row for row in rows if row != "rule"] == [rule.name for rule in RULES]


def test_decisions_are_numbered_without_a_gap():
    numbers = sorted(int(page.name[:4]) for page in (ROOT / "docs/adr").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def glossary_columns() -> list[str]:
    """Columns in the glossary's table, in its order."""
    text = (ROOT / "docs/glossary.md").read_text(encoding="utf-8").split("## Columns of customers")[1].split("## ")[0]
    cells = re.findall(r"^\| (`[^|]+) \|", text, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]


def test_the_glossary_has_every_column_of_the_result(valuation):
    table = pa.parquet.read_table(valuation / "customers.parquet")
    assert glossary_columns() == table.column_names


def test_the_glossary_s_tables_of_columns_are_generated(valuation):
    from clove.reports.columns import CUSTOMERS, FEATURES, glossary_table

    glossary = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    for columns, file in ((CUSTOMERS, "customers.parquet"), (FEATURES, "features.parquet")):
        assert [column.name for column in columns] == pa.parquet.read_table(valuation / file).column_names
        assert glossary_table(columns) in glossary, "run tools/glossary.py"


def test_every_column_of_a_valued_portfolio_is_described(tmp_path):
    from clove.reports.columns import glossary_table
    from clove.reports.contract_columns import COLLECTIONS, CONTRACTS, PRICES, SEGMENTS
    from clove.wiring.build import build
    from clove.wiring.settings import Settings
    from clove.workflows.contract_request import ContractRequest
    from clove.workflows.simulate_contracts import simulate_contracts
    from clove.workflows.value_contracts import value_contracts

    simulate_contracts(100, 1, tmp_path / "in", months_ahead=1)
    value_contracts(ContractRequest(tmp_path / "in", tmp_path / "out"), build(Settings()))
    glossary = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    for columns, name in ((CONTRACTS, "contracts"), (COLLECTIONS, "collections")):
        written = pa.parquet.read_table(tmp_path / "out" / f"{name}.parquet").column_names
        assert [column.name for column in columns] == written
        assert glossary_table(columns) in glossary, "run tools/glossary.py"
    for columns, name in ((SEGMENTS, "segments"), (PRICES, "prices")):
        with (tmp_path / "out" / f"{name}.csv").open(encoding="utf-8") as file:
            assert [column.name for column in columns] == next(csv.reader(file))
        assert glossary_table(columns) in glossary, "run tools/glossary.py"


def test_the_readme_starts_with_the_two_commands():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.index("make run") < readme.index("make test") < 1200
    for target in ("run", "test", "check", "bench"):
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


def test_every_option_of_value_is_in_the_readme():
    from typer.main import get_command

    from clove.cli.app import app

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    command = get_command(app)
    options = [option for parameter in command.commands["value"].params for option in parameter.opts]
    missing = [option for option in options if option.startswith("--") and option not in readme]
    assert not missing


def test_every_setting_is_in_the_readme():
    from clove.wiring.settings import Settings

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in Settings.model_fields:
        assert f"CLOVE_{name.upper()}" in readme


def test_python_in_the_readme_runs(tmp_path, monkeypatch, simulated_shop):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "orders.csv").write_bytes((simulated_shop / "orders.csv").read_bytes())
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})  # noqa: S102 - our own page
