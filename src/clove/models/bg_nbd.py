"""The BG/NBD: customers buy at a rate of their own until, after some repeat purchase, they are gone."""

from dataclasses import dataclass
from typing import ClassVar

from clove.models.beta_geometric import BetaGeometric


@dataclass(frozen=True, slots=True, repr=False)
class BgNbd(BetaGeometric):
    """A fitted BG/NBD: purchase rate ~ Gamma(r, alpha), dropout after each repeat purchase ~ Beta(a, b).

    Fader, Hardie & Lee (2005), Marketing Science 24(2), 275-284: eq. 6 is the likelihood, 8 P(alive), 9 and 10 the
    expectations.

    >>> from clove.kernel.period import TimeUnit
    >>> from clove.models import PurchaseHistory
    >>> published = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426, unit=TimeUnit.WEEK)
    >>> history = PurchaseHistory.of([2], [30.43], [38.86], unit="week")
    >>> round(float(published.expected_purchases(history, 39.0)[0]), 3)
    1.226
    """

    KIND: ClassVar[str] = "bg-nbd"
    TITLE: ClassVar[str] = "BG/NBD"
    FIRST: ClassVar[int] = 0
