"""How the trees of the churn classifier are grown."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

FIXED: Mapping[str, object] = {
    "objective": "binary:logistic",
    "tree_method": "hist",
    "reg_lambda": 1.0,
    "nthread": 1,  # the same trees on any machine; boosters grow side by side instead
    "verbosity": 0,
}
"""What nobody tunes, in XGBoost's names."""


@dataclass(frozen=True, slots=True)
class ChurnSettings:
    """What may be tuned, in XGBoost's names."""

    max_depth: int = 3
    learning_rate: float = 0.05
    min_child_weight: float = 20.0
    subsample: float = 0.8
    colsample_bytree: float = 0.5
    max_bin: int = 128
    rounds: int = 200

    @property
    def parameters(self) -> dict[str, object]:
        """As XGBoost takes them, the number of rounds apart."""
        return {name: value for name, value in asdict(self).items() if name != "rounds"} | dict(FIXED)

    @classmethod
    def from_mapping(cls, fields: Mapping[str, Any]) -> Self:
        """From the JSON that a model was written as."""
        return cls(
            max_depth=int(fields["max_depth"]),
            learning_rate=float(fields["learning_rate"]),
            min_child_weight=float(fields["min_child_weight"]),
            subsample=float(fields["subsample"]),
            colsample_bytree=float(fields["colsample_bytree"]),
            max_bin=int(fields["max_bin"]),
            rounds=int(fields["rounds"]),
        )


UNTUNED = ChurnSettings()
