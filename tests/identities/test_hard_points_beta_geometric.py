"""Histories and parameters at which formulas break, against arithmetic in 50 digits and more."""

from dataclasses import dataclass

import mpmath
import numpy as np
import pytest

from clove.models import BgNbd, MbgNbd, PurchaseHistory

POINTS = 1_000
FEW = 200  # where the exact figure is slow to find
MOST = 12  # purchases up to which a distribution is compared
TOLERANCE = 1e-10
TINY = 1e-280  # below it a probability is compared in absolute terms


@dataclass(frozen=True, slots=True)
class Point:
    """One customer, with the parameters he is judged by."""

    r: float
    alpha: float
    a: float
    b: float
    x: int
    t_x: float
    T: float
    horizon: float

    def history(self) -> PurchaseHistory:
        return PurchaseHistory.of([self.x], [self.t_x], [self.T])

    def exact(self) -> tuple[mpmath.mpf, ...]:
        return tuple(
            mpmath.mpf(value) for value in (self.r, self.alpha, self.a, self.b, self.x, self.t_x, self.T, self.horizon)
        )


def hard_points(count: int, seed: int) -> list[Point]:
    """x to 10^4, T to 10^5, a and b to 0, a and b and a + b at 1 and next to it, r small, alpha large."""
    rng = np.random.default_rng(seed)
    points = []
    for i in range(count):
        x = int(10 ** rng.uniform(0, 4)) if i % 3 else 0
        T = 10 ** rng.uniform(0, 5)
        t_x = T * float(rng.choice([1.0, rng.uniform(0.001, 1.0), 1 - 10 ** rng.uniform(-12, -1)])) if x else 0.0
        r, alpha = 10 ** rng.uniform(-9, 3), 10 ** rng.uniform(-1, 5)
        a = float(rng.choice([1.0, 1 + 1e-12, 1 - 1e-12, 10 ** rng.uniform(-9, 3), 10 ** rng.uniform(-30, 0)]))
        b = float(rng.choice([1.0, 1 + 1e-12, 10 ** rng.uniform(-9, 3), 10 ** rng.uniform(-30, 0)]))
        if i % 7 == 0 and a < 1:
            b = 1 - a
        points.append(Point(r, alpha, a, b, x, t_x, T, 10 ** rng.uniform(-1, 5)))
    return points


def judged(point: Point, model: type, quantity: str) -> float:
    judge = model(point.r, point.alpha, point.a, point.b)
    if quantity == "alive":
        return judge.probability_alive(point.history())[0]
    if quantity == "no purchase":
        return judge.probability_no_purchase(point.history(), point.horizon)[0]
    return judge.expected_purchases(point.history(), point.horizon)[0]


def off(found: float, exact: mpmath.mpf, least: float = TINY) -> float:
    """Relative error; in units of `least` where both are smaller. Not finite counts as infinitely wrong."""
    if not np.isfinite(found):
        return np.inf
    return float(abs(mpmath.mpf(float(found)) - exact) / max(abs(exact), mpmath.mpf(least)))


def log_odds(point: Point, first: int) -> mpmath.mpf | None:
    r, alpha, a, b, x, t_x, T, _ = point.exact()
    if x + first == 0:
        return None
    return mpmath.log(a / (b + x + first - 1)) + (r + x) * mpmath.log((alpha + T) / (alpha + t_x))


def alive(point: Point, first: int) -> mpmath.mpf:
    odds = log_odds(point, first)
    return mpmath.mpf(1) if odds is None else 1 / (1 + mpmath.exp(odds))


def log_likelihood(point: Point, first: int) -> mpmath.mpf:
    r, alpha, a, b, x, _, T, _ = point.exact()
    rate = mpmath.loggamma(r + x) - mpmath.loggamma(r) + r * mpmath.log(alpha) - (r + x) * mpmath.log(alpha + T)
    flips = b + x + first
    stay = mpmath.loggamma(flips) - mpmath.loggamma(a + flips) + mpmath.loggamma(a + b) - mpmath.loggamma(b)
    return rate + stay - mpmath.log(alive(point, first))


def no_purchase(point: Point, first: int) -> mpmath.mpf:
    r, alpha, _, _, x, _, T, horizon = point.exact()
    here = alive(point, first)
    return 1 - here + here * ((alpha + T) / (alpha + T + horizon)) ** (r + x)


def expected(point: Point, first: int) -> mpmath.mpf:
    """Eq. 10, its singularities approached to 30 digits."""
    r, alpha, a, b, x, _, T, horizon = point.exact()
    beta, R, s = b + x + first, r + x, horizon / (alpha + T)
    nearly = mpmath.mpf(10) ** -30
    if abs(a - 1) < nearly:
        a = 1 + nearly
    if abs(a + beta - 1) < nearly:
        a += nearly
    inner = mpmath.hyp2f1(R, beta, a + beta - 1, s / (1 + s))
    return alive(point, first) * (a + beta - 1) / (a - 1) * (1 - (1 + s) ** -R * inner)


def distribution(point: Point, first: int) -> list[mpmath.mpf]:
    r, alpha, a, b, x, _, T, horizon = point.exact()
    beta, R, s = b + x + first, r + x, horizon / (alpha + T)
    here = alive(point, first)
    weight, above, survival = (1 + s) ** -R, mpmath.mpf(1), mpmath.mpf(1)
    found = []
    for n in range(MOST + 1):
        above -= weight
        if n == 0:
            found.append(1 - here + here * weight)
        else:
            leaves = a / (a + beta + n - 1)
            found.append(here * survival * (weight + above * leaves))
            survival *= 1 - leaves
        weight *= s / (1 + s) * (R + n) / (n + 1)
    return found


@pytest.mark.parametrize("model", [BgNbd, MbgNbd])
def test_log_likelihood(model):
    with mpmath.workdps(50):
        worst = max(
            off(
                model(point.r, point.alpha, point.a, point.b).log_likelihood(point.history())[0],
                log_likelihood(point, model.FIRST),
                1.0,
            )
            for point in hard_points(POINTS, 1)
        )
    assert worst <= TOLERANCE


@pytest.mark.parametrize("model", [BgNbd, MbgNbd])
@pytest.mark.parametrize(
    ("quantity", "exact", "digits", "points"),
    [("alive", alive, 50, POINTS), ("no purchase", no_purchase, 50, POINTS), ("expectation", expected, 110, FEW)],
)
def test_figures_of_a_customer(model, quantity, exact, digits, points):
    with mpmath.workdps(digits):
        worst = max(off(judged(point, model, quantity), exact(point, model.FIRST)) for point in hard_points(points, 2))
    assert worst <= TOLERANCE


@pytest.mark.parametrize("model", [BgNbd, MbgNbd])
def test_distribution(model):
    worst = 0.0
    with mpmath.workdps(340):  # tails are taken from 1 here
        for point in hard_points(POINTS, 3):
            judge = model(point.r, point.alpha, point.a, point.b)
            found = judge.purchase_distribution(point.history(), point.horizon, MOST)[0]
            exact = distribution(point, model.FIRST)
            worst = max(worst, *(off(ours, theirs) for ours, theirs in zip(found, exact, strict=True)))
    assert worst <= TOLERANCE


@pytest.mark.parametrize("model", [BgNbd, MbgNbd])
def test_expectation_of_a_new_customer(model):
    worst = 0.0
    with mpmath.workdps(110):
        for point in hard_points(POINTS, 4):
            judge = model(point.r, point.alpha, point.a, point.b)
            found = judge.expected_purchases_new_customer([point.horizon])[0]
            fresh = Point(point.r, point.alpha, point.a, point.b, 0, 0.0, 0.0, point.horizon)
            worst = max(worst, off(found, expected(fresh, model.FIRST)))
    assert worst <= TOLERANCE
