"""The whole job on simulated shops of growing size."""

from dataclasses import replace
from pathlib import Path
from statistics import median

from harness.lines import Line, alone
from harness.processes import Program, run, run_in_turn
from harness.race import Lap, Laps
from harness.settings import DATA, Settings

TITLE = "`clove value` as shops grow"
NOTE = (
    "`clove simulate shop --seed 1` writes the orders; then the whole job, features, distribution, holdout and report "
    "included, as a process from start to exit. Cost is linear when the growth of time is at most that of customers. "
    "The larger shops are valued once."
)
SIZES = (10_000, 100_000, 300_000)


def measure(settings: Settings) -> list[Line]:
    """Time and memory at each size, and how they grow from the size before."""
    lines: list[Line] = []
    before: tuple[int, Laps] | None = None
    for customers in SIZES[:1] if settings.quick else SIZES:
        laps = _valued(settings, customers)
        line = alone(f"{customers:,} customers", laps)
        if before and laps.laps and before[1].laps:
            time = _typical(laps) / _typical(before[1])
            memory = max(map(_peak, laps.laps)) / max(map(_peak, before[1].laps))
            size = customers / before[0]
            line = replace(line, ratio=f"{size:.0f}x customers: {time:.1f}x time, {memory:.1f}x memory")
        lines.append(line)
        before = (customers, laps)
    return lines


def _valued(settings: Settings, customers: int) -> Laps:
    clove = str(Path(settings.clove.python).with_name("clove"))
    shop, out = DATA / f"shop-{customers}", DATA / f"value-{customers}"
    orders = shop / "orders.csv"
    if not orders.exists():
        command = [clove, "simulate", "shop", "--customers", str(customers), "--seed", "1", "--out", str(shop)]
        try:
            run(Program(settings.clove, command, f"simulate-{customers}"))
        except RuntimeError as reason:
            return Laps(settings.clove.name, failed=str(reason))
    value = Program(settings.clove, [clove, "value", str(orders), "--out", str(out)], f"value-{customers}")
    return run_in_turn([value], rounds=1 if customers > SIZES[0] else 3, warmups=0)[0]


def _typical(laps: Laps) -> float:
    return median(lap.seconds for lap in laps.laps)


def _peak(lap: Lap) -> int:
    return lap.peak
