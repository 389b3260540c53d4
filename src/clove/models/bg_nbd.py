"""The BG/NBD: customers buy at a rate of their own until, after some purchase, they are gone."""

import json
from dataclasses import asdict, dataclass, field
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats, Ints
from clove.kernel.errors import ArgumentRefused, NotEnoughData
from clove.kernel.period import TimeUnit
from clove.models.bg_nbd_likelihood import BgNbdLikelihood
from clove.models.documents import read_document
from clove.models.evidence import Evidence
from clove.models.grouping import first_of_each
from clove.models.history import PurchaseHistory
from clove.models.maximum_likelihood import Walls, maximise
from clove.models.simulation import Purchases

SAMPLES = (2_000, 20_000)  # customers of the warm-up fits before the whole
NAMES = ("r", "alpha", "a", "b")
LARGE = 1e3  # from here on a parameter says that customers do not differ


@dataclass(frozen=True, slots=True)
class BgNbd:
    """A fitted BG/NBD: purchase rate ~ Gamma(r, alpha), dropout after each purchase ~ Beta(a, b).

    Fader, Hardie & Lee (2005), Marketing Science 24(2), 275-284; equation numbers below are theirs.

    >>> published = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426, unit=TimeUnit.WEEK)
    >>> history = PurchaseHistory.of([2], [30.43], [38.86], unit="week")
    >>> round(float(published.expected_purchases(history, 39.0)[0]), 3)
    1.226
    """

    r: float
    alpha: float  # in the history's time unit
    a: float
    b: float
    unit: TimeUnit = TimeUnit.DAY
    evidence: Evidence | None = field(default=None, repr=False)  # None where the parameters were given, not fitted

    def __post_init__(self) -> None:
        for name in NAMES:
            value = getattr(self, name)
            if not (np.isfinite(value) and value > 0):
                raise ArgumentRefused(f"{name} = {value!r}", where="BgNbd", remedy="Give a finite number above 0")

    @classmethod
    def fit(cls, history: PurchaseHistory) -> Self:
        """Maximum likelihood (eq. 6), by Newton steps from several starts.

        Raises:
            NotEnoughData: Nobody has bought twice, or no time has passed.
            DidNotConverge: No optimum was reached; never returns a poor fit.
        """
        PurchaseHistory.accept(history)
        if not history.frequency.any():
            raise NotEnoughData(
                f"none of the {len(history)} customers has bought on two occasions",
                where="BgNbd.fit",
                remedy="Wait for repeat purchases, or give a longer history",
            )
        starts, walls = _starts_and_walls(history)
        order = np.random.default_rng(0).permutation(len(history))
        samples = [history.take(order[:size]) for size in SAMPLES if size < len(history) / 2]
        samples = [sample for sample in samples if np.count_nonzero(sample.frequency) > 50]
        likelihoods = [BgNbdLikelihood.of(sample) for sample in (*samples, history)]
        optimum = maximise(
            [(likelihood, likelihood.customers) for likelihood in likelihoods], starts, walls, model="BG/NBD"
        )
        r, alpha, a, b = (float(value) for value in np.exp(optimum.theta))
        findings = _boundary_findings(np.exp(optimum.theta), float(history.T.mean()))
        evidence = Evidence.of(len(history), optimum.log_likelihood, optimum.covariance(), findings)
        return cls(r, alpha, a, b, history.unit, evidence)

    @property
    def parameters(self) -> Floats:
        """(r, alpha, a, b), shape (4,)."""
        return np.array([self.r, self.alpha, self.a, self.b])

    def log_likelihood(self, history: PurchaseHistory) -> Floats:
        """Per customer, shape (n,). Eq. 6, in logs so that long histories cannot overflow."""
        from scipy.special import betaln, gammaln

        history.expect_unit(self.unit, "BgNbd")
        x = history.frequency
        value: Floats = (
            gammaln(self.r + x)
            - gammaln(self.r)
            + betaln(self.a, self.b + x)
            - betaln(self.a, self.b)
            - self.r * np.log1p(history.T / self.alpha)
            - x * np.log(self.alpha + history.T)
            + np.logaddexp(0.0, self._log_odds_dropped(history))
        )
        return value

    def probability_alive(self, history: PurchaseHistory) -> Floats:
        """P(alive at T), shape (n,). Eq. 8; exactly 1 before the first repeat purchase."""
        from scipy.special import expit

        history.expect_unit(self.unit, "BgNbd")
        alive: Floats = expit(-self._log_odds_dropped(history))
        return alive

    def expected_purchases(self, history: PurchaseHistory, horizon: float) -> Floats:
        """E[repeat purchases in the next `horizon` units], shape (n,). Eq. 10 without its singularities."""
        return self.expected_purchases_by(history, np.array([horizon], dtype=np.float64))[:, 0]

    def expected_purchases_by(self, history: PurchaseHistory, horizons: Floats) -> Floats:
        """The same at several horizons of shape (m,) at once, shape (n, m)."""
        if_alive, group = self._expected_if_alive(history, horizons)
        return if_alive[group] * self.probability_alive(history)[:, None]

    def discounted_purchases(self, history: PurchaseHistory, horizons: Floats, factors: Floats) -> Floats:
        """Purchases of each step up to the next horizon, weighted by the step's factor and summed, shape (n,).

        Args:
            history: Of n customers.
            horizons: Ends of the steps, ascending, shape (m,).
            factors: Worth of a purchase in each step, shape (m,).
        """
        if_alive, group = self._expected_if_alive(history, horizons)
        weighted = np.diff(if_alive, axis=1, prepend=0.0) @ factors
        return weighted[group] * self.probability_alive(history)

    def probability_no_purchase(self, history: PurchaseHistory, horizon: float) -> Floats:
        """P(no purchase in the next `horizon` units), shape (n,)."""
        _not_negative(np.array([horizon]))
        active = -np.expm1(-(self.r + history.frequency) * np.log1p(horizon / (self.alpha + history.T)))
        return 1.0 - self.probability_alive(history) * active

    def time_to_next_purchase(self, history: PurchaseHistory, probability: float = 0.5) -> Floats:
        """Units until a next purchase is this probable, dropout included, shape (n,); inf where it never is."""
        if not 0 < probability < 1:
            raise ArgumentRefused(
                f"a probability of {probability}", where="time_to_next_purchase", remedy="Give one between 0 and 1"
            )
        needed = np.minimum(probability / self.probability_alive(history), 1.0)
        with np.errstate(over="ignore", divide="ignore"):
            growth = np.expm1(-np.log1p(-needed) / (self.r + history.frequency))
        return (self.alpha + history.T) * growth

    def expected_purchases_new_customer(self, horizons: Floats) -> Floats:
        """E[repeat purchases of a customer who has just bought for the first time], shape (m,). Eq. 9."""
        from clove.models.bg_nbd_series import expected_if_alive

        spans = np.atleast_1d(np.asarray(horizons, dtype=np.float64))
        _not_negative(spans)
        shape, stays = np.array([self.r]), np.array([self.b])
        curve: Floats = expected_if_alive(shape, spans[None, :] / self.alpha, self.a, stays)[0]
        return curve

    def alive_path(self, purchase_times: Floats, at: Floats) -> Floats:
        """P(alive) of one customer at each of the times `at`, as it would have been judged then, shape (m,).

        Args:
            purchase_times: Times of purchase occasions, ascending, the first being the customer's first, shape (k,).
            at: Times at which to judge, none before the first purchase, shape (m,).
        """
        times = np.unique(np.asarray(purchase_times, dtype=np.float64))
        moments = np.asarray(at, dtype=np.float64)
        if times.size == 0 or (moments.size and moments.min() < times[0]):
            raise ArgumentRefused(
                "a time before the first purchase", where="alive_path", remedy="Start at the first purchase"
            )
        x = np.searchsorted(times, moments, side="right") - 1
        path = PurchaseHistory.of(x, times[x] - times[0], moments - times[0], unit=self.unit)
        return self.probability_alive(path)

    def simulate(self, T: Floats, seed: int, *, horizon: float = 0.0) -> Purchases:
        """Repeat purchases of customers of these ages, and of the `horizon` units after, from the model.

        Args:
            T: Age of each customer, shape (n,).
            seed: Same seed, same purchases.
            horizon: Units to go on after T.
        """
        rng = np.random.default_rng(seed)
        ages = np.asarray(T, dtype=np.float64)
        _not_negative(ages)
        _not_negative(np.array([horizon]))
        rate = rng.gamma(self.r, 1 / self.alpha, ages.size)
        dropout = rng.beta(self.a, self.b, ages.size)
        purchases_to_come = rng.poisson(rate * (ages + horizon))
        customer = np.repeat(np.arange(ages.size), purchases_to_come)
        time = rng.random(customer.size) * (ages + horizon)[customer]
        in_order = np.lexsort((time, customer))
        time = time[in_order]
        before = np.cumsum(purchases_to_come) - purchases_to_come
        nth = np.arange(customer.size) - before[customer]
        # the purchase after which the customer is gone; a dropout probability that rounds to 0 never ends
        with np.errstate(divide="ignore", invalid="ignore"):
            last = np.floor(np.log(1.0 - rng.random(ages.size)) / np.log1p(-dropout))
        until_gone = np.where(dropout > 0, last + 1, np.inf)
        kept = nth < until_gone[customer]
        return Purchases(customer[kept], time[kept], rate, dropout, until_gone)

    def draws(self, count: int, seed: int) -> Floats:
        """Parameters from Laplace's approximation of their posterior, shape (count, 4).

        Raises:
            ArgumentRefused: The parameters were given, not fitted, so nothing says how sure they are.
        """
        return self.parameters * np.exp(self._evidence().scatter(count, seed))

    def standard_errors(self) -> Floats:
        """Of (r, alpha, a, b), shape (4,); 0 for a parameter at a boundary."""
        return self.parameters * self._evidence().deviations()

    def to_json(self) -> str:
        """Readable back by `from_json`, to the last bit."""
        return json.dumps({"model": "bg-nbd", **asdict(self), "unit": self.unit.value}, indent=2)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The model that `to_json` wrote."""
        fields = read_document(text, "bg-nbd", (*NAMES, "unit", "evidence"))
        evidence = None if fields["evidence"] is None else Evidence.from_mapping(fields["evidence"])
        r, alpha, a, b = (float(fields[name]) for name in NAMES)
        return cls(r, alpha, a, b, TimeUnit.of(fields["unit"]), evidence)

    def _expected_if_alive(self, history: PurchaseHistory, horizons: Floats) -> tuple[Floats, Ints]:
        """Expected purchases of each group of customers, shape (k, m), and the group of each customer, shape (n,).

        Given alive, the expectation depends on x and T only, so it is computed once for each pair that occurs.
        """
        from clove.models.bg_nbd_series import expected_if_alive

        history.expect_unit(self.unit, "BgNbd")
        _not_negative(horizons)
        rows, group = first_of_each(history.frequency, history.T)
        x, T = history.frequency[rows], history.T[rows]
        return expected_if_alive(self.r + x, horizons / (self.alpha + T)[:, None], self.a, self.b + x), group

    def _log_odds_dropped(self, history: PurchaseHistory) -> Floats:
        """Log odds of having dropped out after the last purchase, shape (n,); -inf where x = 0."""
        x = history.frequency
        repeat = x > 0
        odds = np.log(self.a) - np.log(np.where(repeat, self.b + x - 1, 1.0))
        silence = np.log1p((history.T - history.recency) / (self.alpha + history.recency))
        return np.where(repeat, odds + (self.r + x) * silence, -np.inf)

    def _evidence(self) -> Evidence:
        if self.evidence is None:
            raise ArgumentRefused(
                "parameters that were given, not fitted, have no standard errors", where="BgNbd", remedy="Use BgNbd.fit"
            )
        return self.evidence


def _not_negative(horizons: Floats) -> None:
    if not (np.isfinite(horizons).all() and (horizons >= 0).all()):
        raise ArgumentRefused(f"a horizon or age among {horizons}", where="BgNbd", remedy="Give finite times from 0 on")


def _starts_and_walls(history: PurchaseHistory) -> tuple[list[Floats], Walls]:
    """Both follow the data's own time scale, so that hours, days and weeks fit alike."""
    age = float(history.T.mean())
    rate = float(history.frequency.sum()) / float(history.T.sum())
    starts = [
        np.log([r, r / (rate * churn), a, b])
        for r, a, b, churn in ((0.3, 0.8, 2.5, 1.5), (1.0, 0.3, 3.0, 1.2), (3.0, 0.05, 2.0, 1.0), (0.7, 4.0, 30.0, 1.5))
    ]
    return starts, Walls(
        low=np.log([1e-5, 1e-6 * age, 1e-6, 1e-5]), high=np.log([1e4, 1e4 * max(age, 1 / rate), 1e4, 1e5])
    )


def _boundary_findings(parameters: Floats, scale: float) -> tuple[str, ...]:
    """What it means that parameters have run off towards infinity or zero.

    Args:
        parameters: (r, alpha, a, b).
        scale: Mean age in the history's unit, against which alpha is large or small.
    """
    r, alpha, a, b = parameters
    findings = []
    if r > LARGE and alpha > scale:
        findings.append("All customers seem to buy at one and the same rate (r and alpha run to infinity).")
    if r < 1 / LARGE:
        findings.append("Hardly anybody buys again (r runs to zero).")
    if a / (a + b) < 1 / LARGE:
        findings.append("Nobody has dropped out yet, as far as these data can tell (a / (a + b) runs to zero).")
    elif b / (a + b) < 1 / LARGE:
        findings.append("Nobody seems to stay after a repeat purchase (a / (a + b) runs to one).")
    elif a + b > LARGE:
        findings.append("All customers seem to share one dropout probability (a and b run to infinity).")
    return tuple(findings)
