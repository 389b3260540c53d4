"""How the sum over the opportunity of leaving moves with the BG/BB's parameters.

The logarithm of rho_k (see `bg_bb_series`) has derivatives that are sums of 1 / (z + i) and of its square, so those of
the logarithm of the whole sum are means, weighted by rho_k, of such sums and of their products.
"""

import math

from clove.kernel.arrays import Floats
from clove.models.bg_bb_series import SHORTEST_BLOCK, SINGLY, block, rest_is_nothing
from clove.models.compiled import compiled
from clove.models.rising_factorials import log_rising_ratio, sum_of_inverse_squares, sum_of_inverses

HUGE = 690.0  # exp(this) is still finite


@compiled
def add_slopes(moments: Floats, weight: float, a: float, b: float, g: float, d: float) -> None:  # noqa: PLR0917 - compiled code takes no keywords
    """Add a term, its slopes in the four parameters, and their ten products row by row, to the first 15 moments."""
    moments[0] += weight
    moments[1] += weight * a
    moments[2] += weight * b
    moments[3] += weight * g
    moments[4] += weight * d
    moments[5] += weight * a * a
    moments[6] += weight * a * b
    moments[7] += weight * a * g
    moments[8] += weight * a * d
    moments[9] += weight * b * b
    moments[10] += weight * b * g
    moments[11] += weight * b * d
    moments[12] += weight * g * g
    moments[13] += weight * g * d
    moments[14] += weight * d * d


@compiled
def add_squares(moments: Floats, weight: float, pair: float, own: float, stay: float, there: float) -> None:  # noqa: PLR0917 - compiled code takes no keywords
    """Add its sums of squares over z = alpha + beta, beta, gamma + delta and delta to the last 4."""
    moments[15] += weight * pair
    moments[16] += weight * own
    moments[17] += weight * stay
    moments[18] += weight * there


@compiled
def slopes_of_sum(  # noqa: PLR0917 - compiled code takes no keywords
    moments: Floats, x: float, t: int, n: int, parameters: Floats, table: Floats, rules: Floats
) -> float:
    """Log of the sum over all times of leaving, and of never leaving, relative to leaving after the last purchase.

    Args:
        moments: Out, shape (19,), as `add_slopes` and `add_squares` order them, divided by the first.
        x: Frequency.
        t: Recency.
        n: Opportunities.
        parameters: (alpha, beta, gamma, delta).
        table: As in `evaluate`.
        rules: Of `sum_rules`.
    """
    gamma = parameters[2]
    y, m = t - int(x), n - t
    A, B, D = parameters[0] + x, parameters[1] + y, parameters[3] + t
    own, own_squares = table[1, 0], table[1, 1]
    pair, pair_squares = table[2, 0], table[2, 1]
    there, there_squares = table[3, 0], table[3, 1]
    stay, stay_squares = table[4, 0], table[4, 1]
    moments[:] = 0.0
    rho = 1.0
    k = 0
    finished = False
    while k < min(m, SINGLY) and not finished:
        p, s = pair[t + k] - pair[t], stay[t + 1 + k] - stay[t + 1]
        add_slopes(moments, rho, -p, own[y + k] - own[y] - p, -s, there[t + k] - there[t] - s)
        add_squares(
            moments,
            rho,
            pair_squares[t + k] - pair_squares[t],
            own_squares[y + k] - own_squares[y],
            stay_squares[t + 1 + k] - stay_squares[t + 1],
            there_squares[t + k] - there_squares[t],
        )
        rho *= (B + k) * (D + k) / ((A + B + k) * (gamma + 1.0 + D + k))
        k += 1
        finished = rest_is_nothing(rho, moments[0], A, B, gamma, D, k)
    if k < m and not finished:
        add_blocks(moments, math.log(rho), A, B, gamma, D, m, rules)

    # and of never leaving
    last = 1.0 / (gamma + D + m)
    log_end = math.log1p((D + m) / gamma) - log_rising_ratio(B, A, m) - log_rising_ratio(D, gamma + 1.0, m)
    scale = max(log_end - HUGE, 0.0)
    end = math.exp(log_end - scale)
    if scale > 0.0:
        moments *= math.exp(-scale)
    p, s = pair[n] - pair[t], stay[n + 1] - stay[t + 1] - last
    add_slopes(moments, end, -p, own[y + m] - own[y] - p, -s - 1.0 / gamma, there[n] - there[t] - s)
    add_squares(
        moments,
        end,
        pair_squares[n] - pair_squares[t],
        own_squares[y + m] - own_squares[y],
        stay_squares[n + 1] - stay_squares[t + 1] - last * last,
        there_squares[n] - there_squares[t],
    )
    moments[12] += end / (gamma * gamma)
    mass = moments[0]
    moments /= mass
    return scale + math.log(mass)


@compiled
def add_blocks(  # noqa: PLR0917 - compiled code takes no keywords
    moments: Floats, log_rho: float, A: float, B: float, g: float, D: float, m: float, rules: Floats
) -> None:
    """Add the terms from `SINGLY` on, by Gauss's rule for sums; the logarithm of the first is given."""
    ends = (A + B, B, g + 1.0 + D, D)
    pair, own, stay, there = (
        sum_of_inverses(ends[0], SINGLY),
        sum_of_inverses(ends[1], SINGLY),
        sum_of_inverses(ends[2], SINGLY),
        sum_of_inverses(ends[3], SINGLY),
    )
    pair_squares, own_squares, stay_squares, there_squares = (
        sum_of_inverse_squares(ends[0], SINGLY),
        sum_of_inverse_squares(ends[1], SINGLY),
        sum_of_inverse_squares(ends[2], SINGLY),
        sum_of_inverse_squares(ends[3], SINGLY),
    )
    k = float(SINGLY)
    rho = 1.0
    while k < m:
        size, rule = block(k, m)
        for i in range(size):
            at = k - SINGLY + (rules[rule, 0, i] if rule >= 0 else i)
            rho = math.exp(log_rho - log_rising_ratio(B + SINGLY, A, at) - log_rising_ratio(D + SINGLY, g + 1.0, at))
            weight = rho * (rules[rule, 1, i] if rule >= 0 else 1.0)
            p = pair + sum_of_inverses(ends[0] + SINGLY, at)
            s = stay + sum_of_inverses(ends[2] + SINGLY, at)
            b = own + sum_of_inverses(ends[1] + SINGLY, at)
            d = there + sum_of_inverses(ends[3] + SINGLY, at)
            add_slopes(moments, weight, -p, b - p, -s, d - s)
            add_squares(
                moments,
                weight,
                pair_squares + sum_of_inverse_squares(ends[0] + SINGLY, at),
                own_squares + sum_of_inverse_squares(ends[1] + SINGLY, at),
                stay_squares + sum_of_inverse_squares(ends[2] + SINGLY, at),
                there_squares + sum_of_inverse_squares(ends[3] + SINGLY, at),
            )
        k += SHORTEST_BLOCK * 2.0**rule if rule >= 0 else size
        if rest_is_nothing(rho, moments[0], A, B, g, D, k):
            break
