"""An earlier date, what was known then, and what came after it."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clove.engine.local import LocalEngine
from clove.features.customer_features import customer_features
from clove.features.purchases_between import purchases_between
from clove.kernel.arrays import Floats
from clove.kernel.errors import NotEnoughData
from clove.models.history import PurchaseHistory
from clove.valuation.season import Ahead, Season
from clove.workflows.summary import history_of

FEWEST_CUSTOMERS = 50
FEWEST_REPEAT = 20


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """What was known as of an earlier date, and what came after it."""

    as_of: date
    until: date
    features: pa.Table  # n rows
    history: PurchaseHistory  # in the season's clock
    season: Season  # no more of it than was known by the as-of date, or by that of the run
    actual_purchases: Floats  # (n,) days with a purchase
    actual: Floats  # (n,) spend

    @classmethod
    def opened(cls, engine: LocalEngine, as_of: date, until: date, season: Season | None = None) -> Self:
        """Customers who came later than `as_of` are not judged; days are the calendar's where no season is given.

        Raises:
            NotEnoughData: Too few customers by then.
        """
        features = customer_features(engine, as_of)
        clock = season or Season.none()
        history = history_of(features, clock)
        repeat = int((history.frequency > 0).sum())
        if len(history) < FEWEST_CUSTOMERS or repeat < FEWEST_REPEAT:
            raise NotEnoughData(
                f"{len(history)} customers had bought by {as_of}, {repeat} of them on two days or more; "
                f"{FEWEST_CUSTOMERS} and {FEWEST_REPEAT} are needed",
                remedy="Give a longer history",
            )
        return cls(as_of, until, features, history, clock, *_what_came(engine, history, as_of, until))

    def told_in(self, season: Season) -> Self:
        """The same window in the clock of a season."""
        if season == self.season:
            return self
        return replace(self, season=season, history=history_of(self.features, season))

    @property
    def days(self) -> float:
        """Its length by the calendar."""
        return float((self.until - self.as_of).days)

    @property
    def elapsed(self) -> float:
        """Its length in the history's clock."""
        return self.season.elapsed(self.as_of, self.until)

    @property
    def ahead(self) -> Ahead:
        """The time after the as-of date."""
        return Ahead(self.as_of, self.season)


def _what_came(engine: LocalEngine, history: PurchaseHistory, after: date, until: date) -> tuple[Floats, Floats]:
    """Purchase days and spend in (after, until] of each customer known by then, both of shape (n,)."""
    later = purchases_between(engine, after, until)
    place = pc.index_in(pa.array(history.customer_id), value_set=later["customer_id"].combine_chunks())
    rows = place.fill_null(later.num_rows).to_numpy(zero_copy_only=False)
    # who bought nothing is sent to a last entry of zeros
    days, spend = (
        np.append(later[name].to_numpy().astype(np.float64), 0.0)[rows] for name in ("purchase_days", "spend")
    )
    return days, spend
