"""The season of a base as it was known on a date."""

from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa

from clove.engine.local import LocalEngine
from clove.features.repeat_purchases import read_ledger_purchases, repeat_purchases
from clove.kernel.errors import DidNotConverge, NotEnoughData
from clove.kernel.period import TimeUnit
from clove.models.bg_bb import BgBb
from clove.models.purchase_model import PurchaseModel
from clove.models.purchase_models import REFERENCE, purchase_model
from clove.valuation.season import Season
from clove.valuation.season_estimate import FoundSeason, Purchased, learn_season, too_short
from clove.workflows.frames import last_period
from clove.workflows.opening import Opening
from clove.workflows.summary import history_of

NO_CLOCK = (BgBb.KIND,)  # models that count opportunities: no time passes faster or slower between them


@dataclass(slots=True, eq=False)
class Seasons:
    """Learns the season as of one date after another, each from what was known by then alone."""

    engine: LocalEngine
    opening: Opening
    heeded: bool = True  # False where the model asked for knows no clock
    found: dict[date, FoundSeason] = field(default_factory=dict)

    def by(self, day: date, features: pa.Table) -> FoundSeason:
        """As of a date.

        Args:
            day: Nothing after it is looked at.
            features: The feature table as of that date.
        """
        if day not in self.found:
            self.found[day] = self._learn(day, features)
        return self.found[day]

    def _learn(self, day: date, features: pa.Table) -> FoundSeason:
        if not self.heeded:
            return FoundSeason.nothing("the model asked for counts opportunities, not time")
        opened = self.opening.by(day)
        if because := too_short(opened, day):
            return FoundSeason.nothing(because)

        def fit(season: Season) -> PurchaseModel:
            return purchase_model(REFERENCE).fit(history_of(features, season))

        try:
            return learn_season(_purchased(self.engine, day), opened, day, fit)
        except (NotEnoughData, DidNotConverge) as error:
            return FoundSeason.nothing(error.what)


def _purchased(engine: LocalEngine, day: date) -> Purchased:
    read_ledger_purchases(engine)
    end = last_period(day, TimeUnit.DAY)
    found = repeat_purchases(engine, end, end)
    came, again = found.first > 0, found.repeat > 0
    return Purchased(found.period[came], found.first[came], found.period[again], found.repeat[again])
