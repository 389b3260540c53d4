"""Every refusal says what is wrong, where, and what to do about it."""


class CloveError(Exception):
    """A refusal that a person can act on.

    Args:
        what: The fact that stops the work, one sentence without a final full stop.
        where: File, row, column or argument; empty when the whole input is meant.
        remedy: What to do next, one sentence without a final full stop.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str) -> None:
        super().__init__(what, where, remedy)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.what}. {self.remedy}."


class InputRefused(CloveError):
    """A file or table cannot be read, or cannot be understood without guessing."""


class ImpossibleHistory(CloveError):
    """Purchase histories that no customer can have, such as a recency above the age."""


class NotEnoughData(CloveError):
    """The data are fine but too few for an estimate that could be trusted."""


class DidNotConverge(CloveError):
    """An optimiser stopped before it reached an optimum."""


class OutputRefused(CloveError):
    """The results cannot be written where they were asked for."""


class ArgumentRefused(CloveError):
    """An argument or setting is outside what it may be."""
