"""Clove: what every customer is really worth, how sure that is, and what to do about it."""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clove import models, valuation
    from clove.models.history import PurchaseHistory
    from clove.reports import plots
    from clove.workflows.customer_values import customer_values
    from clove.workflows.history import purchase_history
    from clove.workflows.split import calibration_and_holdout
    from clove.workflows.tracking import transaction_counts

__all__ = [
    "PurchaseHistory",
    "__version__",
    "calibration_and_holdout",
    "customer_values",
    "models",
    "plots",
    "purchase_history",
    "transaction_counts",
    "valuation",
]
__version__ = "0.1.0"

# `import clove` stays fast: the database and the numerics load with the first call that needs them
LAZY = {
    "PurchaseHistory": "clove.models.history",
    "calibration_and_holdout": "clove.workflows.split",
    "customer_values": "clove.workflows.customer_values",
    "models": "clove.models",
    "plots": "clove.reports.plots",
    "purchase_history": "clove.workflows.history",
    "transaction_counts": "clove.workflows.tracking",
    "valuation": "clove.valuation",
}
ROOMS = {"models", "plots", "valuation"}  # that are modules themselves


def __getattr__(name: str) -> object:
    if name in LAZY:
        home = importlib.import_module(LAZY[name])
        return home if name in ROOMS else getattr(home, name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted(__all__)
