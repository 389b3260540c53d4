"""Whether a Pareto/NBD customer is gone: one positive integral in place of a difference of hypergeometric functions.

The published forms (Fader & Hardie 2005, "A Note on Deriving the Pareto/NBD Model and Related Expressions") subtract
two hypergeometric functions that may agree in every digit. What they stand for has nothing to cancel. A customer of x
purchases who is still there at the age `start` leaves within `span` without another one with probability

    J = integral over tau from start to start + span of s / (beta + tau) ((beta + start) / (beta + tau))^s
                                               ((alpha + start) / (alpha + tau))^R,    R = r + x,

and stays as long without one with exp(-K), K = R ln(1 + span / (alpha + start)) + s ln(1 + span / (beta + start)).
One who was last seen at `start` is thus gone with odds J exp(K).

With delta the smaller of alpha and beta and v = ln((delta + tau) / (delta + start)) the integrand is exp(-F(v)) with F
convex, and analytic in |Im v| < pi. Gauss and Legendre's rule on panels that are short against pi and on which F does
not change by much therefore has the precision of the arithmetic; beyond a rise of F by `DEEP` nothing is left.
"""

import math

import numpy as np

from clove.kernel.arrays import Floats
from clove.models.compiled import compiled

DEEP = 46.0  # exp(-this) is below the precision of a double
LONGEST = 2.5  # a panel in v, against the strip's half-width pi
STEEPEST = 10.0  # change of F over a panel
SHORT, GENTLE = 0.8, 3.0  # the same, for a panel of eight nodes
SHORT_ENOUGH, GENTLE_ENOUGH = 2.0, 5.0  # the same, where ten digits will do


def gauss_legendre(nodes: int) -> tuple[Floats, Floats]:
    """Gauss and Legendre's rule on (0, 1)."""
    at, weights = np.polynomial.legendre.leggauss(nodes)
    return (at + 1) / 2, weights / 2


NODES_8, WEIGHTS_8 = gauss_legendre(8)
NODES_16, WEIGHTS_16 = gauss_legendre(16)


@compiled
def silence(R: float, s: float, alpha: float, beta: float, start: float, span: float) -> float:  # noqa: PLR0917 - compiled code takes no keywords
    """K: -log of the chance to stay, and to buy nothing, for the span after `start`."""
    return R * math.log1p(span / (alpha + start)) + s * math.log1p(span / (beta + start))


@compiled
def gone(R: float, s: float, alpha: float, beta: float, start: float, span: float) -> float:  # noqa: PLR0917 - compiled code takes no keywords
    """J, to the precision of the arithmetic.

    Args:
        R: r + x.
        s: Shape of the dropout rate.
        alpha: Of this customer.
        beta: Of this customer.
        start: Age at which he was last seen.
        span: Time since then.
    """
    near, far = (alpha, beta) if alpha <= beta else (beta, alpha)
    near += start
    length = math.log1p(span / near)
    share = near / (far + start)
    # exp(-F) with F = fast v + slow ln((far + tau) / (far + start)), up to a factor
    if alpha <= beta:
        fast, slow, factor = R - 1.0, s + 1.0, s * share
    else:
        fast, slow, factor = s, R, s
    total = 0.0
    left = 0.0
    at_left = 0.0  # F
    lowest = 0.0
    growth = 0.0  # (tau - start) / (delta + start)
    while left < length:
        # by the distance from the panel's left end, so that long silences lose no digits
        here = share * (1.0 + growth) / (1.0 + share * growth)
        width = min(length - left, LONGEST)
        while True:
            rise = fast * width + slow * math.log1p(here * math.expm1(width))
            if abs(rise) <= STEEPEST:
                break
            width *= max(0.9 * STEEPEST / abs(rise), 0.1)
        panel = 0.0
        if width <= SHORT and abs(rise) <= GENTLE:
            for i in range(8):
                step = width * NODES_8[i]
                panel += WEIGHTS_8[i] * math.exp(-fast * step - slow * math.log1p(here * math.expm1(step)))
        else:
            for i in range(16):
                step = width * NODES_16[i]
                panel += WEIGHTS_16[i] * math.exp(-fast * step - slow * math.log1p(here * math.expm1(step)))
        total += math.exp(-at_left) * width * panel
        left += width
        at_left += rise
        lowest = min(lowest, at_left)
        if at_left - lowest > DEEP and rise > 0.0:
            break
        growth = math.expm1(left)
    return factor * total


@compiled
def gone_nearly(R: float, s: float, alpha: float, beta: float, start: float, span: float) -> float:  # noqa: PLR0917 - compiled code takes no keywords
    """J to ten digits, several times as quick for an ordinary customer."""
    near, far = (alpha, beta) if alpha <= beta else (beta, alpha)
    near += start
    far += start
    ratio = span / near
    length = math.log(1.0 + ratio)
    share = near / far
    if alpha <= beta:
        fast, slow, factor = R - 1.0, s + 1.0, s * share
    else:
        fast, slow, factor = s, R, s
    if length > SHORT_ENOUGH or abs(fast * length + slow * math.log(1.0 + share * ratio)) > GENTLE_ENOUGH:
        return gone(R, s, alpha, beta, start, span)
    total = 0.0
    rest = 1.0 - share
    for i in range(8):
        v = length * NODES_8[i]
        total += WEIGHTS_8[i] * math.exp(-fast * v - slow * math.log(rest + share * math.exp(v)))
    return factor * length * total


@compiled
def log_gone_and_silence(  # noqa: PLR0917 - compiled code takes no keywords
    R: Floats, s: float, alpha: Floats, beta: Floats, start: Floats, span: Floats
) -> tuple[Floats, Floats]:
    """Log of J, and K, of each customer, shapes (n,); their sum is the log of the odds of being gone.

    Args:
        R: r + x, shape (n,).
        s: Shape of the dropout rate.
        alpha: Shape (n,) or (1,).
        beta: Shape (n,) or (1,).
        start: Age at which each was last seen, shape (n,).
        span: Time since then, shape (n,) or (1,).
    """
    n = R.size
    logs = np.empty(n)
    silences = np.empty(n)
    for i in range(n):
        own_alpha = alpha[i] if alpha.size > 1 else alpha[0]
        own_beta = beta[i] if beta.size > 1 else beta[0]
        time = span[i] if span.size > 1 else span[0]
        silences[i] = silence(R[i], s, own_alpha, own_beta, start[i], time)
        found = gone(R[i], s, own_alpha, own_beta, start[i], time)
        logs[i] = math.log(found) if found > 0.0 else -math.inf
    return logs, silences
