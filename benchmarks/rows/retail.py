"""A real file of order lines, from start to exit."""

from pathlib import Path

from harness.agreement import differences
from harness.environments import BENCHMARKS
from harness.lines import NOT_MEASURED, Line, alone, compared, share
from harness.processes import Program, run_in_turn
from harness.settings import DATA, Settings

TITLE = "The retail file, whole processes"
NOTE = (
    "UCI Online Retail, 541,909 order lines, gzipped CSV. Both programs read, clean by the same rules in the same "
    "order, summarise, fit BG/NBD and Gamma-Gamma, score every customer and write a CSV (`tasks/retail_lifetimes.py`, "
    "`tasks/retail_clove.py`); one run that does not count fills the caches on disk. Ours also keeps the rejections, "
    "the returns and all features. The last line is everything: features, distribution, old forecast judged, report."
)
FILE = "online_retail_2010_2011.csv.gz"
MEMORY = 1536.0  # MiB


def measure(settings: Settings) -> list[Line]:
    """The same steps on both sides, then the whole job alone."""
    retail = settings.shared / FILE
    same_steps, everything = "the same steps: read, clean, summarise, fit, score", "`clove value`, everything"
    if not retail.exists():
        reason = f"{FILE} is not in {settings.shared}"
        return [Line(what, reason, "", "", "", "", NOT_MEASURED) for what in (same_steps, everything)]
    DATA.mkdir(parents=True, exist_ok=True)
    ours, theirs = run_in_turn(
        [
            _script(settings, "clove", retail),
            _script(settings, "lifetimes", retail),
        ],
        rounds=settings.rounds,
    )
    command = Path(settings.clove.python).with_name("clove")
    [whole] = run_in_turn(
        [Program(settings.clove, [str(command), "value", str(retail), "--out", str(DATA / "retail")], "retail-value")],
        rounds=min(settings.rounds, 3),
    )
    lines = [share(same_steps, ours, theirs, at_most=0.5)]
    wrong = differences(ours, theirs, ["purchases", "customers", "frequency"], 0.0)
    wrong += differences(ours, theirs, ["alive", "expected_purchases", "clv"], 1e-5)
    if wrong:
        lines.append(compared("the same results", "; ".join(wrong), theirs.name, "", "equal totals", met=False))
    return [*lines, alone(everything, whole, mebibytes=MEMORY)]


def _script(settings: Settings, side: str, retail: Path) -> Program:
    environment = settings.clove if side == "clove" else settings.lifetimes
    script = BENCHMARKS / "tasks" / f"retail_{side}.py"
    out = DATA / f"retail-{side}.csv"
    return Program(environment, [str(environment.python), str(script), str(retail), str(out)], f"retail-{side}")
