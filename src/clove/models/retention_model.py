"""What a fitted model of renewals foretells: survival, retention and residual lifetime, each with an interval."""

import json
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from clove.kernel.arrays import Floats
from clove.kernel.errors import ArgumentRefused
from clove.models.documents import read_document
from clove.models.estimates import Estimates
from clove.models.evidence import Evidence
from clove.models.maximum_likelihood import Walls, maximise
from clove.models.survivors import Survivors, to_survivors
from clove.models.trust_region import Evaluation

Space: TypeAlias = Callable[[Survivors], tuple[list[Floats], Walls]]

DRAWS = 1_000
FARTHEST = 1e9  # periods; whoever has renewed more often has miscounted


class RetentionModel(Estimates):
    """Lifetimes in whole periods: at the end of each, a customer renews or is gone.

    Intervals are those of the figure itself, which holds for a customer on average: they come from draws of the
    parameters, and say nothing of how single customers scatter about it.
    """

    __slots__ = ()

    KIND: ClassVar[str]
    TITLE: ClassVar[str]

    @property
    def parameters(self) -> Floats:
        """As in `NAMES`, shape (k,)."""
        return np.array([getattr(self, name) for name in self.NAMES])

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """As in `parameters`."""
        return self.NAMES

    @staticmethod
    @abstractmethod
    def shapes(parameters: Floats) -> Floats:
        """(gamma, delta, c) of the beta-discrete-Weibull, shape (d, 3), from parameters of shape (d, k)."""

    def survival(self, periods: ArrayLike, *, renewals: ArrayLike = 0) -> Floats:
        """P(still there after so many periods more | has renewed so often), shape (m,).

        Args:
            periods: Whole, from 0 up, shape (m,).
            renewals: So far, one for all or of shape (m,).
        """
        (found,) = self._survival(self.parameters[None], periods, renewals)
        return np.asarray(found)

    def survival_interval(
        self, periods: ArrayLike, *, renewals: ArrayLike = 0, share: float = 0.8, draws: int = DRAWS, seed: int = 0
    ) -> tuple[Floats, Floats]:
        """Low and high of `survival`, between which it lies in this share of cases, each of shape (m,).

        Raises:
            ArgumentRefused: The parameters were given, not fitted, or the share is not within 0 and 1.
        """
        return self._interval(lambda theta: self._survival(theta, periods, renewals), share, draws, seed)

    def retention(self, periods: ArrayLike) -> Floats:
        """P(renews at the end of period t | there in it), at periods 1, 2, …, shape (m,)."""
        (found,) = self._retention(self.parameters[None], periods)
        return np.asarray(found)

    def retention_interval(
        self, periods: ArrayLike, *, share: float = 0.8, draws: int = DRAWS, seed: int = 0
    ) -> tuple[Floats, Floats]:
        """Low and high of `retention`, as in `survival_interval`."""
        return self._interval(lambda theta: self._retention(theta, periods), share, draws, seed)

    def residual_lifetime(self, renewals: ArrayLike, *, discount: float = 0.0, horizon: float = np.inf) -> Floats:
        """Expected renewals to come of a customer who is about to decide on the next one, shape (n,).

        With a discount it is the discounted expected residual lifetime: the next renewal counts whole, the one after
        1 / (1 + discount). Fader & Hardie (2010), Marketing Science 29(1), 85-93, whose n - 1 is `renewals`. A customer
        who has just renewed is a period away from it: divide by 1 + discount.

        Args:
            renewals: So far, whole, shape (n,); 0 in the first period.
            discount: Per period, from 0 up.
            horizon: Only so many next renewals count, whole. Without one and without a discount the sum may be
                infinite.
        """
        (found,) = self._residual(self.parameters[None], renewals, discount, horizon)
        return np.asarray(found)

    def residual_lifetime_interval(
        self,
        renewals: ArrayLike,
        *,
        discount: float = 0.0,
        horizon: float = np.inf,
        share: float = 0.8,
        draws: int = DRAWS,
        seed: int = 0,
    ) -> tuple[Floats, Floats]:
        """Low and high of `residual_lifetime`, as in `survival_interval`."""
        return self._interval(lambda theta: self._residual(theta, renewals, discount, horizon), share, draws, seed)

    def log_likelihood(self, survivors: Survivors | Sequence[float] | Floats) -> float:
        """Of all renewals together."""
        from clove.models.retention_likelihood import RetentionLikelihood

        shape = self.shapes(self.parameters[None])[0]
        value, _, _ = RetentionLikelihood.of(to_survivors(survivors), 3)(np.log(shape))
        return value

    def simulate(self, customers: int, seed: int) -> Floats:
        """The period in which each of so many customers ends, shape (n,); infinite for one who never does."""
        gamma, delta, c = self.shapes(self.parameters[None])[0]
        rng = np.random.default_rng(seed)
        chance = rng.beta(gamma, delta, customers)
        with np.errstate(divide="ignore", over="ignore"):
            # a chance that rounds to 0 never comes about
            lasted = np.log(1.0 - rng.random(customers)) / np.log1p(-chance)
            period: Floats = np.maximum(np.ceil(lasted ** (1.0 / c)), 1.0)
        return period

    def to_json(self) -> str:
        """Readable back by `from_json`, to the last bit."""
        told = None
        if self.evidence is not None:
            told = {name: getattr(self.evidence, name) for name in Evidence.__slots__}
        given = dict(zip(self.NAMES, self.parameters.tolist(), strict=True))
        return json.dumps({"model": self.KIND, **given, "evidence": told})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The model that `to_json` wrote."""
        fields = read_document(text, cls.KIND, (*cls.NAMES, "evidence"))
        given: dict[str, Any] = {name: float(fields[name]) for name in cls.NAMES}
        given["evidence"] = None if fields["evidence"] is None else Evidence.from_mapping(fields["evidence"])
        return cls(**given)

    def check_parameters(self) -> None:
        """Refuse what is no parameter.

        Raises:
            ArgumentRefused: Not finite, or not above 0.
        """
        if not (np.isfinite(self.parameters) & (self.parameters > 0)).all():
            raise ArgumentRefused(repr(self), where=self.KIND, remedy="Give finite numbers above 0")

    @classmethod
    def climb(cls, survivors: Survivors, space: Space) -> tuple[Floats, float, Floats]:
        """The highest likelihood that several starts lead to.

        It is sought by the logs of the first parameter, of the second relative to the first and of the others: where
        the first runs off, as when all customers are alike, their mean is still free.

        Args:
            survivors: What is fitted.
            space: From counts to starts, such logs of shape (k,), and walls about them.

        Returns:
            Parameters, shape (k,); log-likelihood; covariance of the logs of the parameters, shape (k, k).

        Raises:
            NotEnoughData: Nobody ended, or fewer periods than parameters.
            DidNotConverge: No optimum was reached.
        """
        from clove.models.retention_likelihood import RetentionLikelihood

        survivors.accept_for_fit(cls.TITLE, len(cls.NAMES))
        likelihood = RetentionLikelihood.of(survivors, len(cls.NAMES))
        to_logs = np.eye(len(cls.NAMES))
        to_logs[1, 0] = 1.0

        def objective(theta: Floats) -> Evaluation:
            value, gradient, hessian = likelihood(to_logs @ theta)
            return value, gradient @ to_logs, to_logs.T @ hessian @ to_logs

        starts, walls = space(survivors)
        optimum = maximise([(objective, survivors.customers)], starts, walls, model=cls.TITLE)
        covariance = to_logs @ optimum.covariance() @ to_logs.T
        return np.exp(to_logs @ optimum.theta), optimum.log_likelihood, covariance

    @classmethod
    def _survival(cls, theta: Floats, periods: ArrayLike, renewals: ArrayLike) -> Floats:
        from clove.models.retention_series import log_survivals

        ahead, start = np.broadcast_arrays(_whole("periods", periods), _whole("renewals", renewals))
        logs = np.empty((theta.shape[0], ahead.size))
        log_survivals(start.ravel().copy(), ahead.ravel().copy(), np.ascontiguousarray(cls.shapes(theta)), logs)
        return np.asarray(np.exp(logs), dtype=np.float64)

    @classmethod
    def _retention(cls, theta: Floats, periods: ArrayLike) -> Floats:
        at = _whole("periods", periods, least=1)
        return cls._survival(theta, np.ones(at.size), at - 1.0)

    @classmethod
    def _residual(cls, theta: Floats, renewals: ArrayLike, discount: float, horizon: float) -> Floats:
        from clove.models.bg_bb_series import sum_rules
        from clove.models.retention_series import residual_lifetimes

        if not (np.isfinite(discount) and discount >= 0):
            raise ArgumentRefused(f"discount = {discount!r}", where=cls.KIND, remedy="Give a finite number from 0 up")
        ahead = np.inf if np.isposinf(horizon) else float(_whole("horizon", horizon, least=1)[0])
        start = _whole("renewals", renewals)
        out = np.empty((theta.shape[0], start.size))
        residual_lifetimes(start, np.ascontiguousarray(cls.shapes(theta)), float(discount), ahead, sum_rules(), out)
        return out

    def _interval(
        self, figure: Callable[[Floats], Floats], share: float, draws: int, seed: int
    ) -> tuple[Floats, Floats]:
        if not 0 < share < 1:
            raise ArgumentRefused(f"share = {share!r}", where=self.KIND, remedy="Give one within 0 and 1")
        # no value between two draws: that of two infinite ones would be none
        low, high = np.quantile(
            figure(self.draws(draws, seed)), [(1 - share) / 2, (1 + share) / 2], axis=0, method="nearest"
        )
        return low, high


def _whole(name: str, values: ArrayLike, *, least: int = 0) -> Floats:
    given = np.atleast_1d(np.asarray(values, dtype=np.float64))
    if given.ndim != 1 or not ((given >= least) & (given <= FARTHEST) & (given == np.floor(given))).all():
        raise ArgumentRefused(
            f"{name} that are no whole numbers from {least} to {FARTHEST:,.0f}",
            where=name,
            remedy="Count whole periods",
        )
    return given
