"""The MBG/CNBD-k: as the MBG/NBD, but customers buy at more or less regular intervals."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from clove.kernel.arrays import Floats
from clove.kernel.errors import ArgumentRefused
from clove.kernel.period import TimeUnit
from clove.models.beta_geometric import boundary_findings, space_of
from clove.models.evidence import Evidence
from clove.models.fitting import Space, accept_for_fit, climb
from clove.models.history import PurchaseHistory
from clove.models.maximum_likelihood import Objective, Optimum, Walls
from clove.models.purchase_model import PurchaseModel
from clove.models.simulation import Purchases

MOST_REGULAR = 12  # k up to which a fit looks
PATIENCE = 2  # k in a row that fit worse than the best before it, after which a larger one is not tried


@dataclass(frozen=True, slots=True, repr=False)
class MbgCnbd(PurchaseModel):
    """A fitted MBG/CNBD-k: intervals ~ Gamma(k, lambda), lambda ~ Gamma(r, alpha); dropout ~ Beta(a, b).

    Platzer & Reutterer (2016), Marketing Science 35(5), 779-799, for timing regularity; Reutterer, Platzer & Schroeder
    (2021), International Journal of Research in Marketing 38(1), 194-215, for this model. k = 1 is the MBG/NBD. Their
    expectation of a known customer is an approximation; here it is exact, see `mbg_cnbd_phases`.
    """

    KIND: ClassVar[str] = "mbg-cnbd-k"
    TITLE: ClassVar[str] = "MBG/CNBD-k"
    NAMES: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")
    WHOLE: ClassVar[tuple[str, ...]] = ("k",)

    r: float
    alpha: float  # in the history's time unit; a customer's mean interval is k / lambda
    a: float
    b: float
    k: int  # 1 for purchases at random moments; the larger, the more regular
    unit: TimeUnit = TimeUnit.DAY
    evidence: Evidence | None = None  # None where the parameters were given, not fitted

    @classmethod
    def fit(
        cls, history: PurchaseHistory, *, weights: Floats | None = None, penalty: float = 0.0, k: int | None = None
    ) -> Self:
        """Maximum likelihood, by Newton steps from several starts at each k.

        Args:
            history: Of n customers, with their log intervals unless k is given.
            weights: How many customers each row stands for, shape (n,); one if left out.
            penalty: Precision of a normal prior on the log of each parameter, around a centre that follows the
                data's own time scale. 0 for none.
            k: The regularity; by default the most likely of 1 to 12.

        Raises:
            NotEnoughData: Nobody has bought twice, no time has passed, or all customers are alike.
            ArgumentRefused: The log intervals are not known, from which alone k can be told, or k is no count.
            DidNotConverge: No optimum was reached; never returns a poor fit.
        """
        counts = accept_for_fit(cls.TITLE, history, weights)
        if k is None and history.log_intervals is None:
            raise ArgumentRefused(
                "the regularity k cannot be told without the times between purchases",
                where=f"{cls.TITLE} fit",
                remedy="Give PurchaseHistory.of the log_intervals of each customer, make the history with "
                "clove.purchase_history, or name k",
            )
        best: tuple[int, Optimum] | None = None
        for candidate in range(1, MOST_REGULAR + 1) if k is None else (k,):
            cls.check_whole("k", candidate)
            found = _fit_at(candidate, history, counts, penalty)
            if best is None or found.log_likelihood > best[1].log_likelihood:
                best = candidate, found
            elif candidate >= best[0] + PATIENCE:
                break
        if best is None:
            raise AssertionError  # there is always a first candidate
        regularity, optimum = best
        r, alpha, a, b = (float(value) for value in np.exp(optimum.theta))
        mean_age = float(np.average(history.T, weights=counts))
        findings = (
            *_regularity_findings(regularity, history.log_intervals is not None, given=k is not None),
            *boundary_findings(np.array([r, alpha * regularity, a, b]), mean_age),
        )
        evidence = Evidence.of(round(counts.sum()), optimum.log_likelihood, optimum.covariance(), findings)
        return cls(r, alpha, a, b, regularity, history.unit, evidence)

    def log_likelihood(self, history: PurchaseHistory) -> Floats:
        """Per customer, shape (n,).

        A density of the times of all purchases where the history knows its log intervals. Where it does not, their
        share is left out: a constant, but one that differs with k, so that likelihoods at two k cannot be compared.
        """
        from scipy.special import betaln, gammaln

        from clove.models.mbg_cnbd_likelihood import interval_terms

        R, _, more = self._silence(history)
        x = history.frequency
        value: Floats = (
            gammaln(R)
            - gammaln(self.r)
            + betaln(self.a, self.b + x + 1.0)
            - betaln(self.a, self.b)
            - self.r * np.log1p(history.T / self.alpha)
            - self.k * x * np.log(self.alpha + history.T)
            + more
            + np.logaddexp(0.0, self._log_odds_dropped(history, R, more))
            + interval_terms(history, self.k)
        )
        return value

    def probability_alive(self, history: PurchaseHistory) -> Floats:
        """P(alive at T), shape (n,)."""
        from scipy.special import expit

        R, _, more = self._silence(history)
        alive: Floats = expit(-self._log_odds_dropped(history, R, more))
        return alive

    def expected_purchases_by(self, history: PurchaseHistory, horizons: Floats) -> Floats:
        """E[purchases in the next so many units] at several horizons of shape (m,), shape (n, m).

        Raises:
            ArgumentRefused: A horizon above 100,000 times alpha + T, of a customer with r + k x below 30: the phases of
                such a time would have to be added up one by one.
        """
        from clove.models.mbg_cnbd_phases import FARTHEST, LEAST_SHAPE, expected_if_alive

        spans = self.check_horizons(horizons)
        R, u, _ = self._silence(history)
        s = spans / (self.alpha + history.T)[:, None]
        if ((s > FARTHEST) & (R < LEAST_SHAPE)[:, None]).any():
            raise ArgumentRefused(
                f"a horizon of {spans.max():g} {self.unit.value}s, more than {FARTHEST:,.0f} times alpha + T",
                where="horizon",
                remedy="Ask for a nearer one, or check its unit",
            )
        if_alive = expected_if_alive(R, u, s, self.k, self.a, self.b + (history.frequency + 1.0))
        return if_alive * self.probability_alive(history)[:, None]

    def probability_no_purchase(self, history: PurchaseHistory, horizon: float | Floats) -> Floats:
        """P(no purchase in the next `horizon` units), shape (n,)."""
        from scipy.special import expit

        from clove.models.mbg_cnbd_phases import no_purchase_if_alive

        R, u, more = self._silence(history)
        spans = np.broadcast_to(self.check_horizons(horizon), R.shape)
        silent = no_purchase_if_alive(R, u, spans / (self.alpha + history.T), self.k)
        odds = self._log_odds_dropped(history, R, more)
        probability: Floats = expit(odds) + expit(-odds) * silent
        return probability

    def purchase_distribution(self, history: PurchaseHistory, horizon: float, most: int) -> Floats:
        """P(0, 1, ..., `most` purchases in the next `horizon` units), shape (n, most + 1)."""
        from scipy.special import expit

        from clove.models.beta_geometric_distribution import purchase_distribution_if_alive
        from clove.models.mbg_cnbd_phases import phases_passed_by_each

        (span,) = self.check_horizons(horizon)
        self.check_whole("most", most, least=0)
        R, u, more = self._silence(history)
        s = span / (self.alpha + history.T)
        passed = phases_passed_by_each(R, u, self.k)
        leaving = np.full(R.size, self.a)
        distribution = purchase_distribution_if_alive(R, s, passed, leaving, self.b + (history.frequency + 1.0), most)
        odds = self._log_odds_dropped(history, R, more)
        distribution *= expit(-odds)[:, None]
        distribution[:, 0] += expit(odds)
        return distribution

    def simulate(
        self, T: Floats, seed: int, *, horizon: float = 0.0, covariates: Mapping[str, Floats] | None = None
    ) -> Purchases:
        """See `PurchaseModel`; every k-th event of a Poisson process is a purchase."""
        if covariates:
            raise ArgumentRefused("covariates", where=self.TITLE, remedy="Leave them out: this model takes none")
        self.check_whole("seed", seed, least=0)
        rng = np.random.default_rng(seed)
        (span,) = self.check_horizons(horizon)
        ages = self.check_horizons(T)
        rate = rng.gamma(self.r, 1 / self.alpha, ages.size)
        dropout = rng.beta(self.a, self.b, ages.size)
        phases = rng.poisson(rate * (ages + span))
        customer = np.repeat(np.arange(ages.size), phases)
        time = rng.random(customer.size) * (ages + span)[customer]
        time = time[np.lexsort((time, customer))]
        before = np.cumsum(phases) - phases
        nth_phase = np.arange(customer.size) - before[customer] + 1
        ends = nth_phase % self.k == 0
        customer, time, nth = customer[ends], time[ends], nth_phase[ends] // self.k
        # repeat purchases before the one after which the customer is gone; a dropout that rounds to 0 never ends
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            until_gone = np.floor(np.log(1.0 - rng.random(ages.size)) / np.log1p(-dropout))
        until_gone = np.where(dropout > 0, until_gone, np.inf)
        kept = nth <= until_gone[customer]
        gone_at = np.where(until_gone > 0, np.inf, 0.0)
        parting = nth == until_gone[customer]
        gone_at[customer[parting]] = time[parting]
        return Purchases(customer[kept], time[kept], rate / self.k, dropout, gone_at)

    def purchase_counts(
        self, history: PurchaseHistory, theta: Floats, horizons: Floats, repeats: int, keys: NDArray[np.uint64]
    ) -> Floats:
        """See `PurchaseModel`; by inversion of stratified uniforms."""
        from clove.models.mbg_cnbd_counts import draw_counts

        self.check_history(history)
        self.check_whole("repeats", repeats)
        spans = self.check_horizons(horizons)
        counts = np.empty((len(history), theta.shape[0] * repeats))
        x, t_x, T = history.frequency, history.recency, history.T
        draw_counts(x, t_x, T, keys, np.ascontiguousarray(theta), self.k, spans, repeats, counts)
        return counts

    def _silence(self, history: PurchaseHistory) -> tuple[Floats, Floats, Floats]:
        """R = r + k x, u = (T - t_x) / (alpha + T), and the log of the sum of phases, each of shape (n,)."""
        from clove.models.mbg_cnbd_phases import patience

        self.check_history(history)
        R = self.r + self.k * history.frequency
        u = (history.T - history.recency) / (self.alpha + history.T)
        return R, u, patience(R, u, self.k)

    def _log_odds_dropped(self, history: PurchaseHistory, R: Floats, more: Floats) -> Floats:
        """Log odds of having dropped out after the last purchase, shape (n,)."""
        silence = R * np.log1p((history.T - history.recency) / (self.alpha + history.recency)) - more
        odds: Floats = np.log(self.a) - np.log(self.b + history.frequency) + silence
        return odds


def _fit_at(k: int, history: PurchaseHistory, counts: Floats, penalty: float) -> Optimum:
    from clove.models.mbg_cnbd_likelihood import ErlangLikelihood

    def likelihood_of(some: PurchaseHistory, their_weights: Floats) -> Objective:
        return ErlangLikelihood.of(some, their_weights, k)

    # k phases to a purchase: their rate is k times as high
    plain, faster = space_of(history, counts), np.array([0.0, -np.log(k), 0.0, 0.0])
    space: Space = replace(
        plain,
        starts=[start + faster for start in plain.starts],
        walls=Walls(plain.walls.low + faster, plain.walls.high + faster),
        centre=plain.centre + faster,
    )
    return climb(MbgCnbd.TITLE, likelihood_of, history, counts, space, penalty=penalty)


def _regularity_findings(k: int, known: bool, *, given: bool) -> tuple[str, ...]:
    if not known and k > 1:
        return (f"The log-likelihood leaves out the times between purchases: at k = {k} it compares with no other.",)
    if given:
        return ()
    if k == 1:
        return ("Customers buy at random moments (k = 1): this is the MBG/NBD.",)
    if k == MOST_REGULAR:
        return (f"Customers buy at very regular intervals (k = {k}, the most that was tried).",)
    return (f"Customers buy at regular intervals (k = {k}).",)
