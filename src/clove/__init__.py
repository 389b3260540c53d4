"""Clove: what every customer is really worth, how sure that is, and what to do about it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clove.workflows.history import purchase_history

__all__ = ["__version__", "purchase_history"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    # `import clove` stays fast: the database and the numerics load with the first call that needs them.
    if name == "purchase_history":
        from clove.workflows.history import purchase_history

        return purchase_history
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
