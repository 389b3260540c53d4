"""The notebooks are clean, and run from top to bottom."""

import ast
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "docs/notebooks").glob("*.ipynb"))
NAMES = [path.stem for path in NOTEBOOKS]


def test_both_quick_starts_are_there():
    assert NAMES == ["lifetimes-quickstart", "pymc-marketing-quickstart"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_a_notebook_is_stored_clean(path):
    document = json.loads(path.read_text(encoding="utf-8"))
    assert set(document) == {"cells", "metadata", "nbformat", "nbformat_minor"}
    assert (document["nbformat"], document["nbformat_minor"]) == (4, 5)
    assert document["metadata"]["kernelspec"] == {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    ids = [cell["id"] for cell in document["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in document["cells"]:
        assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", cell["id"])
        assert cell["metadata"] == {}
        assert all(isinstance(line, str) for line in cell["source"])
        assert "".join(cell["source"]).strip()
        if cell["cell_type"] == "code":
            assert set(cell) == {"cell_type", "execution_count", "id", "metadata", "outputs", "source"}
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
        else:
            assert cell["cell_type"] == "markdown"
            assert set(cell) == {"cell_type", "id", "metadata", "source"}
    kinds = [cell["cell_type"] for cell in document["cells"]]
    assert kinds[0] == "markdown"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_links_of_a_notebook_lead_somewhere(path):
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "markdown":
            for target in re.findall(r"\]\((?!https?:)([^)#\s]+)", "".join(cell["source"])):
                assert (path.parent / target).exists(), f"{path.name} links to {target}"


def run(path: Path) -> tuple[dict[str, object], dict[str, object]]:
    """The names that a notebook leaves behind, and what the last line of each cell shows, by the cell's id."""
    names: dict[str, object] = {}
    shown: dict[str, object] = {}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        tree = ast.parse("".join(cell["source"]))
        last = ast.Expression(tree.body.pop().value) if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, cell["id"], "exec"), names)  # noqa: S102 - our own page
        if last is not None:
            shown[cell["id"]] = eval(compile(last, cell["id"], "eval"), names)  # noqa: S307 - the same
    return names, shown


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=NAMES)
def done(request):
    """A notebook that has been run."""
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    before = mpl.get_backend()
    plt.switch_backend("Agg")
    yield request.param.stem, *run(request.param)
    plt.close("all")
    plt.switch_backend(before)


def test_every_figure_is_drawn(done):
    _, names, shown = done
    figures = {cell: value for cell, value in shown.items() if isinstance(value, Figure)}
    assert len(figures) >= 9
    if "figure" in names:
        figures["made by hand"] = names["figure"]
    for cell, figure in figures.items():
        figure.set_dpi(40)
        assert figure.axes, cell
        for axes in figure.axes:
            assert np.isfinite([*axes.get_xlim(), *axes.get_ylim()]).all(), cell
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        assert len(np.unique(np.asarray(canvas.buffer_rgba()).reshape(-1, 4), axis=0)) > 20, cell


def test_every_number_shown_is_finite(done):
    _, _, shown = done
    looked_at = 0
    for cell, value in shown.items():
        if isinstance(value, pd.DataFrame):
            numbers = value.select_dtypes("number")
            if "frequency" in numbers and "monetary_value" in numbers and "count" not in numbers.index:
                once = numbers["frequency"] == 0
                assert numbers.loc[once, "monetary_value"].isna().all(), cell
                numbers = numbers.assign(monetary_value=numbers["monetary_value"].where(~once, 0.0))
        elif isinstance(value, pd.Series | float | list):
            numbers = np.atleast_1d(value)
        elif isinstance(value, str):
            assert not re.search(r"\b(nan|inf|None)\b", value), cell
            continue
        else:
            continue
        looked_at += 1
        assert np.isfinite(np.asarray(numbers, dtype=np.float64)).all(), cell
    assert looked_at >= 6


def test_every_customer_has_his_figures(done):
    _, names, _ = done
    customers = names.get("summary", names.get("customers"))
    assert len(customers) == names["CUSTOMERS"]
    figures = customers.drop(columns=["monetary_value"]).drop(columns="days_to_next", errors="ignore")
    assert np.isfinite(figures.to_numpy(np.float64)).all()
    assert customers.probability_alive.between(0, 1).all()
    assert (customers.p10 <= customers.p50).all()
    assert (customers.p50 <= customers.p90).all()
    assert (customers.p10 == 0).mean() > 0.5  # as the notebook says
    assert names["low"] < customers.clv.sum() < names["high"]


def test_the_truth_that_was_simulated_is_found(done):
    name, names, _ = done
    if name == "lifetimes-quickstart":
        truth, fitted = np.array([0.7, 45.0, 0.9, 5.0]), names["model"]
    else:
        truth, fitted = np.array([0.8, 50.0, 0.9, 4.0, 0.6]), names["with_friends"]
    away = (fitted.parameters - truth) / fitted.standard_errors()
    assert (np.abs(away) < 3).all()
