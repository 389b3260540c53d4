"""Fitting the Pareto/NBD."""

from harness.likelihood import likelihoods
from harness.lines import NOT_MEASURED, Line, quicker
from harness.race import Side, race
from harness.settings import MASTER, Settings

TITLE = "Pareto/NBD fit"
NOTE = (
    "CDNOW, all customers, 39 weeks of calibration, and a simulated Pareto/NBD world of two years; weeks from day "
    "grain. One call that does not count. lifetimes begins at random: its stream is given the same seed before each "
    "call, because the time it takes depends on where it begins. pymc-marketing fits by its fast method (`map`, "
    "default priors); our call includes the standard errors. Log-likelihoods are computed for all by one formula of "
    "its own (`tasks/log_likelihood.py`)."
)
MODEL = "pareto-nbd"
ROUNDS = 3  # a peer's call takes half a minute


def measure(settings: Settings) -> list[Line]:
    """Real and simulated, time and the likelihood that was reached."""
    worlds = settings.family()
    lines: list[Line] = []
    for name, what in (("cdnow", "CDNOW, 23,570 customers"), (MODEL, "100,000 customers")):
        if name not in worlds:
            lines.append(Line(what, f"needs {MASTER} in the shared data", "", "", "", "none missing", NOT_MEASURED))
            continue
        arguments = {"summary": worlds[name], "model": MODEL}
        sides = race(
            [
                Side(settings.clove, "fit_clove", {**arguments, "unit": "week"}),
                Side(settings.lifetimes, "fit_lifetimes", arguments),
                Side(settings.pymc_marketing, "fit_pymc_marketing", arguments),
            ],
            rounds=min(settings.rounds, ROUNDS),
        )
        ours, lifetimes, pymc_marketing = sides
        lines += [
            quicker(what, ours, lifetimes, at_least=75),
            quicker(what, ours, pymc_marketing, at_least=50),
            *likelihoods(settings, what, sides, arguments),
        ]
    return lines
