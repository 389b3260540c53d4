"""Who leaves, on a public snapshot, beside a logistic regression."""

import json
import subprocess

from harness.environments import BENCHMARKS
from harness.lines import MET, MISSED, NOT_MEASURED, Line, compared
from harness.settings import Settings

TITLE = "Who leaves: the churn classifier beside a logistic regression"
NOTE = (
    "IBM's telephone customers, all columns of the file, 7,043 rows. Five times five folds; settings of the trees and "
    "the penalty of the regression are chosen, and chances calibrated, within the folds that teach. The gain is paired "
    "by fold; calibration error: ten bins of equal size, out-of-fold chances of all repeats pooled."
)
FILE = "telco_churn.csv"
GAIN, ERROR = 0.003, 0.015


def measure(settings: Settings) -> list[Line]:
    """The gain in AUC, and the calibration error."""
    path = settings.shared / FILE
    if not path.exists():
        return [Line("AUC", f"{FILE} is not in {settings.shared}", "", "", "", "", NOT_MEASURED)]
    task = BENCHMARKS / "tasks" / "churn_telco.py"
    answer = subprocess.run([settings.clove.python, task, path], capture_output=True, text=True, check=True)
    found = json.loads(answer.stdout)
    peer = "logistic regression"
    gain = f"{found['gain']:+.4f} (standard error {found['gain_error']:.4f})"
    better = MET if found["gain"] >= GAIN else MISSED
    auc, theirs = f"{found['auc']:.4f}", f"{found['auc_logistic']:.4f}"
    error = f"{found['calibration_error']:.4f}"
    return [
        Line("AUC", auc, peer, theirs, gain, f"≥ theirs + {GAIN}", better, found),
        compared("calibration error", error, "", "", f"≤ {ERROR}", met=found["calibration_error"] <= ERROR),
    ]
