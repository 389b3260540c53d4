"""Newton's method kept to a region in which its quadratic model is trusted, for a handful of parameters.

Conn, Gould & Toint (2000), Trust-Region Methods, algorithm 6.1.1 and chapter 7. With so few parameters, the model's
minimum within the region is found from the eigenvalues of the Hessian, negative ones included.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from clove.kernel.arrays import Floats

Evaluation: TypeAlias = tuple[float, Floats, Floats]
"""Value, gradient (k,) and Hessian (k, k)."""

FIRST_RADIUS = 1.0
LARGEST_RADIUS = 4.0
SMALLEST_RADIUS = 1e-12
ACCEPTED = 0.15  # share of the promised gain below which a step is taken back
POOR, GOOD = 0.25, 0.75  # shares below and above which the region shrinks and grows
MOST_STEPS = 200
ROUNDING = 1e-13  # of the value: a promised gain below cannot be seen in a sum over many customers


@dataclass(frozen=True, slots=True, eq=False)
class Minimum:
    """Where the descent ended; whether its gradient is short enough is for the caller to judge."""

    at: Floats  # (k,)
    evaluation: Evaluation  # there


def minimise(function: Callable[[Floats], Evaluation], start: Floats, gradient_below: float) -> Minimum:
    """Descend from `start` until the gradient is short enough or no step gains anything.

    Args:
        function: Smooth; where it or a derivative is no number, a shorter step is tried.
        start: Shape (k,).
        gradient_below: Euclidean length at which to stop.
    """
    at, here = start, function(start)
    radius = FIRST_RADIUS
    for _ in range(MOST_STEPS):
        value, gradient, hessian = here
        steepness = float(np.linalg.norm(gradient))
        if not (_finite(here) and steepness > gradient_below):
            break
        step = best_step(gradient, hessian, radius)
        length = float(np.linalg.norm(step))
        promised = -float(gradient @ step + 0.5 * step @ hessian @ step)
        there = function(at + step)
        unseen = ROUNDING * max(1.0, abs(value))
        close = promised <= unseen
        if not _finite(there):
            share = 0.0
        elif close:
            # the value has only rounding left: the gradient tells whether the step was worth it
            share = float(there[0] <= value + unseen and np.linalg.norm(there[1]) < steepness)
        else:
            share = (value - there[0]) / promised
        if share < POOR:
            radius = POOR * length
        elif share > GOOD and length > 0.99 * radius:
            radius = min(2.0 * radius, LARGEST_RADIUS)
        if share > ACCEPTED:
            at, here = at + step, there
        elif close or radius < SMALLEST_RADIUS:
            break
    return Minimum(at, here)


def best_step(gradient: Floats, hessian: Floats, radius: float) -> Floats:
    """The step of at most this length that lowers the quadratic model most, shape (k,).

    Args:
        gradient: Shape (k,), not 0.
        hessian: Shape (k, k), symmetric, of any sign.
        radius: Of the region.
    """
    values, vectors = np.linalg.eigh(hessian)
    slopes = vectors.T @ gradient
    if values[0] > 0:
        whole = -slopes / values
        if whole @ whole <= radius * radius:
            newton: Floats = vectors @ whole
            return newton
    # on the boundary: -slopes / (values + shift), whose length falls as the shift grows
    low = max(-float(values[0]), 0.0)
    high = low + float(np.linalg.norm(slopes)) / radius
    low += 1e-14 * max(high, 1e-300)
    shift = high
    for _ in range(60):
        lengths = slopes / (values + shift)
        length = float(np.linalg.norm(lengths))
        if abs(length - radius) <= 1e-3 * radius:
            break
        low, high = (shift, high) if length > radius else (low, shift)
        # Newton on 1 / length, which is nearly straight in the shift
        shift += (length / radius - 1.0) * length**2 / float(lengths @ (lengths / (values + shift)))
        if not low < shift < high:
            shift = 0.5 * (low + high)
    step = -slopes / (values + shift)
    missing = radius * radius - float(step @ step)
    if values[0] <= 0 and missing > 0.01 * radius * radius:
        # the hard case: next to no slope along the most negative curvature, so that either way along it is down
        step[0] = np.copysign(np.sqrt(missing + step[0] ** 2), step[0])
    along: Floats = vectors @ step
    return along


def _finite(evaluation: Evaluation) -> bool:
    value, gradient, hessian = evaluation
    return bool(np.isfinite(value) and np.isfinite(gradient).all() and np.isfinite(hessian).all())
