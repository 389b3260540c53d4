"""Time until the first line of a program can run."""

from pathlib import Path

from harness.environments import Environment
from harness.lines import Line, alone, beside
from harness.processes import Program, run_in_turn
from harness.settings import Settings

TITLE = "Start"
NOTE = (
    "Whole processes, the start of Python included (about 20 ms); one run that does not count fills the caches on disk."
)


def measure(settings: Settings) -> list[Line]:
    """Ours against their limits, and the peers beside them."""
    command = Path(settings.clove.python).with_name("clove")
    programs = [
        _import(settings.clove, "import clove"),
        Program(settings.clove, [str(command), "--help"], "clove-help"),
        _import(settings.clove, "from clove.models import BgNbd"),
        _import(settings.lifetimes, "from lifetimes import BetaGeoFitter"),
        _import(settings.pymc_marketing, "from pymc_marketing.clv import BetaGeoModel"),
    ]
    package, help_text, model, lifetimes, pymc_marketing = run_in_turn(programs, rounds=settings.rounds)
    return [
        alone("import clove", package, seconds=0.15),
        alone("clove --help", help_text, seconds=0.4),
        alone("from clove.models import BgNbd", model, seconds=0.6),
        beside("a model's class, against theirs", model, lifetimes),
        beside("a model's class, against theirs", model, pymc_marketing),
    ]


def _import(environment: Environment, statement: str) -> Program:
    return Program(environment, [str(environment.python), "-c", statement], statement.replace(" ", "-"))
