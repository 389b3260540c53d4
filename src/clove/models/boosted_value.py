"""What behaviour adds to a purchase model: trees and a line correct its expectation, never replace it."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Self

import numpy as np

from clove.kernel.arrays import Bools, Floats, Ints
from clove.kernel.errors import NotEnoughData
from clove.models.documents import read_document
from clove.models.tree_settings import UNTUNED, TreeSettings
from clove.models.trees import digest, expect_digest, grown
from clove.models.tweedie_regression import POWER, TweedieRegression

FOLDS = 3  # by customer: whoever is in one is forecast by the others
FEWEST_ROWS = 500
FEWEST_BUYERS = 100  # rows with a target above 0
BANDS = 12  # of the expected value, within which outcomes are spread alike
POINTS = 256  # of the spread of each band
SMALLEST = 1e-6  # of an expectation, in money: a logarithm needs one
NEVER = 1e-9  # the same of a probability


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Customers as of dates in the past, and what they then spent; n rows, a customer in several of them."""

    trees: Floats  # (n, f) features, nan where unknown
    line: Floats  # (n, g) features of the line, finite
    expected: Floats  # (n,) spend that the purchase model expected of the window
    active: Floats  # (n,) probability of a purchase in it, by the purchase model
    spend: Floats  # (n,) what came
    fold: Ints  # (n,) from 0 to FOLDS - 1, the same for all rows of a customer

    def take(self, rows: Bools | Ints) -> Self:
        """Some of them."""
        return type(self)(
            self.trees[rows], self.line[rows], self.expected[rows], self.active[rows], self.spend[rows], self.fold[rows]
        )


@dataclass(frozen=True, slots=True)
class Fold:
    """What was learnt without a third of the customers."""

    value: str  # LightGBM's text: log of the factor on the expected spend
    active: str  # LightGBM's text: shift of the log odds of a purchase
    line: TweedieRegression


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """A forecast for n customers: nothing with probability 1 - active, else expected / active times a ratio."""

    expected: Floats  # (n,) money over the window
    active: Floats  # (n,) probability of any
    band: Ints  # (n,) row of `BoostedValue.ratios`
    faded: float = 1.0  # factor in all of `expected` by which the level of the windows has faded

    def take(self, rows: Ints) -> Self:
        """Of some of them."""
        return type(self)(self.expected[rows], self.active[rows], self.band[rows], self.faded)


@dataclass(frozen=True, slots=True)
class BoostedValue:
    """Two corrections of a purchase model's expected spend, averaged: boosted trees and a line on logs.

    Both start from the purchase model's expectation as an offset, and so learn only what it misses.
    """

    KIND: ClassVar[str] = "boosted-value"

    tree_features: tuple[str, ...]
    line_features: tuple[str, ...]
    folds: tuple[Fold, ...]
    level: float  # spend that came / spend that was expected, over all examples
    lift: float  # what all corrections together come to on customers unseen: a season or a trend of those windows
    edges: tuple[float, ...]  # of the expected value, between the bands, of which there are BANDS at most
    ratios: tuple[tuple[float, ...], ...]  # (bands, POINTS) quantiles of spend / (expected / active), mean 1 by band
    window_days: float  # length of the windows it learnt from
    rows: int
    buyers: int
    settings: TreeSettings

    @classmethod
    def fit(
        cls,
        examples: Examples,
        *,
        tree_features: tuple[str, ...],
        line_features: tuple[str, ...],
        window_days: float,
        seed: int = 1,
        trees: TreeSettings = UNTUNED,
    ) -> "Learnt":
        """Learn each fold's correction from the other folds, and the spread of outcomes from those left out.

        Args:
            examples: Whose windows have all ended.
            tree_features: Names of their columns.
            line_features: The same for the line.
            window_days: Length of the windows.
            seed: Same seed, same model.
            trees: Settings of both boosters.

        Raises:
            NotEnoughData: Too few rows, or too few with a purchase.
        """
        bought = examples.spend > 0
        if examples.spend.size < FEWEST_ROWS or bought.sum() < FEWEST_BUYERS:
            raise NotEnoughData(
                f"{examples.spend.size:,} examples, {int(bought.sum()):,} of them with a purchase; "
                f"{FEWEST_ROWS} and {FEWEST_BUYERS} are needed",
                where="BoostedValue.fit",
                remedy="Give a longer history",
            )
        level = float(examples.spend.sum() / np.maximum(examples.expected, SMALLEST).sum())
        with ThreadPoolExecutor(FOLDS) as pool:  # LightGBM lets other threads run
            folds = tuple(
                pool.map(
                    lambda fold: _learn(examples.take(examples.fold != fold), level, seed + fold, trees), range(FOLDS)
                )
            )
        unseen = np.empty(examples.spend.size), np.empty(examples.spend.size)
        for fold, learnt in enumerate(folds):
            rows = examples.fold == fold
            unseen[0][rows], unseen[1][rows] = _apply((learnt,), examples.take(rows), level)
        expected, active = unseen
        edges = np.unique(np.quantile(expected[bought], np.linspace(0, 1, BANDS + 1)[1:-1]))
        edges = edges[edges < expected[bought].max()]  # customers who are alike leave fewer bands than there could be
        band = np.searchsorted(edges, expected)
        ratio = examples.spend[bought] / (expected / active)[bought]
        points = (np.arange(POINTS) + 0.5) / POINTS
        quantiles = np.stack([np.quantile(ratio[band[bought] == each], points) for each in range(edges.size + 1)])
        # the mean is the correction's business: the spread only says how outcomes lie around it
        quantiles /= quantiles.mean(axis=1, keepdims=True)
        model = cls(
            tree_features,
            line_features,
            folds,
            level,
            float(expected.sum() / examples.expected.sum()),
            tuple(map(float, edges)),
            tuple(tuple(map(float, row)) for row in quantiles),
            window_days,
            examples.spend.size,
            int(bought.sum()),
            trees,
        )
        return Learnt(model, Outlook(expected, active, band))

    def forecast(self, examples: Examples) -> Outlook:
        """For customers as of now, over a window of the length it learnt from; their spend is not read."""
        expected, active = _apply(self.folds, examples, self.level)
        return Outlook(expected, active, np.searchsorted(self.edges, expected))

    def stretched(
        self, outlook: Outlook, expected: tuple[Floats, Floats], active: tuple[Floats, Floats], days: float
    ) -> Outlook:
        """The same customers over another horizon, along the purchase model's own curve.

        What customers' corrections have in common belongs to the windows it was learnt from, such as an autumn. It
        fades out between one window's length and two: a year is not a longer autumn.

        Args:
            outlook: Of a window.
            expected: Spend that the purchase model expects of the window, and of the horizon, each of shape (n,).
            active: Its probability of a purchase in the window, and within the horizon, each of shape (n,).
            days: Length of the horizon.
        """
        from scipy.special import expit

        growth = np.maximum(expected[1], SMALLEST) / np.maximum(expected[0], SMALLEST)
        kept = np.clip(2 - days / self.window_days, 0.0, 1.0)
        shift = _log_odds(outlook.active) - _log_odds(active[0])
        likely = np.maximum(expit(_log_odds(active[1]) + shift), NEVER)
        faded = self.lift ** float(kept - 1)
        return Outlook(outlook.expected * growth * faded, likely, outlook.band, faded)

    def to_json(self) -> str:
        """Readable back by `from_json`, to the last bit; trees in LightGBM's own portable text."""
        return json.dumps({"model": self.KIND, **asdict(self), "sha256": digest(*self._texts())}, indent=2)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The model that `to_json` wrote."""
        document: dict[str, Any] = read_document(text, cls.KIND, (*(each.name for each in fields(cls)), "sha256"))
        model = cls(
            tuple(map(str, document["tree_features"])),
            tuple(map(str, document["line_features"])),
            tuple(
                Fold(str(fold["value"]), str(fold["active"]), TweedieRegression.from_mapping(fold["line"]))
                for fold in document["folds"]
            ),
            float(document["level"]),
            float(document["lift"]),
            tuple(map(float, document["edges"])),
            tuple(tuple(map(float, row)) for row in document["ratios"]),
            float(document["window_days"]),
            int(document["rows"]),
            int(document["buyers"]),
            TreeSettings.from_mapping(document["settings"]),
        )
        expect_digest(document["sha256"], *model._texts(), where=cls.KIND)
        return model

    def _texts(self) -> tuple[str, ...]:
        return tuple(text for fold in self.folds for text in (fold.value, fold.active))


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """A fitted model, and what its folds say of the examples that they have not seen."""

    model: BoostedValue
    unseen: Outlook


def _learn(examples: Examples, level: float, seed: int, settings: TreeSettings) -> Fold:
    import lightgbm

    expected = np.maximum(examples.expected, SMALLEST)
    scale = float(examples.spend.mean())
    trees = {**settings.parameters, "seed": seed}
    data = lightgbm.Dataset(examples.trees, examples.spend / scale, init_score=np.log(expected * level / scale))
    value = lightgbm.train({**trees, "objective": "tweedie", "tweedie_variance_power": POWER}, data, settings.rounds)
    data = lightgbm.Dataset(examples.trees, (examples.spend > 0) * 1.0, init_score=_log_odds(examples.active))
    active = lightgbm.train({**trees, "objective": "binary"}, data, settings.rounds)
    line = TweedieRegression.fit(examples.line, examples.spend, np.log(expected))
    return Fold(value.model_to_string(), active.model_to_string(), line)


def _apply(folds: tuple[Fold, ...], examples: Examples, level: float) -> tuple[Floats, Floats]:
    """Expected spend and probability of any, each of shape (n,): the mean of the folds' corrections."""
    from scipy.special import expit

    expected = np.maximum(examples.expected, SMALLEST)
    by_trees = np.mean([np.exp(_raw(fold.value, examples.trees)) for fold in folds], axis=0) * level
    by_line = np.mean([fold.line.correction(examples.line) for fold in folds], axis=0)
    shift = np.mean([_raw(fold.active, examples.trees) for fold in folds], axis=0)
    active = np.maximum(expit(_log_odds(examples.active) + shift), NEVER)
    return expected * (by_trees + by_line) / 2, active


def _raw(text: str, features: Floats) -> Floats:
    raw: Floats = np.asarray(grown(text).predict(features, raw_score=True, num_threads=1), np.float64)
    return raw


def _log_odds(probability: Floats) -> Floats:
    held = np.clip(probability, NEVER, 1 - NEVER)
    return np.log(held) - np.log1p(-held)
