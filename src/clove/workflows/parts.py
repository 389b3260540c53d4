"""What a workflow is given, chosen once in `wiring`."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from clove.engine.local import LocalEngine
from clove.kernel.progress import Progress


@dataclass(frozen=True, slots=True)
class Parts:
    """The surroundings of a job."""

    open_engine: Callable[[], AbstractContextManager[LocalEngine]]
    progress: Progress
