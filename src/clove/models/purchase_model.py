"""What every buy-till-you-die model answers, and what can be said of all of them alike."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clove.kernel.arrays import Floats
from clove.kernel.errors import ArgumentRefused
from clove.kernel.period import TimeUnit
from clove.models.documents import read_document
from clove.models.effects import Effect
from clove.models.estimates import Estimates
from clove.models.evidence import Evidence
from clove.models.history import PurchaseHistory
from clove.models.simulation import Purchases
from clove.models.streams import stream_keys

SEARCHED = 30.0  # log units to both sides of the base's age in which a next purchase is looked for
PARAMETER_DRAWS = 200  # an interval's ends within a twentieth of a standard deviation, or so
REPEATS = 8  # draws of a number of purchases for each of them
BLOCK = 4_096  # customers whose draws of purchases are held at a time


class PurchaseModel(Estimates, ABC):
    """A frozen fitted value: when customers buy, and whether they are gone.

    A model derives from it as a frozen dataclass whose first fields are its parameters, in the order of `NAMES`,
    each above 0, then `unit` and `evidence`, and, where it takes covariates, `effects`.
    """

    __slots__ = ()

    KIND: ClassVar[str]  # its name in documents and commands
    TITLE: ClassVar[str]  # its name for people
    WHOLE: ClassVar[tuple[str, ...]] = ()  # whole numbers from 1 up that go with them, held fixed by draws
    unit: TimeUnit

    def __post_init__(self) -> None:
        for name in self.NAMES:
            value = getattr(self, name)
            if not (np.isfinite(value) and value > 0):
                raise ArgumentRefused(
                    f"{name} = {value!r}", where=type(self).__name__, remedy="Give a finite number above 0"
                )
        for name in self.WHOLE:
            self.check_whole(name, getattr(self, name))

    @classmethod
    @abstractmethod
    def fit(cls, history: PurchaseHistory, *, weights: Floats | None = None, penalty: float = 0.0) -> Self:
        """Maximum likelihood.

        Args:
            history: Of n customers.
            weights: How many customers each row stands for, shape (n,); one if left out.
            penalty: Precision of a normal prior on the log of each parameter, around a centre that follows the
                data's own time scale, so that the unit changes nothing. 0 for none.

        Raises:
            NotEnoughData: Nobody has bought twice, no time has passed, or all customers are alike.
            DidNotConverge: No optimum was reached; never returns a poor fit.
        """

    @abstractmethod
    def log_likelihood(self, history: PurchaseHistory) -> Floats:
        """Per customer, shape (n,)."""

    @abstractmethod
    def probability_alive(self, history: PurchaseHistory) -> Floats:
        """P(still a customer at T), shape (n,)."""

    @abstractmethod
    def expected_purchases_by(self, history: PurchaseHistory, horizons: Floats) -> Floats:
        """E[purchases in the next so many units] at several horizons of shape (m,), shape (n, m)."""

    @abstractmethod
    def probability_no_purchase(self, history: PurchaseHistory, horizon: float | Floats) -> Floats:
        """P(no purchase in the next `horizon` units), shape (n,); one horizon for all, or each his own, shape (n,)."""

    @abstractmethod
    def purchase_distribution(self, history: PurchaseHistory, horizon: float, most: int) -> Floats:
        """P(0, 1, ..., `most` purchases in the next `horizon` units), shape (n, most + 1)."""

    @abstractmethod
    def simulate(
        self, T: Floats, seed: int, *, horizon: float = 0.0, covariates: Mapping[str, Floats] | None = None
    ) -> Purchases:
        """Repeat purchases of customers of these ages, and of the `horizon` units after, from the model.

        Args:
            T: Age of each customer, shape (n,).
            seed: Same seed, same purchases.
            horizon: Units to go on after T.
            covariates: By name, each of shape (n,), where the model has effects.
        """

    @abstractmethod
    def purchase_counts(
        self, history: PurchaseHistory, theta: Floats, horizons: Floats, repeats: int, keys: NDArray[np.uint64]
    ) -> Floats:
        """Draws of the number of purchases to come.

        Args:
            history: Of n customers.
            theta: Draws of the parameters as `draws` makes them, shape (d, k).
            horizons: Units ahead, one for each of those draws, shape (d,).
            repeats: Draws for each of them.
            keys: Streams of random numbers, one per customer, shape (n,): what a customer gets depends on his alone.

        Returns:
            Shape (n, d * repeats), those of one draw of the parameters side by side.
        """

    @property
    def effects_of(self) -> tuple[Effect, ...]:
        """Effects of covariates; none where the model takes none."""
        found: tuple[Effect, ...] = getattr(self, "effects", ())
        return found

    @property
    def parameters(self) -> Floats:
        """Those of `NAMES`, then the effects of covariates, shape (k,)."""
        plain = [getattr(self, name) for name in self.NAMES]
        return np.array([*plain, *(effect.value for effect in self.effects_of)])

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """As in `parameters`."""
        return (*self.NAMES, *(f"{effect.covariate} on {effect.on}" for effect in self.effects_of))

    def expected_purchases(self, history: PurchaseHistory, horizon: float) -> Floats:
        """E[purchases in the next `horizon` units], shape (n,)."""
        return self.expected_purchases_by(history, self.check_horizons(horizon))[:, 0]

    def expected_purchases_interval(
        self, history: PurchaseHistory, horizon: float, *, level: float = 0.8, seed: int = 1
    ) -> tuple[Floats, Floats]:
        """Bounds of each customer's expected purchases, both of shape (n,): how sure the *mean* is.

        The expectation lies between them in `level` of the cases, so far as the parameters are uncertain. The number
        of purchases itself varies more: see `purchase_quantiles`.

        Args:
            history: Of n customers.
            horizon: Units ahead.
            level: Share of cases, between 0 and 1.
            seed: Of the draws of the parameters.

        Raises:
            ArgumentRefused: The parameters were given, not fitted, or a level that is no share.
        """
        self.check_history(history)
        self.check_whole("seed", seed, least=0)
        if not 0 < level < 1:
            raise ArgumentRefused(f"a level of {level}", where="level", remedy="Give a share between 0 and 1, as 0.8")
        models = [self.with_parameters(theta) for theta in self.draws(PARAMETER_DRAWS, seed)]
        ends = np.empty((2, len(history)))
        for start in range(0, len(history), REPEATS * BLOCK):
            rows = slice(start, start + REPEATS * BLOCK)
            some = history.take(rows)
            expected = [model.expected_purchases(some, horizon) for model in models]
            ends[:, rows] = np.quantile(expected, [0.5 - level / 2, 0.5 + level / 2], axis=0)
        return ends[0], ends[1]

    def purchase_quantiles(
        self, history: PurchaseHistory, horizon: float, levels: ArrayLike, *, seed: int = 1
    ) -> Floats:
        """Quantiles of the number of purchases in the next `horizon` units, shape (n, l): parameters and chance.

        Parameters that were given, not fitted, are taken as certain. What a customer gets depends on his identifier
        and the seed, not on who else is in the history.

        Args:
            history: Of n customers.
            horizon: Units ahead.
            levels: Probabilities from 0 to 1, shape (l,).
            seed: Of the draws.

        Raises:
            ArgumentRefused: A level that is no probability.
        """
        self.check_history(history)
        (span,) = self.check_horizons(horizon)
        self.check_whole("seed", seed, least=0)
        shares = np.atleast_1d(np.asarray(levels, dtype=np.float64))
        if not ((shares >= 0) & (shares <= 1)).all():
            raise ArgumentRefused(
                f"levels of {shares.tolist()}", where="levels", remedy="Give probabilities from 0 to 1"
            )
        certain = self.evidence is None
        theta = np.tile(self.parameters, (PARAMETER_DRAWS, 1)) if certain else self.draws(PARAMETER_DRAWS, seed)
        horizons, keys = np.full(PARAMETER_DRAWS, span), stream_keys(history.customer_id, seed)
        ranks = np.minimum(np.floor(shares * PARAMETER_DRAWS * REPEATS), PARAMETER_DRAWS * REPEATS - 1).astype(np.int64)
        quantiles = np.empty((len(history), shares.size))
        for start in range(0, len(history), BLOCK):
            rows = slice(start, start + BLOCK)
            counts = self.purchase_counts(history.take(rows), theta, horizons, REPEATS, keys[rows])
            counts.partition(np.unique(ranks), axis=1)
            quantiles[rows] = counts[:, ranks]
        return quantiles

    def with_parameters(self, theta: Floats) -> Self:
        """The same model with other parameters, shape (k,), of which no evidence speaks."""
        plain = len(self.NAMES)
        changes: dict[str, object] = {name: float(theta[place]) for place, name in enumerate(self.NAMES)}
        if self.effects_of:
            pairs = zip(self.effects_of, theta[plain:], strict=True)
            changes["effects"] = tuple(replace(effect, value=float(value)) for effect, value in pairs)
        moved: Self = replace(self, evidence=None, **changes)  # type: ignore[type-var]  # every model is a dataclass
        return moved

    def expected_purchases_new_customer(
        self, horizons: Floats | float, covariates: Mapping[str, float] | None = None
    ) -> Floats:
        """E[repeat purchases of a customer who has just bought for the first time], shape (m,); one horizon, (1,)."""
        curve: Floats = self.expected_purchases_by(self.newcomers(np.zeros(1), covariates), np.atleast_1d(horizons))[0]
        return curve

    def purchase_distribution_new_customer(
        self, horizon: float, most: int, covariates: Mapping[str, float] | None = None
    ) -> Floats:
        """P(0, 1, ..., `most` repeat purchases of such a customer by `horizon`), shape (most + 1,)."""
        distribution: Floats = self.purchase_distribution(self.newcomers(np.zeros(1), covariates), horizon, most)[0]
        return distribution

    def discounted_purchases(self, history: PurchaseHistory, horizons: Floats, factors: Floats) -> Floats:
        """Purchases of each step up to the next horizon, weighted by the step's factor and summed, shape (n,).

        Args:
            history: Of n customers.
            horizons: Ends of the steps, ascending, shape (m,).
            factors: Worth of a purchase in each step, shape (m,).
        """
        steps = np.diff(self.expected_purchases_by(history, horizons), axis=1, prepend=0.0)
        discounted: Floats = steps @ factors
        return discounted

    def time_to_next_purchase(self, history: PurchaseHistory, probability: float = 0.5) -> Floats:
        """Units until a next purchase is this probable, dropout included, shape (n,); inf where it never is."""
        from scipy.optimize.elementwise import find_root

        self.check_history(history)
        self.check_probability(probability)
        if not len(history):
            return np.zeros(0)

        def too_silent(log_time: Floats, rows: Floats) -> Floats:
            some = history.take(rows.astype(np.int64))
            return self.probability_no_purchase(some, np.exp(log_time)) - (1 - probability)

        age = np.log(max(float(history.T.max()), 1.0))
        found = find_root(
            too_silent,
            (np.full(len(history), age - SEARCHED), np.full(len(history), age + SEARCHED)),
            args=(np.arange(len(history), dtype=np.float64),),
            tolerances={"xatol": 1e-9, "xrtol": 0.0},
        )
        # who is still too silent at the far end never reaches the probability
        return np.where(found.success, np.exp(found.x), np.inf)

    def alive_path(self, purchase_times: Floats, at: Floats, covariates: Mapping[str, float] | None = None) -> Floats:
        """P(alive) of one customer at each of the times `at`, as it would have been judged then, shape (m,).

        Args:
            purchase_times: Times of purchase occasions, ascending, the first being the customer's first, shape (k,).
            at: Times at which to judge, none before the first purchase, shape (m,).
            covariates: The customer's, where the model has effects.
        """
        times = np.unique(np.asarray(purchase_times, dtype=np.float64))
        moments = np.asarray(at, dtype=np.float64)
        if times.size == 0 or (moments.size and moments.min() < times[0]):
            raise ArgumentRefused(
                "a time before the first purchase", where="alive_path", remedy="Start at the first purchase"
            )
        x = np.searchsorted(times, moments, side="right") - 1
        path = PurchaseHistory.of(x, times[x] - times[0], moments - times[0], unit=self.unit)
        known = {name: np.full(moments.size, value) for name, value in (covariates or {}).items()}
        return self.probability_alive(path.with_covariates(known))

    def to_json(self) -> str:
        """Readable back by `from_json`, to the last bit."""
        return json.dumps({"model": self.KIND, **asdict(self), "unit": self.unit.value}, indent=2)  # type: ignore[call-overload]  # every model is a dataclass

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The model that `to_json` wrote."""
        names = tuple(field.name for field in fields(cls))  # type: ignore[arg-type]  # every model is a dataclass
        found = read_document(text, cls.KIND, names)
        given: dict[str, Any] = {name: float(found[name]) for name in cls.NAMES}
        given |= {name: found[name] for name in cls.WHOLE}
        given["unit"] = TimeUnit.of(found["unit"])
        given["evidence"] = None if found["evidence"] is None else Evidence.from_mapping(found["evidence"])
        if "effects" in names:
            given["effects"] = tuple(Effect.from_mapping(effect) for effect in found["effects"])
        return cls(**given)

    def newcomers(self, T: Floats, covariates: Mapping[str, Floats | float] | None = None) -> PurchaseHistory:
        """Customers of whom nothing but the age is known: no repeat purchase so far, ages of shape (n,)."""
        ages = self.check_horizons(T)
        nothing = np.zeros(ages.size)
        known = {name: np.broadcast_to(value, ages.shape) for name, value in (covariates or {}).items()}
        return PurchaseHistory.of(nothing, nothing, ages, unit=self.unit).with_covariates(known)

    def check_history(self, history: PurchaseHistory) -> None:
        """Refuse what the model cannot speak of.

        Raises:
            ArgumentRefused: No history, or one in another unit.
        """
        PurchaseHistory.accept(history)
        history.expect_unit(self.unit, self.TITLE)

    @staticmethod
    def check_horizons(horizons: Floats | float) -> Floats:
        """As an array, shape (m,).

        Raises:
            ArgumentRefused: One is no number, negative or not finite.
        """
        try:
            spans = np.atleast_1d(np.asarray(horizons, dtype=np.float64))
        except (TypeError, ValueError) as error:
            raise ArgumentRefused(
                f"a horizon or age of {horizons!r}",
                where="horizon",
                remedy="Give a number, in the model's unit of time: 90.0, not '90d'",
            ) from error
        if not (np.isfinite(spans).all() and (spans >= 0).all()):
            raise ArgumentRefused(
                f"a horizon or age among {horizons}", where="horizon", remedy="Give finite times from 0 on"
            )
        return spans

    @classmethod
    def check_whole(cls, name: str, value: object, least: int = 1) -> None:
        """Refuse what is no count.

        Raises:
            ArgumentRefused: Not a whole number from `least` up.
        """
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
            raise ArgumentRefused(
                f"{name} = {value!r}", where=cls.__name__, remedy=f"Give a whole number from {least} up"
            )

    @staticmethod
    def check_probability(probability: float) -> None:
        """Refuse what no time can be found for.

        Raises:
            ArgumentRefused: Not between 0 and 1.
        """
        if not 0 < probability < 1:
            raise ArgumentRefused(
                f"a probability of {probability}", where="time_to_next_purchase", remedy="Give one between 0 and 1"
            )

    def _also(self) -> list[str]:
        return [*(f"{name}={getattr(self, name)}" for name in self.WHOLE), f"unit={self.unit.value!r}"]
