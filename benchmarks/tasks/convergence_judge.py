"""The log-likelihood of every fit of the small worlds. `python convergence_judge.py WORLDS MODEL FITS`; prints JSON.

FITS is a JSON list, for each world a list of parameters; null where there are none.
"""

import json
import sys
from pathlib import Path

import numpy as np
from log_likelihood import FORMULAS

formula = FORMULAS[sys.argv[2]]
totals = []
for world, fits in zip(*(json.loads(Path(path).read_text()) for path in (sys.argv[1], sys.argv[3])), strict=True):
    columns = [np.array(world[name]) for name in ("x", "t_x", "T")]
    totals.append([None if found is None else float(formula(*columns, **found).sum()) for found in fits])
print(json.dumps({"totals": totals}))
