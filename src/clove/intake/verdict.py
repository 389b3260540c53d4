"""How a column is read is decided over all of its values, never by guess."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Sight:
    """Values that can be read in the same ways: where the first one stands."""

    row: int
    value: str


@dataclass(slots=True)
class Votes:
    """What the values of one column allow. A mask has one bit per candidate reading.

    A value is `indifferent` when every reading that its mask allows gives the same result.
    """

    seen: dict[tuple[int, bool], Sight] = field(default_factory=dict)

    def add(self, mask: int, row: int, value: str, *, indifferent: bool) -> None:
        """Note values with this mask, first met at this row."""
        known = self.seen.get((mask, indifferent))
        if known is None or row < known.row:
            self.seen[mask, indifferent] = Sight(row, value)

    @property
    def common(self) -> int:
        """The readings that every readable value allows, as a mask; -1 when there is no readable value."""
        common = -1
        for mask, _ in self.seen:
            common &= mask or -1
        return common

    @property
    def contradiction(self) -> tuple[Sight, Sight] | None:
        """Two values that no single reading fits."""
        if self.common != 0:
            return None
        masks = sorted({mask: self._first(mask) for mask, _ in self.seen if mask}.items(), key=lambda m: m[1].row)
        for i, (mask, sight) in enumerate(masks):
            for other, later in masks[i + 1 :]:
                if not mask & other:
                    return sight, later
        return masks[0][1], masks[-1][1]

    @property
    def undecided(self) -> Sight | None:
        """A value that two of the remaining readings read differently."""
        if self.common <= 0 or self.common.bit_count() == 1:
            return None
        return min((s for (mask, same), s in self.seen.items() if mask and not same), key=lambda s: s.row, default=None)

    def _first(self, mask: int) -> Sight:
        return min((s for (m, _), s in self.seen.items() if m == mask), key=lambda s: s.row)
