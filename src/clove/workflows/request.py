"""What the main job is asked for."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from clove.intake.mapping import ColumnMap
from clove.kernel.errors import ArgumentRefused
from clove.kernel.money import Currency
from clove.kernel.period import Horizon
from clove.models.purchase_models import PURCHASE_MODELS
from clove.workflows.tuning import check_trials

TWELVE_MONTHS = Horizon(12, "m")
NO_CURRENCY = Currency("")
AUTO = "auto"
EARLIEST, LATEST = date(1970, 1, 1), date(2262, 1, 1)


@dataclass(frozen=True, slots=True)
class ValueRequest:
    """Files in, folder out, and how to count."""

    files: tuple[Path, ...]
    out: Path
    as_of: date | None = None  # None: the day of the last event
    today: date | None = None  # None: the machine's date
    horizon: Horizon = TWELVE_MONTHS
    mapping: ColumnMap | None = None
    margin: float = 1.0  # share of spend that is kept
    discount_rate: float = 0.0  # per year
    currency: Currency = NO_CURRENCY
    seed: int = 1
    model: str = AUTO  # kind of the purchase model, or chosen by old forecasts
    tune: int = 0  # trials of settings of the boosted value's trees

    def check(self) -> None:
        """Refuse what no valuation can use.

        Raises:
            ArgumentRefused: A value outside its range.
        """
        if not self.files:
            raise ArgumentRefused("no file is named", where="FILE", remedy="Name at least one file of orders")
        for name, value, low, high in (
            ("--margin", self.margin, 0.0, 1.0),
            ("--discount-rate", self.discount_rate, 0.0, 1.0),
        ):
            if not (np.isfinite(value) and low <= value <= high):
                raise ArgumentRefused(
                    f"{value} is out of range", where=name, remedy=f"Give a number from {low} to {high}"
                )
        if self.margin == 0.0:
            raise ArgumentRefused("a margin of 0", where="--margin", remedy="Give the share of spend that is kept")
        for name, day in (("--as-of", self.as_of), ("--today", self.today)):
            if day is not None and not EARLIEST <= day <= LATEST:
                raise ArgumentRefused(
                    f"{day} is out of range", where=name, remedy=f"Give a date from {EARLIEST} to {LATEST}"
                )
        if self.model not in (AUTO, *PURCHASE_MODELS):
            raise ArgumentRefused(
                f"{self.model!r} is no model",
                where="--model",
                remedy=f"Use {AUTO}, or one of {', '.join(PURCHASE_MODELS)}",
            )
        check_trials(self.tune)
        if self.tune and self.model != AUTO:
            raise ArgumentRefused(
                f"{self.model} alone has no trees to tune",
                where="--tune",
                remedy=f"Leave out --tune, or give --model {AUTO}",
            )
        if not 0 <= self.seed < 2**62:
            raise ArgumentRefused(
                f"a seed of {self.seed}",
                where="--seed",
                remedy="Give a whole number from 0 to 4,611,686,018,427,387,903",
            )
