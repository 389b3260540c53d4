"""Fitting the MBG/NBD and the BG/BB."""

from dataclasses import dataclass, replace
from typing import Any

from harness.environments import Environment
from harness.likelihood import likelihoods
from harness.lines import NO_BAR, Line, beside
from harness.race import Side, race
from harness.settings import Settings

TITLE = "MBG/NBD and BG/BB fit"
NOTE = (
    "One call that does not count. lifetimes fits the BG/BB to counts of equal histories, as its documentation does; "
    "the donations are such counts, and elsewhere counting them is part of its call, as it is of ours. pymc-marketing "
    "takes no counts and one number of opportunities for all; it fits by its fast method (`map`, default priors). Our "
    "calls include the standard errors. Log-likelihoods are computed for all by one formula of its own "
    "(`tasks/log_likelihood.py`). Where a peer ends without a fit its reason stands in the place of its time."
)
ROUNDS = 3  # for the BG/BB


@dataclass(frozen=True, slots=True)
class Contest:
    """Data and who fits them."""

    world: str
    what: str
    model: str
    unit: str
    customers: int = 0  # the first so many, or all
    lifetimes: bool = True
    pymc_marketing: bool = True


CONTESTS = (
    Contest("mbg-nbd", "MBG/NBD, 100,000 customers", "mbg-nbd", "day"),
    Contest("donations", "BG/BB, the published donations, 11,104 people, 6 opportunities", "bg-bb", "opportunity"),
    Contest(
        "bg-bb-36", "BG/BB, 100,000 customers, 4 to 36 opportunities", "bg-bb", "opportunity", pymc_marketing=False
    ),
    Contest(
        "bg-bb-52", "BG/BB, 100,000 customers, 4 to 52 opportunities", "bg-bb", "opportunity", pymc_marketing=False
    ),
    Contest("bg-bb-year", "BG/BB, 10,000 customers, 52 opportunities", "bg-bb", "opportunity", 10_000, lifetimes=False),
)


def measure(settings: Settings) -> list[Line]:
    """Time and the likelihood that was reached; no bar for time."""
    worlds = settings.family()
    lines: list[Line] = []
    for contest in CONTESTS:
        arguments: dict[str, Any] = {
            "summary": worlds[contest.world],
            "customers": contest.customers,
            "model": contest.model,
        }
        rivals: list[tuple[Environment, str]] = []
        if contest.lifetimes:
            rivals.append((settings.lifetimes, "fit_lifetimes"))
        if contest.pymc_marketing:
            rivals.append((settings.pymc_marketing, "fit_pymc_marketing"))
        sides = race(
            [
                Side(settings.clove, "fit_clove", {**arguments, "unit": contest.unit}),
                *(Side(environment, task, arguments) for environment, task in rivals),
            ],
            rounds=settings.rounds if contest.model == "mbg-nbd" else min(settings.rounds, ROUNDS),
        )
        ours, *peers = sides
        for peer, (environment, _) in zip(peers, rivals, strict=True):
            line = beside(contest.what, ours, peer)
            no_fit = bool(ours.laps) and not peer.laps and not environment.missing
            lines.append(replace(line, ratio="it ends without a fit", verdict=NO_BAR) if no_fit else line)
        lines += likelihoods(settings, contest.what, sides, arguments)
    return lines
