"""The BG/BB by its definition: sums over the opportunity of leaving, in whole numbers of 78 digits."""

from fractions import Fraction

import mpmath

DIGITS = 50
BITS = 260


def over_common_denominator(*values: float) -> tuple[list[int], int]:
    exact = [Fraction(value) for value in values]
    unit = max(value.denominator for value in exact)  # powers of two, so the largest serves all
    return [int(value * unit) for value in exact], unit


def logs_of_rising(pairs) -> mpmath.mpf:
    """Sum of sign * log (z)_h over the pairs (z, h, sign)."""
    return mpmath.fsum(sign * (mpmath.loggamma(mpmath.mpf(z) + h) - mpmath.loggamma(z)) for z, h, sign in pairs)


def likelihood_parts(x: int, t_x: int, n: int, alpha, beta, gamma, delta) -> tuple[mpmath.mpf, mpmath.mpf]:
    """Eq. 6 in logs: of having left at any opportunity after the last purchase, and of being there still."""
    a, b, g, d = map(mpmath.mpf, (alpha, beta, gamma, delta))
    y = t_x - x
    (top_1, top_2, bottom_1, bottom_2), unit = over_common_denominator(
        Fraction(beta) + y,
        Fraction(delta) + t_x,
        Fraction(alpha) + Fraction(beta) + t_x,
        Fraction(gamma) + Fraction(delta) + t_x + 1,
    )
    term, total = 1 << BITS, 0
    for _ in range(n - t_x):
        total += term
        term = term * (top_1 * top_2) // (bottom_1 * bottom_2)
        if term == 0:
            break
        top_1, top_2, bottom_1, bottom_2 = (value + unit for value in (top_1, top_2, bottom_1, bottom_2))
    purchases = [(a, x, 1), (a + b, t_x, -1), (b, y, 1)]
    first = logs_of_rising([*purchases, (d, t_x, 1), (g + d, t_x + 1, -1)]) + mpmath.log(g)
    left = first + mpmath.log(mpmath.mpf(total) / 2**BITS) if total else mpmath.mpf("-inf")
    there = logs_of_rising([(a, x, 1), (a + b, n, -1), (b, n - x, 1), (d, n, 1), (g + d, n, -1)])
    return left, there


def log_likelihood(x, t_x, n, *parameters) -> mpmath.mpf:
    left, there = likelihood_parts(x, t_x, n, *parameters)
    return mpmath.log(mpmath.exp(left) + mpmath.exp(there))


def chances(x, t_x, n, *parameters) -> tuple[mpmath.mpf, mpmath.mpf]:
    """P(gone before n) and P(there at n)."""
    left, there = likelihood_parts(x, t_x, n, *parameters)
    odds = mpmath.exp(left - there)
    return odds / (1 + odds), 1 / (1 + odds)


def probability_alive(x, t_x, n, alpha, beta, gamma, delta) -> mpmath.mpf:
    _, there = chances(x, t_x, n, alpha, beta, gamma, delta)
    return there * (mpmath.mpf(delta) + n) / (mpmath.mpf(gamma) + delta + n)


def expected_purchases(x, t_x, n, horizon, alpha, beta, gamma, delta) -> mpmath.mpf:
    _, there = chances(x, t_x, n, alpha, beta, gamma, delta)
    (stay, leave), unit = over_common_denominator(Fraction(delta) + n, Fraction(gamma) + Fraction(delta) + n)
    term, total = 1 << BITS, 0
    for _ in range(horizon):
        term = term * stay // leave
        total += term
        stay, leave = stay + unit, leave + unit
    a, b = mpmath.mpf(alpha), mpmath.mpf(beta)
    return there * (a + x) / (a + b + n) * mpmath.mpf(total) / 2**BITS


def purchase_probability(k, x, t_x, n, horizon, alpha, beta, gamma, delta) -> mpmath.mpf:
    """P(k purchases at the next `horizon` opportunities)."""
    gone, there = chances(x, t_x, n, alpha, beta, gamma, delta)
    a, b, g, d = map(mpmath.mpf, (alpha, beta, gamma, delta))
    A, B, D = a + x, b + (n - x), d + n
    if k > horizon:
        return mpmath.mpf(0)
    (own, other, stay, pair, leave), unit = over_common_denominator(
        Fraction(k) + 1,
        Fraction(beta) + (n - x),
        Fraction(delta) + n + k,
        Fraction(alpha) + Fraction(beta) + n + k,
        Fraction(gamma) + Fraction(delta) + n + k + 1,
    )
    term, total, silent = 1 << BITS, 0, unit
    for _ in range(horizon - k):
        total += term
        term = term * (own * other * stay) // (silent * pair * leave)
        own, other, stay, pair, leave, silent = (v + unit for v in (own, other, stay, pair, leave, silent))
    series = mpmath.mpf(total) + mpmath.mpf(term) * (g + D + horizon) / g
    first = logs_of_rising([(A, k, 1), (A + B, k, -1), (D, k, 1), (g + D, k + 1, -1)]) + mpmath.log(g)
    value = there * mpmath.exp(first + mpmath.log(series / 2**BITS))
    return value + gone if k == 0 else value
