"""The page for those who come from lifetimes or pymc-marketing names what there is, here and there."""

import json
import re
import subprocess
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clove
from clove import models, valuation
from clove.kernel.period import TimeUnit
from clove.models import BgNbd, GammaGamma, MbgNbd, ParetoNbd, PurchaseHistory

from . import calls

ROOT = Path(__file__).parents[2]
PEERS = ROOT / "benchmarks/.peers"
PAGE = (ROOT / "docs/coming-from.md").read_text(encoding="utf-8")
SECTIONS = {"lifetimes": "## From lifetimes", "pymc-marketing": "## From pymc-marketing"}


def section(peer: str) -> str:
    return PAGE.split(SECTIONS[peer])[1].split("\n## ")[0]


def column(peer: str, place: int) -> list[str]:
    """The code in one column of the peer's table."""
    rows = [line.split("|") for line in section(peer).splitlines() if line.startswith("|")][2:]
    assert len(rows) >= 25
    assert {len(row) for row in rows} == {5}
    return [text for row in rows for text in re.findall(r"`([^`]+)`", row[place])]


def our_roots():
    roots = {name: [getattr(models, name)] for name in models.__all__}
    fitted = [getattr(models, name) for name in ("BgNbd", "MbgNbd", "ParetoNbd", "MbgCnbd", "BgBb")]
    return roots | {
        "clove": [clove],
        "np": [np],
        "model": fitted,
        "spend": [GammaGamma],
        "history": [PurchaseHistory],
    }


@pytest.mark.parametrize("peer", SECTIONS)
def test_every_call_of_ours_can_be_made(peer):
    ours = column(peer, 2)
    assert len(ours) >= 25
    assert not calls.faults_of(ours, our_roots())


def test_a_call_that_cannot_be_made_is_noticed():
    wrong = [
        "clove.purchases(orders)",
        "model.expected_purchase(history, horizon)",
        "BgNbd.fit(history, penalizer=1.0)",
        "BgNbd.fit(history).unheard_of",
        "np.sum(model.drawn(2))",
        "clove.valuation.nowhere.Thing",
        "history.grouped(1)",
    ]
    assert len(calls.faults_of(wrong, our_roots())) == len(wrong)


@pytest.fixture(scope="module", params=SECTIONS)
def peer(request):
    """A peer's name and what its interpreter says of the page."""
    python = PEERS / request.param / "bin/python"
    if not python.exists():
        pytest.skip(f"{request.param} is not installed in benchmarks/.peers: `make bench` does it")
    texts = [text for text in column(request.param, 1) if not re.fullmatch(r"\"\w+\"|\w+", text)]
    command = [str(python), "-W", "ignore", str(Path(calls.__file__)), request.param]
    told = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=True, timeout=120)
    return request.param, json.loads(told.stdout)


def test_every_call_of_theirs_can_be_made(peer):
    _, told = peer
    assert not told["faults"]


def test_every_public_name_of_theirs_is_on_the_page(peer):
    name, told = peer
    table, without = column(name, 1), re.findall(r"`([^`]+)`", section(name).split("No counterpart, because:")[1])
    words = {word for text in [*table, *without] for word in re.findall(r"\w+", text)}
    assert len(told["members"]) > 25
    assert sorted(set(told["members"]) - words) == []


def numbers_of_lifetimes(code: str) -> list[float]:
    python = PEERS / "lifetimes/bin/python"
    if not python.exists():
        pytest.skip("lifetimes is not installed in benchmarks/.peers: `make bench` does it")
    told = subprocess.run(
        [str(python), "-W", "ignore", "-"], input=code, capture_output=True, text=True, check=True, timeout=120
    )
    return json.loads(told.stdout)


LIFETIMES = """
import json
import numpy as np
import pandas as pd
from lifetimes import BetaGeoFitter, GammaGammaFitter, ModifiedBetaGeoFitter, ParetoNBDFitter

def given(fitter, **parameters):
    fitter.params_ = pd.Series(parameters)
    return fitter

x, t_x, T = np.array([0, 2, 9]), np.array([0.0, 30.43, 38.0]), np.array([38.86, 38.86, 40.0])
told = []
for fitter in (
    given(BetaGeoFitter(), r=0.243, alpha=4.414, a=0.793, b=2.426),
    given(ModifiedBetaGeoFitter(), r=0.525, alpha=6.183, a=0.891, b=1.614),
    given(ParetoNBDFitter(), r=0.553, alpha=10.578, s=0.606, beta=11.669),
):
    told += list(fitter.conditional_expected_number_of_purchases_up_to_time(39.0, x, t_x, T))
    told += list(fitter.conditional_probability_alive(x, t_x, T))
    told.append(fitter.expected_number_of_purchases_up_to_time(52.0))
    if hasattr(fitter, "probability_of_n_purchases_up_to_time"):
        told.append(fitter.probability_of_n_purchases_up_to_time(10.0, 2))
    else:
        told += list(fitter.conditional_probability_of_n_purchases_up_to_time(2, 10.0, x, t_x, T))
spend = given(GammaGammaFitter(), p=6.25, q=3.74, v=15.44)
told += list(spend.conditional_expected_average_profit(x, np.array([0.0, 20.0, 50.0])))
json.dump([float(number) for number in told], __import__("sys").stdout)
"""


def test_what_the_table_calls_the_same_figure_is_the_same():
    told = numbers_of_lifetimes(LIFETIMES)
    frequency, recency, T = [0, 2, 9], [0.0, 30.43, 38.0], [38.86, 38.86, 40.0]
    history = PurchaseHistory.of(frequency, recency, T, [0.0, 20.0, 50.0], unit="week")
    week = TimeUnit.WEEK
    ours = []
    for model in (
        BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426, unit=week),
        MbgNbd(r=0.525, alpha=6.183, a=0.891, b=1.614, unit=week),
        ParetoNbd(r=0.553, alpha=10.578, s=0.606, beta=11.669, unit=week),
    ):
        ours += [*model.expected_purchases(history, 39.0), *model.probability_alive(history)]
        ours += [*model.expected_purchases_new_customer(np.array([52.0]))]
        if model.KIND == "pareto-nbd":
            ours += [*model.purchase_distribution(history, 10.0, 2)[:, 2]]
        else:
            ours += [model.purchase_distribution_new_customer(10.0, 2)[2]]
    ours += [*GammaGamma(p=6.25, q=3.74, gamma=15.44).expected_spend(history)]
    np.testing.assert_allclose(ours, told, rtol=1e-8)


SUMMARY = """
import io, json, sys
import pandas as pd
from lifetimes.utils import summary_data_from_transaction_data
orders = pd.read_csv(io.StringIO('''{orders}'''), parse_dates=["time"])
told = []
for multiplier in (1, 7):
    made = summary_data_from_transaction_data(
        orders, "who", "time", "amount", observation_period_end="2025-06-30", freq_multiplier=multiplier
    ).sort_index()
    told += made[["frequency", "recency", "T", "monetary_value"]].to_numpy().ravel().tolist()
json.dump(told, sys.stdout)
"""


def test_a_summary_is_the_one_of_lifetimes():
    rng = np.random.default_rng(1)
    moment = pd.Timestamp("2025-01-01") + pd.to_timedelta(np.sort(rng.integers(0, 180 * 24 * 60, 300)), unit="min")
    amount = rng.uniform(1, 90, 300).round(2)
    orders = pd.DataFrame({"who": rng.integers(0, 60, 300), "time": moment, "amount": amount})
    told = numbers_of_lifetimes(SUMMARY.format(orders=orders.to_csv(index=False)))
    ours = []
    for unit in ("day", "week"):
        history = clove.purchase_history(
            orders, customer="who", time="time", amount="amount", as_of="2025-06-30", unit=unit
        )
        spend = np.nan_to_num(history.monetary_value)
        ours += np.column_stack([history.frequency, history.recency, history.T, spend]).ravel().tolist()
    np.testing.assert_allclose(ours, told, rtol=1e-12)


def test_the_lifetime_value_on_the_page_runs(capsys):
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 2
    age = np.linspace(30.0, 600.0, 400)
    history = BgNbd(r=0.7, alpha=45.0, a=0.9, b=5.0).simulate(age, 1).history(age)
    _, customer, amount = GammaGamma(p=4.0, q=3.5, gamma=40.0).simulate(history.frequency, 2)
    mean = np.bincount(customer, amount, minlength=400) / np.maximum(history.frequency, 1)
    known = PurchaseHistory.of(history.frequency, history.recency, history.T, mean, as_of=date(2025, 12, 31))
    names = {"history": known}
    for block in blocks:
        exec(compile(block, "coming-from.md", "exec"), names)  # noqa: S102 - our own page
    assert capsys.readouterr().out
    assert names["values"].clv.sum() > names["expected"].clv.sum() > 0
    assert isinstance(names["spread"], valuation.Distribution)
    assert names["values"].until == date(2026, 12, 31)
