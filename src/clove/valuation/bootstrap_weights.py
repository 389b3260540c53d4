"""How often each customer is drawn in each resample: compiled, from a stream of his own."""

import math

import numpy as np
from numpy.typing import NDArray

from clove.kernel.arrays import Floats
from clove.models.compiled import compiled
from clove.models.random_numbers import advance, uniform

NONE = math.exp(-1.0)  # P(a Poisson variate of mean 1 is 0)
MOST = 20.0  # its chance to be larger is 1e-20


@compiled
def poisson_weights(keys: NDArray[np.uint64], first: int, count: int) -> Floats:
    """Poisson(1) weights by inversion, shape (n, count).

    Args:
        keys: Streams, shape (n,).
        first: Number of the first resample; the same number gives the same weights, whatever the chunks.
        count: How many resamples.
    """
    weights = np.empty((keys.size, count))
    for i in range(keys.size):
        for b in range(count):
            # an odd factor: no two resamples share a stream
            u = uniform(advance(keys[i] ^ (np.uint64(first + b + 1) * np.uint64(0xD1342543DE82EF95))))
            drawn, mass, below = 0.0, NONE, NONE
            while u > below and drawn < MOST:
                drawn += 1.0
                mass /= drawn
                below += mass
            weights[i, b] = drawn
    return weights
