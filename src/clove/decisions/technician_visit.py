"""What it costs to send a technician: to fit hardware, or to fetch it back."""

import numpy as np

from clove.kernel.arrays import Floats, Labels
from clove.kernel.errors import ArgumentRefused

COMPLEXITY = {"standard": 1.0, "complex": 1.5, "premium": 1.8}  # of the vehicle: factor on labour and travel
TRAVEL = 3.50  # rand a kilometre, to a vehicle of standard complexity


def complexity_factors(complexity: Labels) -> Floats:
    """Factor of each vehicle, shape (n,); nan where the complexity is unknown (None).

    Raises:
        ArgumentRefused: A word that is no complexity.
    """
    words = np.asarray(complexity, dtype=object)
    factors = np.full(words.shape, np.nan)
    unknown: str | None = None
    known = words == unknown
    for word, factor in COMPLEXITY.items():
        here = words == word
        factors[here] = factor
        known |= here
    if not known.all():
        row = int(np.flatnonzero(~known)[0])
        raise ArgumentRefused(
            f"{words[row]!r} is no complexity",
            where=f"complexity, row {row}",
            remedy=f"Give one of {', '.join(COMPLEXITY)}",
        )
    return factors


def visit_cost(base_labour: Floats, distance_km: Floats, factor: Floats, travel: Floats | float = TRAVEL) -> Floats:
    """Labour and travel of one visit, shape (n,); nan where one of them is unknown.

    Args:
        base_labour: For a vehicle of standard complexity, in the contract's currency, shape (n,).
        distance_km: To the vehicle, shape (n,).
        factor: As from `complexity_factors`, shape (n,).
        travel: A kilometre, in the contract's currency.
    """
    return (base_labour + distance_km * travel) * factor
