"""How the trees of the boosted value are grown."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

FIXED = {
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "reg_lambda": 1.0,
    "verbosity": -1,
    "num_threads": 1,  # threads that wait for each other are slower on a busy machine; folds run side by side
    "deterministic": True,
    "force_col_wise": True,  # with one thread less than half the work of row by row, for the same trees
}
"""What nobody tunes, in LightGBM's names."""


@dataclass(frozen=True, slots=True)
class TreeSettings:
    """What may be tuned, in LightGBM's names; both boosters have the same."""

    learning_rate: float = 0.1
    num_leaves: int = 8
    min_child_samples: int = 50
    feature_fraction: float = 0.6
    rounds: int = 75

    @property
    def parameters(self) -> dict[str, object]:
        """As LightGBM takes them, the number of rounds apart."""
        return {name: value for name, value in asdict(self).items() if name != "rounds"} | FIXED

    @classmethod
    def from_mapping(cls, fields: Mapping[str, Any]) -> Self:
        """From the JSON that a model was written as."""
        return cls(
            learning_rate=float(fields["learning_rate"]),
            num_leaves=int(fields["num_leaves"]),
            min_child_samples=int(fields["min_child_samples"]),
            feature_fraction=float(fields["feature_fraction"]),
            rounds=int(fields["rounds"]),
        )


UNTUNED = TreeSettings()
