"""A line of the results: ours beside one peer, or ours alone, held against a bar."""

from dataclasses import dataclass, field
from statistics import median
from typing import Any

from harness.race import Laps

MET, MISSED, NOT_MEASURED, NO_BAR = "met", "MISSED", "not measured", "-"
MIB = 2**20


@dataclass(frozen=True, slots=True)
class Line:
    """Text for people, and the raw figures that it was made of."""

    what: str
    ours: str
    peer: str  # whose figures stand beside ours; empty when ours stand alone
    theirs: str
    ratio: str
    bar: str
    verdict: str
    raw: dict[str, Any] = field(default_factory=dict)


def quicker(what: str, ours: Laps, theirs: Laps, at_least: float) -> Line:
    """How many times as long the peer takes, round by round."""
    return _beside(what, ours, theirs, [(their / our) for our, their in _pairs(ours, theirs)], at_least=at_least)


def share(what: str, ours: Laps, theirs: Laps, at_most: float) -> Line:
    """Our part of the peer's time, round by round."""
    return _beside(what, ours, theirs, [(our / their) for our, their in _pairs(ours, theirs)], at_most=at_most)


def alone(what: str, ours: Laps, *, seconds: float | None = None, mebibytes: float | None = None) -> Line:
    """Ours against a limit of time or of memory, or against none."""
    limits = ([f"≤ {seconds:g} s"] if seconds is not None else []) + (
        [f"≤ {mebibytes:,.0f} MiB"] if mebibytes is not None else []
    )
    bar = ", ".join(limits) or NO_BAR
    if not ours.laps:
        return Line(what, ours.failed, "", "", "", bar, NOT_MEASURED)
    verdict = NO_BAR
    if limits:
        slow = seconds is not None and median(_seconds(ours)) > seconds
        large = mebibytes is not None and max(lap.peak for lap in ours.laps) > mebibytes * MIB
        verdict = MISSED if slow or large else MET
    return Line(what, figures(ours), "", "", "", bar, verdict, _raw(ours))


def beside(what: str, ours: Laps, theirs: Laps) -> Line:
    """The two figures without a bar."""
    return _beside(what, ours, theirs, [(their / our) for our, their in _pairs(ours, theirs)])


def compared(what: str, ours: str, peer: str, theirs: str, bar: str, *, met: bool) -> Line:
    """Something other than time that the two sides must agree on."""
    return Line(what, ours, peer, theirs, "", bar, MET if met else MISSED)


def figures(laps: Laps) -> str:
    """Median time, that of each turn's first call where there are two, and highest memory, for people."""
    if not laps.laps:
        return laps.failed or "no laps"
    typical, waking = median(_seconds(laps)), median(lap.waking for lap in laps.laps)
    first = f" (first call {_time(waking)})" if waking != typical else ""
    return f"{_time(typical)}{first}, {max(lap.peak for lap in laps.laps) / MIB:,.0f} MiB"


def _beside(
    what: str,
    ours: Laps,
    theirs: Laps,
    ratios: list[float],
    *,
    at_least: float | None = None,
    at_most: float | None = None,
) -> Line:
    bar = f"≥ {at_least:g}x" if at_least is not None else f"≤ {at_most:g}x" if at_most is not None else NO_BAR
    raw = {"ours": _raw(ours), "theirs": _raw(theirs)}
    if not ratios:
        return Line(what, figures(ours), theirs.name, figures(theirs), "", bar, NOT_MEASURED, raw)
    typical = median(ratios)
    digits = 1 if typical >= 3 else 2
    spread = f"{typical:.{digits}f}x ({min(ratios):.{digits}f} to {max(ratios):.{digits}f})"
    verdict = NO_BAR
    if at_least is not None:
        verdict = MET if typical >= at_least else MISSED
    elif at_most is not None:
        verdict = MET if typical <= at_most else MISSED
    return Line(what, figures(ours), theirs.name, figures(theirs), spread, bar, verdict, raw)


def _pairs(ours: Laps, theirs: Laps) -> list[tuple[float, float]]:
    if not ours.laps or not theirs.laps:
        return []
    return list(zip(_seconds(ours), _seconds(theirs), strict=True))


def _seconds(laps: Laps) -> list[float]:
    return [lap.seconds for lap in laps.laps]


def _raw(laps: Laps) -> dict[str, Any]:
    return {
        "seconds": [round(lap.seconds, 4) for lap in laps.laps],
        "waking": [round(lap.waking, 4) for lap in laps.laps],
        "peak_mib": [round(lap.peak / MIB, 1) for lap in laps.laps],
        "facts": laps.laps[-1].facts if laps.laps else {},
        "failed": laps.failed,
    }


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"
