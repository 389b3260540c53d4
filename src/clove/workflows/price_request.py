"""What a price is asked for, and the segment that answers."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np

from clove.decisions.price_table import CHANNELS, COUNTRIES, TIERS
from clove.decisions.pricing import PricingSettings, SegmentParameters
from clove.decisions.technician_visit import COMPLEXITY
from clove.decisions.upfront_cost import UpfrontCost
from clove.intake.portfolio.mapping import PortfolioMap
from clove.kernel.arrays import Floats
from clove.kernel.errors import ArgumentRefused
from clove.kernel.money import Currency
from clove.valuation.contract_terms import Horizon
from clove.workflows.contract_request import NO_CURRENCY, ContractSettings

USUAL_DISTANCE, USUAL_COMPLEXITY = 20.0, "standard"  # km; of a vehicle of which nothing is said


@dataclass(frozen=True, slots=True)
class PriceRequest:
    """One offer."""

    country: str
    channel: str
    tier: str
    distance_km: float | None = None  # to the vehicle; neither this nor the next: the mean fitment of the portfolio
    complexity: str | None = None  # of the vehicle
    price: float | None = None  # a month, in the country's currency; None: the list price
    folder: Path | None = None  # of a portfolio; None: the shipped table
    mapping: PortfolioMap | None = None  # of its columns
    currency: Currency = NO_CURRENCY  # that its exchange rates are in; none: found in its tables
    as_of: date | None = None  # None: the last finished month of its data
    today: date | None = None  # None: the machine's date
    horizon: Horizon = field(default_factory=Horizon)
    settings: PricingSettings = field(default_factory=PricingSettings)
    assumptions: ContractSettings = field(default_factory=ContractSettings)  # what no history tells
    seed: int = 1

    def check(self) -> None:
        """Refuse what no price can be found for.

        Raises:
            ArgumentRefused: An unknown word, a price that is not above 0, a negative distance, or a rate above 1.
        """
        for name, word, known in (
            ("country", self.country, COUNTRIES),
            ("channel", self.channel, CHANNELS),
            ("tier", self.tier, TIERS),
            ("complexity", self.complexity, tuple(COMPLEXITY)),
        ):
            if word is not None and word not in known:
                raise ArgumentRefused(
                    f"{word!r} is no {name} that Clove knows",
                    where=f"--{name}",
                    remedy=f"Use one of {', '.join(known)}",
                )
        self.horizon.check_rate()
        if self.distance_km is not None and not (np.isfinite(self.distance_km) and self.distance_km >= 0):
            raise ArgumentRefused(
                f"a distance of {self.distance_km:g} km", where="--distance-km", remedy="Give a number from 0 up"
            )
        if self.price is not None and not (np.isfinite(self.price) and self.price > 0):
            raise ArgumentRefused(
                f"a price of {self.price:g}",
                where="--price",
                remedy="Give a monthly fee above 0, or leave it out for the list price",
            )

    @property
    def names_fitment(self) -> bool:
        """Whether it says what vehicle is fitted."""
        return self.distance_km is not None or self.complexity is not None

    @property
    def distance(self) -> Floats:
        """To the vehicle, km, shape (1,)."""
        return np.array([USUAL_DISTANCE if self.distance_km is None else self.distance_km])

    @property
    def factor(self) -> Floats:
        """Of the vehicle's complexity, shape (1,)."""
        return np.array([COMPLEXITY[self.complexity or USUAL_COMPLEXITY]])

    @property
    def fitment(self) -> str:
        """In words, where a fitment is assumed."""
        return f"{self.distance[0]:g} km, {self.complexity or USUAL_COMPLEXITY} vehicle"


@dataclass(frozen=True, slots=True, eq=False)
class PricedSegment:
    """One segment, its parameters, and where they come from."""

    parameters: SegmentParameters  # of one segment
    upfront: UpfrontCost
    currency: Currency
    source: str
    fitment: str  # in words
    findings: tuple[str, ...] = ()
