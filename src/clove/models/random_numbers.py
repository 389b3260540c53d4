"""Streams of random numbers for compiled loops: one per customer, so that order and partition change nothing."""

import math

import numpy as np

from clove.kernel.arrays import Ints
from clove.models.compiled import compiled

UNIT = 1.0 / 9007199254740992.0  # 2^-53
SMALL_MEAN = 12.0  # of a Poisson variate that is counted up to
LARGE_MEAN = 1e8  # above, its normal approximation is closer than the rounding of its probabilities


@compiled
def advance(state: np.uint64) -> np.uint64:
    """Next state of SplitMix64. Steele, Lea & Flood (2014), OOPSLA, 453-472."""
    return state + np.uint64(0x9E3779B97F4A7C15)


@compiled
def bits(state: np.uint64) -> np.uint64:
    """The state's 64 random bits."""
    z = state
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@compiled
def uniform(state: np.uint64) -> float:
    """The state's number in (0, 1)."""
    return (float(bits(state) >> np.uint64(11)) + 0.5) * UNIT


@compiled
def normal(state: np.uint64) -> tuple[float, np.uint64]:
    """Standard normal by Box and Muller, and the state after it."""
    state = advance(state)
    first = uniform(state)
    state = advance(state)
    return math.sqrt(-2.0 * math.log(first)) * math.cos(2.0 * math.pi * uniform(state)), state


@compiled
def log_gamma_variate(shape: float, state: np.uint64) -> tuple[float, np.uint64]:
    """Log of a gamma variate, and the state after it. Marsaglia & Tsang (2000), ACM TOMS 26(3), 363-372."""
    boost = 0.0
    if shape < 1.0:
        state = advance(state)
        boost = math.log(uniform(state)) / shape
        shape += 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        z, state = normal(state)
        v = 1.0 + c * z
        if v > 0.0:
            log_v = 3.0 * math.log(v)
            state = advance(state)
            if math.log(uniform(state)) < 0.5 * z * z + d - d * math.exp(log_v) + d * log_v:
                return math.log(d) + log_v + boost, state


@compiled
def shuffle(order: Ints, state: np.uint64) -> np.uint64:
    """A random order of 0, 1, ... in place. Fisher and Yates."""
    for j in range(order.size):
        order[j] = j
    for j in range(order.size - 1, 0, -1):
        state = advance(state)
        k = int(uniform(state) * (j + 1))
        order[j], order[k] = order[k], order[j]
    return state


@compiled
def poisson(mean: float, state: np.uint64) -> tuple[float, np.uint64]:
    """A Poisson variate, and the state after it.

    By inversion up to `SMALL_MEAN`, above it by transformed rejection (Hoermann 1993, Insurance: Mathematics and
    Economics 12(1), 39-45, algorithm PTRS), and where a double's digits end as a rounded normal.
    """
    if mean < SMALL_MEAN:
        state = advance(state)
        rest = uniform(state)
        term = math.exp(-mean)
        n = 0.0
        while rest > term:
            rest -= term
            n += 1.0
            term *= mean / n
            if term < UNIT and n > mean:  # what is left of the uniform is rounding
                break
        return n, state
    if mean > LARGE_MEAN:
        z, state = normal(state)
        return max(math.floor(mean + math.sqrt(mean) * z + 0.5), 0.0), state
    log_mean = math.log(mean)
    b = 0.931 + 2.53 * math.sqrt(mean)
    a = -0.059 + 0.02483 * b
    log_inverse = math.log(1.1239 + 1.1328 / (b - 3.4))
    squeeze = 0.9277 - 3.6224 / (b - 2.0)
    while True:
        state = advance(state)
        u = uniform(state) - 0.5
        state = advance(state)
        v = uniform(state)
        margin = 0.5 - abs(u)
        n = math.floor((2.0 * a / margin + b) * u + mean + 0.43)
        if margin >= 0.07 and v <= squeeze:
            return n, state
        if n < 0.0 or (margin < 0.013 and v > margin):
            continue
        log_hat = math.log(a / (margin * margin) + b) - log_inverse
        if math.log(v) - log_hat <= n * log_mean - mean - math.lgamma(n + 1.0):
            return n, state
