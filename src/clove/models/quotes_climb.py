"""The demand curves of many segments at once: Newton's steps inside alpha <= 1 and beta >= 0."""

import numpy as np

from clove.kernel.arrays import Bools, Floats
from clove.kernel.errors import DidNotConverge
from clove.models.quotes import Quotes

STEPS = 200
HALVINGS = 40
GAIN = 1e-13  # of the log-likelihood, relative: less than this is rounding
RIDGE = 1e-12  # of a curvature that is nothing: where all convert, the climb is a straight line


def climb(quotes: Quotes, start: Floats, held: tuple[bool, bool] = (False, False)) -> tuple[Floats, Floats]:
    """The highest log-likelihood of each segment; the problem is concave, so that it is the only one.

    Args:
        quotes: Of k segments, each with a quote.
        start: (log_alpha, beta), inside the box and with a finite log-likelihood, shape (k, 2).
        held: Which of the two stay where they start.

    Returns:
        (log_alpha, beta), shape (k, 2), and the log-likelihood there, shape (k,).

    Raises:
        DidNotConverge: A segment has not arrived after `STEPS` steps.
    """
    theta = start.copy()
    value, gradient, hessian = quotes.sums(theta[:, 0], theta[:, 1])
    for _ in range(STEPS):
        pinned = np.array(held) | _against_a_bound(theta, gradient)
        step = newton_step(np.where(pinned, 0.0, gradient), hessian, pinned)
        promise = (gradient * step).sum(axis=1)
        moving = promise > GAIN * (1 + np.abs(value))
        if not moving.any():
            return theta, value
        share = np.ones(theta.shape[0])
        for _ in range(HALVINGS):
            tried = inside(theta + share[:, None] * step)
            tried[~moving] = theta[~moving]
            found = quotes.sums(tried[:, 0], tried[:, 1])
            short = moving & ~(found[0] >= value)
            if not short.any():
                break
            share = np.where(short, share / 2, share)
        else:
            tried[short] = theta[short]  # rounding stops these: where they are is as high as can be told
            found = quotes.sums(tried[:, 0], tried[:, 1])
        arrived = np.abs(tried - theta).max() == 0.0
        theta, (value, gradient, hessian) = tried, found
        if arrived:
            return theta, value
    raise DidNotConverge(
        f"the demand of {int(moving.sum())} segments has not settled after {STEPS} steps",
        where="price response",
        remedy="Check the prices and conversions of the quotes",
    )


def inside(theta: Floats) -> Floats:
    """The nearest (log_alpha, beta) with alpha at most 1 and beta at least 0, shape (k, 2)."""
    return np.stack([np.minimum(theta[:, 0], 0.0), np.maximum(theta[:, 1], 0.0)], axis=1)


def newton_step(gradient: Floats, hessian: Floats, pinned: Bools) -> Floats:
    """What Newton's rule adds to the parameters that are not pinned, shape (k, 2)."""
    free = ~pinned
    first = np.where(free[:, 0], -hessian[:, 0, 0] * (1 + RIDGE) + RIDGE, 1.0)
    second = np.where(free[:, 1], -hessian[:, 1, 1] * (1 + RIDGE) + RIDGE, 1.0)
    cross = np.where(free.all(axis=1), -hessian[:, 0, 1], 0.0)
    determinant = first * second - cross**2
    step = np.stack(
        [second * gradient[:, 0] - cross * gradient[:, 1], first * gradient[:, 1] - cross * gradient[:, 0]], axis=1
    )
    return np.asarray(step / determinant[:, None])


def _against_a_bound(theta: Floats, gradient: Floats) -> Bools:
    return np.stack([(theta[:, 0] >= 0) & (gradient[:, 0] > 0), (theta[:, 1] <= 0) & (gradient[:, 1] < 0)], axis=1)
