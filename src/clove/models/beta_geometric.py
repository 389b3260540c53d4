"""Customers buy at a rate of their own and may leave after each purchase: what BG/NBD and MBG/NBD share."""

from abc import ABC
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from clove.kernel.arrays import Floats, Ints
from clove.kernel.period import TimeUnit
from clove.models.beta_geometric_covariates import CovariateLikelihood
from clove.models.beta_geometric_likelihood import BetaGeometricLikelihood
from clove.models.effects import Design, Effect
from clove.models.evidence import Evidence
from clove.models.fitting import Space, accept_for_fit, climb
from clove.models.grouping import first_of_each
from clove.models.history import PurchaseHistory
from clove.models.maximum_likelihood import Objective, Walls
from clove.models.purchase_model import PurchaseModel
from clove.models.simulation import Purchases
from clove.models.standard_covariates import StandardCovariates

LARGE = 1e3  # from here on a parameter says that customers do not differ
SIGNS = {"alpha": -1, "a": 1, "b": 1}  # of a covariate's effect on the log of the parameter


@dataclass(frozen=True, slots=True, repr=False)
class BetaGeometric(PurchaseModel, ABC):
    """Purchase rate ~ Gamma(r, alpha); dropout after each purchase that counts as a chance to leave ~ Beta(a, b)."""

    NAMES: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")
    FIRST: ClassVar[int]  # 1 where the first purchase already may be the last

    r: float
    alpha: float  # in the history's time unit
    a: float
    b: float
    unit: TimeUnit = TimeUnit.DAY
    evidence: Evidence | None = None  # None where the parameters were given, not fitted
    effects: tuple[
        Effect, ...
    ] = ()  # of covariates: alpha_i = alpha exp(-g z_i), a_i = a exp(h z_i), b_i = b exp(k z_i)

    @classmethod
    def fit(
        cls,
        history: PurchaseHistory,
        *,
        weights: Floats | None = None,
        penalty: float = 0.0,
        purchase_covariates: Sequence[str] = (),
        dropout_covariates: Sequence[str] = (),
    ) -> Self:
        """Maximum likelihood, by Newton steps from several starts.

        Args:
            history: Of n customers, with the covariates that are named.
            weights: How many customers each row stands for, shape (n,); one if left out.
            penalty: Precision of a normal prior on the log of each parameter, and on each effect of a covariate
                measured in its standard deviations; its centre follows the data's own time scale. 0 for none.
            purchase_covariates: Names of covariates that move alpha; an effect above 0 means buying more often.
            dropout_covariates: Names of covariates that move a and b.

        Raises:
            NotEnoughData: Nobody has bought twice, no time has passed, or all customers are alike.
            ArgumentRefused: A covariate is missing, or the same for all.
            DidNotConverge: No optimum was reached; never returns a poor fit.
        """
        counts = accept_for_fit(cls.TITLE, history, weights)
        effects = (
            *(Effect("alpha", name, 0.0) for name in purchase_covariates),
            *(Effect(on, name, 0.0) for on in ("a", "b") for name in dropout_covariates),
        )

        def likelihood_of(some: PurchaseHistory, their_weights: Floats) -> Objective:
            if not effects:
                return BetaGeometricLikelihood.of(some, their_weights, first=cls.FIRST)
            design = Design.of(some, cls.NAMES, SIGNS, effects)
            return CovariateLikelihood.of(some, their_weights, design, first=cls.FIRST)

        standard = StandardCovariates.of(history, cls.NAMES, SIGNS, effects, counts)
        space = space_of(history, counts).with_effects(standard.history, effects, counts)
        optimum = climb(cls.TITLE, likelihood_of, standard.history, counts, space, penalty=penalty)
        # told of the customer whose covariates are average
        findings = boundary_findings(np.exp(optimum.theta[:4]), float(np.average(history.T, weights=counts)))
        theta, covariance = standard.returned(optimum.theta, optimum.covariance())
        r, alpha, a, b = (float(value) for value in np.exp(theta[:4]))
        evidence = Evidence.of(round(counts.sum()), optimum.log_likelihood, covariance, findings)
        found = tuple(
            Effect(effect.on, effect.covariate, float(value)) for effect, value in zip(effects, theta[4:], strict=True)
        )
        return cls(r, alpha, a, b, history.unit, evidence, found)

    def log_likelihood(self, history: PurchaseHistory) -> Floats:
        """Per customer, shape (n,), in logs so that long histories cannot overflow."""
        from scipy.special import betaln, gammaln

        r, alpha, a, b = self._rows(history)
        x, flips = history.frequency, history.frequency + self.FIRST
        value: Floats = (
            gammaln(r + x)
            - gammaln(r)
            + betaln(a, b + flips)
            - betaln(a, b)
            - r * np.log1p(history.T / alpha)
            - x * np.log(alpha + history.T)
            + np.logaddexp(0.0, self._log_odds_dropped(history))
        )
        return value

    def probability_alive(self, history: PurchaseHistory) -> Floats:
        """P(alive at T), shape (n,); exactly 1 where no purchase has been a chance to leave."""
        from scipy.special import expit

        alive: Floats = expit(-self._log_odds_dropped(history))
        return alive

    def expected_purchases_by(self, history: PurchaseHistory, horizons: Floats) -> Floats:
        """E[purchases in the next so many units] at several horizons of shape (m,), shape (n, m)."""
        if_alive, group = self._expected_if_alive(history, horizons)
        return if_alive[group] * self.probability_alive(history)[:, None]

    def discounted_purchases(self, history: PurchaseHistory, horizons: Floats, factors: Floats) -> Floats:
        """See `PurchaseModel`; each kind of history is computed once."""
        if_alive, group = self._expected_if_alive(history, horizons)
        weighted = np.diff(if_alive, axis=1, prepend=0.0) @ factors
        return weighted[group] * self.probability_alive(history)

    def probability_no_purchase(self, history: PurchaseHistory, horizon: float | Floats) -> Floats:
        """P(no purchase in the next `horizon` units), shape (n,)."""
        from scipy.special import expit

        spans = self.check_horizons(horizon)
        r, alpha, _, _ = self._rows(history)
        silent = np.exp(-(r + history.frequency) * np.log1p(spans / (alpha + history.T)))
        odds = self._log_odds_dropped(history)
        probability: Floats = expit(odds) + expit(-odds) * silent
        return probability

    def purchase_distribution(self, history: PurchaseHistory, horizon: float, most: int) -> Floats:
        """P(0, 1, ..., `most` purchases in the next `horizon` units), shape (n, most + 1)."""
        from scipy.special import expit

        from clove.models.beta_geometric_distribution import purchase_distribution_if_alive

        span = self.check_horizons(horizon)
        self.check_whole("most", most, least=0)
        r, alpha, a, b = self._rows(history)
        x = history.frequency
        R, s, own_a, beta = (
            np.ascontiguousarray(np.broadcast_to(values, x.shape))
            for values in (r + x, span / (alpha + history.T), a, b + (x + self.FIRST))
        )
        distribution = purchase_distribution_if_alive(R, s, np.ones((x.size, 1)), own_a, beta, most)
        odds = self._log_odds_dropped(history)
        distribution *= expit(-odds)[:, None]
        distribution[:, 0] += expit(odds)
        return distribution

    def time_to_next_purchase(self, history: PurchaseHistory, probability: float = 0.5) -> Floats:
        """Units until a next purchase is this probable, dropout included, shape (n,); inf where it never is."""
        self.check_probability(probability)
        r, alpha, _, _ = self._rows(history)
        with np.errstate(over="ignore", divide="ignore"):
            needed = np.minimum(probability / self.probability_alive(history), 1.0)
            growth = np.expm1(-np.log1p(-needed) / (r + history.frequency))
        return (alpha + history.T) * growth

    def simulate(
        self, T: Floats, seed: int, *, horizon: float = 0.0, covariates: Mapping[str, Floats] | None = None
    ) -> Purchases:
        """See `PurchaseModel`."""
        self.check_whole("seed", seed, least=0)
        rng = np.random.default_rng(seed)
        (span,) = self.check_horizons(horizon)
        customers = self.newcomers(T, covariates)
        ages = customers.T
        r, alpha, a, b = (np.broadcast_to(values, ages.shape) for values in self._rows(customers))
        rate = rng.gamma(r, 1 / alpha)
        dropout = rng.beta(a, b)
        purchases_to_come = rng.poisson(rate * (ages + span))
        customer = np.repeat(np.arange(ages.size), purchases_to_come)
        time = rng.random(customer.size) * (ages + span)[customer]
        in_order = np.lexsort((time, customer))
        time = time[in_order]
        before = np.cumsum(purchases_to_come) - purchases_to_come
        nth = np.arange(customer.size) - before[customer]
        # the purchase after which the customer is gone; a dropout probability that rounds to 0 never ends
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            last = np.floor(np.log(1.0 - rng.random(ages.size)) / np.log1p(-dropout))
        until_gone = np.where(dropout > 0, last + 1 - self.FIRST, np.inf)
        kept = nth < until_gone[customer]
        gone_at = np.where(until_gone > 0, np.inf, 0.0)
        parting = nth == until_gone[customer] - 1
        gone_at[customer[parting]] = time[parting]
        return Purchases(customer[kept], time[kept], rate, dropout, gone_at)

    def purchase_counts(
        self, history: PurchaseHistory, theta: Floats, horizons: Floats, repeats: int, keys: NDArray[np.uint64]
    ) -> Floats:
        """See `PurchaseModel`; by inversion of stratified uniforms."""
        from clove.models.beta_geometric_counts import draw_counts

        self.check_history(history)
        self.check_whole("repeats", repeats)
        spans = self.check_horizons(horizons)
        design = Design.of(history, self.NAMES, SIGNS, self.effects)
        counts = np.empty((len(history), theta.shape[0] * repeats))
        draw_counts(
            history.frequency,
            history.recency,
            history.T,
            keys,
            design.drawn_rows(theta),
            spans,
            float(self.FIRST),
            repeats,
            counts,
        )
        return counts

    def _rows(self, history: PurchaseHistory) -> tuple[Floats, Floats, Floats, Floats]:
        """Each customer's own (r, alpha, a, b), shape (n,), or (1,) where there is no covariate."""
        self.check_history(history)
        design = Design.of(history, self.NAMES, SIGNS, self.effects)
        r, alpha, a, b = design.rows(self.parameters)
        return r, alpha, a, b

    def _expected_if_alive(self, history: PurchaseHistory, horizons: Floats) -> tuple[Floats, Ints]:
        """Expected purchases of each group of customers, shape (k, m), and the group of each customer, shape (n,).

        Given alive, the expectation depends on x and T only, so it is computed once for each pair that occurs.
        """
        from clove.models.beta_geometric_series import expected_if_alive

        spans = self.check_horizons(horizons)
        r, alpha, a, b = self._rows(history)
        if self.effects:
            rows = group = np.arange(len(history))
        else:
            rows, group = first_of_each(history.frequency, history.T)
        x, T = history.frequency[rows], history.T[rows]
        own_a = np.ascontiguousarray(np.broadcast_to(a, x.shape))
        return expected_if_alive(r + x, spans / (alpha + T)[:, None], own_a, b + (x + self.FIRST)), group

    def _log_odds_dropped(self, history: PurchaseHistory) -> Floats:
        """Log odds of having dropped out after the last purchase, shape (n,); -inf where nobody could leave yet."""
        r, alpha, a, b = self._rows(history)
        flips = history.frequency + self.FIRST
        leavable = flips > 0
        # b + (flips - 1), not b + flips - 1: a tiny b would be lost at one flip
        odds = np.log(a) - np.log(np.where(leavable, b + (flips - 1.0), 1.0))
        silence = np.log1p((history.T - history.recency) / (alpha + history.recency))
        return np.where(leavable, odds + (r + history.frequency) * silence, -np.inf)


def space_of(history: PurchaseHistory, weights: Floats) -> Space:
    """Starts, walls and the penalty's centre follow the data's own time scale: hours, days and weeks fit alike."""
    age = float(np.average(history.T, weights=weights))
    rate = float(np.average(history.frequency, weights=weights)) / age
    starts = [
        np.log([r, r / (rate * churn), a, b])
        for r, a, b, churn in (
            (0.3, 0.8, 2.5, 1.5),
            (1.0, 0.3, 3.0, 1.2),
            (3.0, 0.05, 2.0, 1.0),
            (0.7, 4.0, 30.0, 1.5),
            # some leave at their first chance to and the others stay: often a summit of its own
            (1.0, 2e-3, 0.02, 1.0),
        )
    ]
    # so far out that the likelihood is flat before them: a climb that ends at a wall zigzags along it
    walls = Walls(low=np.log([1e-5, 1e-6 * age, 1e-6, 1e-5]), high=np.log([1e6, 1e6 * max(age, 1 / rate), 1e6, 1e7]))
    return Space(starts, walls, centre=np.log([1.0, 1.0 / rate, 1.0, 3.0]), spread=np.ones(4))


def boundary_findings(parameters: Floats, scale: float) -> tuple[str, ...]:
    """What it means that parameters have run off towards infinity or zero.

    Args:
        parameters: r, alpha, a and b, shape (4,).
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
    elif max(a, b) < 1 / LARGE:
        findings.append("Some leave at their first chance to, the others never (a and b run to zero).")
    return tuple(findings)
