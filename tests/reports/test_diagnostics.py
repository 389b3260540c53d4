"""Every diagnostic picture of every model: it draws the arrays that it was given, and bears the smallest inputs."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import clove
from clove.kernel.errors import ArgumentRefused, NotEnoughData
from clove.kernel.period import TimeUnit
from clove.models import BgNbd, GammaGamma, PurchaseHistory
from clove.models.bg_bb import BgBb
from clove.models.mbg_cnbd import MbgCnbd
from clove.models.mbg_nbd import MbgNbd
from clove.models.pareto_nbd import ParetoNbd
from clove.reports import pictures, plots
from clove.reports.page import render
from clove.reports.palette import CAME, EXPECTED
from clove.reports.pictures.tracking import period_words
from clove.valuation.calibration import GroupCalibration
from clove.valuation.curves import AlivePath, NewCustomerCurve
from clove.valuation.frequency_recency import FrequencyRecencyMap
from clove.valuation.parameter_draws import ParameterCloud
from clove.valuation.repeat_distribution import RepeatDistribution
from clove.valuation.repeat_purchases import RepeatPurchases
from clove.valuation.spend_fit import SpendFit
from clove.valuation.tracking import Tracking

MODELS = (BgNbd, MbgNbd, ParetoNbd, MbgCnbd, BgBb)
SPEND = GammaGamma(6.25, 3.74, 15.44)


def base(customers, seed=1, opportunities=False):
    """Customers of a BG/NBD in weeks, or of as many opportunities to buy, with times of purchases and what came."""
    if opportunities:
        model, births = BgBb(1.2, 0.75, 0.66, 2.78), np.repeat([0.0, 4.0], customers)[:customers]
    else:
        model = BgNbd(0.7, 6.0, 0.8, 2.5, TimeUnit.WEEK)
        births = np.random.default_rng(seed).integers(0, 20, customers) / 2
    made = model.simulate(60 - births, seed)
    history = made.history(40 - births, model.unit)
    spend = np.random.default_rng(seed).lognormal(3, 0.5, customers)
    history = replace(history, monetary_value=np.where(history.frequency > 0, spend, np.nan))
    counts = RepeatPurchases.of(
        np.concatenate([np.arange(customers), made.customer]),
        np.concatenate([births, births[made.customer] + made.time]),
        as_of=40,
        until=60,
        unit=model.unit,
    )
    return history, counts, made.between(40 - births, 60 - births)


@pytest.fixture(name="world", scope="module")
def _world():
    return base(400)


@pytest.fixture(name="fitted", scope="module")
def _fitted(world):
    return BgNbd.fit(world[0])


def lines(figure, colour):
    """The points of every line of a colour, shape (p, 2) each."""
    return [line.get_xydata() for line in figure.axes[0].lines if line.get_color() == colour.light]


def bands(figure):
    """The outline of every filled band."""
    return [found.get_paths()[0].vertices for found in figure.axes[0].collections if isinstance(found, PolyCollection)]


def assert_banded(figure, at, low, high):
    (outline,) = bands(figure)
    for x, bottom, top in zip(at, low, high, strict=True):
        ys = outline[np.isclose(outline[:, 0], x), 1]
        assert ys.min() == pytest.approx(bottom, abs=1e-12)
        assert ys.max() == pytest.approx(top, abs=1e-12)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.KIND)
def test_every_picture_of_every_model(model):
    history, counts, later = base(150, opportunities=model is BgBb)
    fitted = model.fit(history)
    for figure in (
        plots.probability_alive_matrix(fitted, history),
        plots.frequency_recency_matrix(fitted, history, 20.0),
        plots.period_transactions(fitted, history),
        plots.calibration(fitted, history, later, 20.0),
        plots.calibration(fitted, history, later, 20.0, by="silence"),
        plots.cumulative_transactions(fitted, counts),
        plots.incremental_transactions(fitted, counts),
        plots.history_alive(fitted, [0.0, 3.0, 9.0], 40.0),
        plots.expected_repeat_purchases(fitted, 40.0),
        plots.purchase_rate_heterogeneity(fitted),
        plots.dropout_heterogeneity(fitted),
        plots.parameter_uncertainty(fitted),
        plots.customer_exposure(history),
    ):
        assert isinstance(figure, Figure)
        assert figure.get_suptitle()
        assert figure.patch.get_visible()
        labels = [axes.get_xlabel() for axes in figure.axes]
        assert any(labels), figure.get_suptitle()
        figure.draw_without_rendering()


def test_the_door_is_reached_from_the_top():
    assert clove.plots is plots
    assert all(callable(getattr(plots, name)) for name in plots.__all__)


def test_a_figure_shows_itself_in_a_notebook(fitted):
    assert plots.expected_repeat_purchases(fitted, 10.0)._repr_png_().startswith(b"\x89PNG")


def test_pyplot_is_left_alone(fitted):
    from matplotlib import pyplot as plt

    figure = plots.expected_repeat_purchases(fitted, 10.0)
    assert not plt.get_fignums()
    assert isinstance(figure, Figure)


def test_tracking_draws_its_arrays(world, fitted):
    tracking = Tracking.of(fitted, world[1])
    for figure, expected, actual, low, high in (
        (pictures.incremental_tracking(tracking), tracking.expected, tracking.actual, tracking.low, tracking.high),
        (
            pictures.cumulative_tracking(tracking),
            tracking.cumulative_expected,
            tracking.cumulative_actual,
            tracking.cumulative_low,
            tracking.cumulative_high,
        ),
    ):
        (blue,), (orange,) = lines(figure, EXPECTED), lines(figure, CAME)
        np.testing.assert_array_equal(blue, np.column_stack([tracking.ends, expected]))
        np.testing.assert_array_equal(orange, np.column_stack([tracking.ends, actual]))
        assert_banded(figure, tracking.ends, low, high)
        assert "known until here" in {text.get_text() for text in figure.axes[0].texts}
        assert figure.axes[0].get_xlabel() == "Weeks since the base's first purchase"


def test_tracking_with_a_calendar_is_drawn_on_dates(world, fitted):
    tracking = replace(Tracking.of(fitted, world[1]), began=datetime.fromisoformat("1997-01-01"))
    figure = pictures.incremental_tracking(tracking)
    (blue,) = lines(figure, EXPECTED)
    from matplotlib.dates import num2date

    assert num2date(blue[0, 0]).date().isoformat() == "1997-01-08"
    assert figure.axes[0].get_xlabel() == "Date"


def test_periods_are_named():
    def words(every, unit):
        counts = RepeatPurchases.of([1, 1], [0.0, 90.0], as_of=60, every=every, unit=unit)
        return period_words(Tracking.of(BgNbd(1.0, 9.0, 1.0, 2.0, TimeUnit.of(unit)), counts))

    assert [words(1, "week"), words(7, "day"), words(1, "day")] == ["a week", "a week", "a day"]
    assert [words(24, "hour"), words(1, "hour"), words(14, "day")] == ["a day", "an hour", "in periods of 14 days"]


def test_calibration_draws_its_arrays(world, fitted):
    history, _, later = world
    groups = GroupCalibration.of(fitted, history, later, 20.0)
    figure = pictures.purchase_calibration(groups)
    (blue,), (orange,) = lines(figure, EXPECTED), lines(figure, CAME)
    np.testing.assert_array_equal(blue[:, 1], groups.predicted)
    np.testing.assert_array_equal(orange[:, 1], groups.actual)
    (interval,) = (
        found.get_segments()
        for found in figure.axes[0].collections
        if isinstance(found, LineCollection) and to_hex(found.get_color()[0]) == EXPECTED.light
    )
    np.testing.assert_array_equal([segment[:, 1] for segment in interval], np.column_stack([groups.low, groups.high]))


def test_the_report_draws_the_same_calibration(sample):
    drawn = pictures.purchase_calibration(sample.holdout.groups)
    (blue,) = lines(drawn, EXPECTED)
    np.testing.assert_array_equal(blue[:, 1], sample.holdout.group_predicted)


def test_period_transactions_draw_their_arrays(world, fitted):
    counts = RepeatDistribution.of(fitted, world[0])
    figure = pictures.repeat_distribution(counts)
    (blue,), (orange,) = lines(figure, EXPECTED), lines(figure, CAME)
    logarithmic = "logarithmic" in figure.axes[0].get_title(loc="left")
    for points, figures in ((blue, counts.expected), (orange, counts.actual)):
        drawn = 10 ** points[:, 1] if logarithmic else points[:, 1]
        np.testing.assert_allclose(drawn[figures > 0], figures[figures > 0])
    assert [tick.get_text() for tick in figure.axes[0].get_xticklabels()] == list(counts.names)


def test_spend_draws_its_arrays(world):
    fit = SpendFit.of(SPEND, world[0])
    figure = pictures.spend_fit(fit)
    assert [bar.get_height() for bar in figure.axes[0].patches] == fit.actual.tolist()
    (blue,) = lines(figure, EXPECTED)
    np.testing.assert_array_equal(blue[:, 1], fit.expected)
    assert_banded(figure, blue[:, 0], fit.low, fit.high)
    assert "USD" in plots.spend_fit(SPEND, world[0], currency="USD").axes[0].get_xlabel()


def test_paths_and_curves_draw_their_arrays(fitted):
    path = AlivePath.of(fitted, [0.0, 2.0, 7.0], 30.0)
    figure = pictures.alive_path(path)
    np.testing.assert_array_equal(lines(figure, EXPECTED)[0], np.column_stack([path.at, path.alive]))
    np.testing.assert_array_equal(lines(figure, CAME)[0][:, 0], path.purchases)
    curve = NewCustomerCurve.of(fitted, 30.0)
    figure = pictures.new_customer_curve(curve)
    np.testing.assert_array_equal(lines(figure, EXPECTED)[0], np.column_stack([curve.at, curve.expected]))
    assert_banded(figure, curve.at, curve.low, curve.high)


def test_parameters_draw_estimates_and_intervals(fitted):
    cloud = ParameterCloud.of(fitted)
    figure = pictures.parameter_uncertainty(cloud)
    assert len(figure.axes) == 10
    diagonal = [axes for axes in figure.axes if axes.get_title()]
    for place, axes in enumerate(diagonal):
        assert axes.get_title().startswith(f"{cloud.names[place]} = ")
        (line,) = axes.lines
        assert line.get_xdata()[0] == cloud.estimates[place]
        spans = [patch.get_bbox() for patch in axes.patches if hasattr(patch, "get_bbox")]
        assert any((span.x0, span.x1) == pytest.approx((cloud.low[place], cloud.high[place])) for span in spans)


def test_a_map_with_intervals_bounds_its_line(world, fitted):
    seen = FrequencyRecencyMap.of(fitted, world[0], 20.0)

    def widths(figure):
        return sorted({w for found in figure.axes[0].collections for w in np.atleast_1d(found.get_linewidths())})

    assert {1.0, 1.5} <= set(widths(pictures.alive_map(seen)))
    bare = replace(seen, alive_interval=None, purchases_interval=None)
    assert 1.5 not in widths(pictures.alive_map(bare))
    assert pictures.alive_map(seen).axes[0].get_xlabel() == "Weeks since the last purchase"


def test_exposure_draws_first_and_last_purchases(world):
    history = world[0].take(np.arange(20))
    figure = pictures.customer_exposure(history)
    grey, orange = (found.get_segments() for found in figure.axes[0].collections if isinstance(found, LineCollection))
    assert sorted(-segment[0, 0] for segment in grey) == sorted(history.T)
    assert sorted(segment[1, 0] - segment[0, 0] for segment in orange) == pytest.approx(sorted(history.recency))
    assert "60 of 400 customers" in pictures.customer_exposure(world[0]).axes[0].get_title(loc="left")


@pytest.mark.parametrize(
    "history",
    [
        PurchaseHistory.of([3], [9.0], [12.0], [20.0], unit="week"),
        PurchaseHistory.of([0], [0.0], [0.0], unit="week"),
        PurchaseHistory.of([0, 0, 1], [0.0, 0.0, 0.5], [1.0, 1.0, 1.0], [1.0, 1.0, 5.0], unit="week"),
    ],
    ids=["one customer", "one who has just come", "hardly any time"],
)
def test_the_smallest_bases_are_drawn(history):
    model = BgNbd(0.7, 6.0, 0.8, 2.5, TimeUnit.WEEK)
    counts = RepeatPurchases.of(np.arange(len(history)), -history.T, as_of=0.0, unit="week")
    figures = [
        plots.probability_alive_matrix(model, history),
        plots.frequency_recency_matrix(model, history, 5.0),
        plots.period_transactions(model, history),
        plots.calibration(model, history, np.zeros(len(history)), 5.0),
        plots.calibration(model, history, np.zeros(len(history)), 5.0, by="T"),
        plots.cumulative_transactions(model, counts),
        plots.incremental_transactions(model, counts),
        plots.history_alive(model, [0.0], 0.0),
        plots.expected_repeat_purchases(model, 0.0),
        plots.customer_exposure(history),
    ]
    if (history.frequency > 0).any():
        figures.append(plots.spend_fit(SPEND, history))
    for figure in figures:
        figure.draw_without_rendering()


def test_nobody_is_nothing_to_draw():
    model = BgNbd(0.7, 6.0, 0.8, 2.5)
    nobody = PurchaseHistory.of([], [], [])
    assert "no customer" in pictures.svg(plots.customer_exposure(nobody))
    with pytest.raises(NotEnoughData):
        plots.probability_alive_matrix(model, nobody)
    with pytest.raises(NotEnoughData):
        plots.spend_fit(SPEND, nobody)
    assert "Nothing was forecast" in pictures.svg(plots.period_transactions(model, nobody))
    assert "Nothing was forecast" in pictures.svg(plots.calibration(model, nobody, [], 5.0))
    with pytest.raises(ArgumentRefused, match="given, not fitted"):
        plots.parameter_uncertainty(model)


def test_a_boundary_fit_is_drawn():
    ages = np.full(80, 30.0)
    rng = np.random.default_rng(2)
    x = rng.poisson(6.0, 80)
    history = PurchaseHistory.of(x, np.where(x > 0, 29.5, 0.0), ages, unit="week")
    model = BgNbd.fit(history)
    assert model.evidence.findings
    counts = RepeatPurchases.of(np.arange(80), np.zeros(80), as_of=30.0, unit="week")
    for figure in (
        plots.parameter_uncertainty(model),
        plots.probability_alive_matrix(model, history),
        plots.period_transactions(model, history),
        plots.dropout_heterogeneity(model),
        plots.purchase_rate_heterogeneity(model),
        plots.expected_repeat_purchases(model, 30.0),
        plots.cumulative_transactions(model, counts),
        plots.calibration(model, history, x, 30.0),
    ):
        figure.draw_without_rendering()


def test_the_page_shows_how_the_model_followed_its_customers(make_report, sample, world, fitted):
    groups = GroupCalibration.of(fitted, world[0], world[2], 20.0)
    tracking = replace(Tracking.of(fitted, world[1]), began=datetime.fromisoformat("2011-01-01"))
    held = replace(
        sample.holdout,
        tracking=tracking,
        frequency_groups=groups.names,
        group_sizes=groups.sizes,
        group_predicted=groups.predicted,
        group_actual=groups.actual,
        group_p10=groups.low,
        group_p90=groups.high,
    )
    page = render(make_report(holdout=held, map=FrequencyRecencyMap.of(fitted, world[0], 20.0)))
    assert "Repeat purchases a week" in page
    assert "Repeat purchases, added up" in page
    assert "The pale bar is where the mean of a group lies" in page
    assert "between the dashed ones" in page
    assert f"<td>{tracking.cumulative_actual[-1]:,.0f}</td>" in page.replace(' class="number"', "")
    assert "Repeat purchases a week" not in render(make_report())
