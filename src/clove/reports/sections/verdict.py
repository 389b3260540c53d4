"""One sentence on how the forecast did on the past, and how much it should worry a reader."""

from dataclasses import dataclass
from typing import Literal

from clove.reports.contents import Holdout, ValueReport
from clove.reports.shown import known, percent, prose

CLOSE = 0.1  # a total off by no more than this is close
FAR = 0.3  # by more than this it is far, whatever the interval says
EXACT = 0.005  # of it nothing is left after rounding


@dataclass(frozen=True, slots=True)
class Verdict:
    """A sentence and its colour."""

    words: str
    severity: Literal["good", "care", "bad"]


def verdict(report: ValueReport) -> Verdict:
    """Of the newest forecast that could be judged."""
    held = report.holdout
    if held is None:
        why = prose(report.no_holdout_because.rstrip(".")) or "the reason was not recorded"
        return Verdict(f"This could not be tried on the past ({why}): read it with care.", "care")
    total = held.predicted_total
    off = bias(held)
    if off is None:
        return Verdict("When we tried this on the past, the totals could not be compared: read it with care.", "care")
    tried = f"When we tried this on the past, the total came out {how_far(off)}"
    if not (known(total.p10) and known(total.p90)):
        return Verdict(f"{tried}; it had no interval.", "good" if abs(off) <= CLOSE else "care")
    if total.p10 <= held.actual_total <= total.p90:
        if abs(off) <= FAR:
            return Verdict(f"{tried}, within its interval.", "good")
        return Verdict(f"{tried}, within an interval that is wide: read it with care.", "care")
    severity: Literal["care", "bad"] = "care" if abs(off) <= CLOSE else "bad"
    return Verdict(f"{tried}, outside its interval: read it with care.", severity)


def bias(held: Holdout) -> float | None:
    """Forecast total over actual total, less one; none where nothing came or nothing was forecast."""
    forecast, actual = held.predicted_total.mean, held.actual_total
    return forecast / actual - 1 if known(forecast) and known(actual) and actual > 0 else None


def how_far(off: float) -> str:
    """Words for a total that is off by so much of the actual one."""
    return "right" if abs(off) < EXACT else f"{percent(abs(off))} too {'high' if off > 0 else 'low'}"
