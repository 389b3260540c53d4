"""The chance that a contract which stopped paying starts again, month by month."""

import json
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import ClassVar, Self

import numpy as np

from clove.kernel.arrays import Floats, Ints
from clove.kernel.errors import ArgumentRefused, DidNotConverge, NotEnoughData
from clove.models.documents import read_document
from clove.models.estimates import Estimates
from clove.models.evidence import Evidence
from clove.models.resumption_likelihood import ResumptionLikelihood
from clove.models.spells import BANDS, LONGEST, Spells
from clove.models.trust_region import minimise

TITLE = "resumption"
P0, DECAY = 0.55, 0.35
MULTIPLIERS = (1.4, 1.1, 0.85, 0.55, 0.90)  # of BANDS
FEWEST = 200  # spells below which the defaults say more than a fit
PRIOR = (3.0, 1.0)  # deviations of log p0 and of the decay about their defaults: nothing, unless nobody ever resumes
MULTIPLIER_SPREAD = 0.25  # log units to which multipliers that are refitted differ from their defaults
WIDTHS = (1e-1, 1e-2, 1e-3, 1e-4)  # of the rounded kink, each fit starting from the one before
GRADIENT, ACCEPTABLE_GRADIENT = 1e-10, 1e-6  # per spell-month


@dataclass(frozen=True, slots=True, repr=False)
class Resumption(Estimates):
    """p(m) = min(1, p0 * b * exp(-decay * m)): P(resumes this month | lapsed for m months), b the band's multiplier.

    m is 0 in the first month after the one whose invoice stayed unpaid: see `Spells`. A discrete-time hazard on the
    log scale; Tutz & Schmid (2016), Modeling Discrete Time-to-Event Data, chapter 3, with the log link.
    """

    NAMES: ClassVar[tuple[str, ...]] = ("p0", *(f"b_{band}" for band in BANDS))

    p0: float = P0
    decay: float = DECAY  # per month
    multipliers: tuple[float, ...] = MULTIPLIERS  # of BANDS, shape (5,)
    origin: str = "given, not fitted"  # where the numbers are from, in words
    evidence: Evidence | None = None  # None where the parameters were given, not fitted

    def __post_init__(self) -> None:
        positive = np.array([self.p0, *self.multipliers])
        if positive.shape != (1 + len(BANDS),) or not (np.isfinite(positive) & (positive > 0)).all():
            raise ArgumentRefused(
                f"p0 = {self.p0!r}, multipliers = {self.multipliers!r}",
                where="Resumption",
                remedy=f"Give finite numbers above 0, a multiplier for each of {', '.join(BANDS)}",
            )
        if not np.isfinite(self.decay):
            raise ArgumentRefused(f"decay = {self.decay!r}", where="Resumption", remedy="Give a finite number")

    @classmethod
    def fit(cls, spells: Spells, *, refit_multipliers: bool = False) -> Self:
        """Maximum likelihood over all months in which a spell could have resumed.

        Args:
            spells: Spells with no month watched count for nothing.
            refit_multipliers: Also fit the bands' multipliers, each pulled to its default as if it were known to
                `MULTIPLIER_SPREAD`; else they stay at their defaults.

        Raises:
            NotEnoughData: Fewer than `FEWEST` spells.
            DidNotConverge: No optimum was reached; never returns a poor fit.
        """
        watched = int((spells.months > 0).sum())
        if watched < FEWEST:
            raise NotEnoughData(
                f"{watched} spells without payment, {FEWEST} are needed",
                where="Resumption.fit",
                remedy="Use the defaults: Resumption.of",
            )
        at_risk, resumed = spells.counts()
        theta, likelihood = _climb(at_risk, resumed, len(BANDS) if refit_multipliers else 0)
        spread = np.zeros((2 + len(BANDS),) * 2)
        fitted = [0, *range(1, theta.size - 1), 1 + len(BANDS)]
        spread[np.ix_(fitted, fitted)] = np.linalg.inv(likelihood.information(theta))
        p0, decay = float(np.exp(theta[0])), float(theta[-1])
        moved = np.exp(theta[1:-1]) if refit_multipliers else np.ones(len(BANDS))
        evidence = Evidence.of(
            watched, likelihood.log_likelihood(theta), spread, _findings(likelihood, theta, int(resumed.sum()))
        )
        multipliers = tuple(float(value) for value in np.array(MULTIPLIERS) * moved)
        kept = "the credit bands' effects too" if refit_multipliers else "with the usual effects of the credit bands"
        return cls(p0, decay, multipliers, f"fitted to {watched} spells, {kept}", evidence)

    @classmethod
    def of(cls, spells: Spells, *, refit_multipliers: bool = False) -> Self:
        """Fitted where there are `FEWEST` spells, else the defaults; `origin` says which.

        Raises:
            DidNotConverge: As in `fit`.
        """
        try:
            return cls.fit(spells, refit_multipliers=refit_multipliers)
        except NotEnoughData as refusal:
            return cls(origin=f"defaults: {refusal.what}")

    @property
    def parameters(self) -> Floats:
        """p0, the five multipliers, the decay, shape (7,)."""
        return np.array([self.p0, *self.multipliers, self.decay])

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """As in `parameters`."""
        return (*self.NAMES, "decay")

    def interval(self, share: float = 0.95) -> tuple[Floats, Floats]:
        """Low and high of every parameter, between which it lies in this share of cases, each of shape (7,).

        Normal in log p0, in log multipliers and in the decay; of no width where a parameter was held.

        Raises:
            ArgumentRefused: The parameters were given, not fitted, or the share is not within 0 and 1.
        """
        if not 0 < share < 1:
            raise ArgumentRefused(f"share = {share!r}", where="Resumption.interval", remedy="Give one within 0 and 1")
        away = NormalDist().inv_cdf(0.5 + share / 2) * self._evidence().deviations()
        low, high = self._moved(np.stack([-away, away]))
        return low, high

    def probability(self, band: Ints, month: Ints) -> Floats:
        """P(resumes this month | lapsed for m months), shape (n,).

        Args:
            band: Index into `BANDS`, shape (n,).
            month: m, shape (n,).
        """
        with np.errstate(over="ignore"):  # a decay below 0 is cut at 1 in the end
            chance = (self.p0 * np.array(self.multipliers))[band] * np.exp(-self.decay * month)
        cut: Floats = np.minimum(chance, 1.0)
        return cut

    def simulate(self, band: Ints, months: Ints, seed: int) -> Spells:
        """Spells from the lapse on, each watched for so many months or until it resumes.

        Args:
            band: Index into `BANDS`, shape (n,).
            months: The most that are watched, shape (n,).
            seed: Of the random numbers.
        """
        uniform = np.random.default_rng(seed).random(band.size)
        until = np.zeros(band.size, dtype=np.int64)
        away = np.ones(band.size)
        resumed = np.zeros(band.size, dtype=np.bool_)
        for month in range(min(int(months.max(initial=0)), LONGEST)):
            waiting = ~resumed & (month < months)
            until += waiting
            away *= 1.0 - self.probability(band, np.full(band.size, month))
            resumed |= waiting & (uniform >= away)
        return Spells(band, np.zeros_like(until), until, resumed)

    def to_json(self) -> str:
        """Readable back by `from_json`, to the last bit."""
        return json.dumps({"model": TITLE, **asdict(self)}, indent=2)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The model that `to_json` wrote."""
        fields = read_document(text, TITLE, ("p0", "decay", "multipliers", "origin", "evidence"))
        evidence = None if fields["evidence"] is None else Evidence.from_mapping(fields["evidence"])
        multipliers = tuple(float(value) for value in fields["multipliers"])
        return cls(float(fields["p0"]), float(fields["decay"]), multipliers, str(fields["origin"]), evidence)

    def _also(self) -> list[str]:
        return [f"origin={self.origin!r}"]


def _climb(at_risk: Ints, resumed: Ints, moved: int) -> tuple[Floats, ResumptionLikelihood]:
    """Where the likelihood is highest: log p0, log changes of the first `moved` multipliers, decay."""
    band, month = np.nonzero(at_risk)
    risk, came = at_risk[band, month].astype(np.float64), resumed[band, month].astype(np.float64)
    rows = np.column_stack([np.ones(band.size), band[:, None] == np.arange(moved), -month])
    offset = np.log(MULTIPLIERS)[band]
    centre = np.array([np.log(P0), *np.zeros(moved), DECAY])
    spreads = np.array([PRIOR[0], *np.full(moved, MULTIPLIER_SPREAD), PRIOR[1]])
    theta = centre
    for width in WIDTHS:
        likelihood = ResumptionLikelihood(rows, offset, came, risk - came, centre, spreads**-2, width)
        found = minimise(likelihood, theta, GRADIENT)
        theta = found.at
    steepness = float(np.abs(found.evaluation[1]).max())
    if not steepness <= ACCEPTABLE_GRADIENT:
        raise DidNotConverge(
            f"the {TITLE} fit stopped on a slope of {steepness:.2g} per month at risk",
            where="Resumption.fit",
            remedy="Check how months at risk were counted, or use the defaults",
        )
    return theta, likelihood


def _findings(likelihood: ResumptionLikelihood, theta: Floats, resumed: int) -> tuple[str, ...]:
    findings = []
    if resumed == 0:
        findings.append("Nobody has resumed: p0 is only known to be small.")
    if theta[-1] <= 0:
        findings.append("The chance to resume does not fall with the months lapsed (decay at or below 0).")
    if likelihood.certain(theta).any():
        findings.append("Some are certain to resume: p0 * b * exp(-decay * m) is cut at 1.")
    return tuple(findings)
