"""Whoever has bought once is told from others by the groups he came in, as far as these have been right."""

import numpy as np
import pyarrow as pa
import pytest

from clove.engine.local import LocalEngine
from clove.features.customer_features import customer_features
from clove.ledger.events import EVENTS
from clove.models import BgNbd
from clove.models.spend import choose_spend_model
from clove.valuation.behaviour import GROUP_COLUMNS
from clove.workflows.group_columns import group_columns
from clove.workflows.opening import Opening
from clove.workflows.summary import history_of
from clove.workflows.training import RollingOrigins

from .grouped_shop import AHEAD, CATEGORIES, CHANNELS, DAY, DEAR, GroupedShop


def learnt(events):
    """The boosted value as of `DAY`, and all that it says of the customers then."""
    with LocalEngine.open(threads=1) as engine:
        engine.load(EVENTS, events)
        features = customer_features(engine, DAY)
        trained = RollingOrigins(engine, Opening.of(features), AHEAD, BgNbd, 1).train(DAY)
    history = history_of(features)
    purchases, spend = BgNbd.fit(history), choose_spend_model(history).model
    alone = purchases.expected_purchases(history, AHEAD) * spend.expected_spend(history)
    boost = trained.boost(features, history, purchases, spend, float(AHEAD))
    return features, trained, alone, boost


@pytest.fixture(scope="module")
def shop():
    return GroupedShop.simulate(4_000, 31)


@pytest.fixture(scope="module")
def found(shop):
    return learnt(shop.events())


@pytest.fixture(scope="module")
def truth():
    """Mean spend to come of one-time buyers, of many more customers of that world: by channel, and by category."""
    many = GroupedShop.simulate(150_000, 77)
    once, spend = many.came()
    return tuple(
        np.array([spend[once & (group == place)].mean() for place in range(len(words))])
        for group, words in ((many.channel, CHANNELS), (many.category, CATEGORIES))
    )


def means(features, values, column, words):
    once = features["frequency"].to_numpy() == 0
    labels = features[column].to_numpy(zero_copy_only=False)
    return np.array([values[once & (labels == word)].mean() for word in words])


def test_one_time_buyers_of_a_better_channel_are_worth_what_they_turn_out_to_be(found, truth):
    features, _, alone, boost = found
    ads, friends = truth[0]
    assert friends > 1.8 * ads
    told = means(features, boost.outlook.expected, "channel", CHANNELS)
    assert np.abs(told / truth[0] - 1).max() < 0.15
    # the purchase model sees no channel: its customers of both have bought once, and differ in age alone
    blind = means(features, alone, "channel", CHANNELS)
    assert blind[1] < 1.3 * blind[0]
    assert np.abs(blind / truth[0] - 1).min() > 0.2


def test_a_dear_category_counts_though_few_have_come_back(found, truth):
    features, _, alone, boost = found
    told = means(features, boost.outlook.expected, "first_category", CATEGORIES)
    assert np.abs(told / truth[1] - 1).max() < 0.15
    blind = means(features, alone, "first_category", CATEGORIES)
    assert np.abs(blind / truth[1] - 1).max() > 0.3
    assert np.argsort(told).tolist() == np.argsort(DEAR).tolist()


def test_labels_that_mean_nothing_move_next_to_nothing():
    features, _, alone, boost = learnt(GroupedShop.simulate(2_500, 12).events(shuffled=5))
    lift = means(features, boost.outlook.expected, "channel", CHANNELS) / means(features, alone, "channel", CHANNELS)
    assert lift[1] / lift[0] == pytest.approx(1, abs=0.06)


def test_labels_of_a_row_after_the_date_change_no_bit():
    shop = GroupedShop.simulate(600, 3)
    (features, trained, _, boost), (again, retrained, _, reboost) = (
        learnt(shop.events(changed=row)) for row in (None, int(np.flatnonzero(shop.day > 0)[0]))
    )
    assert again.equals(features)
    assert retrained.model.to_json() == trained.model.to_json()
    assert retrained.blend == trained.blend
    assert np.array_equal(reboost.outlook.expected, boost.outlook.expected)


def columns_of(events):
    with LocalEngine.open(threads=1) as engine:
        engine.load(EVENTS, events)
        features = customer_features(engine, DAY)
    history = history_of(features)
    return features, group_columns(features, history, BgNbd.fit(history))


def test_labels_of_a_first_day_before_it_do(shop):
    features, columns = columns_of(shop.events())
    first = int(np.flatnonzero(shop.customer == 0)[0])
    changed, moved = columns_of(shop.events(changed=first))
    assert not changed.equals(features)
    # the only one of his kind is told by nobody; the others of his old kind know one less
    others = np.flatnonzero(features["customer_id"].to_numpy(zero_copy_only=False) != "C000000")
    for name in ("channel_rate", "first_category_spend"):
        assert moved[name][np.setdiff1d(np.arange(len(features)), others)] == pytest.approx(0, abs=1e-12)
        assert np.abs(moved[name] - columns[name])[others].max() > 0


def test_groups_speak_less_of_who_has_spoken_himself(shop):
    features, columns = columns_of(shop.events())
    x, age = (features[name].to_numpy() for name in ("frequency", "T"))
    friends = features["channel"].to_numpy(zero_copy_only=False) == "friends"
    rate = columns["channel_rate"][friends]
    assert (rate > 0).all()
    assert (columns["channel_rate"][~friends] < 0).all()
    new, old, often = (rate[rows[friends]].mean() for rows in ((x == 0) & (age < 30), (x == 0) & (age > 500), x > 5))
    assert new > 2 * old
    assert new > 10 * often


def test_a_month_counts_as_a_time_of_year_once_two_years_have_seen_it():
    shop = GroupedShop.simulate(3_000, 8)
    table = shop.events()
    features, columns = columns_of(table)
    day = features["first_purchase"].to_numpy()
    month, year = day.astype("datetime64[M]").astype(int) % 12, day.astype("datetime64[Y]").astype(int)
    seen = np.array([np.unique(year[month == each]).size for each in range(12)])
    assert set(seen) == {2}
    recent = shop.events().filter(pa.array(shop.day > -300))
    alone = columns_of(recent)[1]
    assert (alone["acquisition_month_rate"] == 0).all()
    assert (alone["acquisition_month_spend"] == 0).all()
    assert "acquisition_month_rate" in columns


def test_a_file_without_labels_has_no_groups():
    shop = GroupedShop.simulate(800, 9)
    bare = shop.events()
    for name in ("channel", "country", "category"):
        bare = bare.set_column(bare.column_names.index(name), name, pa.nulls(len(bare), pa.string()))
    _, columns = columns_of(bare)
    told = [name for name in GROUP_COLUMNS if not name.startswith("acquisition_month")]
    assert all((columns[name] == 0).all() for name in told)
    # one label for all tells no more
    constant = bare.set_column(bare.column_names.index("country"), "country", pa.array(["Spain"] * len(bare)))
    assert all((columns_of(constant)[1][name] == 0).all() for name in told)
