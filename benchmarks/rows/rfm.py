"""Transactions to one summary row per customer."""

from harness.agreement import differences
from harness.lines import Line, compared, quicker
from harness.race import Side, race
from harness.settings import Settings

TITLE = "Transactions to RFM summary"
NOTE = (
    "One pandas frame (customer, time, amount) that is already in memory; one call that does not count, then the "
    "measured ones. The peers' first call is slower than their later ones. All sums agree to 1e-9."
)


def measure(settings: Settings) -> list[Line]:
    """Same frame, same as-of date, one public call each."""
    world = settings.world()
    arguments = {"transactions": world["transactions"], "as_of": world["as_of"]}
    ours, *peers = race(
        [
            Side(settings.clove, "rfm_clove", arguments),
            Side(settings.lifetimes, "rfm_lifetimes", arguments),
            Side(settings.pymc_marketing, "rfm_pymc_marketing", arguments),
        ],
        rounds=settings.rounds,
    )
    rows = ours.laps[-1].facts["rows"] if ours.laps else "?"
    what = f"{rows:,} rows → {settings.customers:,} customers" if ours.laps else f"{settings.customers:,} customers"
    lines = []
    for theirs in peers:
        lines.append(quicker(what, ours, theirs, at_least=8))
        wrong = differences(ours, theirs, ["customers", "frequency", "recency", "T", "monetary_value"], 1e-9)
        if wrong:
            lines.append(compared("the same summary", "; ".join(wrong), theirs.name, "", "equal sums", met=False))
    return lines
