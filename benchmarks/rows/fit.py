"""Fitting the BG/NBD."""

from harness.likelihood import likelihoods
from harness.lines import Line, quicker
from harness.race import Side, race
from harness.settings import Settings

TITLE = "BG/NBD fit"
NOTE = (
    "The summary at day grain is already in memory. One call that does not count, so that the machine code of numba "
    "and of PyTensor is compiled and cached before. pymc-marketing fits by its fast method (`map`, default priors), no "
    "sampling; our call includes the standard errors. Log-likelihoods are computed for all by one formula of its own "
    "(`tasks/log_likelihood.py`)."
)
SIZES = (100_000, 1_000_000)


def measure(settings: Settings) -> list[Line]:
    """Two sizes, time and the likelihood that was reached."""
    summary = settings.world()["summary"]
    lines: list[Line] = []
    for customers in SIZES:
        if customers > settings.customers:
            continue
        arguments = {"summary": summary, "customers": customers}
        sides = race(
            [
                Side(settings.clove, "fit_clove", arguments),
                Side(settings.lifetimes, "fit_lifetimes", arguments),
                Side(settings.pymc_marketing, "fit_pymc_marketing", arguments),
            ],
            rounds=settings.rounds,
        )
        ours, lifetimes, pymc_marketing = sides
        what = f"{customers:,} customers"
        lines += [
            quicker(what, ours, lifetimes, at_least=15),
            quicker(what, ours, pymc_marketing, at_least=20),
            *likelihoods(settings, what, sides, arguments),
        ]
    return lines
