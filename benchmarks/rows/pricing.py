"""What to charge for new contracts."""

from harness.agreement import differences
from harness.environments import Environment
from harness.lines import Line, alone, compared, quicker
from harness.race import Laps, Side, race
from harness.settings import Settings

TITLE = "Prices of segments: verdict, best price, break-even, curve of 61 prices, intervals"
NOTE = (
    "Segments in memory, 60 months. The peer goes through the segments one by one, in the same interpreter, with "
    "SciPy's `minimize_scalar` and `brentq` on a NumPy value of all months at once; it makes no curve and no interval. "
    "Values agree to 1e-9, prices to 1e-5, verdicts exactly."
)
BESIDE, FULL = 1_000, 10_000
ONE_SECONDS, FULL_SECONDS = 0.005, 2


def measure(settings: Settings) -> list[Line]:
    """Against the loop, then one price and ten thousand segments alone."""
    loop = Environment("a SciPy loop", settings.clove.python)
    ours, theirs = race(
        [_ours(settings, BESIDE), Side(loop, "pricing_scipy", {"segments": BESIDE})], rounds=settings.rounds
    )
    lines = [quicker(f"{BESIDE:,} segments", ours, theirs, at_least=5)]
    wrong = differences(ours, theirs, ["ltv"], 1e-9) + differences(ours, theirs, ["optimum", "break_even"], 1e-5)
    wrong += differences(ours, theirs, ["proceed"], 0.0)
    if wrong:
        lines.append(compared("the same prices", "; ".join(wrong), theirs.name, "", "equal prices", met=False))
    one, full = (_alone(settings, segments) for segments in (1, FULL))
    return [
        *lines,
        alone("one price", one, seconds=ONE_SECONDS),
        alone(f"{FULL:,} segments", full, seconds=FULL_SECONDS),
    ]


def _ours(settings: Settings, segments: int) -> Side:
    return Side(settings.clove, "pricing_clove", {"segments": segments})


def _alone(settings: Settings, segments: int) -> Laps:
    (laps,) = race([_ours(settings, segments)], rounds=settings.rounds)
    return laps
