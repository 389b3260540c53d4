"""What the record shows was decided before its window opened."""

from datetime import date, timedelta

import numpy as np
import pytest

from clove.engine.local import LocalEngine
from clove.features.customer_features import customer_features
from clove.intake.read import read
from clove.reports.contents import WHOLE
from clove.workflows import training
from clove.workflows.holdout import judge_old_forecasts

AS_OF = date(2025, 12, 31)
HORIZON = 90


@pytest.fixture(scope="module")
def lines(simulated_shop):
    """Orders of every other customer: enough to learn from."""
    head, *rows = (simulated_shop / "orders.csv").read_text(encoding="utf-8").splitlines()
    who = head.split(",").index("customer_id")
    return [head, *(row for row in rows if hash_of(row.split(",")[who]) % 2)]


def hash_of(text: str) -> int:
    return sum(map(ord, text))


def record(lines, path):
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with LocalEngine.open(threads=1) as engine:
        read(engine, [path], mapping=None, today=date(2026, 11, 20))
        return judge_old_forecasts(engine, customer_features(engine, AS_OF), AS_OF, horizon_days=HORIZON, seed=1)


def dearer(lines, after, until):
    """Every amount between two days is four times what it was."""
    head = lines[0].split(",")
    when, amount = head.index("ordered_at"), head.index("amount")
    changed = [lines[0]]
    for line in lines[1:]:
        cells = line.split(",")
        if str(after) < cells[when][:10] <= str(until):
            cells[amount] = f"{4 * float(cells[amount]):.2f}"
        changed.append(",".join(cells))
    return changed


def test_what_came_in_the_newest_window_decides_nothing_of_its_forecast(lines, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "ORIGINS", 8)  # what is learnt of is not in question
    opened = AS_OF - timedelta(days=HORIZON)
    one, two = (
        record(rows, tmp_path / f"{name}.csv")
        for name, rows in {"as it was": lines, "dearer": dearer(lines, opened, AS_OF)}.items()
    )
    assert one.forecasters.window.as_of == opened
    assert one.forecasters.window.actual.sum() < two.forecasters.window.actual.sum()
    before, after = one.forecasters.judged[WHOLE], two.forecasters.judged[WHOLE]
    for part in ("mean", "p10", "p50", "p90"):
        assert np.array_equal(getattr(before, part), getattr(after, part)), part
    # the forecast of today has learnt from it
    assert one.common != two.common
    assert one.widening.windows == two.widening.windows == 3
    assert one.widening != two.widening
    assert one.trained.choice.windows == 3
    assert one.trained.choice != two.trained.choice
    assert one.trained.model.to_json() != two.trained.model.to_json()
