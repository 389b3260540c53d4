"""Which side reached the higher log-likelihood, judged by formulas that belong to none of them."""

from typing import Any

from harness.environments import PYMC_MARKETING
from harness.lines import Line, compared
from harness.race import Laps, Side, race
from harness.settings import Settings

SLACK = 1e-4  # log-likelihood that we may fall behind by


def likelihoods(settings: Settings, what: str, sides: list[Laps], arguments: dict[str, Any]) -> list[Line]:
    """A line for each peer beside ours, which come first; none for a side that has no fit.

    Args:
        settings: Whose interpreter judges.
        what: The data, for people.
        sides: Laps whose facts are parameters.
        arguments: `summary`, and `customers` and `model` where they are not those that the task takes by itself.
    """
    parameters = {side.name: side.laps[-1].facts for side in sides if side.laps}
    judge = Side(settings.clove, "log_likelihood", {**arguments, "parameters": parameters})
    [judged] = race([judge], rounds=1, warmups=0)
    ours, *peers = sides
    if judged.failed or not ours.laps:
        return []
    reached = judged.laps[0].facts
    return [
        compared(
            f"log-likelihood, {what}",
            f"{reached[ours.name]:.4f}",
            side.name,
            f"{reached[side.name]:.4f}{' (with its priors)' if side.name == PYMC_MARKETING else ''}",
            "≥ theirs - 1e-4",
            met=reached[ours.name] >= reached[side.name] - SLACK,
        )
        for side in peers
        if side.laps
    ]
