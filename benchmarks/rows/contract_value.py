"""What contracts are worth, with intervals."""

from dataclasses import replace
from statistics import median

from harness.agreement import differences
from harness.environments import Environment
from harness.lines import Line, alone, compared, quicker
from harness.race import Laps, Side, race
from harness.settings import Settings

TITLE = "Contracts: value in parts, P10 and P90 of remaining value and LTV"
NOTE = (
    "60 months, 200 draws per contract, hazards by segment and tenure, terms in memory. The peer is a NumPy loop over "
    "contracts in the same interpreter that works on all draws and months of a contract at once; sums of the values "
    "agree to 1e-9, those of the quantiles to 1 %. With outcomes: ends, payments and thefts are drawn too."
)
BESIDE = 20_000  # contracts, of both sides
SECONDS, SECONDS_WITH_OUTCOMES, MEBIBYTES = 15, 60, 4_096


def measure(settings: Settings) -> list[Line]:
    """Against the loop, then alone at full size, and how the time grows."""
    count = BESIDE // 10 if settings.quick else BESIDE
    loop = Environment("a NumPy loop", settings.clove.python)
    ours, theirs = race(
        [
            _ours(settings, count, outcomes=False),
            Side(loop, "contract_value_numpy", {"contracts": settings.contracts(count)}),
        ],
        rounds=settings.rounds,
    )
    lines = [quicker(f"{count:,} contracts", ours, theirs, at_least=15)]
    wrong = differences(ours, theirs, ["remaining"], 1e-9) + differences(ours, theirs, ["p10", "p90", "ltv_p10"], 1e-2)
    if wrong:
        lines.append(compared("the same totals", "; ".join(wrong), theirs.name, "", "equal totals", met=False))
    full = settings.customers
    quarter, whole, drawn = (
        _alone(settings, contracts, outcomes=outcomes)
        for contracts, outcomes in ((full // 4, False), (full, False), (full, True))
    )
    line = alone(f"{full:,} contracts", whole, seconds=SECONDS, mebibytes=MEBIBYTES)
    if quarter.laps and whole.laps:
        line = replace(line, ratio=f"4x contracts: {_typical(whole) / _typical(quarter):.1f}x time")
    with_outcomes = f"{full:,} contracts, outcomes too"
    return [*lines, line, alone(with_outcomes, drawn, seconds=SECONDS_WITH_OUTCOMES, mebibytes=MEBIBYTES)]


def _ours(settings: Settings, contracts: int, *, outcomes: bool) -> Side:
    return Side(
        settings.clove, "contract_value_clove", {"contracts": settings.contracts(contracts), "outcomes": outcomes}
    )


def _alone(settings: Settings, contracts: int, *, outcomes: bool) -> Laps:
    (laps,) = race([_ours(settings, contracts, outcomes=outcomes)], rounds=settings.rounds)
    return laps


def _typical(laps: Laps) -> float:
    return median(lap.seconds for lap in laps.laps)
