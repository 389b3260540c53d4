"""The formulas that judge all sides must be right where none of the sides is trusted."""

import importlib.util
from pathlib import Path

import mpmath
import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def judge():
    spec = importlib.util.spec_from_file_location("log_likelihood", BENCHMARKS / "tasks" / "log_likelihood.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_published_pareto_nbd(judge, cdnow_sample):
    # Fader & Hardie (2005), "A note on implementing the Pareto/NBD model in MATLAB": -9594.976
    fitted = {"r": 0.5533, "alpha": 10.5776, "s": 0.6061, "beta": 11.6562}
    columns = (cdnow_sample.frequency, cdnow_sample.recency, cdnow_sample.T)
    assert judge.pareto_nbd(*columns, **fitted).sum() == pytest.approx(-9594.976, abs=2e-3)


def test_published_bg_bb(judge):
    # Fader, Hardie & Shang (2010), table 3: -33225.6
    spec = importlib.util.spec_from_file_location("family", BENCHMARKS / "worlds" / "family.py")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS / "worlds"))
        family = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(family)
    given = family.donations()
    assert given["customers"].sum() == 11_104
    rows = judge.bg_bb(given["x"], given["t_x"], given["T"], alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
    assert rows @ given["customers"] == pytest.approx(-33225.6, abs=0.05)


HISTORIES = [(0, 0, 30), (1, 12, 30), (7, 29.5, 30), (90, 25, 30), (3, 0.01, 4000), (2, 30, 30), (600, 700, 3000)]
PARETO = [
    {"r": 0.55, "alpha": 10.6, "s": 0.6, "beta": 11.7},
    {"r": 0.01, "alpha": 1e-3, "s": 1e-4, "beta": 1e-3},
    {"r": 1e6, "alpha": 1e7, "s": 3e4, "beta": 1e7},
    {"r": 2.0, "alpha": 5e3, "s": 8.0, "beta": 0.5},
]


@pytest.mark.parametrize("fitted", PARETO, ids=str)
def test_the_integral_against_thirty_digits(judge, fitted):
    x, t_x, T = (np.array(column, dtype=float) for column in zip(*HISTORIES, strict=True))
    exact = [_pareto(*history, **fitted) for history in HISTORIES]
    assert judge.pareto_nbd(x, t_x, T, **fitted) == pytest.approx(exact, rel=1e-10, abs=1e-10)


def _pareto(x, t_x, T, *, r, alpha, s, beta):
    """From the hypergeometric-free definition, the integral split where it is steep."""
    with mpmath.workdps(30):
        r, alpha, s, beta, t_x, T = (mpmath.mpf(value) for value in (r, alpha, s, beta, t_x, T))

        def gone(tau):
            return (
                s
                * mpmath.exp(-s * mpmath.log1p(tau / beta) - r * mpmath.log1p(tau / alpha))
                / ((beta + tau) * (alpha + tau) ** x)
            )

        cuts = [t_x + (T - t_x) * mpmath.mpf(2) ** -k for k in range(60, 0, -1)]
        integral = mpmath.quad(gone, [t_x, *cuts, T]) if t_x < T else 0
        alive = mpmath.exp(-s * mpmath.log1p(T / beta) - r * mpmath.log1p(T / alpha)) / (alpha + T) ** x
        return float(mpmath.log(mpmath.rf(r, x) * (alive + integral)))


@pytest.mark.parametrize("model", ["bg_nbd", "mbg_nbd"])
def test_parameters_without_end_leave_no_noise(judge, model):
    # b beyond all bounds is a dropout probability of 1 / 10 for everybody
    x, t_x, T = (np.array(column, dtype=float) for column in zip(*HISTORIES, strict=True))
    near, far = (getattr(judge, model)(x, t_x, T, r=0.5, alpha=4.0, a=scale, b=9 * scale) for scale in (1e12, 1e14))
    assert near == pytest.approx(far, abs=1e-8)
    assert np.isfinite(near).all()
