import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from clove.reports.spread import Concentration, ValueBins

amounts = arrays(np.float64, st.integers(1, 60), elements=st.floats(0, 1e12) | st.just(0.0) | st.just(float("nan")))


@given(amounts)
def test_every_customer_is_in_exactly_one_bin(clv):
    bins = ValueBins.of(clv)
    assert bins.counts.sum() + bins.below + bins.unknown == clv.size
    assert bins.edges.size == bins.counts.size + 1 <= 17
    assert (np.diff(bins.edges) > 0).all()


def test_bins_count_what_lies_between_their_edges():
    bins = ValueBins.of(np.array([0.0, 1.0, 1.99, 2.0, 49.0, np.nan]))
    assert bins.edges.tolist() == [1, 2, 5, 10, 20, 50]
    assert bins.counts.tolist() == [2, 1, 0, 0, 1]
    assert (bins.below, bins.unknown, bins.nothing) == (1, 1, True)


def test_a_span_too_wide_keeps_the_high_end():
    bins = ValueBins.of(np.array([0.02, 3.0, 9e9]))
    assert not bins.nothing
    assert bins.below == 2
    assert bins.counts[-1] == 1


@given(amounts)
def test_the_curve_rises_from_none_to_all_and_never_lies_below_equality(clv):
    curve = Concentration.of(clv)
    if curve is None:
        assert not np.nansum(clv) > 0
        return
    assert curve.value[0] == curve.customers[0] == 0
    assert np.isclose(curve.value[-1], 1)
    assert (np.diff(curve.value) >= -1e-12).all()
    assert (curve.value >= curve.customers - 1e-9).all()


def test_the_tenth_with_half_of_the_value():
    curve = Concentration.of(np.array([9.0, *[1.0] * 9]))
    assert curve.held_by(0.1) == 0.5
    assert curve.holders_of(0.5) == 0.1
    assert np.isclose(Concentration.of(np.full(1000, 7.0)).held_by(0.3), 0.3)


def test_no_value_has_no_curve():
    assert Concentration.of(np.zeros(5)) is None
    assert Concentration.of(np.array([np.nan])) is None
