"""The same steps as retail_lifetimes.py with Clove as a library: read, clean, summarise, fit, score, write.

`python retail_clove.py FILE OUT`; a program of its own, timed from start to exit. Prints its facts as JSON.
"""

import json
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from clove.engine.local import LocalEngine
from clove.features.customer_features import customer_features
from clove.intake.read import read
from clove.kernel.progress import Silent
from clove.models import BgNbd, GammaGamma
from clove.valuation.forecast import Expectation, Steps
from clove.workflows.summary import history_of

MONTHS = np.arange(1.0, 13.0)


def main() -> None:
    """One file in, one file of scores out."""
    with LocalEngine.open() as engine:
        intake = read(engine, (Path(sys.argv[1]),), mapping=None, today=date.today(), progress=Silent())  # noqa: DTZ011
        features = customer_features(engine, intake.last_event)
    history = history_of(features)
    buying, spending = BgNbd.fit(history), GammaGamma.fit(history)
    year = buying.expected_purchases(history, 365.0)
    # the peers' months of 30 days and rate of 0.01 a month
    value = Expectation.of(history, buying, spending, Steps(MONTHS * 30, MONTHS / 12), discount_rate=1.01**12 - 1)
    scores = pa.table(
        {
            "customer_id": history.customer_id,
            "frequency": history.frequency,
            "recency": history.recency,
            "T": history.T,
            "monetary_value": history.monetary_value,
            "probability_alive": value.probability_alive,
            "expected_purchases": year,
            "expected_spend": value.expected_spend,
            "clv": value.clv,
        }
    )
    pyarrow.csv.write_csv(scores, sys.argv[2])
    print(
        json.dumps(
            {
                "purchases": int(intake.purchases),
                "customers": len(history),
                "frequency": float(history.frequency.sum()),
                "alive": float(value.probability_alive.sum()),
                "expected_purchases": float(year.sum()),
                "clv": float(value.clv.sum()),
            }
        )
    )


if __name__ == "__main__":
    main()
