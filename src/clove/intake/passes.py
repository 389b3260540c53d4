"""Read a table in one pass where its beginning tells the truth about the rest, else in two."""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Generic, TypeVar

P = TypeVar("P")  # how the cells are read
C = TypeVar("C")  # one piece of the table


@dataclass(frozen=True, slots=True)
class Passes(Generic[P, C]):
    """What a table does with each of its pieces."""

    pieces: Callable[[], Generator[C, None, None]]  # from the start, each time
    look: Callable[[C], None]  # gather what the piece says about how the cells are written
    plan: Callable[[], P | None]  # how to read what was seen so far; None while that is open
    judge: Callable[[C, P], None]  # put the piece into the engine
    conclude: Callable[[], P]  # how to read the whole table, or a refusal
    forget: Callable[[], None]  # take back what was put into the engine

    def run(self) -> None:
        """Judge every piece by the one plan that fits all of them."""
        settled: P | None = None
        again = False
        with closing(self.pieces()) as pieces:
            for piece in pieces:
                self.look(piece)
                plan = self.plan()
                if again or plan is None or (settled is not None and plan != settled):
                    again = True  # what follows changes how the beginning is to be read
                else:
                    settled = plan
                    self.judge(piece, plan)
        final = self.conclude()
        if again or (settled is not None and final != settled):
            self.forget()
            with closing(self.pieces()) as pieces:
                for piece in pieces:
                    self.judge(piece, final)
