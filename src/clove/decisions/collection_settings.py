"""What collecting, cancelling and retrieving bring and cost, as shares and months."""

from dataclasses import dataclass, fields

import numpy as np

from clove.kernel.arrays import Floats, Ints
from clove.kernel.errors import ArgumentRefused
from clove.models.spells import BANDS
from clove.valuation.contract_terms import PENALTY_RATE


@dataclass(frozen=True, slots=True)
class CollectionSettings:
    """Every parameter of the decision about a contract without payment.

    Raises:
        ArgumentRefused: A value outside what it may be.
    """

    horizon: int = 24  # months lapsed from which a contract is stopped in any case
    annual_discount: float = 0.12
    penalty_rate: float = PENALTY_RATE  # of the fees of the clause's months left: what is due on an early end
    penalty_collected: tuple[float, ...] = (0.85, 0.75, 0.60, 0.40, 0.60)  # k, of BANDS: share of a penalty due
    kept_after_retrieval: float = 0.8  # k after retrieval, as a share of k
    arrears_collected: float = 0.35  # k_arr: share of the arrears when the contract is stopped
    arrears_on_resumption: float = 0.9  # the same, when the customer pays again
    administration: float = 0.75  # of a stop, in monthly fees
    retrieval_success: float = 0.80  # P_ret: chance that the hardware comes back
    agents: float = 0.08  # of following a lapsed contract for a month, in monthly fees
    contact: float = 0.25  # share of p(m) that agents' contact brings

    def __post_init__(self) -> None:
        if len(self.penalty_collected) != len(BANDS):
            raise ArgumentRefused(
                f"{len(self.penalty_collected)} shares",
                where="CollectionSettings.penalty_collected",
                remedy=f"Give one for each of {', '.join(BANDS)}",
            )
        for field in fields(self):
            values = np.atleast_1d(np.asarray(getattr(self, field.name), dtype=np.float64))
            low, high = (1.0, 1_200.0) if field.name == "horizon" else (0.0, 1.0)
            if field.name in {"annual_discount", "administration", "agents"}:
                high = 100.0
            if not ((values >= low) & (values <= high)).all():
                raise ArgumentRefused(
                    f"{getattr(self, field.name)!r} is not within {low:g} and {high:g}",
                    where=f"CollectionSettings.{field.name}",
                    remedy="Give shares as fractions of 1, and other figures as documented",
                )

    @property
    def monthly_factor(self) -> float:
        """1 + r: what money a month later is divided by."""
        return float((1.0 + self.annual_discount) ** (1 / 12))

    def penalty(self, fee: Floats, clause: Ints, months_served: Ints) -> Floats:
        """Due when a contract ends after so many months, shape (n,)."""
        due: Floats = self.penalty_rate * fee * np.maximum(clause - months_served, 0)
        return due

    def collected(self, band: Ints) -> Floats:
        """Each contract's k, shape (n,)."""
        return np.array(self.penalty_collected)[band]
