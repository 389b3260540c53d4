"""The Gamma-Gamma: what a customer spends on an occasion, learnt from his own and from everybody's."""

import json
from dataclasses import asdict, dataclass
from typing import ClassVar, Self

import numpy as np

from clove.kernel.arrays import Floats, Ints
from clove.kernel.errors import ArgumentRefused, NotEnoughData
from clove.models.documents import read_document
from clove.models.estimates import Estimates
from clove.models.evidence import Evidence
from clove.models.fitting import check_penalty, customers_of
from clove.models.gamma_gamma_likelihood import Chart, Elastic, GammaGammaLikelihood, Plain, Tied, in_chart
from clove.models.history import PurchaseHistory
from clove.models.maximum_likelihood import Optimum, Prior, maximise

SAMPLES = (2_000, 20_000)  # customers of the warm-up fits before the whole
NAMES = ("p", "q", "gamma", "elasticity")
TITLE = "Gamma-Gamma"
TIED = "the mean of all customers is tied to the observed one."
FEWEST = 3  # repeat customers below which three parameters mean nothing
NEVER_VARIES = 1e3  # from here on a shape parameter says that there is no spread to speak of
FINITE_MEAN = 1.05  # q from which on the base's mean spend is trusted to be finite


@dataclass(frozen=True, slots=True, repr=False)
class GammaGamma(Estimates):
    """A fitted Gamma-Gamma: spend ~ Gamma(p, nu_i), nu_i ~ Gamma(q, gamma * (1 + x_i)^elasticity).

    Fader & Hardie (2013), "The Gamma-Gamma Model of Monetary Value"; equation numbers below are theirs. Their model
    takes spend to be independent of frequency: elasticity 0. Where it is not, `fit(..., with_frequency=True)` lets
    the scale of spend grow or fall with the number of purchases.
    """

    NAMES: ClassVar[tuple[str, ...]] = NAMES[:3]

    p: float
    q: float
    gamma: float  # in the currency's major unit
    elasticity: float = 0.0
    evidence: Evidence | None = None  # None where the parameters were given, not fitted

    def __post_init__(self) -> None:
        for name in NAMES[:3]:
            value = getattr(self, name)
            if not (np.isfinite(value) and value > 0):
                raise ArgumentRefused(f"{name} = {value!r}", where="GammaGamma", remedy="Give a finite number above 0")
        if not np.isfinite(self.elasticity):
            raise ArgumentRefused(
                f"elasticity = {self.elasticity!r}", where="GammaGamma", remedy="Give a finite number, 0 for none"
            )

    @classmethod
    def fit(
        cls,
        history: PurchaseHistory,
        *,
        weights: Floats | None = None,
        penalty: float = 0.0,
        with_frequency: bool = False,
    ) -> Self:
        """Maximum likelihood (eq. 1a) over customers with a repeat purchase and a spend above 0.

        Where the tail is so heavy that the base's mean spend would be infinite (q near or below 1), gamma is tied to
        the observed mean instead, and a finding says so.

        Args:
            history: With monetary values.
            weights: How many customers each row stands for, shape (n,); one if left out.
            penalty: Precision of a normal prior on the log of each parameter (and of q - 1 in place of q where gamma
                is tied), around p = 6, q = 4 and a base that spends as the customers do, so that the currency changes
                nothing; an elasticity is pulled to 0. 0 for none.
            with_frequency: Also fit the elasticity of spend in 1 + frequency.

        Raises:
            NotEnoughData: Fewer than three repeat customers with a spend.
            ArgumentRefused: No history, weights that are no counts, or a penalty below 0.
            DidNotConverge: No optimum was reached.
        """
        counts = customers_of(TITLE, history, weights)
        check_penalty(TITLE, penalty)
        paying = (history.frequency > 0) & (history.monetary_value > 0)
        if (count := round(counts[paying].sum())) < FEWEST:
            raise NotEnoughData(
                f"{count} of {round(counts.sum())} customers have a repeat purchase with a spend above 0, "
                f"{FEWEST} are needed",
                where="GammaGamma.fit",
                remedy="Give a longer history, or check the amounts",
            )
        x, m, weight = history.frequency[paying], history.monetary_value[paying], counts[paying]
        order = np.random.default_rng(0).permutation(x.size)
        parts = [order[:size] for size in SAMPLES if size < x.size / 2] + [np.arange(x.size)]
        samples = [GammaGammaLikelihood.of(x[rows], m[rows], weight[rows]) for rows in parts]
        typical = float(np.average(m, weights=x * weight))
        chart: Chart = Elastic(typical) if with_frequency else Plain(typical)
        findings: tuple[str, ...] = ()
        optimum = _maximise(samples, chart, penalty)
        if chart.expand(optimum.theta)[0][1] < np.log(FINITE_MEAN):
            findings = (
                f"Spend is so unequal that its mean rests on a few large orders (q below {FINITE_MEAN}): {TIED}",
            )
            chart = Tied(typical)
            optimum = _maximise(samples, chart, penalty)
        theta, jacobian, _ = chart.expand(optimum.theta)
        p, q, gamma = (float(value) for value in np.exp(theta[:3]))
        covariance = jacobian @ optimum.covariance() @ jacobian.T
        findings += _boundary_findings(p, q)
        evidence = Evidence.of(count, optimum.log_likelihood, covariance, findings)
        return cls(p, q, gamma, float(theta[3]), evidence)

    @property
    def parameters(self) -> Floats:
        """(p, q, gamma, elasticity), shape (4,)."""
        return np.array([self.p, self.q, self.gamma, self.elasticity])

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """As in `parameters`."""
        return NAMES

    def log_likelihood(self, history: PurchaseHistory) -> Floats:
        """Per customer, shape (n,). Eq. 1a; nan for customers without a repeat purchase or a spend above 0."""
        from scipy.special import betaln

        PurchaseHistory.accept(history)
        x, m = history.frequency, history.monetary_value
        paying = (x > 0) & (m > 0)
        x, m = np.where(paying, x, 1.0), np.where(paying, m, 1.0)
        shape, scale = self.p * x, self._scale(x)
        value = (
            shape * np.log(x * m / (scale + x * m))
            + self.q * np.log(scale / (scale + x * m))
            - np.log(m)
            - betaln(shape, self.q)
        )
        return np.where(paying, value, np.nan)

    def expected_spend(self, history: PurchaseHistory) -> Floats:
        """E[mean spend of an occasion], shape (n,). Eq. 5.

        A customer without a repeat purchase gets the mean of the base; nan where that is infinite (q at or below 1).
        """
        PurchaseHistory.accept(history)
        x = history.frequency
        total = np.where(x > 0, x * history.monetary_value, 0.0)
        excess = self.p * x + self.q - 1
        return np.where(excess > 0, self.p * (self._scale(x) + total) / np.where(excess > 0, excess, 1.0), np.nan)

    def expected_spend_new_customer(self) -> float:
        """E[mean spend] of the base at frequency 0; nan where it is infinite (q at or below 1)."""
        return self.p * self.gamma / (self.q - 1) if self.q > 1 else float("nan")

    def simulate(self, frequency: Floats, seed: int) -> tuple[Floats, Ints, Floats]:
        """Spend of every repeat purchase of customers with these frequencies, from the model.

        Returns:
            Rate nu of each customer, shape (n,); the customer of each purchase, shape (m,); its spend, shape (m,).
        """
        rng = np.random.default_rng(seed)
        x = np.asarray(frequency, dtype=np.float64)
        rate = rng.gamma(self.q, 1.0, x.size) / self._scale(x)
        customer = np.repeat(np.arange(x.size), x.astype(np.int64))
        return rate, customer, rng.gamma(self.p, 1.0, customer.size) / rate[customer]

    def to_json(self) -> str:
        """Readable back by `from_json`, to the last bit."""
        return json.dumps({"model": "gamma-gamma", **asdict(self)}, indent=2)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The model that `to_json` wrote."""
        fields = read_document(text, "gamma-gamma", (*NAMES, "evidence"))
        evidence = None if fields["evidence"] is None else Evidence.from_mapping(fields["evidence"])
        p, q, gamma, elasticity = (float(fields[name]) for name in NAMES)
        return cls(p, q, gamma, elasticity, evidence)

    def _scale(self, x: Floats) -> Floats:
        return self.gamma * (1 + x) ** self.elasticity


def _maximise(samples: list[GammaGammaLikelihood], chart: Chart, penalty: float) -> Optimum:
    centre = chart.starts()[0]
    return maximise(
        [(in_chart(sample, chart), sample.customers) for sample in samples],
        chart.starts(),
        chart.walls(),
        model=TITLE,
        prior=Prior(centre, np.full(centre.size, penalty)) if penalty else None,
    )


def _boundary_findings(p: float, q: float) -> tuple[str, ...]:
    findings = []
    if p > NEVER_VARIES:
        findings.append("Each customer spends the same on every occasion (p runs to infinity).")
    if q > NEVER_VARIES:
        findings.append("All customers spend alike (q runs to infinity).")
    return tuple(findings)
