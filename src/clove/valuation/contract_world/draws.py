"""Random numbers of a contract, a month and a purpose: order, company and what else is drawn change nothing."""

from dataclasses import dataclass
from enum import IntEnum, auto
from typing import Self

import numpy as np
from numpy.typing import NDArray

from clove.kernel.arrays import Floats, Ints
from clove.models.streams import stream_keys

GOLDEN = 0x9E3779B97F4A7C15
PURPOSES = 128  # at most; those of one month are numbered from a multiple of this
WRAP = 0xFFFF_FFFF_FFFF_FFFF


class For(IntEnum):
    """What a number is drawn for."""

    SEGMENT = auto()
    START = auto()
    START_DAY = auto()
    LAG = auto()
    PRICE_KIND = auto()
    PRICE = auto()
    PRICE_NORMAL = auto()
    CONVERTED = auto()
    CUSTOMER_TYPE = auto()
    REGION = auto()
    OVERRIDE = auto()
    ADVICE = auto()
    NEW_CUSTOMER = auto()
    BAND = auto()
    FRAILTY = auto()
    FRAILTY_NORMAL = auto()
    MAKE = auto()
    COMPLEXITY = auto()
    DISTANCE = auto()
    METHOD = auto()
    MARKETING = auto()
    MARKETING_NORMAL = auto()
    SALES = auto()
    SALES_NORMAL = auto()
    CONDITION = auto()
    CONDITION_NORMAL = auto()
    SLOWNESS = auto()
    SLOWNESS_NORMAL = auto()
    LEAVES = auto()
    NOTICE = auto()
    SAVED = auto()
    REASON = auto()
    END_DAY = auto()
    PENALTY = auto()
    LOST = auto()
    STOLEN = auto()
    RECOVERED = auto()
    THEFT_DAY = auto()
    CLOSED = auto()
    RECOVERY_FEE = auto()
    GIVES_UP = auto()
    RETRIEVES = auto()
    RETRIEVED = auto()
    ARREARS = auto()
    RESUMES = auto()
    RESUME_DAY = auto()
    INCREASE = auto()
    INCREASE_BY = auto()
    LAPSES = auto()
    LAPSE_DAY = auto()
    SHORT = auto()
    SHORT_BY = auto()
    LATE = auto()
    REVERSED = auto()
    SUSPENDS = auto()
    SUSPEND_DAY = auto()
    SUSPENSION = auto()
    FAULT = auto()
    FAULT_END = auto()
    FAULT_DAY = auto()
    FAULT_SIZE = auto()
    BILLING = auto()
    BILLING_DAY = auto()
    QUERY = auto()
    QUERY_DAY = auto()
    RESOLUTION = auto()
    RESOLVED_DAY = auto()
    NOTICE_DAY = auto()
    TRIAL = auto()
    ARM = auto()
    KIND = auto()
    TRIAL_DAY = auto()


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """A stream per contract (or quote), shape (n,)."""

    keys: NDArray[np.uint64]

    @classmethod
    def of(cls, first: int, count: int, seed: int, replicate: int = 0) -> Self:
        """Streams of the things numbered from `first`; another replicate, other numbers."""
        # a seed of many bits: those of neighbouring seeds would meet the digits of neighbouring numbers
        spread = int(np.random.SeedSequence(seed).generate_state(1, np.uint64)[0])
        keys = stream_keys(np.arange(first, first + count, dtype=np.int64), spread)
        return cls(keys).again(replicate)

    def again(self, replicate: int) -> Self:
        """The same things in another run of luck; 0 is this one."""
        return type(self)(_mixed(self.keys + np.uint64(replicate * GOLDEN & WRAP)) if replicate else self.keys)

    def take(self, who: Ints) -> Self:
        """Some of the streams."""
        return type(self)(self.keys[who])

    def uniform(self, what: For, month: int = 0, who: Ints | None = None) -> Floats:
        """One number in (0, 1) for each."""
        keys = self.keys if who is None else self.keys[who]
        z = _mixed(keys + np.uint64((month * PURPOSES + int(what)) * GOLDEN & WRAP))
        z >>= np.uint64(11)
        u = z.astype(np.float64)
        u += 0.5
        u *= 2.0**-53
        return u

    def normal(self, what: For, second: For, month: int = 0, who: Ints | None = None) -> Floats:
        """Standard normal by Box and Muller, from the numbers of two purposes."""
        radius = np.sqrt(-2.0 * np.log(self.uniform(what, month, who)))
        wave: Floats = radius * np.cos(2.0 * np.pi * self.uniform(second, month, who))
        return wave


def choose(u: Floats, share: tuple[float, ...] | Floats) -> Ints:
    """The class that each number falls in, where classes have these shares."""
    edges = np.cumsum(np.asarray(share, dtype=np.float64))
    chosen: Ints = np.minimum(np.searchsorted(edges / edges[-1], u, side="right"), edges.size - 1)
    return chosen


def _mixed(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64's mixing of its state, in place. Steele, Lea & Flood (2014), OOPSLA, 453-472."""
    z ^= z >> np.uint64(30)
    z *= np.uint64(0xBF58476D1CE4E5B9)
    z ^= z >> np.uint64(27)
    z *= np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return z
