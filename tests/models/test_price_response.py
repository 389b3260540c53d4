import numpy as np
import pytest

from clove.kernel.errors import ArgumentRefused
from clove.models.price_response import PriceResponse
from clove.models.price_response_free import FreePriceResponse
from clove.models.quotes import Quotes

LADDER = np.array([0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3])
ALPHA, BETA, LIST = np.array([0.80, 0.90, 0.95]), np.array([0.0018, 0.0030, 0.0015]), np.array([219.0, 149.0, 189.0])


def simulated(alpha, beta, listed, quotes, seed):
    """Quotes on a ladder of prices around list, `quotes` of each segment."""
    rng = np.random.default_rng(seed)
    segment = np.repeat(np.arange(alpha.size), quotes)
    price = listed[segment] * rng.choice(LADDER, segment.size)
    won = rng.random(segment.size) < alpha[segment] * np.exp(-beta[segment] * price)
    return Quotes.of(segment, price, won, segments=alpha.size)


def test_quotes_are_counted_by_segment_and_price():
    quotes = Quotes.of(
        np.array([1, 0, 1, 1]), np.array([5.0, 7.0, 5.0, 4.0]), np.array([True, False, False, True]), segments=3
    )
    assert quotes.segment.tolist() == [0, 1, 1]
    assert quotes.price.tolist() == [7.0, 4.0, 5.0]
    assert quotes.made.tolist() == [1.0, 1.0, 2.0]
    assert quotes.converted.tolist() == [0.0, 1.0, 1.0]
    assert quotes.take(np.array([False, True, False])).segment.tolist() == [0, 0]


def test_the_log_likelihood_and_its_slopes():
    quotes = simulated(ALPHA, BETA, LIST, 50, 1)
    a, b = np.log([0.7, 0.8, 0.9]), np.array([0.001, 0.002, 0.003])
    value, gradient, hessian = quotes.sums(a, b)
    p = np.exp(a[quotes.segment] - b[quotes.segment] * quotes.price)
    each = quotes.converted * np.log(p) + (quotes.made - quotes.converted) * np.log(1 - p)
    np.testing.assert_allclose(value, np.bincount(quotes.segment, each), rtol=1e-12)
    for which, step in ((0, np.array([1e-5, 0.0])), (1, np.array([0.0, 1e-8]))):
        ahead, behind = quotes.sums(a + step[0], b + step[1]), quotes.sums(a - step[0], b - step[1])
        width = 2 * step[which]
        np.testing.assert_allclose(gradient[:, which], (ahead[0] - behind[0]) / width, rtol=1e-5)
        np.testing.assert_allclose(hessian[:, which], (ahead[1] - behind[1]) / width, rtol=1e-5)


def test_the_free_fit_is_the_maximum_and_its_ends_are_where_the_profile_has_fallen():
    """Against a general optimiser, one segment at a time."""
    from scipy.optimize import minimize, minimize_scalar

    quotes = simulated(ALPHA, BETA, LIST, 400, 3)
    fit = FreePriceResponse.fit(quotes)
    for k in range(3):
        own = quotes.take(np.arange(3) == k)

        def loss(theta, own=own):
            return -own.sums(theta[:1], theta[1:] / 100)[0][0]

        box = [(-5.0, 0.0), (0.0, 5.0)]
        best = minimize(loss, [-0.1, 0.2], bounds=box, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-10})
        assert fit.log_likelihood[k] == pytest.approx(-best.fun, abs=1e-7)
        for which, ends in (
            (0, np.log([fit.alpha_low[k], fit.alpha_high[k]])),
            (1, 100 * np.array([fit.beta_low[k], fit.beta_high[k]])),
        ):
            for end in ends:
                there = minimize_scalar(
                    lambda other, end=end, which=which, loss=loss: loss(
                        np.array([end, other] if which == 0 else [other, end])
                    ),
                    bounds=box[1 - which],
                    method="bounded",
                    options={"xatol": 1e-10},
                )
                fallen = 2 * (there.fun - best.fun)
                assert fallen == pytest.approx(1.959963985**2, abs=1e-4) or (end == 0 and fallen < 1.96**2)


def test_intervals_of_the_free_fit_hold_the_truth():
    """95 % intervals: each of alpha and beta in at least 90 of 100 runs of each segment; reduced to 3 segments."""
    runs = 100
    fit = FreePriceResponse.fit(simulated(np.tile(ALPHA, runs), np.tile(BETA, runs), np.tile(LIST, runs), 1_000, 5))
    alpha, beta = np.tile(ALPHA, runs), np.tile(BETA, runs)
    for low, truth, high in (
        (fit.alpha_low, alpha, fit.alpha_high),
        (fit.beta_low, beta, fit.beta_high),
    ):
        held = ((low <= truth) & (truth <= high)).reshape(runs, 3).sum(axis=0)
        assert (held >= 90).all()
        assert (high - low > 0).all()
    # the intervals are not merely wide: with a thousand quotes, the ends differ by less than the parameter can
    assert np.median(fit.beta_high / beta) < 2.5
    assert np.median(fit.alpha_low / alpha) > 0.6


def test_the_covariance_is_the_spread_of_estimates():
    """Far from the bounds, over many runs."""
    runs, alpha, beta = 400, 0.5, 0.003
    fit = FreePriceResponse.fit(simulated(np.full(runs, alpha), np.full(runs, beta), np.full(runs, 200.0), 20_000, 7))
    assert not fit.on_bound.any()
    seen = np.cov(np.log(fit.alpha), fit.beta)
    np.testing.assert_allclose(fit.covariance.mean(axis=0), seen, rtol=0.25)


@pytest.mark.parametrize(
    ("price", "won", "alpha", "beta", "bound"),
    [
        ([100.0, 200.0], [True, True], 1.0, 0.0, [True, True]),  # all convert
        ([100.0, 200.0, 200.0], [True, True, False], 1.0, None, [True, False]),  # alpha at 1
        ([100.0, 100.0, 200.0, 200.0], [True, False, True, True], 0.75, 0.0, [False, True]),  # dearer sells better
    ],
)
def test_fits_on_a_bound_say_so_and_still_have_intervals(price, won, alpha, beta, bound):
    quotes = Quotes.of(np.zeros(len(price), int), np.array(price), np.array(won), segments=1)
    fit = FreePriceResponse.fit(quotes)
    assert fit.alpha[0] == pytest.approx(alpha)
    assert beta is None or fit.beta[0] == pytest.approx(beta, abs=1e-12)
    assert fit.on_bound[0].tolist() == bound
    assert fit.alpha_low[0] < fit.alpha[0] <= fit.alpha_high[0] <= 1
    assert 0 <= fit.beta_low[0] <= fit.beta[0] < fit.beta_high[0] < np.inf


def test_quotes_that_cannot_tell_give_no_estimate_but_a_reason():
    segment, price = np.array([0, 0, 1, 1]), np.array([100.0, 200.0, 150.0, 150.0])
    fit = FreePriceResponse.fit(Quotes.of(segment, price, np.array([False, False, True, False]), segments=3))
    assert np.isnan(fit.alpha).all()
    assert fit.reason.tolist() == [
        "no quote has converted",
        "all quotes were made at one price",
        "there is no quote",
    ]


def test_few_quotes_stay_near_the_expectation_and_many_do_not():
    alpha, beta, listed = np.full(40, 0.6), np.full(40, 0.0025), np.full(40, 200.0)
    expected = (np.full(40, 0.8), np.full(40, 0.0018))
    truth = alpha * np.exp(-beta * listed)
    errors = []
    for quotes in (0, 10, 100, 2_000):
        fit = PriceResponse.fit(simulated(alpha, beta, listed, quotes, 11), *expected)
        errors.append(np.abs(fit.conversion(listed) - truth).mean())
    assert errors[0] == pytest.approx(0.8 * np.exp(-0.36) - truth[0])
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.01


def test_shrinkage_beats_both_the_table_and_each_segment_alone():
    rng = np.random.default_rng(13)
    k = 100
    listed = rng.uniform(150, 350, k)
    expected = (rng.uniform(0.6, 0.9, k), rng.uniform(0.0012, 0.003, k))
    odds = expected[0] / (1 - expected[0]) * np.exp(0.3 + 0.25 * rng.normal(size=k))
    alpha, beta = odds / (1 + odds), expected[1] * np.exp(-0.2 + 0.2 * rng.normal(size=k))
    quotes = simulated(alpha, beta, listed, 60, 17)
    shrunk, alone = PriceResponse.fit(quotes, *expected), FreePriceResponse.fit(quotes)
    told = alone.reason == ""
    for price in (0.8 * listed, listed, 1.2 * listed):
        truth = alpha * np.exp(-beta * price)
        error = np.abs(shrunk.conversion(price) - truth)[told].mean()
        assert error < 0.9 * np.abs(expected[0] * np.exp(-expected[1] * price) - truth)[told].mean()
        assert error < 0.9 * np.abs(alone.alpha * np.exp(-alone.beta * price) - truth)[told].mean()
    low, high = shrunk.conversion_interval(listed)
    truth = alpha * np.exp(-beta * listed)
    assert 0.68 <= ((low <= truth) & (truth <= high)).mean() <= 0.92


def test_a_segment_without_quotes_follows_the_business():
    """The others convert better than was expected; so does it, less surely."""
    alpha, beta, listed = np.full(30, 0.9), np.full(30, 0.0012), np.full(30, 200.0)
    quotes = simulated(alpha, beta, listed, 300, 19)
    quotes = Quotes(31, quotes.segment, quotes.price, quotes.made, quotes.converted)
    fit = PriceResponse.fit(quotes, np.full(31, 0.8), np.full(31, 0.0018))
    assert fit.quotes[-1] == 0
    at = fit.conversion(np.full(31, 200.0))
    truth, expected = 0.9 * np.exp(-0.24), 0.8 * np.exp(-0.36)
    assert at[-1] == pytest.approx(truth, abs=0.05)
    assert at[-1] - expected > 0.08
    low, high = fit.conversion_interval(np.full(31, 200.0))
    assert (high - low)[-1] > 1.5 * (high - low)[:-1].mean()


def test_the_order_of_quotes_does_not_matter():
    rng = np.random.default_rng(23)
    segment, price, won = rng.integers(0, 5, 900), rng.choice(LADDER, 900) * 200, rng.random(900) < 0.5
    order = rng.permutation(900)
    expected = (np.full(5, 0.8), np.full(5, 0.002))
    one = PriceResponse.fit(Quotes.of(segment, price, won, segments=5), *expected)
    other = PriceResponse.fit(Quotes.of(segment[order], price[order], won[order], segments=5), *expected)
    assert one.to_json() == other.to_json()


def test_the_reference_price_hardly_matters():
    expected = (np.array([0.85, 0.85, 0.9]), np.full(3, 0.002))
    quotes = simulated(ALPHA, BETA, LIST, 300, 31)
    mean, listed = PriceResponse.fit(quotes, *expected), PriceResponse.fit(quotes, *expected, LIST)
    np.testing.assert_allclose(mean.conversion(LIST), listed.conversion(LIST), rtol=1e-3)


def test_it_is_written_and_read_to_the_last_bit():
    fitted = PriceResponse.fit(simulated(ALPHA, BETA, LIST, 80, 29), ALPHA, BETA)
    for model in (fitted, PriceResponse.expected(ALPHA, BETA)):
        again = PriceResponse.from_json(model.to_json())
        np.testing.assert_array_equal(again.alpha, model.alpha)
        np.testing.assert_array_equal(again.covariance, model.covariance)
        assert again.to_json() == model.to_json()


def test_what_is_no_quote_or_no_expectation_is_refused():
    one = np.zeros(1, int)
    for price in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(ArgumentRefused, match="price"):
            Quotes.of(one, np.array([price]), np.array([True]), segments=1)
    with pytest.raises(ArgumentRefused, match="segment"):
        Quotes.of(one + 1, np.ones(1), np.array([True]), segments=1)
    with pytest.raises(ArgumentRefused, match="length"):
        Quotes.of(one, np.ones(2), np.array([True]), segments=1)
    with pytest.raises(ArgumentRefused, match="reference"):
        PriceResponse.fit(simulated(ALPHA, BETA, LIST, 9, 1), ALPHA, BETA, np.array([1.0, 0.0, 1.0]))
    for alpha, beta in ((0.0, 0.1), (1.1, 0.1), (0.5, 0.0), (0.5, np.nan)):
        with pytest.raises(ArgumentRefused, match="expected"):
            PriceResponse.expected(np.array([alpha]), np.array([beta]))
