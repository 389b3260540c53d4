"""Draws of the number of purchases that a Pareto/NBD customer will make.

Whether he is still there is drawn by inversion of stratified uniforms: one from each of as many equal parts as there
are draws, in an order of the customer's own. If he is, his rate of purchase is Gamma(r + x, alpha + T), his rate of
dropout Gamma(s, beta + T), and his purchases are Poisson until he leaves or the horizon ends.
"""

import math

import numpy as np
from numpy.typing import NDArray

from clove.kernel.arrays import Floats
from clove.models.compiled import compiled
from clove.models.pareto_nbd_lifetime import gone_nearly, silence
from clove.models.random_numbers import advance, log_gamma_variate, poisson, shuffle, uniform

LARGEST_LOG = 700.0


@compiled
def draw_counts(  # noqa: PLR0917 - compiled code takes no keywords
    x: Floats,
    t_x: Floats,
    T: Floats,
    keys: NDArray[np.uint64],
    theta: Floats,
    horizons: Floats,
    repeats: int,
    counts: Floats,
) -> None:
    """Fill `counts` of a block of customers.

    Args:
        x: Frequency, shape (n,), as are the three that follow.
        t_x: Recency.
        T: Age.
        keys: Streams of random numbers.
        theta: Draws of (r, alpha, s, beta), shape (d, 4, m): m is 1, or n where each customer has his own.
        horizons: Units ahead in each draw, shape (d,).
        repeats: Draws per parameter draw.
        counts: Out, shape (n, d * repeats).
    """
    draws = theta.shape[0]
    count = draws * repeats
    order = np.empty(count, np.int64)
    own = theta.shape[2] > 1
    for i in range(x.size):
        state = shuffle(order, keys[i])
        row = i if own else 0
        since = T[i] - t_x[i]
        for k in range(draws):
            r, alpha, s, beta = theta[k, 0, row], theta[k, 1, row], theta[k, 2, row], theta[k, 3, row]
            R = r + x[i]
            alive = 1.0
            if since > 0.0:
                odds = math.log(gone_nearly(R, s, alpha, beta, t_x[i], since))
                odds += silence(R, s, alpha, beta, t_x[i], since)
                alive = 1.0 / (1.0 + math.exp(min(odds, LARGEST_LOG)))
            log_a, log_b = math.log(alpha + T[i]), math.log(beta + T[i])
            for j in range(repeats):
                column = k * repeats + j
                state = advance(state)
                u = (order[column] + uniform(state)) / count
                if u >= alive or horizons[k] <= 0.0:
                    counts[i, column] = 0.0
                    continue
                log_leaving, state = log_gamma_variate(s, state)
                log_rate, state = log_gamma_variate(R, state)
                state = advance(state)
                log_life = math.log(-math.log(uniform(state))) - (log_leaving - log_b)
                log_mean = log_rate - log_a + min(log_life, math.log(horizons[k]))
                counts[i, column], state = poisson(math.exp(min(log_mean, LARGEST_LOG)), state)
