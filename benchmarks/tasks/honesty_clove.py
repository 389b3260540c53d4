"""Old forecasts of one file held against what came.

`python honesty_clove.py FILE ORIGIN:DAYS …`: what a run as of each origin would have said of the days after it, its
shared error learnt from before the origin alone. Prints a JSON list.
"""

import json
import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from scipy.stats import kstest

from clove.engine.local import LocalEngine
from clove.intake.read import read
from clove.models.purchase_models import purchase_model
from clove.valuation.forecast import REPEATS
from clove.workflows.holdout import OldForecast, judge_old_forecasts
from clove.workflows.opening import Opening
from clove.workflows.window import Window


def main() -> None:
    """One file, several origins."""
    found = []
    with LocalEngine.open() as engine:
        read(engine, (Path(sys.argv[1]),), mapping=None, today=date.today())  # noqa: DTZ011
        for window in sys.argv[2:]:
            day, _, days = window.partition(":")
            origin = date.fromisoformat(day)
            until = origin + timedelta(days=int(days))
            judged = Window.opened(engine, origin, until)
            record = judge_old_forecasts(engine, Opening.of(judged.features), origin, horizon_days=int(days), seed=1)
            forecast = OldForecast.made(judged, purchase_model(record.choice.chosen), record.trained)
            drawn = forecast.drawn(1, record.common, REPEATS)
            low, high = np.quantile(drawn.totals.sum(axis=0), [0.1, 0.9])
            repeat = judged.history.frequency > 0
            found.append(
                {
                    "origin": day,
                    "days": int(days),
                    "model": record.choice.chosen,
                    "customers": int(repeat.size),
                    "ks": float(kstest(drawn.pit, "uniform").statistic),
                    "central_80": float(((drawn.pit > 0.1) & (drawn.pit < 0.9)).mean()),
                    "above_p90": float((drawn.pit > 0.9).mean()),
                    "above_p90_once": float((drawn.pit[~repeat] > 0.9).mean()),
                    "above_p90_repeat": float((drawn.pit[repeat] > 0.9).mean()),
                    "total_bias": float(forecast.expected.clv.sum() / judged.actual.sum() - 1),
                    "total_inside": bool(low <= judged.actual.sum() <= high),
                }
            )
    print(json.dumps(found))


if __name__ == "__main__":
    main()
