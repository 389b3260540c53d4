"""How long work tells a person where it is, without knowing who listens."""

from typing import Protocol


class Progress(Protocol):
    """Receives named stages and, within one, the share that is done."""

    def stage(self, name: str) -> None:
        """The work enters a stage; the one before it is done."""

    def share(self, done: float) -> None:
        """How much of the current stage is done, in [0, 1]."""


class Silent:
    """Nobody listens."""

    def stage(self, name: str) -> None:
        """Nothing to do."""

    def share(self, done: float) -> None:
        """Nothing to do."""
