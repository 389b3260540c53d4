"""How long each stage of a job took, and word of it to whoever watches."""

import time
from dataclasses import dataclass, field

from clove.kernel.progress import Progress


@dataclass(slots=True)
class Clock:
    """Announces stages and keeps their seconds."""

    progress: Progress
    seconds: dict[str, float] = field(default_factory=dict)
    _current: str = ""
    _since: float = 0.0

    def stage(self, name: str) -> None:
        """The work enters a stage; the one before it is done."""
        self._close()
        self.progress.stage(name)
        self._current, self._since = name, time.perf_counter()

    def finish(self) -> dict[str, float]:
        """Seconds of each stage and their sum."""
        self._close()
        return {**self.seconds, "total": round(sum(self.seconds.values()), 3)}

    def _close(self) -> None:
        if self._current:
            self.seconds[self._current] = round(time.perf_counter() - self._since, 3)
            self._current = ""
