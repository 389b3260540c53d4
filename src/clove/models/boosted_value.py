"""What behaviour adds to a purchase model: trees and a line correct its expectation, never replace it."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Self

import numpy as np

from clove.kernel.arrays import Floats, Ints
from clove.kernel.errors import NotEnoughData
from clove.models.boosted_folds import (
    FOLDS,
    FORMS,
    NEVER,
    SMALLEST,
    TWEEDIE,
    Examples,
    Fold,
    apply,
    learn,
    level_of,
    log_odds,
)
from clove.models.documents import read_document
from clove.models.tree_settings import UNTUNED, TreeSettings
from clove.models.trees import digest, expect_digest
from clove.models.tweedie_regression import TweedieRegression

FEWEST_ROWS = 500
FEWEST_BUYERS = 100  # rows with a target above 0
BANDS = 12  # of the expected value, within which outcomes are spread alike
POINTS = 256  # of the spread of each band


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """A forecast for n customers: nothing with probability 1 - active, else expected / active times a ratio."""

    expected: Floats  # (n,) money over the window
    active: Floats  # (n,) probability of any
    band: Ints  # (n,) row of `BoostedValue.ratios`
    raised: Floats  # (n,) log of the probability of any in a window of the model's over that of the purchase model
    faded: float = 1.0  # factor in all of `expected` by which the level of the windows has faded

    def take(self, rows: Ints) -> Self:
        """Of some of them."""
        return type(self)(self.expected[rows], self.active[rows], self.band[rows], self.raised[rows], self.faded)


@dataclass(frozen=True, slots=True)
class BoostedValue:
    """Two corrections of a purchase model's expected spend, averaged: boosted trees and a line on logs.

    Both start from the purchase model's expectation as an offset, and so learn only what it misses.
    """

    KIND: ClassVar[str] = "boosted-value"

    tree_features: tuple[str, ...]
    line_features: tuple[str, ...]
    form: str  # of the trees' mean, one of FORMS
    folds: tuple[Fold, ...]
    start: float  # of the trees: what came over what was expected, of those whom the form's trees are learnt from
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
        form: str = FORMS[0],
    ) -> "Learnt":
        """One form of `fit_forms`."""
        return cls.fit_forms(
            examples,
            tree_features=tree_features,
            line_features=line_features,
            window_days=window_days,
            seed=seed,
            trees=trees,
            forms=(form,),
        )[form]

    @classmethod
    def fit_forms(
        cls,
        examples: Examples,
        *,
        tree_features: tuple[str, ...],
        line_features: tuple[str, ...],
        window_days: float,
        seed: int = 1,
        trees: TreeSettings = UNTUNED,
        forms: tuple[str, ...] = FORMS,
    ) -> "dict[str, Learnt]":
        """Learn each fold's correction from the other folds, and the spread of outcomes from those left out.

        Args:
            examples: Whose windows have all ended.
            tree_features: Names of their columns.
            line_features: The same for the line.
            window_days: Length of the windows.
            seed: Same seed, same model.
            trees: Settings of all boosters.
            forms: Of the trees' mean, each of which becomes a model.

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
        starts = {form: level_of(form, examples) for form in forms}
        with ThreadPoolExecutor(FOLDS) as pool:  # LightGBM lets other threads run
            learnt = list(
                pool.map(
                    lambda fold: learn(examples.take(examples.fold != fold), starts, seed + fold, trees), range(FOLDS)
                )
            )
        found = {}
        for form, start in starts.items():
            folds = tuple(each[form] for each in learnt)
            outlook, edges, ratios = _unseen(form, folds, examples, start)
            model = cls(
                tree_features,
                line_features,
                form,
                folds,
                start,
                level_of(TWEEDIE, examples),
                float(outlook.expected.sum() / examples.expected.sum()),
                tuple(map(float, edges)),
                tuple(tuple(map(float, row)) for row in ratios),
                window_days,
                examples.spend.size,
                int(bought.sum()),
                trees,
            )
            found[form] = Learnt(model, outlook)
        return found

    def forecast(self, examples: Examples) -> Outlook:
        """For customers as of now, over a window of the length it learnt from; their spend is not read."""
        expected, active = apply(self.form, self.folds, examples, self.start)
        return Outlook(expected, active, np.searchsorted(self.edges, expected), _raised(active, examples))

    def amounts(self, outlook: Outlook) -> Floats:
        """Equally likely amounts of each customer who buys, shape (n, POINTS)."""
        amounts: Floats = (outlook.expected / outlook.active)[:, None] * np.array(self.ratios)[outlook.band]
        return amounts

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
        shift = log_odds(outlook.active) - log_odds(active[0])
        likely = np.maximum(expit(log_odds(active[1]) + shift), NEVER)
        faded = self.lift ** float(kept - 1)
        return Outlook(outlook.expected * growth * faded, likely, outlook.band, outlook.raised, faded)

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
            str(document["form"]),
            tuple(
                Fold(str(fold["value"]), str(fold["active"]), TweedieRegression.from_mapping(fold["line"]))
                for fold in document["folds"]
            ),
            float(document["start"]),
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


def _unseen(form: str, folds: tuple[Fold, ...], examples: Examples, start: float) -> tuple[Outlook, Floats, Floats]:
    """What each fold says of customers it has not seen; edges of the bands, (b - 1,), and their ratios, (b, POINTS)."""
    expected, active = np.empty(examples.spend.size), np.empty(examples.spend.size)
    for fold, learnt in enumerate(folds):
        rows = examples.fold == fold
        expected[rows], active[rows] = apply(form, (learnt,), examples.take(rows), start)
    bought = examples.spend > 0
    edges = np.unique(np.quantile(expected[bought], np.linspace(0, 1, BANDS + 1)[1:-1]))
    edges = edges[edges < expected[bought].max()]  # customers who are alike leave fewer bands than there could be
    band = np.searchsorted(edges, expected)
    ratio = examples.spend[bought] / (expected / active)[bought]
    points = (np.arange(POINTS) + 0.5) / POINTS
    quantiles = np.stack([np.quantile(ratio[band[bought] == each], points) for each in range(edges.size + 1)])
    # the mean is the correction's business: the spread only says how outcomes lie around it
    quantiles /= quantiles.mean(axis=1, keepdims=True)
    return Outlook(expected, active, band, _raised(active, examples)), edges, quantiles


def _raised(active: Floats, examples: Examples) -> Floats:
    return np.log(active) - np.log(np.maximum(examples.active, NEVER))
