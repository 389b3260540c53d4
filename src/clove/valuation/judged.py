"""What any forecaster says of every customer, in the one form in which forecasters are compared."""

from dataclasses import dataclass

from clove.kernel.arrays import Bools, Floats, Ints
from clove.valuation.forecast import Distribution


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Spend over the window as one forecaster foresaw it; all arrays of shape (n,), in the currency's major unit.

    Quantiles and PIT are None for a forecaster who says one number and no distribution.
    """

    mean: Floats
    p10: Floats | None = None
    p50: Floats | None = None
    p90: Floats | None = None
    pit: Floats | None = None  # randomised probability integral transform of what came
    by_mean: bool = False  # the mean is its one number, as where a model is used without its distribution

    @classmethod
    def of(cls, mean: Floats, drawn: Distribution) -> "Judged":
        """A mean in closed form with the quantiles of its draws."""
        return cls(mean, drawn.p10, drawn.p50, drawn.p90, drawn.pit)

    @property
    def point(self) -> Floats:
        """The one number that absolute errors judge: the median where there is one, else the mean."""
        return self.mean if self.p50 is None or self.by_mean else self.p50

    def take(self, rows: Bools | Ints) -> "Judged":
        """Of some customers."""
        p10, p50, p90, pit = (None if x is None else x[rows] for x in (self.p10, self.p50, self.p90, self.pit))
        return Judged(self.mean[rows], p10, p50, p90, pit, self.by_mean)
