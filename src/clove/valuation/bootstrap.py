"""Intervals without a formula: customers are drawn anew, with weights that each carries with him.

How often a customer is drawn is Poisson(1) from a stream keyed by who he is, so that he weighs the same wherever he is
judged: under every forecaster (differences are paired), in every group, and at every date (figures of several dates
share their customers, and their mean knows it). The number of customers drawn varies a little; all figures that are
resampled here are ratios, which do not mind. Efron (1979), Annals of Statistics 7(1), 1-26; Chamandy et al. (2012),
"Estimating uncertainty for massive data streams", for Poisson weights.
"""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from clove.kernel.arrays import Floats

RESAMPLES = 400
CONFIDENCE = 0.95  # of intervals
FEWEST_SHARE = 0.9  # of the resamples in which a figure has to exist for an interval to be had
CHUNK = 2_000_000  # weights held at a time, 16 MB


def weights_in_chunks(keys: NDArray[np.uint64], resamples: int = RESAMPLES) -> Iterator[Floats]:
    """The sample itself, all ones, as the first column, then one column for each resample, in chunks of shape (n, b).

    Args:
        keys: One per customer, shape (n,); `clove.models.streams.stream_keys` makes them.
        resamples: How many.
    """
    from clove.valuation.bootstrap_weights import poisson_weights

    columns = max(CHUNK // max(keys.size, 1), 1)
    yield np.ones((keys.size, 1))
    for first in range(0, resamples, columns):
        yield poisson_weights(keys, first, min(columns, resamples - first))


def interval(samples: Floats) -> tuple[Floats, Floats]:
    """Bounds between which a figure lies with the stated confidence, by the percentiles of its resamples.

    Args:
        samples: Of k figures, shape (b, k), without the sample itself; nan where a figure does not exist.

    Returns:
        Lower and upper bounds, each of shape (k,); nan for a figure that too few resamples have.
    """
    tail = (1 - CONFIDENCE) / 2
    enough = np.isfinite(samples).sum(axis=0) >= max(math.ceil(FEWEST_SHARE * samples.shape[0]), 1)
    bounds = np.full((2, samples.shape[1]), np.nan)
    if enough.any():
        kept = np.where(np.isfinite(samples), samples, np.nan)[:, enough]
        bounds[:, enough] = np.nanquantile(kept, [tail, 1 - tail], axis=0)
    return bounds[0], bounds[1]
