"""Scoring every customer."""

from harness.agreement import differences
from harness.lines import Line, compared, quicker
from harness.race import Side, race
from harness.settings import Settings

TITLE = "Expected purchases in 365 days, P(alive) and CLV of 12 months"
NOTE = (
    "Models are fitted and the summary is in memory; one call that does not count. The CLV is the peers' quantity for "
    "all: twelve months of 30 days, 0.01 a month. Each side uses its own fitted parameters; totals agree to 1e-4 "
    "(pymc-marketing's parameters bear its priors)."
)


def measure(settings: Settings) -> list[Line]:
    """The three figures of every customer, from models that are already fitted."""
    arguments = {"summary": settings.world()["summary"], "customers": settings.customers}
    ours, *peers = race(
        [
            Side(settings.clove, "score_clove", arguments),
            Side(settings.lifetimes, "score_lifetimes", arguments),
            Side(settings.pymc_marketing, "score_pymc_marketing", arguments),
        ],
        rounds=settings.rounds,
    )
    lines = []
    for theirs, bar in zip(peers, (20, 8), strict=True):
        lines.append(quicker(f"{settings.customers:,} customers", ours, theirs, at_least=bar))
        wrong = differences(ours, theirs, ["purchases", "alive", "clv", "unknown"], 1e-4)
        if wrong:
            lines.append(compared("the same totals", "; ".join(wrong), theirs.name, "", "equal totals", met=False))
    return lines
