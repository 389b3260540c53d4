"""Fixtures that every room shares."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from clove.engine.local import LocalEngine
from clove.intake.mapping import ColumnMap
from clove.intake.read import Intake, read
from clove.models import BgNbd, GammaGamma, PurchaseHistory

# a first example may compile or start an engine; the same examples every time, so that a failure can be repeated
settings.register_profile("clove", deadline=None, derandomize=True)
settings.load_profile("clove")

TODAY = date(2026, 11, 20)
SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data; the test is skipped by name where the machine has none."""
    if not SHARED_DATA.is_dir():
        pytest.skip("no shared data on this machine: the same journey runs on simulated data")
    return SHARED_DATA


@pytest.fixture(scope="session")
def cdnow_sample(shared_data: Path) -> PurchaseHistory:
    """2,357 customers, weeks, calibrated on the 39 weeks to 1997-09-30, purchases of a day merged."""
    rows = np.loadtxt(shared_data / "cdnow" / "CDNOW_sample.txt", usecols=(1, 2, 4))
    customer, stamp, spend = rows[:, 0].astype(int), rows[:, 1].astype(int).astype(str), rows[:, 2]
    day = np.array([f"{d[:4]}-{d[4:6]}-{d[6:]}" for d in stamp], "datetime64[D]").astype(int)
    end = np.datetime64("1997-09-30", "D").astype(int)
    customer, day, spend = customer[day <= end], day[day <= end], spend[day <= end]
    pairs, which = np.unique(np.column_stack([customer, day]), axis=0, return_inverse=True)
    spend = np.bincount(which.reshape(-1), spend)
    _, first, count = np.unique(pairs[:, 0], return_index=True, return_counts=True)
    last = first + count - 1
    frequency = count - 1.0
    repeat_spend = np.add.reduceat(spend, first) - spend[first]
    return PurchaseHistory.of(
        frequency,
        (pairs[last, 1] - pairs[first, 1]) / 7,
        (end - pairs[first, 1]) / 7,
        repeat_spend / np.maximum(frequency, 1),
        unit="week",
    )


def simulated_history(
    purchases: BgNbd, spend: GammaGamma | None, customers: int, seed: int, oldest: float = 104.0
) -> PurchaseHistory:
    """Histories of customers with ages uniform up to the oldest, from known parameters."""
    age = np.random.default_rng(seed).uniform(oldest / 10, oldest, customers)
    history = purchases.simulate(age, seed + 1).history(age, purchases.unit)
    if spend is None:
        return history
    _, customer, amounts = spend.simulate(history.frequency, seed + 2)
    mean = np.bincount(customer, amounts, minlength=customers) / np.maximum(history.frequency, 1)
    return PurchaseHistory.of(history.frequency, history.recency, history.T, mean, unit=purchases.unit)


@pytest.fixture(scope="session")
def simulated_shop(tmp_path_factory) -> Path:
    """The folder of a simulated shop of 1,500 customers."""
    from clove.workflows.simulate import simulate_shop

    return simulate_shop(1_500, 11, tmp_path_factory.mktemp("shop") / "shop").folder


@pytest.fixture(scope="session")
def valuation(simulated_shop, tmp_path_factory) -> Path:
    """The result folder of that shop, made by the command's own workflow."""
    from clove.wiring.build import build
    from clove.wiring.settings import Settings
    from clove.workflows.request import ValueRequest
    from clove.workflows.value import value

    out = tmp_path_factory.mktemp("valuation") / "out"
    value(ValueRequest((simulated_shop / "orders.csv",), out), build(Settings()))
    return out


@pytest.fixture
def engine() -> Iterator[LocalEngine]:
    with LocalEngine.open(threads=1) as opened:
        yield opened


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """A file with this content: text, or bytes as they are."""

    def make(content: str | bytes, name: str = "orders.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return make


@pytest.fixture
def take(engine: LocalEngine, write: Callable[..., Path]) -> Callable[..., Intake]:
    """Read one file with this content; the identity of the counts is checked each time."""

    def run(content: str | bytes, name: str = "orders.csv", columns: str = "") -> Intake:
        found = read(engine, [write(content, name)], mapping=ColumnMap.parse(columns) if columns else None, today=TODAY)
        assert found.rows_read == found.purchases + found.returns + sum(rows for _, rows, _ in found.rejected)
        return found

    return run


@pytest.fixture
def events(engine: LocalEngine) -> Callable[..., list[tuple]]:
    """Some columns of the events, by row."""

    def get(*columns: str) -> list[tuple]:
        table = engine.table(f"SELECT {', '.join(columns)} FROM events ORDER BY file, row")
        return [tuple(line.values()) for line in table.to_pylist()]

    return get
