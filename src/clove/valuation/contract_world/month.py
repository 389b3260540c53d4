"""One month of the world: all that its parts read and change."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from clove.kernel.arrays import Bools, Floats, Ints
from clove.valuation.contract_world.book import Book
from clove.valuation.contract_world.calendar import Calendar
from clove.valuation.contract_world.draws import Draws, For
from clove.valuation.contract_world.journal import Journal
from clove.valuation.contract_world.rules import Happenings, Rules
from clove.valuation.contract_world.state import ACTIVE, ENDED, PARTS, State

REASONS = (
    *("voluntary_price_sensitivity", "voluntary_service", "voluntary_vehicle_sold", "voluntary_competitor"),
    *("voluntary_other", "forced_non_payment", "forced_theft"),
)
NON_PAYMENT, THEFT = 5, 6

Stops = Callable[["Month", Ints], tuple[Bools, Bools]]
"""Of the lapsed contracts given: which are stopped at the start of the month, and which of all would be retrieved."""


@dataclass(slots=True, eq=False)
class Month:
    """Everything that the parts of a month read and change."""

    index: int
    book: Book
    state: State
    draws: Draws
    rules: Rules
    happenings: Happenings
    calendar: Calendar
    journal: Journal
    stops: Stops
    flow: Floats = field(init=False)  # (parts, n) cash of the month; costs are negative

    def __post_init__(self) -> None:
        self.flow = np.zeros((len(PARTS), self.book.segment.size))

    def in_force(self) -> Ints:
        """Contracts that started before this month and live."""
        return np.flatnonzero((self.state.status != ENDED) & (self.book.start < self.index))

    def only(self, who: Ints, status: int = ACTIVE) -> Ints:
        """Those in a status."""
        chosen: Ints = who[self.state.status[who] == status]
        return chosen

    def u(self, what: For, who: Ints) -> Floats:
        """A number in (0, 1) for each."""
        return self.draws.uniform(what, self.index, who)

    def day(self, what: For, who: Ints, first: int = 1, last: int = 28) -> Ints:
        """A day of this month for each."""
        return self.calendar.day(self.index, self.u(what, who), first, last)

    def tenure(self, who: Ints) -> Ints:
        """The contract's month that this is, from 1; one less has been served."""
        months: Ints = self.index - self.book.start[who]
        return months
