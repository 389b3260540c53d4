"""What the figures were measured on."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

GIB = 2**30
UNKNOWN = "unknown"


def machine() -> dict[str, str]:
    """Processor, memory, system and time of the measurement."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": f"{_field(Path('/proc/cpuinfo'), 'model name')}, {os.cpu_count()} cores",
        "memory": _memory(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def load() -> str:
    """Processes that wanted to run in the last minute, on average; more than one says that others were at work."""
    return f"{os.getloadavg()[0]:.1f}"


def _field(path: Path, name: str) -> str:
    if not path.exists():
        return UNKNOWN
    for line in path.read_text().splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return UNKNOWN


def _memory() -> str:
    size = _field(Path("/proc/meminfo"), "MemTotal")
    return size if size == UNKNOWN else f"{int(size.split()[0]) * 1024 / GIB:.0f} GiB"
