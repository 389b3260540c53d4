"""The BG/BB: at every opportunity a customer may be gone, and if not, may buy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from clove.kernel.arrays import Floats
from clove.kernel.errors import ArgumentRefused, ImpossibleHistory
from clove.kernel.period import TimeUnit
from clove.models.evidence import Evidence
from clove.models.fitting import Space, accept_for_fit, climb
from clove.models.grouping import first_of_each
from clove.models.history import PurchaseHistory
from clove.models.maximum_likelihood import Walls
from clove.models.purchase_model import PurchaseModel
from clove.models.simulation import Purchases

LARGE = 1e3  # from here on a parameter says that customers do not differ
FARTHEST = 1e6  # opportunities of a distribution, which adds them up one by one


@dataclass(frozen=True, slots=True, repr=False)
class BgBb(PurchaseModel):
    """A fitted BG/BB: purchase probability ~ Beta(alpha, beta), dropout at each opportunity ~ Beta(gamma, delta).

    Time is counted in opportunities to buy, one per unit: years with one appeal each, matches, or weeks of which only
    matters whether a customer bought. T is the number n of opportunities since the first purchase, recency the last
    one used, frequency how many were used. Horizons may lie between whole numbers, where all that is expected is
    straight.

    Fader, Hardie & Shang (2010), Marketing Science 29(6), 1086-1108; equation numbers below are theirs.

    >>> from clove.models import PurchaseHistory
    >>> donors = BgBb(alpha=1.2035, beta=0.7497, gamma=0.6567, delta=2.7834)
    >>> history = PurchaseHistory.of([0, 2, 6], [0, 4, 6], [6, 6, 6], unit="opportunity")
    >>> donors.probability_alive(history).round(2).tolist()
    [0.11, 0.59, 0.93]
    """

    KIND: ClassVar[str] = "bg-bb"
    TITLE: ClassVar[str] = "BG/BB"
    NAMES: ClassVar[tuple[str, ...]] = ("alpha", "beta", "gamma", "delta")

    alpha: float
    beta: float
    gamma: float
    delta: float
    unit: TimeUnit = TimeUnit.OPPORTUNITY
    evidence: Evidence | None = None  # None where the parameters were given, not fitted

    @classmethod
    def fit(cls, history: PurchaseHistory, *, weights: Floats | None = None, penalty: float = 0.0) -> Self:
        """Maximum likelihood (eq. 6), by Newton steps from several starts; equal histories are counted, not repeated.

        Args:
            history: Of n customers, in whole opportunities.
            weights: How many customers each row stands for, shape (n,); one if left out.
            penalty: Precision of a normal prior on the log of each parameter, around a centre that follows the
                data's own number of opportunities and rate of purchase. 0 for none.

        Raises:
            NotEnoughData: Nobody has bought twice, or all customers are alike.
            ImpossibleHistory: A row is not in whole opportunities, or has more purchases than opportunities.
            DidNotConverge: No optimum was reached; never returns a poor fit.
        """
        from clove.models.bg_bb_likelihood import BgBbLikelihood

        counts = accept_for_fit(cls.TITLE, history, weights)
        accept_opportunities(history)
        optimum = climb(cls.TITLE, BgBbLikelihood.of, history, counts, _space(history, counts), penalty=penalty)
        alpha, beta, gamma, delta = (float(value) for value in np.exp(optimum.theta))
        opportunities = float(np.average(history.T, weights=counts))
        findings = _boundary_findings((alpha, beta, gamma, delta), opportunities, endless=bool(optimum.at_wall[3]))
        evidence = Evidence.of(round(counts.sum()), optimum.log_likelihood, optimum.covariance(), findings)
        return cls(alpha, beta, gamma, delta, history.unit, evidence)

    def log_likelihood(self, history: PurchaseHistory) -> Floats:
        """Per customer, shape (n,). Eq. 6: of his string of purchases, not of its frequency and recency."""
        return self._judged(history)[:, 0]

    def probability_alive(self, history: PurchaseHistory) -> Floats:
        """P(alive at opportunity T + 1), shape (n,). Eq. 11.

        In this model customers leave just before an opportunity, so that even one who bought at the last one may not
        be there at the next. That is the figure that the paper and others print.
        """
        alive: Floats = self._judged(history)[:, 2] * self._stays_once(history)
        return alive

    def expected_purchases_by(self, history: PurchaseHistory, horizons: Floats) -> Floats:
        """E[purchases at the next so many opportunities] at several horizons of shape (m,), shape (n, m). Eq. 13."""
        from clove.models.bg_bb_forecast import stay_curves

        spans = self.check_horizons(horizons)
        there = self._judged(history)[:, 2]
        ages, of_age = np.unique(history.T, return_inverse=True)
        purchase = (self.alpha + history.frequency) / (self.alpha + self.beta + history.T)
        curves = stay_curves(ages, spans, self.gamma, self.delta)
        expected: Floats = curves[of_age.reshape(-1)] * (there * purchase)[:, None]
        return expected

    def probability_no_purchase(self, history: PurchaseHistory, horizon: float | Floats) -> Floats:
        """P(no purchase at the next `horizon` opportunities), shape (n,): gone already, or there and silent."""
        from clove.models.bg_bb_forecast import silences
        from clove.models.bg_bb_series import sum_rules

        spans = self.check_horizons(horizon)
        judged = self._judged(history)
        x, n = history.frequency, history.T
        rows, kind = first_of_each(x, n) if spans.size == 1 else (np.arange(x.size), np.arange(x.size))
        spans = np.broadcast_to(spans, x.shape)[rows]
        none: Floats = (
            judged[:, 1] + judged[:, 2] * silences(x[rows], n[rows], spans, self.parameters, sum_rules())[kind]
        )
        return none

    def purchase_distribution(self, history: PurchaseHistory, horizon: float, most: int) -> Floats:
        """P(0, 1, ..., `most` purchases at the next `horizon` opportunities), shape (n, most + 1).

        Eq. 7 at the parameters that a customer's history makes of the base's.

        Raises:
            ArgumentRefused: More than a million opportunities: they are added up one by one.
        """
        from clove.models.bg_bb_forecast import distributions

        (span,) = self.check_horizons(horizon)
        self.check_whole("most", most, least=0)
        if span > FARTHEST:
            raise ArgumentRefused(
                f"a distribution over {span:g} opportunities",
                where="horizon",
                remedy=f"Ask for at most {FARTHEST:,.0f}, or for expected purchases",
            )
        judged = self._judged(history)
        rows, kind = first_of_each(history.frequency, history.T)
        if_there = distributions(history.frequency[rows], history.T[rows], span, most, self.parameters)
        distribution: Floats = if_there[kind] * judged[:, 2:]
        distribution[:, 0] += judged[:, 1]
        return distribution

    def time_to_next_purchase(self, history: PurchaseHistory, probability: float = 0.5) -> Floats:
        """The first opportunity, counted from now, by which a next purchase is this probable, shape (n,).

        inf where it never is, or not within 2^40 opportunities.
        """
        from clove.models.bg_bb_forecast import next_purchases
        from clove.models.bg_bb_likelihood import distinct_histories
        from clove.models.bg_bb_series import sum_rules

        self.check_probability(probability)
        with np.errstate(over="ignore", divide="ignore"):
            wanted = probability / self._judged(history)[:, 2]
        rows, kind = distinct_histories(history)
        found = next_purchases(history.frequency[rows], history.T[rows], wanted[rows], self.parameters, sum_rules())
        return found[kind]

    def simulate(
        self, T: Floats, seed: int, *, horizon: float = 0.0, covariates: Mapping[str, Floats] | None = None
    ) -> Purchases:
        """See `PurchaseModel`; ages and horizon are whole numbers of opportunities, and there are no covariates."""
        if covariates:
            raise ArgumentRefused("the BG/BB takes no covariates", where="simulate", remedy="Leave them out")
        ends = self.check_horizons(T) + self.check_horizons(horizon)
        if (ends != np.floor(ends)).any():
            raise ArgumentRefused(
                "ages that are no number of opportunities", where="simulate", remedy="Round ages and horizon"
            )
        self.check_whole("seed", seed, least=0)
        rng = np.random.default_rng(seed)
        rate = rng.beta(self.alpha, self.beta, ends.size)
        dropout = rng.beta(self.gamma, self.delta, ends.size)
        with np.errstate(divide="ignore", over="ignore"):
            # a probability that rounds to 0 never comes about, one that rounds to 1 at once
            stays = np.floor(np.log(1.0 - rng.random(ends.size)) / np.log1p(-dropout))
            log_silent = np.log1p(-rate)
            customers, times = [np.zeros(0, np.int64)], [np.zeros(0)]
            waiting, time = np.arange(ends.size), np.zeros(ends.size)
            while waiting.size:
                gaps = 1.0 + np.floor(np.log(1.0 - rng.random(waiting.size)) / log_silent[waiting])
                time = time + gaps
                bought = time <= np.minimum(stays, ends)[waiting]
                waiting, time = waiting[bought], time[bought]
                customers.append(waiting)
                times.append(time)
        customer, when = np.concatenate(customers), np.concatenate(times)
        in_order = np.lexsort((when, customer))
        customer, when = customer[in_order], when[in_order]
        # he is gone right after the last opportunity at which he was there, as `probability_alive` looks at it
        return Purchases(customer, when, rate, dropout, np.where(stays <= ends, stays, np.inf))

    def purchase_counts(
        self, history: PurchaseHistory, theta: Floats, horizons: Floats, repeats: int, keys: NDArray[np.uint64]
    ) -> Floats:
        """See `PurchaseModel`; a horizon between whole numbers has one more opportunity with the part's probability."""
        from clove.models.bg_bb_counts import draw_counts
        from clove.models.bg_bb_likelihood import distinct_histories
        from clove.models.bg_bb_series import sum_rules

        self.check_history(history)
        self.check_whole("repeats", repeats)
        accept_opportunities(history)
        rows, kind = distinct_histories(history)
        counts = np.empty((len(history), theta.shape[0] * repeats))
        draw_counts(
            history.frequency[rows],
            history.recency[rows],
            history.T[rows],
            np.argsort(kind, kind="stable"),
            np.concatenate([[0], np.cumsum(np.bincount(kind, minlength=rows.size))]),
            keys,
            np.ascontiguousarray(theta),
            self.check_horizons(horizons),
            repeats,
            sum_rules(),
            counts,
        )
        return counts

    def _judged(self, history: PurchaseHistory) -> Floats:
        """Log-likelihood, P(gone before T) and P(there at T) of each customer, shape (n, 3)."""
        from clove.models.bg_bb_likelihood import distinct_histories
        from clove.models.bg_bb_series import judge, sum_rules

        self.check_history(history)
        accept_opportunities(history)
        rows, kind = distinct_histories(history)
        each = judge(history.frequency[rows], history.recency[rows], history.T[rows], self.parameters, sum_rules())
        return each[kind]

    def _stays_once(self, history: PurchaseHistory) -> Floats:
        """P(there at T + 1 | there at T), shape (n,)."""
        stayed: Floats = (self.delta + history.T) / (self.gamma + self.delta + history.T)
        return stayed


def accept_opportunities(history: PurchaseHistory) -> None:
    """Refuse what no customer can do who buys at most once at each of a number of opportunities.

    Raises:
        ImpossibleHistory: Recency or T is no whole number, or there are more purchases than opportunities up to the
            last.
    """
    x, t_x, n = history.frequency, history.recency, history.T
    whole = (t_x == np.floor(t_x)) & (n == np.floor(n))
    for impossible, fault, remedy in (
        (~whole, "a recency or T that is no number of opportunities", "Count both in whole opportunities to buy"),
        (x > t_x, "more purchases than opportunities", "Count an opportunity as used or not, or take a finer unit"),
    ):
        if impossible.any():
            row = int(np.argmax(impossible))
            raise ImpossibleHistory(
                f"{fault} (frequency {x[row]:g}, recency {t_x[row]:g}, T {n[row]:g}); "
                f"{int(impossible.sum())} of {len(history)} rows",
                where=f"customer {history.customer_id[row]}",
                remedy=remedy,
            )


def _space(history: PurchaseHistory, weights: Floats) -> Space:
    """Starts, walls and the penalty's centre follow the data's own number of opportunities and rate of purchase."""
    n = max(float(np.average(history.T, weights=weights)), 1.0)
    # not by BLAS, whose threads cost more than so small a product on a busy machine
    rate = float((weights * history.frequency).sum() / (weights * history.T).sum())
    starts = []
    # the last two: some leave at once and the others stay, a summit of its own where hardly anybody has left
    for alpha, more, gamma, delta in (
        (0.5, 1.5, 0.5, 0.5 * n),
        (1.0, 1.2, 1.0, 4.0 * n),
        (3.0, 1.05, 0.3, 6.0 * n),
        (1.0, 2.0, 3.0, 1.5 * n),
        (1.0, 1.5, 0.3, 0.5),
        (2.0, 1.5, 0.03, 0.1),
    ):
        p = min(more * rate, 0.95)
        starts.append(np.log([alpha, alpha * (1.0 - p) / p, gamma, delta]))
    high = 1e6 * np.array([1.0, max(1.0, 1.0 / rate), 1.0, 10.0 * n])
    walls = Walls(low=np.log([1e-5, 1e-5, 1e-6, 1e-6]), high=np.log(high))
    centre = np.log([1.0, max(1.0 / rate - 1.0, 0.05), 1.0, n])
    return Space(starts, walls, centre=centre, spread=np.ones(4))


def _boundary_findings(
    parameters: tuple[float, float, float, float], opportunities: float, *, endless: bool
) -> tuple[str, ...]:
    """What it means that parameters have run off towards infinity or zero.

    Args:
        parameters: (alpha, beta, gamma, delta).
        opportunities: Mean number of them.
        endless: Whether delta has run up to its wall.
    """
    from clove.models.rising_factorials import log_rising_ratio

    alpha, beta, gamma, delta = parameters
    findings = []
    if beta / (alpha + beta) < 1 / LARGE:
        findings.append("Whoever is still there buys at every opportunity (beta / (alpha + beta) runs to zero).")
    elif min(alpha, beta) > LARGE or alpha + beta > LARGE * max(1.0, beta / alpha):
        findings.append("All customers seem to share one purchase probability (alpha and beta run to infinity).")
    elif max(alpha, beta) < 1 / LARGE:
        findings.append("Customers buy always or never (alpha and beta run to zero).")
    elif alpha < 1 / LARGE:
        findings.append("Hardly anybody buys again (alpha runs to zero).")
    if -np.expm1(-log_rising_ratio(delta, gamma, opportunities)) < 1 / LARGE:
        findings.append(
            "Nobody has dropped out yet, as far as these data can tell (gamma / (gamma + delta) runs to zero)."
        )
    elif delta / (gamma + delta) < 1 / LARGE:
        findings.append("Nobody seems to stay until the next opportunity (gamma / (gamma + delta) runs to one).")
    elif gamma > LARGE or (endless and delta > gamma):
        findings.append("All customers seem to share one dropout probability (gamma and delta run to infinity).")
    elif max(gamma, delta) < 1 / LARGE:
        findings.append("Customers leave at once or stay for good (gamma and delta run to zero).")
    return tuple(findings)
