"""Diagnostics of a fitted model as Matplotlib figures: what the report draws, on paper of their own and with a title.

Reached as `clove.plots`. Every function returns a `matplotlib.figure.Figure` that belongs to no window, and neither
shows nor saves it: a notebook draws the last one of a cell, `figure.savefig("name.png")` writes it. All work with every
purchase model. Pale blue is the interval that holds eight cases of ten; it is missing where parameters were given, not
fitted, and nothing but them is uncertain. The numbers behind the figures are in `clove.valuation`.
"""

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from numpy.typing import ArrayLike

from clove.kernel.arrays import Floats
from clove.kernel.errors import ArgumentRefused
from clove.kernel.money import Currency
from clove.models.gamma_gamma import GammaGamma
from clove.models.history import PurchaseHistory
from clove.models.purchase_model import PurchaseModel
from clove.reports import pictures
from clove.reports.palette import INK, PAPER
from clove.reports.shown import plural, units
from clove.valuation.calibration import By, GroupCalibration
from clove.valuation.curves import AlivePath, NewCustomerCurve
from clove.valuation.frequency_recency import FrequencyRecencyMap
from clove.valuation.heterogeneity import Heterogeneity
from clove.valuation.parameter_draws import ParameterCloud
from clove.valuation.repeat_distribution import MOST, RepeatDistribution
from clove.valuation.repeat_purchases import RepeatPurchases
from clove.valuation.spend_fit import SpendFit
from clove.valuation.tracking import Tracking

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LETTERS_PER_INCH = 10.7  # of the title

__all__ = [
    "calibration",
    "cumulative_transactions",
    "customer_exposure",
    "dropout_heterogeneity",
    "expected_repeat_purchases",
    "frequency_recency_matrix",
    "history_alive",
    "incremental_transactions",
    "parameter_uncertainty",
    "period_transactions",
    "probability_alive_matrix",
    "purchase_rate_heterogeneity",
    "spend_fit",
]


def probability_alive_matrix(model: PurchaseModel, history: PurchaseHistory, *, seed: int = 1) -> "Figure":
    """Chance of still being a customer, by repeat purchases and time since the last one.

    Drawn for the base's longest common age, not for every customer's own. The line of even chances is drawn, and
    dashed the lines between which it lies so far as the data tell.

    Args:
        model: Fitted, in the history's unit.
        history: The base.
        seed: Of the dashed lines.
    """
    seen = FrequencyRecencyMap.of(model, history, 1.0, seed=seed)
    age = _span(seen.age, history)
    return _titled(
        pictures.alive_map(seen), f"{model.TITLE}: chance of still being a customer, {age} after the first purchase"
    )


def frequency_recency_matrix(
    model: PurchaseModel, history: PurchaseHistory, horizon: float, *, seed: int = 1
) -> "Figure":
    """Purchases expected over the horizon, by repeat purchases and time since the last one.

    Drawn for the base's longest common age. Where one purchase is expected a line is drawn, and dashed the lines
    between which it lies so far as the data tell.

    Args:
        model: Fitted, in the history's unit.
        history: The base.
        horizon: Units ahead.
        seed: Of the dashed lines.
    """
    seen = FrequencyRecencyMap.of(model, history, horizon, seed=seed)
    title = f"{model.TITLE}: purchases expected in the next {_span(horizon, history)}"
    return _titled(pictures.purchases_map(seen), f"{title}, {_span(seen.age, history)} after the first purchase")


def period_transactions(model: PurchaseModel, history: PurchaseHistory, *, most: int = MOST, seed: int = 1) -> "Figure":
    """Customers who bought again never, once, twice, ..., beside bases of the same ages simulated from the model.

    Args:
        model: Fitted to the history.
        history: The base.
        most: Repeat purchases that the last group counts from.
        seed: Of the simulations.
    """
    counts = RepeatDistribution.of(model, history, most=most, seed=seed)
    customers = plural(len(history), "customer")
    return _titled(
        pictures.repeat_distribution(counts), f"{model.TITLE}: {customers} by repeat purchases, expected and actual"
    )


@runtime_checkable
class Split(Protocol):
    """What `clove.calibration_and_holdout` returns, so far as a picture of it goes."""

    @property
    def history(self) -> PurchaseHistory:
        """What was known at the end of the calibration, of n customers."""

    @property
    def purchases(self) -> Floats:
        """Purchase occasions of each in the holdout, shape (n,)."""

    @property
    def horizon(self) -> float:
        """Length of the holdout, in the history's unit."""


def calibration(
    model: PurchaseModel,
    history: PurchaseHistory | Split,
    holdout_purchases: ArrayLike | None = None,
    horizon: float | None = None,
    *,
    by: By = "frequency",
    seed: int = 1,
) -> "Figure":
    """Mean purchases in the holdout by kind of customer, forecast and actual.

    The interval is of the mean of what comes to a group, so it narrows with the size of the group.

    Args:
        model: Fitted to the history.
        history: What `clove.calibration_and_holdout` returned; or what was known at the end of the calibration, and
            then the two that follow as well.
        holdout_purchases: Purchase occasions of each customer in the holdout, shape (n,).
        horizon: Length of the holdout, in the history's unit.
        by: `"frequency"`, `"recency"`, `"T"`, or `"silence"`, the time since the last purchase.
        seed: Of the intervals.

    Raises:
        ArgumentRefused: A history alone.
    """
    if isinstance(history, Split):
        return calibration(model, history.history, history.purchases, history.horizon, by=by, seed=seed)
    PurchaseHistory.accept(history)
    if holdout_purchases is None or horizon is None:
        raise ArgumentRefused(
            "a history without its holdout",
            where="calibration",
            remedy="Give what clove.calibration_and_holdout returned, or the purchases and length of the holdout, too",
        )
    groups = GroupCalibration.of(model, history, holdout_purchases, horizon, by=by, seed=seed)
    title = f"{model.TITLE}: purchases in a holdout of {_span(horizon, history)}, forecast and actual"
    return _titled(pictures.purchase_calibration(groups), title)


def cumulative_transactions(
    model: PurchaseModel, purchases: RepeatPurchases, history: PurchaseHistory | None = None, *, seed: int = 1
) -> "Figure":
    """Repeat purchases of the base since its first one, expected of new customers and actual.

    Args:
        model: Fitted, in the unit of the purchases.
        purchases: From `clove.transaction_counts`, or `RepeatPurchases.of`.
        history: Of the same customers; needed where the model has effects of covariates.
        seed: Of the band.
    """
    tracking = Tracking.of(model, purchases, history, seed=seed)
    return _titled(pictures.cumulative_tracking(tracking), f"{_tracked(model, tracking)}, added up")


def incremental_transactions(
    model: PurchaseModel, purchases: RepeatPurchases, history: PurchaseHistory | None = None, *, seed: int = 1
) -> "Figure":
    """Repeat purchases of the base period by period, expected of new customers and actual.

    Args:
        model: Fitted, in the unit of the purchases.
        purchases: From `clove.transaction_counts`, or `RepeatPurchases.of`.
        history: Of the same customers; needed where the model has effects of covariates.
        seed: Of the band.
    """
    tracking = Tracking.of(model, purchases, history, seed=seed)
    return _titled(pictures.incremental_tracking(tracking), f"{_tracked(model, tracking)}, by period")


def history_alive(
    model: PurchaseModel,
    purchase_times: ArrayLike,
    until: float,
    *,
    covariates: Mapping[str, float] | None = None,
    seed: int = 1,
) -> "Figure":
    """Chance of one customer to be a customer, as it would have been judged at each moment.

    Args:
        model: Fitted.
        purchase_times: Of the customer's purchase occasions, in the model's unit from any origin, shape (k,).
        until: End of the path, in the same count of time.
        covariates: The customer's, where the model has effects.
        seed: Of the band.
    """
    path = AlivePath.of(model, purchase_times, until, covariates=covariates, seed=seed)
    occasions = plural(path.purchases.size, "purchase")
    return _titled(pictures.alive_path(path), f"{model.TITLE}: chance that a customer with {occasions} still is one")


def expected_repeat_purchases(
    model: PurchaseModel, until: float, *, covariates: Mapping[str, float] | None = None, seed: int = 1
) -> "Figure":
    """Repeat purchases expected of a new customer, by age.

    Args:
        model: Fitted.
        until: The oldest age, in the model's unit.
        covariates: The customer's, where the model has effects.
        seed: Of the band.
    """
    curve = NewCustomerCurve.of(model, until, covariates=covariates, seed=seed)
    return _titled(pictures.new_customer_curve(curve), f"{model.TITLE}: repeat purchases expected of a new customer")


def purchase_rate_heterogeneity(
    model: PurchaseModel, *, covariates: Mapping[str, float] | None = None, seed: int = 1
) -> "Figure":
    """How often customers buy while they are customers, from the rarest to the most frequent.

    Args:
        model: Fitted.
        covariates: Of the customers, where the model has effects.
        seed: Of customers and band.
    """
    found = Heterogeneity.of(model, covariates=covariates, seed=seed)
    return _titled(
        pictures.rate_heterogeneity(found), f"{model.TITLE}: how much customers differ in how often they buy"
    )


def dropout_heterogeneity(
    model: PurchaseModel, *, covariates: Mapping[str, float] | None = None, seed: int = 1
) -> "Figure":
    """How readily customers leave, from the most loyal on.

    Args:
        model: Fitted.
        covariates: Of the customers, where the model has effects.
        seed: Of customers and band.
    """
    found = Heterogeneity.of(model, covariates=covariates, seed=seed)
    return _titled(pictures.dropout_heterogeneity(found), f"{model.TITLE}: how much customers differ in leaving")


def spend_fit(model: GammaGamma, history: PurchaseHistory, *, currency: str = "", seed: int = 1) -> "Figure":
    """Repeat customers by their mean spend, beside what the model says of customers who bought as often.

    Args:
        model: Fitted to the history.
        history: The base, with monetary values.
        currency: Its code, such as `"EUR"`; bare amounts if left out.
        seed: Of the band.
    """
    fit = SpendFit.of(model, history, seed=seed)
    customers = plural(int(fit.actual.sum()), "repeat customer")
    return _titled(
        pictures.spend_fit(fit, Currency(currency)), f"Gamma-Gamma: spend of {customers}, expected and actual"
    )


def parameter_uncertainty(model: PurchaseModel | GammaGamma, *, seed: int = 1) -> "Figure":
    """How sure the parameters are: each one's draws with estimate and interval, and the draws of each pair.

    Args:
        model: Fitted.
        seed: Of the draws.

    Raises:
        ArgumentRefused: The parameters were given, not fitted.
    """
    name = model.TITLE if isinstance(model, PurchaseModel) else "Gamma-Gamma"
    return _titled(
        pictures.parameter_uncertainty(ParameterCloud.of(model, seed=seed)), f"{name}: how sure the parameters are"
    )


def customer_exposure(history: PurchaseHistory) -> "Figure":
    """For how long customers are known, and for how long they went on buying: a line for each, or for some of many."""
    return _titled(pictures.customer_exposure(history), "Customers from their first purchase on")


def _tracked(model: PurchaseModel, tracking: Tracking) -> str:
    return f"{model.TITLE}: repeat purchases of {plural(tracking.customers, 'customer')}, expected and actual"


def _span(length: float, history: PurchaseHistory) -> str:
    rounded = round(length, 1)
    return f"{rounded:,.4g} {history.unit.value if rounded == 1 else units(history.unit)}"


def _titled(figure: "Figure", title: str) -> "Figure":
    """On white paper, since a notebook may be dark, and with the words that a report puts above."""
    letters = max(int(figure.get_figwidth() * LETTERS_PER_INCH), 20)
    figure.patch.set(visible=True, facecolor=PAPER.light)
    figure.suptitle("\n".join(textwrap.wrap(title, letters)), x=0.01, ha="left", fontsize=12, color=INK.light)
    return figure
