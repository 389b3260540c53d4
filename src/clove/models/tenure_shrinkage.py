"""How much one count is to be believed beside what is usual: as much as all counts together say."""

from collections.abc import Callable

import numpy as np

from clove.kernel.arrays import Floats

STRENGTHS = (1.0, 1e6)  # contract-months
WEIGHTS = (0.5, 1e5)  # ends


def cell_strength(n: Floats, e: Floats, usual: Floats) -> float:
    """Find kappa of e ~ BetaBinomial(n, kappa * usual, kappa * (1 - usual)) by likelihood over cells of one shape."""
    from scipy.special import gammaln

    there = (n > 0) & (usual > 0) & (usual < 1)
    n, e, usual = n[there], e[there], usual[there]

    def log_likelihood(kappa: float) -> float:
        a, b = kappa * usual, kappa * (1 - usual)
        cells = gammaln(e + a) - gammaln(a) + gammaln(n - e + b) - gammaln(b) + gammaln(kappa) - gammaln(n + kappa)
        return float(cells.sum())

    return _highest(log_likelihood, *STRENGTHS)


def level_weight(ends: Floats, expected: Floats) -> float:
    """Find nu of ends ~ Poisson(level * expected), level ~ Gamma(nu, nu), by likelihood over segments, shape (s,)."""
    from scipy.special import gammaln

    there = expected > 0
    ends, expected = ends[there], expected[there]

    def log_likelihood(nu: float) -> float:
        found = gammaln(ends + nu) - gammaln(nu) + nu * np.log(nu) - (ends + nu) * np.log(expected + nu)
        # what does not depend on nu, so that large numbers do not swallow the rest
        return float((found + ends * np.log(np.maximum(expected, 1e-300))).sum())

    return _highest(log_likelihood, *WEIGHTS)


def _highest(log_likelihood: Callable[[float], float], low: float, high: float) -> float:
    """The best of a grid of logs, refined; a bound where the likelihood still rises there."""
    from scipy.optimize import minimize_scalar

    grid = np.linspace(np.log(low), np.log(high), 30)
    values = np.array([log_likelihood(float(np.exp(point))) for point in grid])
    best = int(values.argmax())
    between = (float(grid[max(best - 1, 0)]), float(grid[min(best + 1, grid.size - 1)]))
    found = minimize_scalar(
        lambda point: -log_likelihood(float(np.exp(point))), bounds=between, method="bounded", options={"xatol": 1e-4}
    )
    return float(np.exp(found.x if -found.fun > values[best] else grid[best]))
