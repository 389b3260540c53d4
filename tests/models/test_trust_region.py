"""Newton's method in a region of trust finds minima, and leaves saddles and walls alone."""

import numpy as np
import pytest

from clove.models.maximum_likelihood import GRADIENT, Walls, maximise
from clove.models.trust_region import best_step, minimise


def counted(function):
    """The function, and a list that grows with its calls."""
    calls = []

    def evaluate(theta):
        calls.append(theta)
        return function(theta)

    return evaluate, calls


def rosenbrock(theta):
    x, y = theta
    value = (1 - x) ** 2 + 100 * (y - x * x) ** 2
    gradient = np.array([-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)])
    hessian = np.array([[2 - 400 * (y - 3 * x * x), -400 * x], [-400 * x, 200.0]])
    return value, gradient, hessian


def test_a_quadratic_takes_one_step():
    bend, target = np.array([[3.0, 1.0], [1.0, 2.0]]), np.array([0.3, -0.4])

    def bowl(theta):
        off = theta - target
        return 0.5 * off @ bend @ off, bend @ off, bend

    function, calls = counted(bowl)
    found = minimise(function, np.zeros(2), 1e-10)
    assert found.at == pytest.approx(target, abs=1e-14)
    assert len(calls) == 2


def test_a_curved_valley_is_followed_to_its_end():
    function, calls = counted(rosenbrock)
    found = minimise(function, np.array([-1.9, 2.0]), 1e-10)
    assert found.at == pytest.approx([1.0, 1.0], abs=1e-9)
    assert len(calls) < 50


def test_a_saddle_is_left():
    def double_well(theta):
        x, y = theta
        return (
            0.25 * x**4 - 0.5 * x**2 + 0.5 * y**2,
            np.array([x**3 - x, y]),
            np.diag([3 * x**2 - 1, 1.0]),
        )

    # no slope at all along the way out, the hard case, and next to none
    for along in (0.0, 1e-14, -1e-14):
        found = minimise(double_well, np.array([along, 0.7]), 1e-10)
        assert np.abs(found.at) == pytest.approx([1.0, 0.0], abs=1e-9)
    assert minimise(double_well, np.array([-1e-3, 0.7]), 1e-10).at[0] == pytest.approx(-1.0)


@pytest.mark.parametrize("seed", range(20))
def test_no_other_step_of_that_length_is_better(seed):
    rng = np.random.default_rng(seed)
    k = int(rng.integers(1, 6))
    half = rng.normal(size=(k, k))
    hessian, gradient, radius = half + half.T, rng.normal(size=k), float(rng.uniform(0.1, 3.0))
    if seed % 3 == 0:
        gradient = gradient - np.linalg.eigh(hessian)[1][:, 0] * (np.linalg.eigh(hessian)[1][:, 0] @ gradient)
    if not gradient.any():
        gradient = np.ones(k)
    step = best_step(gradient, hessian, radius)
    assert np.linalg.norm(step) <= radius * 1.0011
    others = rng.normal(size=(k, 4_000))
    others *= radius * rng.uniform(0.0, 1.0, 4_000) ** (1 / k) / np.linalg.norm(others, axis=0)

    def model(steps):
        return gradient @ steps + 0.5 * (steps * (hessian @ steps)).sum(axis=0)

    assert model(step[:, None])[0] <= model(others).min() + 2e-3 * np.abs(model(others)).max()


def test_where_the_function_has_no_value_a_shorter_step_is_tried():
    def half_line(theta):
        (x,) = theta
        if x <= 0:
            return np.nan, np.array([np.nan]), np.array([[np.nan]])
        return x - np.log(x), np.array([1 - 1 / x]), np.array([[x**-2.0]])

    # Newton's step from 3 leads to -3
    assert minimise(half_line, np.array([3.0]), 1e-12).at == pytest.approx([1.0], abs=1e-10)


def test_a_start_without_a_value_is_not_taken_for_the_best():
    def bell(theta):
        if theta[0] > 5:
            return np.nan, np.full(1, np.nan), np.full((1, 1), np.nan)
        return -0.5 * float(theta @ theta), -theta, -np.eye(1)

    walls = Walls(np.full(1, -9.0), np.full(1, 9.0))
    for starts in ([[8.0], [1.0]], [[1.0], [8.0]]):
        found = maximise([(bell, 1.0)], [np.array(start) for start in starts], walls, model="bell")
        assert found.theta == pytest.approx([0.0], abs=1e-7)


def test_a_climb_towards_infinity_ends_at_the_wall():
    def for_ever(theta):
        gain = 1e-3 * np.exp(-theta[0])
        curve = np.diag([-gain, -1.0])
        return -gain - 0.5 * theta[1] ** 2, np.array([gain, -theta[1]]), curve

    walls = Walls(np.array([-3.0, -3.0]), np.array([4.0, 3.0]))
    found = maximise([(for_ever, 1.0)], [np.array([-2.0, 1.0])], walls, model="slope")
    assert found.at_wall.tolist() == [True, False]
    assert found.theta[0] == pytest.approx(4.0, abs=0.01)
    assert found.covariance()[0] == pytest.approx([0.0, 0.0])
    assert found.covariance()[1, 1] == pytest.approx(1.0)


def test_the_end_is_not_evaluated_twice():
    def bell(theta):
        return -0.5 * float(theta @ theta), -theta, -np.eye(2)

    function, calls = counted(bell)
    found = maximise([(function, 1.0)], [np.full(2, 0.5)], Walls(np.full(2, -9.0), np.full(2, 9.0)), model="bell")
    assert len(calls) == 2
    assert found.log_likelihood > -(GRADIENT**2)
