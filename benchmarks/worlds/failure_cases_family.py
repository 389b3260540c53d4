"""The same for the models beside the BG/NBD: expected purchases where the published formulas divide by nothing.

The BG/BB also where many opportunities leave every term of its likelihood below what a sum that begins with 1e-15 can
see.
"""

from collections.abc import Callable
from typing import Any

import mpmath

DIGITS = 120
STEP = mpmath.mpf(10) ** -40  # beside a removable singularity; the error is of this size
WEEKS = 39.0
PEOPLE = ([0.0, 1.0, 2.0, 7.0], [0.0, 10.0, 30.43, 35.0], [38.86] * 4)  # x, t_x and T
HEAVY = [float(x) for x in range(0, 1201, 12)]

Reference = Callable[..., Any]


def mbg_nbd(x: float, t_x: float, T: float, t: float, *, r: Any, alpha: Any, a: Any, b: Any) -> Any:  # noqa: ANN401 - mpmath
    """Wagner & Hoppe (2008), IJRM 25(3), 225-226, as in equation 10 of the BG/NBD with b + 1 in the place of b."""
    a, b = a + STEP, b + STEP
    series = mpmath.hyp2f1(r + x, b + x + 1, a + b + x, t / (alpha + T + t))
    stays = 1 - ((alpha + T) / (alpha + T + t)) ** (r + x) * series
    odds = a / (b + x) * ((alpha + T) / (alpha + t_x)) ** (r + x)
    return (a + b + x) / (a - 1) * stays / (1 + odds)


def pareto_nbd(x: float, t_x: float, T: float, t: float, *, r: Any, alpha: Any, s: Any, beta: Any) -> Any:  # noqa: ANN401 - mpmath
    """Fader & Hardie (2005), "A note on deriving the Pareto/NBD model", equations 19, 20, 37 and 41."""
    s = s + STEP
    total, large, power = r + s + x, max(alpha, beta), s + 1 if alpha >= beta else r + x

    def before(time: Any) -> Any:  # noqa: ANN401 - mpmath
        argument = abs(alpha - beta) / (large + time)
        return mpmath.hyp2f1(total, power, total + 1, argument) / (large + time) ** total

    gone = s / total * (alpha + T) ** (r + x) * (beta + T) ** s * (before(t_x) - before(T))
    if_alive = (r + x) * (beta + T) / ((alpha + T) * (s - 1)) * (1 - ((beta + T) / (beta + T + t)) ** (s - 1))
    return if_alive / (1 + gone)


def bg_bb(x: float, t_x: float, T: float, t: float, *, alpha: Any, beta: Any, gamma: Any, delta: Any) -> Any:  # noqa: ANN401 - mpmath
    """Fader, Hardie & Shang (2010), Marketing Science 29(6), 1086-1108, equations 6 and 13, by their sums."""
    x, t_x, T, t = (int(value) for value in (x, t_x, T, t))
    likelihood = mpmath.beta(alpha + x, beta + T - x) * mpmath.beta(gamma, delta + T) + mpmath.fsum(
        mpmath.beta(alpha + x, beta + end - x) * mpmath.beta(gamma + 1, delta + end) for end in range(t_x, T)
    )
    alive = mpmath.fsum(mpmath.beta(gamma, delta + T + step) for step in range(1, t + 1))
    return mpmath.beta(alpha + x + 1, beta + T - x) * alive / likelihood


REFERENCES: dict[str, Reference] = {"mbg-nbd": mbg_nbd, "pareto-nbd": pareto_nbd, "bg-bb": bg_bb}


def cases() -> list[dict[str, Any]]:
    """Kind `purchases` of the other models."""
    mbg = {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}  # weeks; of the CDNOW sample
    pareto = {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}
    giving = {"alpha": 1.20, "beta": 0.75, "gamma": 0.66, "delta": 2.78}
    last = [38.8 if x else 0.0 for x in HEAVY]
    found = [
        _case("mbg-nbd", "MBG/NBD, 0 to 1,200 purchases in 39 weeks", mbg, (HEAVY, last, [38.86] * len(HEAVY)), WEEKS)
    ]
    found += [
        _case("mbg-nbd", f"MBG/NBD, a = {a:.13g}, b = {b:g}", {**mbg, "a": a, "b": b}, PEOPLE, WEEKS)
        for a, b in ((1.0, 1.614), (1.0 + 1e-12, 1.614))
    ]
    found += [
        _case("pareto-nbd", f"Pareto/NBD, s = {s:.13g}", {**pareto, "s": s}, PEOPLE, WEEKS) for s in (1.0, 1.0 + 1e-12)
    ]
    year = ([0.0, 1.0, 5.0, 26.0, 52.0], [0.0, 17.0, 26.0, 50.0, 52.0], [52.0] * 5)
    found += [
        _case("bg-bb", f"BG/BB, 52 opportunities, gamma = {gamma:.13g}", {**giving, "gamma": gamma}, year, 10.0)
        for gamma in (1.0, 1.0 + 1e-12)
    ]
    for n in (52.0, 365.0, 2_000.0):
        histories = ([0.0, 1.0, 5.0, n // 2, n], [0.0, n // 3, n // 2, n - 2, n], [n] * 5)
        found.append(_case("bg-bb", f"BG/BB, {n:,.0f} opportunities", giving, histories, 10.0))
    return found


def _case(
    model: str,
    name: str,
    parameters: dict[str, float],
    histories: tuple[list[float], list[float], list[float]],
    horizon: float,
) -> dict[str, Any]:
    x, t_x, T = histories
    with mpmath.workdps(DIGITS):
        exact = {key: mpmath.mpf(value) for key, value in parameters.items()}
        rows = [[mpmath.mpf(value) for value in (*row, horizon)] for row in zip(x, t_x, T, strict=True)]
        reference = [float(REFERENCES[model](*row, **exact)) for row in rows]
    return {
        "name": name,
        "kind": "purchases",
        "model": model,
        "parameters": parameters,
        "t": horizon,
        "x": x,
        "t_x": t_x,
        "T": T,
        "reference": reference,
    }
