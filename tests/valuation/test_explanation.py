"""Factors add up to the forecast in money, each is the fair share of what it is said to be, and files say the same."""

import itertools
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clove.models import BgNbd, GammaGamma, PurchaseHistory
from clove.models.boosted_folds import FORMS, TWEEDIE, Examples
from clove.models.boosted_value import BoostedValue
from clove.models.mbg_nbd import MbgNbd
from clove.models.pareto_nbd import ParetoNbd
from clove.models.tree_settings import TreeSettings
from clove.models.trees import grown
from clove.valuation import tree_shapley
from clove.valuation.behaviour import COLUMNS, GROUP_COLUMNS, LINE_FEATURES, TREE_FEATURES, Behaviour, Judgement
from clove.valuation.blend import Blend, Boost
from clove.valuation.explanation import Explanation
from clove.valuation.explanation_behaviour import corrections
from clove.valuation.explanation_factors import FACTORS, FREQUENCY, SILENCE, SPEND, place_of
from clove.valuation.explanation_purchases import PurchaseFactors, Typical, silence_in_intervals
from clove.valuation.forecast import Expectation, Steps
from clove.valuation.shapley import shapley_values
from clove.workflows.factors import TOLD, factor_column, in_words
from clove.workflows.training import judge

N = 1_200
WINDOW = 90.0
BUYING = BgNbd(r=0.7, alpha=45.0, a=0.9, b=5.0)
SPENDING = GammaGamma(p=3.0, q=3.5, gamma=90.0, elasticity=0.1)
SMALL_TREES = TreeSettings(rounds=12, num_leaves=5, min_child_samples=20)


@pytest.fixture(name="history", scope="module")
def _history():
    age = np.random.default_rng(5).integers(20, 700, N).astype(float)
    history = BUYING.simulate(age, 6).history(age, BUYING.unit)
    _, customer, amounts = SPENDING.simulate(history.frequency, 7)
    mean = np.bincount(customer, amounts, minlength=N) / np.maximum(history.frequency, 1)
    return PurchaseHistory.of(history.frequency, history.recency, history.T, mean)


def judged(history: PurchaseHistory, days: float) -> Judgement:
    return judge(history, BUYING, SPENDING, days)


def examples_of(history: PurchaseHistory, seed: int = 8) -> tuple[Examples, Behaviour]:
    """Made-up behaviour, and spend that follows some of it."""
    rng = np.random.default_rng(seed)
    table = {name: rng.gamma(2.0, 2.0, len(history)) for name in (*COLUMNS, *GROUP_COLUMNS)}
    table |= {
        "frequency": history.frequency,
        "orders": history.frequency + 1,
        "T": history.T,
        "recency_days": history.T - history.recency,
        "tenure_days": history.recency,
        "monetary_value": history.monetary_value,
        "inter_purchase_days_avg": np.where(history.frequency > 0, history.recency, 0.0)
        / np.maximum(history.frequency, 1),
    }
    at = judged(history, WINDOW)
    behaviour = Behaviour.of(table, at)
    lift = np.where(table["unique_products"] > 4, 2.0, 0.5)
    spend = np.where(rng.random(len(history)) < at.active, at.expected_value / at.active * lift, 0.0)
    fold = np.arange(len(history)) % 3
    return Examples(behaviour.trees, behaviour.line, at.expected_value, at.active, spend, fold), behaviour


@pytest.fixture(name="learnt", scope="module", params=FORMS)
def _learnt(history, request):
    examples, behaviour = examples_of(history)
    fitted = BoostedValue.fit(
        examples,
        tree_features=TREE_FEATURES,
        line_features=LINE_FEATURES,
        window_days=WINDOW,
        trees=SMALL_TREES,
        form=request.param,
    ).model
    return fitted, examples, behaviour


def boosted(learnt, history: PurchaseHistory, horizon: float, weight: float = 0.3) -> Boost:
    model, examples, _ = learnt
    outlook = model.forecast(examples)
    at, there = judged(history, WINDOW), judged(history, horizon)
    both = (at.expected_value, there.expected_value), (at.active, there.active)
    stretched = model.stretched(outlook, *both, days=horizon)
    return Boost(model, stretched, Blend(weight, N, 1.0, 1.0, 1.0))


def explained(history, horizon=WINDOW, *, purchases=BUYING, boost=None, behaviour=None, margin=1.0, rate=0.0):
    months = np.arange(1, 4) / 3
    steps = Steps(months * horizon, months)
    expected = Expectation.of(history, purchases, SPENDING, steps, margin=margin, discount_rate=rate, boost=boost)
    return expected, Explanation.of(
        history, purchases, SPENDING, horizon, expected, margin=margin, boost=boost, behaviour=behaviour
    )


def test_shapley_is_the_average_over_all_orders():
    worth = np.random.default_rng(1).normal(size=(16, 5))
    by_hand = np.zeros((4, 5))
    for order in itertools.permutations(range(4)):
        coalition = 0
        for player in order:
            by_hand[player] += (worth[coalition | 1 << player] - worth[coalition]) / 24
            coalition |= 1 << player
    assert shapley_values(worth) == pytest.approx(by_hand, abs=1e-13)


@pytest.mark.parametrize("purchases", [BUYING, MbgNbd(0.7, 45.0, 0.9, 5.0), ParetoNbd(0.7, 45.0, 0.6, 90.0)])
@pytest.mark.parametrize(("margin", "rate", "horizon"), [(1.0, 0.0, 90.0), (0.35, 0.0, 365.0), (1.0, 0.3, 365.0)])
def test_the_purchase_models_factors_add_up(history, purchases, margin, rate, horizon):
    expected, found = explained(history, horizon, purchases=purchases, margin=margin, rate=rate)
    assert found.base + found.money.sum(axis=1) == pytest.approx(expected.clv, rel=1e-12, abs=1e-9)
    assert found.base > 0
    rest = np.abs(found.money[:, -1])
    if rate == 0.0:  # nothing is swept under everything else
        assert rest.max() < 1e-9 * expected.clv.max()
    else:
        assert 0 < rest.mean() < 0.05 * expected.clv.mean()
    only = [FREQUENCY, SILENCE, 2, SPEND]
    assert not np.delete(found.money[:, :-1], only, axis=1).any()


@pytest.mark.parametrize(("margin", "rate", "horizon"), [(1.0, 0.0, 90.0), (0.35, 0.0, 365.0), (0.6, 0.3, 365.0)])
def test_the_factors_of_a_blend_add_up(history, learnt, margin, rate, horizon):
    boost = boosted(learnt, history, horizon)
    expected, found = explained(history, horizon, boost=boost, behaviour=learnt[2], margin=margin, rate=rate)
    assert found.base + found.money.sum(axis=1) == pytest.approx(expected.clv, rel=1e-12, abs=1e-9)
    assert np.isfinite(found.money).all()
    if rate == 0.0:  # the corrections taken apart are those that made the forecast
        assert np.abs(found.money[:, -1]).max() < 1e-9 * expected.clv.max()
    assert np.abs(found.money[:, place_of("unique_products")]).mean() > 0.03 * expected.clv.mean()


def test_the_base_is_the_forecast_of_a_typical_customer(history):
    typical = Typical.of(history, SPENDING)
    x, T = typical.frequency, typical.age
    assert x == np.floor(np.median(history.frequency)) > 0
    last = T * x / (x + typical.silence)
    him = PurchaseHistory.of([x], [last], [T], [typical.spend])
    assert silence_in_intervals(him)[0] == pytest.approx(typical.silence)
    expected, found = explained(history)
    alone = BUYING.expected_purchases(him, WINDOW) * SPENDING.expected_spend(him)
    assert found.base == pytest.approx(float(alone[0]), rel=1e-12)
    # who is typical in everything was moved by nothing
    among = PurchaseHistory.of(
        *(
            np.append(np.nan_to_num(getattr(history, name)), float(getattr(him, name)[0]))
            for name in ("frequency", "recency", "T", "monetary_value")
        )
    )
    moved = PurchaseFactors.of(among, BUYING, SPENDING, WINDOW).by_factor[-1]
    assert np.abs(moved).max() < 0.02  # one customer more moves the medians a little
    assert expected.clv.size == N


@pytest.mark.parametrize("entries", [0, tree_shapley.MOST_ENTRIES], ids=["by LightGBM", "by tables"])
def test_trees_are_taken_apart_by_exact_shapley_values(history, monkeypatch, entries):
    monkeypatch.setattr(tree_shapley, "MOST_ENTRIES", entries)
    names = ("frequency", "monetary_avg", "unique_products")
    examples, _ = examples_of(history)
    columns = [TREE_FEATURES.index(name) for name in names]
    few = replace(examples, trees=np.ascontiguousarray(examples.trees[:, columns]))
    model = BoostedValue.fit(
        few,
        tree_features=names,
        line_features=LINE_FEATURES,
        window_days=WINDOW,
        trees=replace(SMALL_TREES, rounds=4),
        form=TWEEDIE,
    ).model
    rows = few.trees[:60]
    by_factor = corrections(model, Behaviour(rows, few.line[:60]), model.forecast(few).raised[:60])
    for fold, found in zip(model.folds, by_factor, strict=False):
        grove = grown(fold.value).dump_model()["tree_info"]
        worth = np.array(
            [
                [sum(_expected(tree["tree_structure"], row, coalition) for tree in grove) for row in rows]
                for coalition in range(8)
            ]
        )
        shares = shapley_values(worth)
        assert np.abs(shares).max() > 0.05
        for share, name in zip(shares, names, strict=True):
            assert found.by_factor[:, place_of(name)] == pytest.approx(share - share.mean(), abs=1e-9)
        assert found.base == pytest.approx(np.mean(worth[7]) + np.log(model.level), abs=1e-9)


def _expected(node, row, coalition):
    """A tree's mean answer where only some columns are known: the rest by the share of examples of each branch."""
    if "leaf_value" in node:
        return node["leaf_value"]
    sides = node["left_child"], node["right_child"]
    if coalition >> node["split_feature"] & 1:
        return _expected(sides[0] if row[node["split_feature"]] <= node["threshold"] else sides[1], row, coalition)
    sizes = [side.get("leaf_count", side.get("internal_count")) for side in sides]
    return sum(size * _expected(side, row, coalition) for size, side in zip(sizes, sides, strict=True)) / sum(sizes)


def test_every_column_that_is_learnt_from_has_a_name_for_people():
    assert {place_of(name) for name in (*TREE_FEATURES, *LINE_FEATURES)} == set(range(len(FACTORS))) - {2}
    assert len({factor.key for factor in FACTORS}) == len({factor.title for factor in FACTORS}) == len(FACTORS)


def test_longer_silence_takes_more_and_touches_no_other_record(history):
    rows = np.flatnonzero(history.frequency == 4)[:1]
    others = history.take(np.setdiff1d(np.arange(N), rows))
    T = float(history.T[rows[0]])
    effects = []
    for recency in np.linspace(0.95, 0.2, 6) * T:
        told = PurchaseHistory.of([4], [recency], [T], [float(history.monetary_value[rows[0]])])
        base = PurchaseHistory.of(
            *(
                np.concatenate([np.nan_to_num(getattr(others, name)), np.nan_to_num(getattr(told, name))])
                for name in ("frequency", "recency", "T", "monetary_value")
            )
        )
        effects.append(PurchaseFactors.of(base, BUYING, SPENDING, WINDOW).by_factor[-1])
    silence = np.array(effects)[:, SILENCE]
    assert (np.diff(silence) < 0).all()
    assert silence[0] > 0 > silence[-1]
    assert np.ptp(np.array(effects)[:, SPEND]) < 1e-12  # spend was not touched


def test_more_purchases_and_more_spend_add(history):
    found = PurchaseFactors.of(history, BUYING, SPENDING, WINDOW)
    often = history.frequency > 3 * np.median(history.frequency)
    lively = often & (silence_in_intervals(history) < 3)
    assert lively.sum() > 20
    assert (found.by_factor[lively, FREQUENCY] > 0).all()  # a typical silence is not held against a frequent buyer
    assert (found.by_factor[history.frequency == 0, FREQUENCY] < 0).all()
    again = history.frequency > 0
    rich = history.monetary_value > found.typical.spend
    assert (found.by_factor[again & rich, SPEND] >= 0).all()
    assert (found.by_factor[again & ~rich, SPEND] <= 0).all()
    # whoever bought once has shown neither a silence nor a repeat spend
    assert np.abs(found.by_factor[~again][:, [SILENCE, SPEND]]).max() == 0


def test_a_typical_customer_is_no_one_time_buyer_where_their_spend_is_unknown(history):
    heavy = GammaGamma(p=3.0, q=0.9, gamma=90.0)
    once = history.take(np.flatnonzero(history.frequency <= 1))
    assert np.median(once.frequency) == 0
    expected = Expectation.of(once, BUYING, heavy, Steps(np.array([WINDOW]), np.array([0.25])))
    found = Explanation.of(once, BUYING, heavy, WINDOW, expected)
    known = np.isfinite(expected.clv)
    assert known.any()
    assert not known.all()
    assert found.typical.frequency == 1
    assert np.isfinite(found.base)
    assert found.base + found.money[known].sum(axis=1) == pytest.approx(expected.clv[known], rel=1e-12)
    assert np.isnan(found.money[~known, -1]).all()
    assert found.importance.customers == known.sum()
    features = features_of(once)
    column = factor_column(found, features, np.round(expected.clv, 2), 2)
    assert [len(entries) == 0 for entries in column.to_pylist()] == (~known).tolist()
    assert in_words(column, 2).to_pylist()[int(np.argmin(known))] == ""


def features_of(history: PurchaseHistory) -> pa.Table:
    n = len(history)
    names = {*COLUMNS, "recency"}
    filled = {name: np.full(n, 2.0) for name in names}
    filled |= {"frequency": history.frequency, "T": history.T, "recency": history.recency}
    filled |= {"recency_days": history.T - history.recency}
    texts = {name: pa.nulls(n, pa.string()) for name in ("country", "channel", "first_category")}
    numbers = {name: pa.array(values, from_pandas=True) for name, values in filled.items()}
    return pa.table({**numbers, **texts, "acquisition_month": pa.array([3] * n)})


@pytest.mark.parametrize("digits", [0, 2, 3])
def test_a_table_tells_the_five_strongest_and_the_rest_to_the_last_digit(history, learnt, digits):
    expected, found = explained(history, boost=boosted(learnt, history, WINDOW), behaviour=learnt[2])
    clv = np.round(expected.clv, digits)
    column = factor_column(found, features_of(history), clv, digits)
    assert column.type == pa.list_(
        pa.struct([("factor", pa.string()), ("value", pa.string()), ("money", pa.float64())])
    )
    texts = in_words(column, digits).to_pylist()
    smallest = 10.0**-digits
    for entries, text, value, money in zip(column.to_pylist(), texts, clv, found.money, strict=True):
        told = [entry["money"] for entry in entries]
        assert round(found.base, digits) + sum(told) == pytest.approx(value, abs=smallest / 1e3)
        assert entries[-1]["factor"] == "everything else"
        assert entries[-1]["value"] is None
        assert len(entries) <= TOLD + 1
        sizes = np.abs(told[:-1])
        assert (np.diff(sizes) <= 0).all()
        assert sizes == pytest.approx(np.sort(np.abs(money[:-1]))[::-1][: sizes.size], abs=smallest)
        assert text == "; ".join(
            f"{entry['value'] or entry['factor']} {entry['money']:+.{digits}f}" for entry in entries
        )


def test_the_words_are_those_of_the_customer(history):
    _, found = explained(history)
    features = features_of(history)
    column = factor_column(found, features, np.round(found.base + found.money.sum(axis=1), 2), 2)
    for x, T, recency, entries in zip(history.frequency, history.T, history.recency, column.to_pylist(), strict=True):
        told = {entry["factor"]: entry["value"] for entry in entries}
        if "number of purchases" in told:
            assert told["number of purchases"] == ("bought on one day" if x == 0 else f"bought on {x + 1:.0f} days")
        if "silence since the last one" in told:
            assert told["silence since the last one"].startswith(f"silent for {T - recency:.0f} day")
            assert told["silence since the last one"].endswith(f", usually {max(round(recency / x), 1)}")


def test_importance_counts_what_is_moved_either_way(history, learnt):
    _, found = explained(history, boost=boosted(learnt, history, WINDOW), behaviour=learnt[2])
    importance = found.importance
    assert importance.mean == pytest.approx(np.abs(found.money).mean(axis=0))
    assert importance.share.sum() == pytest.approx(1)
    assert importance.customers == N
    assert importance.raised[FREQUENCY] == pytest.approx((found.money[:, FREQUENCY] > 0).mean(), abs=0.01)


def test_the_same_customers_get_the_same_factors(history, learnt):
    boost = boosted(learnt, history, WINDOW)
    one, two = (explained(history, boost=boost, behaviour=learnt[2])[1] for _ in range(2))
    assert one.base == two.base
    assert (one.money == two.money).all()


def test_the_files_of_a_run_say_the_same(valuation):
    run = json.loads((valuation / "run.json").read_text(encoding="utf-8"))
    found = run["importance"]
    table = pq.read_table(valuation / "customers.parquet")
    clv = table["clv"].to_numpy()
    factors = table["factors"].to_pylist()
    total = np.array([sum(entry["money"] for entry in entries) for entries in factors])
    assert np.abs(found["base"] + total - clv).max() < 1e-6 * max(clv.max(), 1.0)
    assert sum(each["share"] for each in found["factors"]) == pytest.approx(1)
    assert [each["factor"] for each in found["factors"]] == [*(factor.title for factor in FACTORS), "everything else"]
    assert found["factors"][-1]["share"] < 1e-6  # a forecast that is not discounted is told in full
    texts = pd.read_csv(valuation / "customers.csv").factors
    for entries, text in zip(factors, texts, strict=True):
        assert text == "; ".join(f"{entry['value'] or entry['factor']} {entry['money']:+.2f}" for entry in entries)
    frequency = table["frequency"].to_numpy()
    often = int(np.argmax(frequency))
    assert f"bought on {frequency[often] + 1:.0f} days +" in texts[often]
