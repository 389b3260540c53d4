"""Sides that did the same work must have got the same: a quick wrong answer is no answer."""

from typing import Any

from harness.race import Laps


def differences(ours: Laps, theirs: Laps, names: list[str], tolerance: float) -> list[str]:
    """Facts whose relative difference exceeds the tolerance, in words; empty when the two agree or one has none."""
    if not ours.laps or not theirs.laps:
        return []
    mine, other = ours.laps[-1].facts, theirs.laps[-1].facts
    return [
        f"{name}: ours {mine[name]:.10g}, {theirs.name} {other[name]:.10g}"
        for name in names
        if _relative(mine[name], other[name]) > tolerance
    ]


def _relative(mine: Any, other: Any) -> float:  # noqa: ANN401 - JSON knows no closer type
    scale = max(abs(mine), abs(other))
    return abs(mine - other) / scale if scale else 0.0
