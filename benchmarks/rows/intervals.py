"""Do the intervals of what is learnt from a portfolio hold the truth as often as they say?"""

import json
import subprocess

from harness.environments import BENCHMARKS
from harness.lines import MET, MISSED, NO_BAR, Line
from harness.settings import Settings

TITLE = "Parameters of a portfolio: is the truth in the 95 % interval?"
NOTE = (
    "Simulated portfolios, each of a seed of its own, in which everything happens: demand (alpha, beta) of the four "
    "most frequent segments, each fitted to its own quotes alone; the chance that payment comes back (p0, lambda), "
    "fitted to all spells. A quick run makes a tenth of them, without a bar."
)
RUNS, QUICK_RUNS = 100, 10
CONTRACTS = 5_000
LEAST = 90  # of 100


def measure(settings: Settings) -> list[Line]:
    """One line per parameter."""
    runs = QUICK_RUNS if settings.quick else RUNS
    task = BENCHMARKS / "tasks" / "intervals_clove.py"
    words = [settings.clove.python, task, str(runs), str(CONTRACTS)]
    found = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    about = f"{CONTRACTS:,} contracts, {found['spells']:,} spells and {min(found['quotes']):,} quotes or more"
    bar = NO_BAR if settings.quick else f"≥ {LEAST} of {RUNS}"
    lines = []
    for name, held in found["held"].items():
        verdict = NO_BAR if settings.quick else MET if held >= LEAST else MISSED
        lines.append(Line(f"{name}; {about}", f"{held} of {runs}", "", "", "", bar, verdict, found))
    return lines
