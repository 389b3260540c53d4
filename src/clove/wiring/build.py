"""Settings become parts."""

from clove.engine.local import LocalEngine
from clove.kernel.progress import Progress, Silent
from clove.wiring.settings import Settings
from clove.workflows.parts import Parts


def build(settings: Settings, progress: Progress | None = None) -> Parts:
    """The parts that these settings ask for."""
    return Parts(
        lambda: LocalEngine.open(
            memory_limit=settings.memory_limit, threads=settings.threads, spill=settings.spill_folder
        ),
        progress or Silent(),
    )
