import numpy as np
import pytest

from clove.decisions.price_table import CHANNELS, COUNTRIES, TIERS, price_table
from clove.kernel.errors import ArgumentRefused

PUBLISHED = [
    ("ZAF", "direct", "standard", 0.80, 0.0018),
    ("ZAF", "dealer", "basic", 0.90, 0.0030),
    ("ZAF", "corporate", "fleet", 0.95, 0.0015),
    ("KEN", "direct", "basic", 0.88, 0.0040),
    ("NGA", "direct", "basic", 0.86, 0.0045),
]


@pytest.mark.parametrize(("country", "channel", "tier", "alpha", "beta"), PUBLISHED)
def test_the_factors_give_the_published_demand_exactly(country, channel, tier, alpha, beta):
    table = price_table()
    row = table.find(country, channel, tier)
    assert (table.alpha[row], table.beta[row]) == (alpha, beta)


def test_every_segment_is_there_once_and_plausible():
    table = price_table()
    names = set(zip(table.country.tolist(), table.channel.tolist(), table.tier.tolist(), strict=True))
    assert len(table) == len(names) == len(COUNTRIES) * len(CHANNELS) * len(TIERS)
    assert ((table.alpha > 0) & (table.alpha < 1) & (table.beta > 0)).all()
    assert ((table.monthly_churn > 0) & (table.monthly_churn < 0.05)).all()
    assert ((table.collected_share > 0.8) & (table.collected_share < 1)).all()
    assert (table.clause == np.where(table.tier == "fleet", 24, 36)).all()
    assert (table.list_price * table.collected_share > table.monthly_cost).all()
    once = ("hardware", "cac_marketing", "cac_sales", "cac_call_centre", "base_labour", "monthly_cost", "list_price")
    assert all((getattr(table, name) > 0).all() for name in once)
    # a list price is one of the product: it does not depend on who sells it
    for country in COUNTRIES:
        for tier in TIERS:
            assert np.unique(table.list_price[(table.country == country) & (table.tier == tier)]).size == 1


def test_south_african_figures_lie_in_the_usual_ranges():
    table = price_table()
    here = table.country == "ZAF"
    within = {"hardware": (1200, 2800), "base_labour": (180, 500), "cac_marketing": (150, 300), "cac_sales": (200, 500)}
    for name, (low, high) in within.items():
        figures = getattr(table, name)[here]
        assert (figures >= low).all(), name
        assert (figures <= high).all(), name


def test_rows_can_be_taken_and_not_written():
    table = price_table()
    two = table.take(np.array([3, 3]))
    assert len(two) == 2
    assert two.tier.tolist() == ["fleet", "fleet"]
    with pytest.raises(ValueError, match="read-only"):
        table.alpha[0] = 0.5


@pytest.mark.parametrize(
    ("words", "known"),
    [
        (("USA", "direct", "basic"), "ZAF, KEN, NGA, TZA, ZMB"),
        (("ZAF", "post", "basic"), "direct, dealer, corporate, online, broker"),
        (("ZAF", "direct", "gold"), "basic, standard, premium, fleet"),
    ],
)
def test_an_unknown_word_is_refused_with_the_known_ones(words, known):
    with pytest.raises(ArgumentRefused) as refused:
        price_table().find(*words)
    assert known in refused.value.remedy
