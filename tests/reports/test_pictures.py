import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event, Thread
from xml.etree import ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from clove.kernel.money import Currency
from clove.reports import pictures
from clove.reports.contents import Cohorts
from clove.reports.palette import ALL, DEEPEST, EXPECTED, INK, PAPER, QUIET, WASH
from clove.reports.pictures.canvas import our_style
from clove.reports.pictures.cohorts import latest, partial
from clove.reports.pictures.histories import crosses_one
from clove.reports.pictures.trust import chance_band, logarithmic
from clove.reports.spread import Concentration, ValueBins

GBP = Currency("GBP")


@pytest.fixture(name="drawings", scope="module")
def _drawings(sample):
    clv = sample.columns.clv
    return {
        "value_distribution": pictures.value_distribution(ValueBins.of(clv), GBP),
        "concentration": pictures.concentration(Concentration.of(clv)),
        "segment_values": pictures.segment_values(sample.segments, GBP),
        "segment_shares": pictures.segment_shares(sample.segments),
        "cohort_retention": pictures.cohort_retention(sample.cohorts),
        "decile_calibration": pictures.decile_calibration(sample.holdout, GBP),
        "purchase_calibration": pictures.purchase_calibration(sample.holdout.groups),
        "pit_histogram": pictures.pit_histogram(sample.holdout),
        "alive_map": pictures.alive_map(sample.map),
        "purchases_map": pictures.purchases_map(sample.map),
        "row_outcomes": pictures.row_outcomes(sample.quality),
    }


def test_every_picture_is_a_figure_and_valid_svg(drawings):
    assert set(drawings) <= set(pictures.__all__)
    for name, figure in drawings.items():
        assert isinstance(figure, Figure)
        root = ET.fromstring(pictures.svg(figure, name=name, title=name, description="d"))  # noqa: S314  ours
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert root.get("role") == "img"


def test_svg_is_stable_named_and_prefixed(sample):
    def draw():
        figure = pictures.pit_histogram(sample.holdout)
        return pictures.svg(figure, name="one", title="A & <b>", description="c")

    text = draw()
    assert text == draw()
    assert "A &amp; &lt;b&gt;</title>" in text
    assert all(found.startswith("one-") for found in re.findall(r' id="([^"]*)"', text))
    assert all(found.startswith("one-") for found in re.findall(r'(?:href="#|url\(#)([^")]*)', text))
    assert "<style" not in text
    assert "metadata" not in text


def test_the_users_own_matplotlib_settings_neither_matter_nor_change(sample):
    before = pictures.svg(pictures.segment_values(sample.segments, GBP))
    with mpl.rc_context({"font.size": 30, "svg.fonttype": "path", "axes.grid": False, "figure.dpi": 300}):
        after = pictures.svg(pictures.segment_values(sample.segments, GBP))
        assert mpl.rcParams["font.size"] == 30
        assert mpl.rcParams["svg.fonttype"] == "path"
    assert after == before


def test_pictures_drawn_at_once_in_several_threads_are_the_same(sample):
    def draw(_):
        return pictures.svg(pictures.segment_values(sample.segments, GBP))

    before, settings = draw(0), dict(mpl.rcParams)
    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(draw, range(12))) == {before}
    assert dict(mpl.rcParams) == settings


def test_one_thread_at_a_time_changes_the_settings():
    entered = Event()

    def enter():
        with our_style():
            entered.set()

    other = Thread(target=enter)
    with our_style():
        other.start()
        assert not entered.wait(0.1)
    other.join(10)
    assert entered.is_set()


def test_two_dollar_signs_are_money_and_not_a_formula(sample):
    odd = (replace(sample.segments[0], name="$5 to $9"), *sample.segments[1:])
    text = pictures.svg(pictures.segment_values(odd, Currency("USD")))
    assert "$6.88M" in text
    assert "$5 to $9" in text


def test_nothing_to_draw_says_so(sample):
    assert "nobody holds a share" in pictures.svg(pictures.concentration(None))
    alone = Cohorts(("2011-12",), np.array([5]), np.ones((1, 1)), last_is_partial=True)
    assert "No cohort has a month after its first yet" in pictures.svg(pictures.cohort_retention(alone))


def test_the_latest_cohorts_keep_their_own_figures():
    retention = np.full((30, 30), np.nan)
    for row in range(30):
        retention[row, : 30 - row] = row / 100
    cohorts = Cohorts(tuple(f"{2009 + m // 12}-{m % 12 + 1:02d}" for m in range(30)), np.arange(30), retention, True)
    months, sizes, shares = latest(cohorts)
    assert months[0] == "2009-07"
    assert sizes.tolist() == list(range(6, 30))
    assert shares.shape == (24, 23)
    assert shares[0, 0] == 0.06
    cut = partial(cohorts, shares)
    assert cut.sum() == 23
    assert all(cut[row, 22 - row] for row in range(23))


def test_a_last_month_that_is_over_has_no_star(make_cohorts):
    whole = make_cohorts(5)
    whole = Cohorts(whole.months, whole.sizes, whole.retention, last_is_partial=False)
    assert "*" not in pictures.svg(pictures.cohort_retention(whole))


def test_a_tiny_cohort_is_grey_and_does_not_set_the_scale():
    retention = np.array([[1, 1.0, 0.9], [1, 0.2, np.nan]])
    cohorts = Cohorts(("2011-01", "2011-02"), np.array([2, 500]), retention, last_is_partial=False)
    text = pictures.svg(pictures.cohort_retention(cohorts))
    cells = {label: style for style, label in re.findall(r'<text style="([^"]*)"[^>]*>(\d+)</text>', text)}
    assert QUIET.light in cells["100"]
    assert INK.light in cells["20"]
    depths = [float(depth) for depth in re.findall(rf"fill: {EXPECTED.light}; fill-opacity: ([\d.]+)", text)]
    assert max(depths) == pytest.approx(DEEPEST)
    assert sorted(depths)[:2] == [0.0, 0.0]


def test_groups_show_their_size_and_an_axis_its_scale(sample):
    text = pictures.svg(pictures.purchase_calibration(sample.holdout.groups))
    assert all(f"n={size:,}" in text for size in sample.holdout.group_sizes)
    large = replace(sample.holdout, group_sizes=sample.holdout.group_sizes * 1000)
    assert "n=1.5M" in pictures.svg(pictures.purchase_calibration(large.groups))
    assert "logarithmic" not in text
    assert "value per customer, logarithmic scale" in pictures.svg(pictures.decile_calibration(sample.holdout, GBP))


def test_a_scale_is_logarithmic_only_where_a_straight_one_would_hide_something():
    assert logarithmic(np.array([1.0, 31.0]), np.array([2.0, np.nan]))
    assert not logarithmic(np.array([1.0, 29.0]), np.array([2.0, 0.0]))
    assert not logarithmic(np.zeros(2), np.zeros(2))


def test_one_expected_purchase_is_a_line_on_the_map(sample):
    def widths(drawn):
        return [w for found in drawn.axes[0].collections for w in np.atleast_1d(found.get_linewidths()) if w == 1.5]

    assert crosses_one(sample.map)
    assert len(widths(pictures.purchases_map(sample.map))) == 1
    rare = replace(sample.map, expected_purchases=sample.map.expected_purchases / 1000)
    assert not crosses_one(rare)
    assert not widths(pictures.purchases_map(rare))


def test_chance_band_holds_nine_of_ten_bars_of_an_honest_forecast():
    rng = np.random.default_rng(5)
    low, high = chance_band(1000)
    bars = rng.multinomial(1000, np.full(10, 0.1), 2000) / 1000
    assert np.mean((bars >= low) & (bars <= high)) == pytest.approx(0.9, abs=0.02)


def luminance(colour):
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.03928, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4) @ [
        0.2126,
        0.7152,
        0.0722,
    ]


def contrast(a, b):
    dark, light = sorted((luminance(a), luminance(b)))
    return (light + 0.05) / (dark + 0.05)


def blend(over, under, opacity):
    parts = [round(int(over[i : i + 2], 16) * opacity + int(under[i : i + 2], 16) * (1 - opacity)) for i in (1, 3, 5)]
    return "#" + "".join(f"{part:02x}" for part in parts)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_has_enough_contrast_on_either_paper(mode):
    for colour in ALL:
        if colour.name in {"rule", "paper", "wash"}:
            continue
        for paper in (PAPER, WASH):
            assert contrast(getattr(colour, mode), getattr(paper, mode)) >= 4.5, colour.name
    deepest = blend(getattr(EXPECTED, mode), getattr(PAPER, mode), DEEPEST)
    assert contrast(getattr(INK, mode), deepest) >= 4.45
