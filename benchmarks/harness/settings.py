"""What a row is told: where data lie, how often to measure, and whose interpreters there are."""

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from harness.environments import BENCHMARKS, LIFETIMES, OURS, PYMC_MARKETING, REPOSITORY, Environment, ours, peer

DATA = REPOSITORY / "build" / "bench" / "data"
MASTER = "cdnow/CDNOW_master.txt"  # in the shared data


@dataclass(slots=True)
class Settings:
    """One run of the benchmarks; environments are made when the first row asks for them."""

    quick: bool
    rounds: int
    shared: Path  # folder of the real data sets; need not exist
    _environments: dict[str, Environment] = field(default_factory=dict)

    @property
    def clove(self) -> Environment:
        """Ours."""
        return self._environment(OURS)

    @property
    def lifetimes(self) -> Environment:
        """The peer of that name."""
        return self._environment(LIFETIMES)

    @property
    def pymc_marketing(self) -> Environment:
        """The peer of that name."""
        return self._environment(PYMC_MARKETING)

    @property
    def customers(self) -> int:
        """Size of the simulated base."""
        return 100_000 if self.quick else 1_000_000

    def world(self) -> dict[str, str]:
        """Paths of the simulated data and their as-of date; made at the first call."""
        return self._made("make.py", DATA, self.customers)

    def family(self) -> dict[str, str]:
        """Paths of the summaries for the other models; `cdnow` among them where the shared data have it."""
        return self._made("family.py", DATA, self.shared / MASTER)

    def convergence(self, model: str) -> str:
        """Path of the many small worlds of a model."""
        return self._made("convergence.py", DATA, model)[model]

    def contracts(self, count: int) -> str:
        """Path of the columns of a portfolio of so many contracts."""
        return self._made("contracts.py", DATA, count)["contracts"]

    def _made(self, script: str, *arguments: object) -> dict[str, str]:
        answer = subprocess.run(
            [self.clove.python, BENCHMARKS / "worlds" / script, *(str(argument) for argument in arguments)],
            capture_output=True,
            text=True,
            check=True,
        )
        paths: dict[str, str] = json.loads(answer.stdout)
        return paths

    def _environment(self, name: str) -> Environment:
        if name not in self._environments:
            self._environments[name] = ours() if name == OURS else peer(name)
        return self._environments[name]
