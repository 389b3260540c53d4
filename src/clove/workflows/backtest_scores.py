"""Forecasts of one origin or of several become the scores that a backtest shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from clove.kernel.arrays import Bools, Floats
from clove.kernel.errors import DidNotConverge, NotEnoughData
from clove.models.streams import stream_keys
from clove.reports.backtest_contents import (
    GROUPS,
    Forecaster,
    GroupAtOrigin,
    PooledForecaster,
    PooledGroup,
    Surprises,
    Tenths,
)
from clove.valuation.comparison import Compared, Figure, compare, pool
from clove.valuation.judged import Judged
from clove.valuation.metrics import METRICS
from clove.valuation.scoring import Scored, score
from clove.workflows.contestants import REFERENCES, Contestant
from clove.workflows.origins import Origin

BINS = 10
EMPTY = "no customer is in this tenth"
RESAMPLING = 0x5851F42D4C957F2D  # parts the draws of customers from the draws of their spend


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """One group at one origin, with the resamples that pooling needs."""

    actual: Floats  # (n,)
    judged: Mapping[str, Judged]
    scored: Mapping[str, Scored]
    compared: Mapping[str, Mapping[str, Compared]]


def judge_all(origin: Origin, field: Sequence[Contestant]) -> tuple[dict[str, Judged], dict[str, str]]:
    """Forecasts by contestant, and why those that are missing are."""
    judged, missing = {}, {}
    for contestant in field:
        try:
            judged[contestant.name] = contestant.judge(origin)
        except (NotEnoughData, DidNotConverge) as error:
            missing[contestant.name] = error.what
    return judged, missing


def judge_groups(origin: Origin, judged: Mapping[str, Judged]) -> dict[str, Judgement]:
    """Score forecasts for every group, on resamples that groups and origins share."""
    window, repeat = origin.window, origin.repeat
    keys = stream_keys(window.history.customer_id, origin.seed ^ RESAMPLING)
    members: dict[str, Bools] = {"repeat": repeat, "one-time": ~repeat, "all": np.ones(repeat.size, np.bool_)}
    groups = {}
    for name in GROUPS:
        rows = members[name]
        own = {each: forecast.take(rows) for each, forecast in judged.items()}
        scored = score(own, window.actual[rows], keys[rows])
        groups[name] = Judgement(window.actual[rows], own, scored, compare(scored, REFERENCES))
    return groups


def at_origin(name: str, group: Judgement, field: Sequence[Contestant], missing: Mapping[str, str]) -> GroupAtOrigin:
    """One group at one origin.

    Args:
        name: Of the group.
        group: What came, and everybody's scores.
        field: All contestants, in the order in which they are shown.
        missing: Why a contestant took no part, by name.
    """
    forecasters = tuple(_forecaster(each, group, missing) for each in field)
    return GroupAtOrigin(name, group.actual.size, float(group.actual.sum()), forecasters)


def _forecaster(contestant: Contestant, group: Judgement, missing: Mapping[str, str]) -> Forecaster:
    name, title, peeks = contestant.name, contestant.title, contestant.peeks
    if name in missing:
        return Forecaster(name, title, peeks, {}, None, None, missing[name])
    return Forecaster(
        name,
        title,
        peeks,
        {key: each.measured for key, each in group.compared[name].items()},
        _tenths([group.scored[name]]),
        _surprises([group.judged[name]]),
    )


def pooled(name: str, groups: Sequence[Judgement], field: Sequence[Contestant]) -> PooledGroup:
    """One group over all origins.

    Args:
        name: Of the group.
        groups: The group at each origin.
        field: All contestants, in the order in which they are shown.
    """
    forecasters = []
    for each in field:
        there = [group for group in groups if each.name in group.scored]
        if not there:
            why = "it took part at no origin"
            forecasters.append(PooledForecaster(each.name, each.title, each.peeks, 0, {}, None, None, why))
            continue
        forecasters.append(
            PooledForecaster(
                each.name,
                each.title,
                each.peeks,
                len(there),
                {
                    metric.key: pool([group.compared[each.name][metric.key] for group in there], metric.key)
                    for metric in METRICS
                },
                _tenths([group.scored[each.name] for group in there]),
                _surprises([group.judged[each.name] for group in there]),
            )
        )
    return PooledGroup(name, sum(group.actual.size for group in groups), tuple(forecasters))


def _tenths(scored: Sequence[Scored]) -> Tenths:
    """Means over origins, which count alike."""
    forecast = np.mean([each.tenth_forecast for each in scored], axis=0)
    actual = np.mean([each.tenth_actual for each in scored], axis=0)
    return Tenths(
        tuple(float(mean) if np.isfinite(mean) else None for mean in forecast),
        tuple(Figure.of(samples, EMPTY) for samples in actual.T),
    )


def _surprises(judged: Sequence[Judged]) -> Surprises | None:
    """Of all customers together; None where a forecast is one number or nobody was judged."""
    pits = [each.pit for each in judged if each.pit is not None]
    count = sum(pit.size for pit in pits)
    if not count:
        return None
    shares = np.histogram(np.concatenate(pits), bins=BINS, range=(0, 1))[0] / count
    return Surprises(tuple(float(share) for share in shares), count)
