"""On a public snapshot the churn classifier ranks better than a logistic regression, and its chances are kept."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def task():
    spec = importlib.util.spec_from_file_location("churn_telco", BENCHMARKS / "tasks" / "churn_telco.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_telephone_customers(task, shared_data):
    # one of the five repeats, without tuning: the benchmark does all
    found = task.judged(shared_data / "telco_churn.csv", repeats=1, candidates=task.CANDIDATES[:1])
    assert found["gain"] > 0.002
    assert found["calibration_error"] < 0.02
    assert found["auc"] > 0.84


def test_the_regression_beside_it_finds_the_truth(task):
    rng = np.random.default_rng(1)
    features = rng.normal(3, 2, size=(40_000, 2))
    truth = -1 + 0.5 * features[:, 0] - 0.2 * features[:, 1]
    found = task.says(task.logistic(features, rng.random(40_000) < expit(truth), 0.1), features)
    assert found == pytest.approx(truth, abs=0.15)


def test_figures_by_hand(task):
    left = np.array([True, False, True, False])
    assert task.area(left, np.array([0.9, 0.8, 0.7, 0.1])) == 0.75
    assert task.calibration_error(np.repeat([True, False], 10), np.repeat([0.8, 0.1], 10)) == pytest.approx(0.15)
