"""Does every fit arrive? Small worlds, easy and unkind."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.environments import BENCHMARKS, Environment
from harness.lines import MET, MISSED, NOT_MEASURED, Line, compared
from harness.processes import Program, run
from harness.settings import DATA, Settings

TITLE = "Fits that arrive"
NOTE = (
    "Simulated worlds of 60, 500 and 3,000 customers (the Pareto/NBD of 60 and 500; of both BG/NBD also short "
    "histories of 5,000 and 12,000): as CDNOW, nobody drops out, most "
    "do, heavy heterogeneity, none, short histories, heavy buyers for years; in hours, days and weeks, and in "
    "opportunities for the BG/BB. lifetimes begins at its own start and at others, without a penalty; its best counts. "
    "Log-likelihoods are computed for both by one formula of its own (`tasks/log_likelihood.py`). Where parameters run "
    "to infinity or zero Clove stops and says what that means: a reported boundary. Time is that of one warm call; "
    "lifetimes' that of its plain call, on the worlds where that succeeds."
)
MODELS = {"bg-nbd": "BG/NBD", "mbg-nbd": "MBG/NBD", "pareto-nbd": "Pareto/NBD", "bg-bb": "BG/BB"}
SLACK = 1e-4  # log-likelihood that we may fall behind by
BEYOND = 1e-2  # the same at a reported boundary: what may lie beyond the point where we stop
SLOWEST = 5.0  # times lifetimes' time, on the worst world


@dataclass(frozen=True, slots=True)
class Arrival:
    """What became of one world."""

    name: str
    refused: str  # our refusal; empty for a fit
    boundary: bool  # we reported one
    lead: float  # our log-likelihood minus their best; infinite where they have none
    plain: bool  # lifetimes' plain call succeeded
    theirs: bool  # any of its starts did
    times: tuple[float, float]  # seconds of ours and of its plain call


def measure(settings: Settings) -> list[Line]:
    """Two lines for each model: where the fits ended, and the slowest against lifetimes."""
    if settings.lifetimes.missing:
        return [Line("all models", "", "lifetimes", settings.lifetimes.missing, "", "all arrive", NOT_MEASURED)]
    lines: list[Line] = []
    for model, title in MODELS.items():
        try:
            arrivals = _arrivals(settings, model)
        except RuntimeError as reason:
            lines.append(Line(title, str(reason), "lifetimes", "", "", "all arrive", NOT_MEASURED))
        else:
            lines += [_likelihood(title, arrivals), _time(title, arrivals)]
    return lines


def _arrivals(settings: Settings, model: str) -> list[Arrival]:
    worlds = settings.convergence(model)
    ours = _facts(settings.clove, "convergence_clove", worlds, model)["fits"]
    theirs = _facts(settings.lifetimes, "convergence_lifetimes", worlds, model)["fits"]
    fits = DATA / f"convergence-{model}-fits.json"
    pairs = list(zip(ours, theirs, strict=True))
    found = [[mine["parameters"], other["parameters"], *other["others"]] for mine, other in pairs]
    fits.write_text(json.dumps(found))
    totals = _facts(settings.clove, "convergence_judge", worlds, model, str(fits))["totals"]
    names = [world["name"] for world in json.loads(Path(worlds).read_text())]
    arrivals = []
    for name, (mine, other), (reached, *rivals) in zip(names, pairs, totals, strict=True):
        usable = [total for total in rivals if total is not None and math.isfinite(total)]
        lead = -math.inf if reached is None else reached - max(usable, default=-math.inf)
        arrivals.append(
            Arrival(
                name,
                mine["failed"],
                bool(mine["findings"]),
                lead,
                other["parameters"] is not None,
                bool(usable),
                (mine["seconds"], other["seconds"]),
            )
        )
    return arrivals


def _likelihood(title: str, arrivals: list[Arrival]) -> Line:
    boundaries = sum(arrival.boundary for arrival in arrivals)
    refused = [arrival for arrival in arrivals if arrival.refused]
    behind = [arrival for arrival in arrivals if arrival.lead < -SLACK and not arrival.refused]
    short = [arrival for arrival in behind if not arrival.boundary or arrival.lead < -BEYOND]
    mine = f"{len(arrivals) - len(refused)} of {len(arrivals)} fits, {boundaries} at a reported boundary"
    if refused:
        mine += f"; refused: {refused[0].name} ({refused[0].refused})"
    if behind:
        worst = min(behind, key=lambda arrival: arrival.lead)
        where = "all at a boundary" if all(arrival.boundary for arrival in behind) else "not all at a boundary"
        mine += f"; {len(behind)} behind, {where}, by up to {-worst.lead:.2g} ({worst.name})"
    plain = sum(not arrival.plain for arrival in arrivals)
    none = sum(not arrival.theirs for arrival in arrivals)
    ahead = sum(SLACK < arrival.lead < math.inf for arrival in arrivals)
    other = f"{plain} failures of its plain call, {none} from every start; {ahead} of its best behind ours"
    met = not short and not refused
    bar = "every fit ≥ their best - 1e-4, at a reported boundary - 0.01"
    return compared(f"{title}, {len(arrivals)} worlds", mine, "lifetimes", other, bar, met=met)


def _time(title: str, arrivals: list[Arrival]) -> Line:
    both = [arrival for arrival in arrivals if arrival.plain and not arrival.refused]
    what, bar = f"{title}, the world where we compare worst", f"≤ {SLOWEST:g}x of theirs"
    if not both:
        return Line(what, "", "lifetimes", "no plain call succeeds", "", bar, NOT_MEASURED)
    ratios = sorted(arrival.times[0] / arrival.times[1] for arrival in both)
    worst = max(both, key=lambda arrival: arrival.times[0] / arrival.times[1])
    mine, other = (f"{seconds * 1000:.0f} ms" for seconds in worst.times)
    spread = f"{ratios[-1]:.2f}x of theirs (median {ratios[len(ratios) // 2]:.2f}, best {ratios[0]:.3f})"
    verdict = MET if ratios[-1] <= SLOWEST else MISSED
    raw = {"seconds": {arrival.name: arrival.times for arrival in arrivals}}
    return Line(what, f"{mine} ({worst.name})", "lifetimes", other, spread, bar, verdict, raw)


def _facts(environment: Environment, task: str, *arguments: str) -> dict[str, Any]:
    command = [str(environment.python), str(BENCHMARKS / "tasks" / f"{task}.py"), *arguments]
    return run(Program(environment, command, task)).facts
