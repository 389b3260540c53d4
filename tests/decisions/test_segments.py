import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from clove.decisions.segments import SEGMENTS, assign_segments, percentile_rank


def test_a_hundred_customers_fall_into_the_documented_shares():
    segment = assign_segments(percentile_rank(np.arange(100.0)))
    assert np.bincount(segment).tolist() == [10, 15, 35, 30, 10]
    assert SEGMENTS[segment[-1]].name == "Champions"
    assert SEGMENTS[segment[0]].name == "Dormant"


@given(arrays(np.float64, st.integers(1, 60), elements=st.sampled_from([0.0, 1.0, 2.5, 10.0, 1e9])))
def test_equal_values_get_equal_segments_and_order_does_not_matter(value):
    rank = percentile_rank(value)
    assert ((rank > 0) & (rank < 100)).all()
    for one in np.unique(value):
        assert np.ptp(rank[value == one]) == 0
    shuffled = np.random.default_rng(0).permutation(value.size)
    assert percentile_rank(value[shuffled]).tolist() == rank[shuffled].tolist()
    better = np.argsort(value)
    assert (np.diff(assign_segments(rank)[better]) <= 0).all()
