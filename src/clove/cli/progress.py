"""Progress on a terminal; silent anywhere else."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from clove.kernel.progress import Progress, Silent


@dataclass(slots=True)
class Shown:
    """One line per stage; the current one with its share."""

    bars: Bars
    task: TaskID | None = None

    def stage(self, name: str) -> None:
        """See `Progress`."""
        self.done()
        self.task = self.bars.add_task(name, total=None)

    def share(self, done: float) -> None:
        """See `Progress`."""
        if self.task is not None:
            self.bars.update(self.task, completed=done, total=1.0)

    def done(self) -> None:
        """The current stage is over."""
        if self.task is not None:
            self.bars.update(self.task, completed=1.0, total=1.0)
            self.bars.stop_task(self.task)


@contextmanager
def watched(*, quiet: bool) -> Iterator[Progress]:
    """Progress that a person sees, if one is there to see it."""
    console = Console(stderr=True)
    if quiet or not (console.is_terminal and sys.stderr.isatty()):
        yield Silent()
        return
    columns = (SpinnerColumn(finished_text="✓"), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Bars(*columns, console=console) as bars:
        shown = Shown(bars)
        yield shown
        shown.done()
