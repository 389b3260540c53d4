"""Clove: what every customer is really worth, how sure that is, and what to do about it."""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clove import models, valuation
    from clove.models.history import PurchaseHistory
    from clove.workflows.history import purchase_history

__all__ = ["PurchaseHistory", "__version__", "models", "purchase_history", "valuation"]
__version__ = "0.1.0"

# `import clove` stays fast: the database and the numerics load with the first call that needs them
LAZY = {
    "PurchaseHistory": "clove.models.history",
    "models": "",
    "purchase_history": "clove.workflows.history",
    "valuation": "",
}


def __getattr__(name: str) -> object:
    if name in LAZY:
        home = LAZY[name]
        return getattr(importlib.import_module(home), name) if home else importlib.import_module(f"clove.{name}")
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted(__all__)
