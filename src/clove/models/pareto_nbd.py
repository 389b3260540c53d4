"""The Pareto/NBD: customers buy at a rate of their own and leave at some moment of their own, unseen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from clove.kernel.arrays import Floats
from clove.kernel.period import TimeUnit
from clove.models.effects import Design, Effect
from clove.models.evidence import Evidence
from clove.models.fitting import Space, accept_for_fit, climb
from clove.models.history import PurchaseHistory
from clove.models.maximum_likelihood import Objective, Walls
from clove.models.pareto_nbd_likelihood import ParetoNbdLikelihood
from clove.models.purchase_model import PurchaseModel
from clove.models.simulation import Purchases
from clove.models.standard_covariates import StandardCovariates

LARGE = 1e3  # from here on a parameter says that customers do not differ
SIGNS = {"alpha": -1, "beta": -1}  # of a covariate's effect on the log of the parameter


@dataclass(frozen=True, slots=True, repr=False)
class ParetoNbd(PurchaseModel):
    """A fitted Pareto/NBD: purchase rate ~ Gamma(r, alpha), dropout rate ~ Gamma(s, beta).

    Schmittlein, Morrison & Colombo (1987), Management Science 33(1), 1-24; Fader & Hardie (2005), "A Note on Deriving
    the Pareto/NBD Model and Related Expressions". Their differences of hypergeometric functions are taken as the
    integrals of positive functions that they are.

    >>> published = ParetoNbd(r=0.553, alpha=10.578, s=0.606, beta=11.669, unit=TimeUnit.WEEK)
    >>> heavy_buyer = PurchaseHistory.of([26], [30.86], [31.0], unit="week")
    >>> round(float(published.expected_purchases(heavy_buyer, 52.0)[0]), 2)
    25.46
    """

    KIND: ClassVar[str] = "pareto-nbd"
    TITLE: ClassVar[str] = "Pareto/NBD"
    NAMES: ClassVar[tuple[str, ...]] = ("r", "alpha", "s", "beta")

    r: float
    alpha: float  # in the history's time unit
    s: float
    beta: float  # in the history's time unit
    unit: TimeUnit = TimeUnit.DAY
    evidence: Evidence | None = None  # None where the parameters were given, not fitted
    effects: tuple[Effect, ...] = ()  # of covariates: alpha_i = alpha exp(-g z_i), beta_i = beta exp(-h z_i)

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
            dropout_covariates: Names of covariates that move beta; an effect above 0 means leaving sooner.

        Raises:
            NotEnoughData: Nobody has bought twice, no time has passed, or all customers are alike.
            ArgumentRefused: A covariate is missing, or the same for all.
            DidNotConverge: No optimum was reached; never returns a poor fit.
        """
        counts = accept_for_fit(cls.TITLE, history, weights)
        effects = (
            *(Effect("alpha", name, 0.0) for name in purchase_covariates),
            *(Effect("beta", name, 0.0) for name in dropout_covariates),
        )

        def likelihood_of(some: PurchaseHistory, their_weights: Floats) -> Objective:
            return ParetoNbdLikelihood.of(some, their_weights, Design.of(some, cls.NAMES, SIGNS, effects))

        standard = StandardCovariates.of(history, cls.NAMES, SIGNS, effects, counts)
        space = _space(history, counts).with_effects(standard.history, effects, counts)
        optimum = climb(cls.TITLE, likelihood_of, standard.history, counts, space, penalty=penalty)
        findings = _boundary_findings(np.exp(optimum.theta[:4]), float(np.average(history.T, weights=counts)))
        theta, covariance = standard.returned(optimum.theta, optimum.covariance())
        evidence = Evidence.of(round(counts.sum()), optimum.log_likelihood, covariance, findings)
        r, alpha, s, beta = (float(value) for value in np.exp(theta[:4]))
        found = tuple(
            Effect(effect.on, effect.covariate, float(value)) for effect, value in zip(effects, theta[4:], strict=True)
        )
        return cls(r, alpha, s, beta, history.unit, evidence, found)

    def log_likelihood(self, history: PurchaseHistory) -> Floats:
        """Per customer, shape (n,): the log of the two positive parts, dropped out or not."""
        from scipy.special import gammaln

        from clove.models.pareto_nbd_distribution import log_ways_of_each

        alpha, beta = self._rows(history)
        x, t_x = history.frequency, history.recency
        log_gone, silence = self._log_gone_and_silence(history)
        distinct, kind = np.unique(x, return_inverse=True)
        log_ways = log_ways_of_each(self.r, distinct)
        value: Floats = (
            log_ways[kind]
            + gammaln(1 + x)
            - x * np.log(alpha + t_x)
            - self.r * np.log1p(t_x / alpha)
            - self.s * np.log1p(t_x / beta)
            + np.logaddexp(log_gone, -silence)
        )
        return value

    def probability_alive(self, history: PurchaseHistory) -> Floats:
        """P(alive at T), shape (n,); exactly 1 at the moment of a purchase."""
        from scipy.special import expit

        log_gone, silence = self._log_gone_and_silence(history)
        alive: Floats = expit(-(log_gone + silence))
        return alive

    def expected_purchases_by(self, history: PurchaseHistory, horizons: Floats) -> Floats:
        """E[purchases in the next so many units] at several horizons of shape (m,), shape (n, m).

        The published (1 - z^(s-1)) / (s - 1) has a removable singularity at s = 1: with z = exp(-L) it is
        L (1 - exp(-y)) / y, y = (s - 1) L.
        """
        spans = self.check_horizons(horizons)
        alpha, beta = self._rows(history)
        to_leave = (beta + history.T)[:, None]
        log_growth = np.log1p(spans / to_leave)
        y = (self.s - 1) * log_growth
        smooth = np.where(y == 0, 1.0, -np.expm1(-y) / np.where(y == 0, 1.0, y))
        rate = (self.r + history.frequency) / (alpha + history.T) * self.probability_alive(history)
        return rate[:, None] * to_leave * log_growth * smooth

    def probability_no_purchase(self, history: PurchaseHistory, horizon: float | Floats) -> Floats:
        """P(no purchase in the next `horizon` units), shape (n,): gone already, gone before one, or merely silent."""
        from scipy.special import expit

        from clove.models.pareto_nbd_lifetime import log_gone_and_silence

        spans = self.check_horizons(horizon)
        alpha, beta = self._rows(history)
        log_odds = np.add(*self._log_gone_and_silence(history))
        log_gone, silence = log_gone_and_silence(
            self.r + history.frequency, self.s, alpha, beta, history.T, np.ascontiguousarray(spans)
        )
        silent: Floats = expit(log_odds) + expit(-log_odds) * (np.exp(log_gone) + np.exp(-silence))
        return silent

    def purchase_distribution(self, history: PurchaseHistory, horizon: float, most: int) -> Floats:
        """P(0, 1, ..., `most` purchases in the next `horizon` units), shape (n, most + 1).

        Fader & Hardie (2014), "Deriving the Conditional PMF of the Pareto/NBD Model", as a sum of positive parts:
        staying throughout, or leaving at some moment, with n purchases until then.
        """
        from clove.models.pareto_nbd_distribution import purchase_distribution_if_alive

        (span,) = self.check_horizons(horizon)
        self.check_whole("most", most, least=0)
        alpha, beta = self._rows(history)
        a, b = (np.ascontiguousarray(scale + history.T) for scale in (alpha, beta))
        distribution = purchase_distribution_if_alive(self.r + history.frequency, self.s, a, b, span, most)
        alive = self.probability_alive(history)
        distribution *= alive[:, None]
        distribution[:, 0] = self.probability_no_purchase(history, span)
        return distribution

    def simulate(
        self, T: Floats, seed: int, *, horizon: float = 0.0, covariates: Mapping[str, Floats] | None = None
    ) -> Purchases:
        """See `PurchaseModel`; `dropout` is each customer's rate of leaving."""
        self.check_whole("seed", seed, least=0)
        rng = np.random.default_rng(seed)
        (span,) = self.check_horizons(horizon)
        customers = self.newcomers(T, covariates)
        ages = customers.T
        alpha, beta = (np.broadcast_to(values, ages.shape) for values in self._rows(customers))
        rate = rng.gamma(self.r, 1 / alpha)
        dropout = rng.gamma(self.s, 1 / beta)
        with np.errstate(divide="ignore", over="ignore"):  # a rate that rounds to 0 never ends
            gone_at = rng.exponential(1.0, ages.size) / dropout
        seen = np.minimum(ages + span, gone_at)
        customer = np.repeat(np.arange(ages.size), rng.poisson(rate * seen))
        time = rng.random(customer.size) * seen[customer]
        time = time[np.lexsort((time, customer))]
        return Purchases(customer, time, rate, dropout, np.where(gone_at <= ages + span, gone_at, np.inf))

    def purchase_counts(
        self, history: PurchaseHistory, theta: Floats, horizons: Floats, repeats: int, keys: NDArray[np.uint64]
    ) -> Floats:
        """See `PurchaseModel`; alive or not by stratified uniforms."""
        from clove.models.pareto_nbd_counts import draw_counts

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
            repeats,
            counts,
        )
        return counts

    def _rows(self, history: PurchaseHistory) -> tuple[Floats, Floats]:
        """Each customer's own alpha and beta, shape (n,), or (1,) where there is no covariate."""
        self.check_history(history)
        _, alpha, _, beta = Design.of(history, self.NAMES, SIGNS, self.effects).rows(self.parameters)
        return np.ascontiguousarray(alpha), np.ascontiguousarray(beta)

    def _log_gone_and_silence(self, history: PurchaseHistory) -> tuple[Floats, Floats]:
        """Since the last purchase: logs of the chance to leave in silence, and less that to stay in it, shapes (n,)."""
        from clove.models.pareto_nbd_lifetime import log_gone_and_silence

        alpha, beta = self._rows(history)
        since = history.T - history.recency
        return log_gone_and_silence(self.r + history.frequency, self.s, alpha, beta, history.recency, since)


def _space(history: PurchaseHistory, weights: Floats) -> Space:
    """Starts, walls and the penalty's centre follow the data's own time scale: hours, days and weeks fit alike."""
    age = float(np.average(history.T, weights=weights))
    rate = float(np.average(history.frequency, weights=weights)) / age
    starts = [
        np.log([r, r / (rate * churn), s, beta * age])
        for r, s, beta, churn in (
            (0.4, 0.5, 0.3, 2.0),
            (1.0, 1.0, 2.0, 1.3),
            (2.0, 0.02, 1e-3, 1.0),
            (0.7, 8.0, 8.0, 1.6),
        )
    ]
    # so far out that the likelihood is flat before them: a climb that ends at a wall zigzags along it
    walls = Walls(
        low=np.log([1e-5, 1e-6 * age, 1e-6, 1e-6 * age]),
        high=np.log([1e6, 1e6 * max(age, 1 / rate), 1e6, 1e12 * age]),
    )
    return Space(starts, walls, centre=np.log([1.0, 1.0 / rate, 1.0, 2.0 * age]), spread=np.ones(4))


def _boundary_findings(parameters: Floats, scale: float) -> tuple[str, ...]:
    """What it means that parameters have run off towards infinity or zero.

    Args:
        parameters: (r, alpha, s, beta).
        scale: Mean age in the history's unit, against which alpha and beta are large or small.
    """
    r, alpha, s, beta = parameters
    findings = []
    if r > LARGE and alpha > scale:
        findings.append("All customers seem to buy at one and the same rate (r and alpha run to infinity).")
    if r < 1 / LARGE:
        findings.append("Hardly anybody buys again (r runs to zero).")
    if -np.expm1(-s * np.log1p(scale / beta)) < 1 / LARGE:
        findings.append("Nobody has dropped out yet, as far as these data can tell (s / beta runs to zero).")
    elif beta < scale / LARGE:
        findings.append("Some leave at once and the others stay for long (beta runs to zero).")
    elif s > LARGE:
        findings.append("All customers seem to share one rate of dropout (s and beta run to infinity).")
    return tuple(findings)
