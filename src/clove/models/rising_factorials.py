"""Ratios of rising factorials (z)_h = z (z + 1) ... (z + h - 1), to full precision however long they are.

Differences of log-gamma functions lose ten digits where their arguments are 10^5. Here the logarithm of a ratio is the
sum of log(1 + c / (z + i)), every term of one sign: the first terms one by one, the rest by the Euler-Maclaurin
formula, written so that nothing cancels.
"""

import math

from clove.models.compiled import compiled

NEAR = 16.0  # from here on eleven orders of 1 / z are below rounding
MANY = 1e100  # a product above is put into the logarithm before it overflows


@compiled
def log_rising_ratio(z: float, c: float, h: float) -> float:
    """Log of (z + c)_h / (z)_h; relative error about 1e-15.

    Args:
        z: Above 0.
        c: Above -1 and -z; the result has its sign.
        h: Number of factors: whole where z is below `NEAR`, else any number from 0 on.
    """
    total = 0.0
    excess = 0.0  # the product so far, less 1: exact where it is near 1
    while z < NEAR and h >= 1.0:
        excess += (1.0 + excess) * (c / z)
        z += 1.0
        h -= 1.0
        if excess > MANY:
            total += math.log1p(excess)
            excess = 0.0
    total += math.log1p(excess)
    if h > 0.0:
        far, shifted, end = z + h, z + c, z + h + c
        step = math.log1p(h / z * (c / end))
        total += h * math.log1p(c / far) + c * math.log1p(h / shifted) - (z - 0.5) * step
        total += _corrections(1.0 / end, 1.0 / far, c) - _corrections(1.0 / shifted, 1.0 / z, c)
    return total


@compiled
def _corrections(p: float, q: float, c: float) -> float:
    """Bernoulli terms at one end, of odd powers of p = 1 / (z + c) less those of q = 1 / z."""
    s = p * p + q * q
    t = p * q
    third = s + t
    fifth = s * s + t * s - t * t
    seventh = s * s * s + t * s * s - 2.0 * t * t * s - t * t * t
    ninth = s**4 + t * s**3 - 3.0 * t * t * s * s - 2.0 * t**3 * s + t**4
    return -c * t * (1.0 / 12.0 - third / 360.0 + fifth / 1260.0 - seventh / 1680.0 + ninth / 1188.0)


@compiled
def sum_of_inverses(z: float, h: float) -> float:
    """Sum of 1 / (z + i) over 0 <= i < h; h as in `log_rising_ratio`."""
    total = 0.0
    while z < NEAR and h >= 1.0:
        total += 1.0 / z
        z += 1.0
        h -= 1.0
    if h > 0.0:
        p, q = 1.0 / (z + h), 1.0 / z
        s, t = p * p, q * q
        total += math.log1p(h / z) + 0.5 * h * p * q
        total += (t - s) / 12.0 - (t * t - s * s) / 120.0 + (t**3 - s**3) / 252.0 - (t**4 - s**4) / 240.0
        total += (t**5 - s**5) / 132.0
    return total


@compiled
def sum_of_inverse_squares(z: float, h: float) -> float:
    """Sum of 1 / (z + i)^2 over 0 <= i < h; h as in `log_rising_ratio`."""
    total = 0.0
    while z < NEAR and h >= 1.0:
        total += 1.0 / (z * z)
        z += 1.0
        h -= 1.0
    if h > 0.0:
        p, q = 1.0 / (z + h), 1.0 / z
        s, t = p * p, q * q
        total += h * p * q + 0.5 * (t - s) + (q * t - p * s) / 6.0 - (q * t * t - p * s * s) / 30.0
        total += (q * t**3 - p * s**3) / 42.0 - (q * t**4 - p * s**4) / 30.0 + (q * t**5 - p * s**5) * (5.0 / 66.0)
    return total
