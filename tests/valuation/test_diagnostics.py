"""The arrays that diagnostics draw, held against closed forms, brute force and simulated worlds."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import gamma as gamma_distribution

from clove.kernel.errors import ArgumentRefused, ImpossibleHistory, NotEnoughData
from clove.kernel.period import TimeUnit
from clove.models import BgNbd, GammaGamma, PurchaseHistory
from clove.valuation import tracking as tracking_module
from clove.valuation.calibration import GroupCalibration, frequency_groups, group_means
from clove.valuation.curves import AlivePath, NewCustomerCurve
from clove.valuation.frequency_recency import FrequencyRecencyMap
from clove.valuation.heterogeneity import SHARES, Heterogeneity
from clove.valuation.parameter_draws import ParameterCloud, models_drawn, parameter_draws, with_parameters
from clove.valuation.repeat_distribution import RepeatDistribution
from clove.valuation.repeat_purchases import RepeatPurchases
from clove.valuation.spend_fit import SpendFit
from clove.valuation.tracking import Tracking, expected_by

TRUTH = BgNbd(0.6, 8.0, 0.9, 2.5, TimeUnit.WEEK)
AS_OF, UNTIL = 40.0, 60.0


def world(customers=1_200, seed=3, model=TRUTH):
    """Who bought when, in weeks from any origin: customers, times, births."""
    births = np.random.default_rng(seed).uniform(100, 120, customers).round(2)
    made = model.simulate(100 + UNTIL - births, seed)
    return (
        np.concatenate([np.arange(customers), made.customer]),
        np.concatenate([births, births[made.customer] + made.time]),
        births,
    )


@pytest.fixture(name="base", scope="module")
def _base():
    customer, time, births = world()
    counts = RepeatPurchases.of(customer, time, as_of=100 + AS_OF, until=100 + UNTIL, unit="week")
    T = 100 + AS_OF - births
    history = TRUTH.simulate(100 + UNTIL - births, 3).history(T, "week")
    return counts, history, time[: births.size]


@pytest.fixture(name="fitted", scope="module")
def _fitted(base):
    return BgNbd.fit(base[1])


def test_counting_agrees_with_a_loop():
    rng = np.random.default_rng(8)
    customer, time = rng.integers(0, 40, 400), rng.integers(0, 90, 400).astype(float)
    counted = RepeatPurchases.of(customer, time, as_of=60, until=85, every=7)
    first = {who: time[customer == who].min() for who in set(customer)}
    known = [who for who, when in first.items() if when <= 60]
    occasions = sorted({(who, when) for who, when in zip(customer, time, strict=True) if who in known})
    repeats = np.array([when for who, when in occasions if when > first[who]])
    origin = time.min()
    ends = counted.ends + origin
    assert counted.as_of + origin in ends
    assert ends[-1] <= 85 < ends[-1] + 7
    starts = np.concatenate([[origin], ends[:-1]])
    assert counted.counts.tolist() == [
        float(((repeats > start) & (repeats <= end)).sum()) for start, end in zip(starts, ends, strict=True)
    ]
    assert counted.customers == len(known)
    assert sorted(np.repeat(counted.births, counted.born.astype(int)) + origin) == sorted(first[who] for who in known)


def test_expected_at_the_as_of_time_is_the_sum_over_new_customers(base):
    counts, history, _ = base
    at = int(np.flatnonzero(np.isclose(counts.ends, counts.as_of))[0])
    total = expected_by(TRUTH, counts)
    assert total[at] == pytest.approx(TRUTH.expected_purchases_new_customer(history.T).sum(), rel=1e-10)
    assert counts.counts[: at + 1].sum() == history.frequency.sum()


def test_increments_add_up(base, fitted):
    counts, _, _ = base
    found = Tracking.of(fitted, counts)
    np.testing.assert_allclose(found.expected.sum(), expected_by(fitted, counts)[-1], rtol=1e-12)
    np.testing.assert_allclose(found.cumulative_expected, expected_by(fitted, counts), rtol=1e-12)
    assert found.cumulative_actual[-1] == counts.counts.sum()
    assert (found.low <= found.expected).all()
    assert (found.expected <= found.high).all()
    assert (found.cumulative_low <= found.cumulative_expected).all()
    assert (np.diff(found.cumulative_high) >= 0).all()


def test_the_band_holds_eight_of_ten_worlds():
    inside = []
    for seed in range(20, 30):
        customer, time, _ = world(300, seed)
        counts = RepeatPurchases.of(customer, time, as_of=100 + AS_OF, until=100 + UNTIL, every=4, unit="week")
        found = Tracking.of(TRUTH, counts)
        inside.append((found.actual >= found.low) & (found.actual <= found.high))
    assert 0.72 < np.mean(inside) < 0.92


def test_a_sampled_base_has_the_band_of_the_whole(base, fitted, monkeypatch):
    counts = replace(base[0], births=base[0].births.round(0))  # few ages, so that it is quick
    whole = Tracking.of(fitted, counts)
    monkeypatch.setattr(tracking_module, "SAMPLE", 300)
    sampled = Tracking.of(fitted, counts)
    np.testing.assert_allclose(sampled.expected, whole.expected, rtol=1e-12)
    widths = [(found.cumulative_high - found.cumulative_low)[5:].mean() for found in (whole, sampled)]
    assert widths[1] == pytest.approx(widths[0], rel=0.2)


def test_uncertain_parameters_widen_the_band(base, fitted):
    counts, _, _ = base
    certain = Tracking.of(replace(fitted, evidence=None), counts)
    unsure = Tracking.of(fitted, counts)
    assert (unsure.cumulative_high - unsure.cumulative_low)[-1] > 1.15 * (
        certain.cumulative_high - certain.cumulative_low
    )[-1]


def test_same_seed_same_band(base, fitted):
    counts, _, _ = base
    one, two, other = (Tracking.of(fitted, counts, seed=seed) for seed in (4, 4, 5))
    assert one.low.tolist() == two.low.tolist()
    assert one.low.tolist() != other.low.tolist()


def test_a_covariate_without_effect_changes_nothing(base):
    counts, history, _ = base
    known = history.with_covariates({"shop": np.arange(len(history)) % 2, "size": np.linspace(0, 1, len(history))})
    plain = BgNbd.fit(history)
    model = BgNbd.fit(known, purchase_covariates=["shop", "size"])
    none = replace(model, evidence=None, effects=tuple(replace(effect, value=0.0) for effect in model.effects))
    without = replace(none, effects=())
    np.testing.assert_allclose(expected_by(none, counts.of_customers(known)), expected_by(without, counts), rtol=1e-9)
    with_effects = Tracking.of(model, counts, known)
    assert with_effects.expected.sum() == pytest.approx(Tracking.of(plain, counts).expected.sum(), rel=0.05)
    with pytest.raises(ArgumentRefused, match="effects of covariates"):
        Tracking.of(model, counts)
    with pytest.raises(ArgumentRefused, match="a history of 10 customers"):
        Tracking.of(model, counts, known.take(np.arange(10)))


def test_tracking_refuses_what_it_cannot_count(base):
    counts, _, _ = base
    with pytest.raises(ArgumentRefused, match="purchases in weeks for a model in days"):
        Tracking.of(BgNbd(0.6, 8.0, 0.9, 2.5), counts)
    for arguments in ({"as_of": 0.5}, {"as_of": 3.0, "until": 2.0}, {"as_of": 3.0, "every": 0.0}):
        with pytest.raises(ArgumentRefused):
            RepeatPurchases.of([1, 1], [1.0, 3.0], **arguments)
    with pytest.raises(ArgumentRefused, match="not finite"):
        RepeatPurchases.of([1, 1], [1.0, np.nan], as_of=3.0)


def test_a_base_of_one_moment_has_no_period():
    counts = RepeatPurchases.of([1, 2], [5.0, 5.0], as_of=5.0)
    found = Tracking.of(BgNbd(0.6, 8.0, 0.9, 2.5), counts)
    assert found.ends.size == found.expected.size == found.low.size == 0


def test_repeat_counts_are_those_of_the_closed_form():
    history = TRUTH.simulate(np.full(3_000, 30.0), 5).history(np.full(3_000, 30.0), "week")
    found = RepeatDistribution.of(TRUTH, history)
    share = TRUTH.purchase_distribution_new_customer(30.0, 6)
    expected = 3_000 * np.append(share, 1 - share.sum())
    error = np.sqrt(expected * (1 - expected / 3_000) / 200)
    assert (np.abs(found.expected - expected) < 4 * error).all()
    assert found.expected.sum() == pytest.approx(3_000)
    assert found.actual.sum() == 3_000
    assert found.names == ("0", "1", "2", "3", "4", "5", "6", "7+")
    width = 2 * 1.2816 * np.sqrt(expected * (1 - expected / 3_000))
    np.testing.assert_allclose(found.high - found.low, width, rtol=0.35)
    with pytest.raises(ArgumentRefused):
        RepeatDistribution.of(TRUTH, history, most=0)


def test_fewer_worlds_of_a_large_base_have_the_same_band(base, fitted, monkeypatch):
    _, history, _ = base
    whole = RepeatDistribution.of(fitted, history)
    monkeypatch.setattr("clove.valuation.repeat_distribution.SIMULATED", 60 * len(history))
    fewer = RepeatDistribution.of(fitted, history)
    np.testing.assert_allclose(fewer.expected, whole.expected, rtol=0.12)
    assert (fewer.high - fewer.low).sum() == pytest.approx((whole.high - whole.low).sum(), rel=0.2)


def test_calibration_is_the_mean_of_its_groups(base, fitted):
    _, history, births = base
    later = TRUTH.simulate(100 + UNTIL - births, 3).between(history.T, history.T + 20)
    found = GroupCalibration.of(fitted, history, later, 20.0)
    assert found.names == ("0", "1", "2", "3", "4", "5", "6", "7+")
    assert found.sizes.sum() == len(history)
    assert found.sizes @ found.actual == pytest.approx(later.sum())
    assert found.sizes @ found.predicted == pytest.approx(fitted.expected_purchases(history, 20.0).sum())
    two = history.frequency == 2
    assert found.actual[2] == pytest.approx(later[two].mean())
    assert ((found.low <= found.predicted) & (found.predicted <= found.high)).all()
    assert ((found.low <= found.actual) & (found.actual <= found.high)).sum() >= 5


def test_groups_by_time_are_about_equal_and_cover_everybody(base, fitted):
    _, history, _ = base
    for by in ("recency", "T", "silence"):
        found = GroupCalibration.of(fitted, history, np.zeros(len(history)), 20.0, by=by)
        assert found.sizes.sum() == len(history)
        assert "week" in found.by
    assert found.sizes.max() <= 1.1 * len(history) / 8 + 1
    with pytest.raises(ArgumentRefused, match="nothing to group by"):
        GroupCalibration.of(fitted, history, np.zeros(len(history)), 20.0, by="colour")
    for wrong in (np.zeros(3), np.full(len(history), np.nan), np.full(len(history), -1.0)):
        with pytest.raises(ArgumentRefused):
            GroupCalibration.of(fitted, history, wrong, 20.0)


def test_drawn_means_have_the_closed_forms_mean_and_spread():
    history = TRUTH.simulate(np.full(2_000, 30.0), 6).history(np.full(2_000, 30.0), "week")
    _, member = frequency_groups(history.frequency)
    means, sizes = group_means(TRUTH, history, 20.0, member, groups=8, seed=1), np.bincount(member)
    assert means.shape == (512, 8)
    expected = np.bincount(member, TRUTH.expected_purchases(history, 20.0)) / sizes
    np.testing.assert_allclose(means.mean(axis=0), expected, rtol=0.02)
    distribution = TRUTH.purchase_distribution(history, 20.0, 60)
    number = np.arange(61)
    variance = distribution @ number**2 - (distribution @ number) ** 2
    np.testing.assert_allclose(means.std(axis=0), np.sqrt(np.bincount(member, variance)) / sizes, rtol=0.15)


def test_large_groups_have_the_interval_of_all_their_customers(base, fitted, monkeypatch):
    _, history, _ = base
    came = np.zeros(len(history))
    whole = GroupCalibration.of(fitted, history, came, 20.0)
    monkeypatch.setattr("clove.valuation.calibration.MOST_OF_A_GROUP", 60)
    some = GroupCalibration.of(fitted, history, came, 20.0)
    np.testing.assert_array_equal(some.predicted, whole.predicted)
    large = whole.sizes > 120
    assert large.sum() >= 3
    np.testing.assert_allclose((some.high - some.low)[large], (whole.high - whole.low)[large], rtol=0.3)
    assert ((some.low <= some.predicted) & (some.predicted <= some.high)).all()


def test_the_map_is_the_model_itself(base, fitted):
    _, history, _ = base
    seen = FrequencyRecencyMap.of(fitted, history, 20.0)
    assert seen.unit is TimeUnit.WEEK
    row, column = 2, 11
    one = PurchaseHistory.of([seen.frequency[row]], [seen.age - seen.since_last[column]], [seen.age], unit="week")
    assert seen.probability_alive[row, column] == fitted.probability_alive(one)[0]
    assert seen.expected_purchases[row, column] == fitted.expected_purchases(one, 20.0)[0]
    for grid, (low, high) in (
        (seen.probability_alive, seen.alive_interval),
        (seen.expected_purchases, seen.purchases_interval),
    ):
        assert (low <= high).all()
        assert ((low <= grid) & (grid <= high)).mean() > 0.97
    with pytest.raises(NotEnoughData):
        FrequencyRecencyMap.of(fitted, history.take(np.zeros(0, np.int64)), 20.0)


def test_a_map_of_opportunities_leaves_out_what_cannot_be():
    from clove.models.bg_bb import BgBb

    T = np.full(200, 6.0)
    model = BgBb(1.2, 0.75, 0.66, 2.78)
    history = model.simulate(T, 1).history(T, "opportunity")
    seen = FrequencyRecencyMap.of(model, history, 5.0)
    impossible = seen.frequency[:, None] > seen.age - seen.since_last[None, :]
    assert impossible.any()
    assert (np.isnan(seen.probability_alive) == impossible).all()
    assert (np.isnan(seen.expected_purchases) == impossible).all()


def test_paths_and_curves_are_the_models_own(fitted):
    times = np.array([50.0, 53.0, 60.0, 60.0, 99.0])
    path = AlivePath.of(fitted, times, 80.0)
    assert path.purchases.tolist() == [0.0, 3.0, 10.0]
    np.testing.assert_array_equal(path.alive, fitted.alive_path(np.array([0.0, 3.0, 10.0]), path.at))
    assert path.at[0] == 0
    assert path.at[-1] == 30
    just_before = path.alive[np.searchsorted(path.at, 10.0) - 1]
    assert just_before < path.alive[np.searchsorted(path.at, 10.0)]
    assert (path.low <= path.high).all()
    curve = NewCustomerCurve.of(fitted, 52.0)
    np.testing.assert_array_equal(curve.expected, fitted.expected_purchases_new_customer(curve.at))
    assert (curve.low[1:] < curve.expected[1:]).all()
    assert (curve.expected[1:] < curve.high[1:]).all()
    with pytest.raises(ArgumentRefused, match="no purchase up to"):
        AlivePath.of(fitted, times, 40.0)
    with pytest.raises(ArgumentRefused):
        NewCustomerCurve.of(fitted, -1.0)


def test_customers_differ_as_the_gamma_distribution_says(fitted):
    found = Heterogeneity.of(TRUTH)
    np.testing.assert_allclose(
        found.rate[20:-5], gamma_distribution(TRUTH.r, scale=1 / TRUTH.alpha).ppf(SHARES)[20:-5], rtol=0.12
    )
    assert (Heterogeneity.of(fitted).rate_low <= Heterogeneity.of(fitted).rate_high).all()


def test_spend_is_the_integral_of_the_density():
    model = GammaGamma(6.25, 3.74, 15.44)
    history = PurchaseHistory.of([1, 1, 4], [1.0, 1.0, 4.0], [5.0] * 3, [8.0, 30.0, 55.0], unit="week")
    found = SpendFit.of(model, history)

    def density(spend, x):
        return float(np.exp(model.log_likelihood(PurchaseHistory.of([x], [1.0], [5.0], [spend]))[0]))

    for place in (3, 12):
        low, high = found.edges[place : place + 2]
        integral = 2 * quad(density, low, high, (1,))[0] + quad(density, low, high, (4,))[0]
        assert found.expected[place] == pytest.approx(integral, rel=1e-8)
    below = 2 * quad(density, 0, found.edges[1], (1,))[0] + quad(density, 0, found.edges[1], (4,))[0]
    assert found.expected[0] == pytest.approx(below, rel=1e-6)
    assert found.expected.sum() == pytest.approx(3)
    assert found.actual.sum() == 3


def test_spend_that_grows_with_frequency_is_drawn_from_the_same_scale():
    model = GammaGamma(4.0, 5.0, 20.0, elasticity=0.4)
    frequency = np.repeat([1.0, 3.0, 12.0], 4_000)
    _, customer, amounts = model.simulate(frequency, 2)
    mean = np.bincount(customer, amounts) / frequency
    history = PurchaseHistory.of(frequency, np.ones(frequency.size), np.full(frequency.size, 5.0), mean)
    found = SpendFit.of(model, history)
    inside = (found.actual >= found.low) & (found.actual <= found.high)
    assert inside.mean() > 0.6
    np.testing.assert_allclose(found.actual, found.expected, atol=4 * np.sqrt(found.expected.max()))


def test_spend_alike_and_no_spend():
    alike = PurchaseHistory.of([1, 2], [1.0, 1.0], [5.0] * 2, [20.0, 20.0])
    assert SpendFit.of(GammaGamma(6.0, 4.0, 15.0), alike).actual.sum() == 2
    with pytest.raises(NotEnoughData, match="nobody has a repeat purchase"):
        SpendFit.of(GammaGamma(6.0, 4.0, 15.0), PurchaseHistory.of([0], [0.0], [5.0]))


def test_clouds_leave_out_what_was_held(base, fitted):
    cloud = ParameterCloud.of(fitted)
    assert cloud.names == BgNbd.NAMES
    np.testing.assert_array_equal(cloud.estimates, fitted.parameters)
    assert np.mean((cloud.draws >= cloud.low) & (cloud.draws <= cloud.high)) == pytest.approx(0.8, abs=0.01)
    spend = GammaGamma.fit(PurchaseHistory.of([3, 2, 5, 1] * 9, [3.0] * 36, [9.0] * 36, np.linspace(9, 60, 36)))
    assert ParameterCloud.of(spend).names == ("p", "q", "gamma")
    with pytest.raises(ArgumentRefused, match="given, not fitted"):
        ParameterCloud.of(TRUTH)


def test_a_model_with_other_parameters_keeps_the_rest(base, fitted):
    _, history, _ = base
    moved = with_parameters(fitted, fitted.parameters * 2)
    np.testing.assert_array_equal(moved.parameters, fitted.parameters * 2)
    assert moved.unit is fitted.unit
    assert moved.evidence is None
    known = history.with_covariates({"shop": np.arange(len(history)) % 2})
    model = BgNbd.fit(known, purchase_covariates=["shop"])
    assert with_parameters(model, np.arange(1.0, 6.0)).effects[0].value == 5.0
    assert models_drawn(TRUTH, 5, 1) == [TRUTH]
    assert parameter_draws(TRUTH, 2, 1).tolist() == [TRUTH.parameters.tolist()] * 2


def test_impossible_histories_do_not_reach_a_picture():
    with pytest.raises(ImpossibleHistory):
        PurchaseHistory.of([1], [9.0], [5.0])
