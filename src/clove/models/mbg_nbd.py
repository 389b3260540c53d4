"""The MBG/NBD: as the BG/NBD, but the first purchase may already be the last."""

from dataclasses import dataclass
from typing import ClassVar

from clove.models.beta_geometric import BetaGeometric


@dataclass(frozen=True, slots=True, repr=False)
class MbgNbd(BetaGeometric):
    """A fitted MBG/NBD: purchase rate ~ Gamma(r, alpha), dropout after each purchase, the first too, ~ Beta(a, b).

    Batislam, Denizel & Filiztekin (2007), International Journal of Research in Marketing 24(3), 201-209; Hoppe &
    Wagner (2007), Marketing ZFP 29(2), 75-90, as the central variant of the BG/NBD.
    """

    KIND: ClassVar[str] = "mbg-nbd"
    TITLE: ClassVar[str] = "MBG/NBD"
    FIRST: ClassVar[int] = 1
