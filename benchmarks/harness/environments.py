"""The interpreters that are compared: ours, and one of its own for each peer."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parent.parent
REPOSITORY = BENCHMARKS.parent
PEERS = BENCHMARKS / ".peers"
OURS = "clove"
LIFETIMES = "lifetimes"
PYMC_MARKETING = "pymc-marketing"

_DESCRIBE = """
import json, platform, sys
from importlib.metadata import version
print(json.dumps({"python": platform.python_version(), **{name: version(name) for name in sys.argv[1:]}}))
"""


@dataclass(frozen=True, slots=True)
class Environment:
    """An interpreter, or the reason why there is none."""

    name: str
    python: Path
    missing: str = ""  # one sentence; empty when it can be used

    def variables(self) -> dict[str, str]:
        """The process environment that its scripts run in."""
        # PyTensor keeps its compiled C beside the peer's packages, not in the home folder
        flags = f"base_compiledir={PEERS / 'pytensor'}"
        # every side keeps its compiled bytecode, as on a person's machine
        kept = {
            name: value for name, value in os.environ.items() if name not in {"PYTHONDONTWRITEBYTECODE", "PYTHONPATH"}
        }
        return {**kept, "PYTENSOR_FLAGS": flags, "PYTHONWARNINGS": "ignore", "PYTHONHASHSEED": "0"}

    def describe(self, *packages: str) -> dict[str, str]:
        """Versions of Python and of these packages."""
        import json

        answer = subprocess.run(
            [self.python, "-c", _DESCRIBE, *packages], capture_output=True, text=True, check=True, env=self.variables()
        )
        versions: dict[str, str] = json.loads(answer.stdout)
        return versions


def ours() -> Environment:
    """The interpreter that runs this."""
    return Environment(OURS, Path(sys.executable))


def peer(name: str) -> Environment:
    """A peer's interpreter with the versions pinned in peers/NAME.txt, made with uv when it is not there yet."""
    folder = PEERS / name
    python = folder / "bin" / "python"
    pins = BENCHMARKS / "peers" / f"{name}.txt"
    stamp = folder / "installed.txt"
    if stamp.exists() and stamp.read_text() == pins.read_text():
        return Environment(name, python)
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.exists() else shutil.which("uv")
    if uv is None:
        return Environment(name, python, "uv is not installed")
    # the same Python for everybody, so that the interpreter is not what is compared
    for command in (
        [uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder],
        [uv, "pip", "install", "--quiet", "--python", python, "--requirements", pins],
    ):
        outcome = subprocess.run(command, capture_output=True, text=True, check=False)
        if outcome.returncode:
            return Environment(name, python, f"it cannot be installed: {_last_line(outcome.stderr)}")
    stamp.write_text(pins.read_text())
    return Environment(name, python)


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no message"
