"""Fitting the BG/NBD."""

from harness.lines import Line, compared, quicker
from harness.race import Laps, Side, race
from harness.settings import Settings

TITLE = "BG/NBD fit"
NOTE = (
    "The summary at day grain is already in memory. One call that does not count, so that the machine code of numba "
    "and of PyTensor is compiled and cached before. pymc-marketing fits by its fast method (`map`, default priors), no "
    "sampling; our call includes the standard errors. Log-likelihoods are computed for all by one formula of its own "
    "(`tasks/log_likelihood.py`)."
)
SIZES = (100_000, 1_000_000)
SLACK = 1e-4  # log-likelihood that we may fall behind by


def measure(settings: Settings) -> list[Line]:
    """Two sizes, time and the likelihood that was reached."""
    summary = settings.world()["summary"]
    lines: list[Line] = []
    for customers in SIZES:
        if customers > settings.customers:
            continue
        arguments = {"summary": summary, "customers": customers}
        ours, lifetimes, pymc_marketing = race(
            [
                Side(settings.clove, "fit_clove", arguments),
                Side(settings.lifetimes, "fit_lifetimes", arguments),
                Side(settings.pymc_marketing, "fit_pymc_marketing", arguments),
            ],
            rounds=settings.rounds,
        )
        what = f"{customers:,} customers"
        lines += [
            quicker(what, ours, lifetimes, at_least=15),
            quicker(what, ours, pymc_marketing, at_least=20),
            *_likelihoods(settings, summary, customers, [ours, lifetimes, pymc_marketing]),
        ]
    return lines


def _likelihoods(settings: Settings, summary: str, customers: int, sides: list[Laps]) -> list[Line]:
    parameters = {side.name: side.laps[-1].facts for side in sides if side.laps}
    [judged] = race(
        [
            Side(
                settings.clove,
                "log_likelihood",
                {"summary": summary, "customers": customers, "parameters": parameters},
            )
        ],
        rounds=1,
        warmups=0,
    )
    ours, *peers = sides
    if judged.failed or not ours.laps:
        return []
    reached = judged.laps[0].facts
    return [
        compared(
            f"log-likelihood, {customers:,} customers",
            f"{reached[ours.name]:.4f}",
            side.name,
            f"{reached[side.name]:.4f}",
            "≥ theirs - 1e-4",
            met=reached[ours.name] >= reached[side.name] - SLACK,
        )
        for side in peers
        if side.laps
    ]
