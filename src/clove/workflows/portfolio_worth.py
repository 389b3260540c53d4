"""LTV by product, channel, country and region, segments worth aiming at, and what acquisition costs and brings."""

from dataclasses import dataclass
from datetime import date
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clove.features.contracts import month_number
from clove.kernel.arrays import Bools, Floats, Ints
from clove.reports.portfolio_contents import Figure, FunnelLine, LtvLine, TargetSegment
from clove.workflows.contract_valuation import ValuedContracts
from clove.workflows.portfolio_cohorts import NO_PAYBACK, Lives
from clove.workflows.portfolio_shares import UNKNOWN, codes, estimate, median, share

KEPT = 12  # months after the start for which retention is told
TARGETS = 20
BY = ("product", "channel", "country", "region")
NO_LTV = "no contract of known LTV"
NO_CAC = "no cost of acquisition is known"
NO_QUOTES = "there are no quotes"
TOO_YOUNG = f"no contract started {KEPT} months ago or earlier"


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """The groups of n contracts whose draws are wanted; each column of `member` is one way to divide them."""

    member: Ints  # (n, g) number of the group among all; -1 for a contract that does not count in it
    names: tuple[tuple[str, ...], ...]  # of each column's groups
    live: Bools  # (n,) live and of known LTV
    won: Bools  # (n,) started in the months looked back on, of known LTV and with a cost of acquisition

    @classmethod
    def of(cls, valued: ValuedContracts, lives: Lives, as_of: date, back: int) -> Self:
        """Product, channel, country, region, segment; then channel of those won lately, and all of those."""
        state = valued.history.state
        found = valued.assumptions
        known = np.isfinite(valued.ltv * valued.history.rate)
        live = valued.live & known
        won = known & (lives.start > month_number(as_of) - back) & (valued.terms.acquisition > 0)
        columns = [
            *(codes(names) for names in _slices(state)),
            ([str(place) for place in range(len(found.segments))], found.segment),
        ]
        divided = [(names, place, live) for names, place in columns]
        divided += [(*columns[1], won), (["all"], np.zeros(len(live), np.int64), won)]
        first, member = 0, []
        for names, place, counts in divided:
            member.append(np.where(counts, first + place, -1))
            first += len(names)
        return cls(np.stack(member, axis=1), tuple(tuple(names) for names, _, _ in divided), live, won)

    @property
    def count(self) -> int:
        """Of all columns."""
        return sum(len(names) for names in self.names)

    def place(self, column: int) -> Ints:
        """Group of each contract within a column, shape (n,); below 0 for none."""
        first = sum(len(names) for names in self.names[:column])
        return np.where(self.member[:, column] >= 0, self.member[:, column] - first, -1)

    def rows(self, column: int) -> slice:
        """Of the draws."""
        first = sum(len(names) for names in self.names[:column])
        return slice(first, first + len(self.names[column]))


@dataclass(frozen=True, slots=True, eq=False)
class Worth:
    """n contracts in groups, and the draws of what each group is still to bring."""

    valued: ValuedContracts
    lives: Lives
    groups: Groups
    remaining: Floats  # (k, d) in the portfolio's currency

    def ltv(self) -> tuple[LtvLine, ...]:
        """By product, channel, country and region, the highest mean first."""
        lines: list[LtvLine] = []
        state, ltv = self.valued.history.state, self._ltv
        known = np.isfinite(ltv)
        for column, (by, slices) in enumerate(zip(BY, _slices(state), strict=True)):
            means, (names, place) = self._means(column), codes(slices)
            ever = np.bincount(place[known], ltv[known], len(names))
            n = np.bincount(place[known], minlength=len(names))
            found = [
                LtvLine(
                    by,
                    name,
                    means[number].n,
                    means[number],
                    Figure(float(ever[number] / n[number]), int(n[number]))
                    if n[number]
                    else Figure(float("nan"), 0, because=NO_LTV),
                )
                for number, name in enumerate(names)
            ]
            lines += sorted(found, key=lambda line: (-np.nan_to_num(line.mean.value, nan=-np.inf), line.name))
        return tuple(lines)

    def targets(self) -> tuple[TargetSegment, ...]:
        """The first segments by mean LTV times contracts."""
        segments, means = self.valued.assumptions.segments, self._means(4)
        country, channel, tier = (segments.column(name).tolist() for name in ("country_code", "channel", "tier"))
        found = [
            TargetSegment(country[i], channel[i], tier[i], mean.n, mean, mean.value * mean.n)
            for i, mean in enumerate(means)
            if mean.n
        ]
        return tuple(sorted(found, key=lambda line: (-line.score, line.country, line.channel, line.tier))[:TARGETS])

    def mean(self) -> Figure:
        """LTV of a live contract, with its interval."""
        draws = self.remaining[self.groups.rows(0)].sum(axis=0)
        return self._mean(self.groups.live, draws)

    def ltv_to_cac(self) -> Figure:
        """(LTV + CAC) / CAC of those won lately, all together."""
        return self._to_cac(self.groups.won, self.remaining[self.groups.rows(6)][0])

    def funnel(self, quotes: pa.Table, as_of: date, back: int) -> tuple[FunnelLine, ...]:
        """Acquisition by channel; all of them first.

        Args:
            quotes: `quote_funnel.sql` of the months looked back on.
            as_of: Date.
            back: How many these are.
        """
        names, place = codes(self.valued.history.state["channel"])
        quoted = dict(zip(quotes["channel"].to_pylist(), quotes.to_pylist(), strict=True))
        everywhere = {name: sum(line[name] for line in quoted.values()) for name in ("quotes", "converted")}
        draws = self.remaining[self.groups.rows(5)]
        lines = [self._channel("all", everywhere, np.ones(place.size, np.bool_), draws.sum(axis=0), as_of, back)]
        none = {"quotes": 0, "converted": 0}
        for name in sorted({*names, *quoted}):
            number = names.index(name) if name in names else -1
            spread = draws[number] if number >= 0 else np.zeros(draws.shape[1])
            lines.append(self._channel(name, quoted.get(name, none), place == number, spread, as_of, back))
        return tuple(lines)

    def _channel(  # noqa: PLR0917 - one line of a table
        self, name: str, quoted: dict[str, int], mine: Bools, draws: Floats, as_of: date, back: int
    ) -> FunnelLine:
        terms, now = self.valued.terms, month_number(as_of)
        recent = mine & (self.lives.start > now - back)
        cost = (terms.acquisition * self.valued.history.rate)[recent]
        paid = np.isfinite(cost) & (cost > 0)
        # of the same length of time, and old enough to be told
        old = mine & (self.lives.start <= now - KEPT) & (self.lives.start > now - KEPT - back)
        kept = int((self.lives.end[old] > self.lives.start[old] + KEPT).sum())
        payback = self.valued.payback[recent]
        return FunnelLine(
            channel=name,
            quotes=quoted["quotes"],
            converted=quoted["converted"],
            conversion=share(quoted["converted"], quoted["quotes"], NO_QUOTES),
            contracts=int(recent.sum()),
            cac=Figure(float(cost[paid].mean()), int(paid.sum()))
            if paid.any()
            else Figure(float("nan"), 0, because=NO_CAC),
            retention=share(kept, int(old.sum()), TOO_YOUNG),
            payback=median(payback, NO_PAYBACK),
            never_pays_back=int((np.isnan(payback) & np.isfinite(terms.realised[recent])).sum()),
            ltv_to_cac=self._to_cac(mine & self.groups.won, draws),
        )

    @property
    def _ltv(self) -> Floats:
        found: Floats = self.valued.ltv * self.valued.history.rate
        return found

    def _mean(self, which: Bools, draws: Floats) -> Figure:
        """Mean LTV; what is past is certain, the draws are of what is to come."""
        n = int(which.sum())
        past = float((self._ltv - self.valued.remaining * self.valued.history.rate)[which].sum())
        value = float(self._ltv[which].sum())
        return estimate(value / max(n, 1), n, (past + draws) / max(n, 1), NO_LTV)

    def _means(self, column: int) -> list[Figure]:
        place, draws = self.groups.place(column), self.remaining[self.groups.rows(column)]
        return [self._mean(place == number, draws[number]) for number in range(draws.shape[0])]

    def _to_cac(self, which: Bools, draws: Floats) -> Figure:
        cost = float((self.valued.terms.acquisition * self.valued.history.rate)[which].sum())
        if not cost > 0:
            return Figure(float("nan"), 0, because=NO_CAC)
        n = int(which.sum())
        past = float((self._ltv - self.valued.remaining * self.valued.history.rate)[which].sum())
        return estimate((float(self._ltv[which].sum()) + cost) / cost, n, (past + draws + cost) / cost)


def _slices(state: pa.Table) -> tuple[pa.ChunkedArray, ...]:
    """Ways to divide contracts, each of shape (n,): product, channel, country, and region of a country."""
    country, region = state["country_code"], pc.fill_null(state["region"], UNKNOWN)
    return state["tier"], state["channel"], country, pc.binary_join_element_wise(country, region, " ")
