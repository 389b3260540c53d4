import base64
import hashlib
import math
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest

from clove.kernel.money import Currency
from clove.reports.contents import CustomerColumns, Estimate, FittedParameter, ModelScore
from clove.reports.page import render
from clove.reports.sections.scores import better_baselines, model_table
from clove.reports.sections.summary import summary
from clove.reports.sections.verdict import verdict
from clove.reports.shown import MINUS, rough

VOID = {"meta", "link", "br", "hr", "img", "input", "wbr"}
SVG_LEAVES = {"path", "use", "circle", "rect", "line"}
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}",
    "</style></table></body>",
    "عميل-٤٢",
    "\u202egnp.exe",
    "nul\x00 and bell\x07",
    "客户 🛒",
    "   ",
    "x" * 5000,
)


class Outline(HTMLParser):
    """What a browser would make of the page, as far as a test needs it."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.open, self.faults, self.tags, self.ids = [], [], [], []
        self.attributes, self.headings, self.texts = [], [], []
        self.svgs = []
        self.feed(page)
        self.close()
        self.faults += [f"never closed: {tag}" for tag in self.open]

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "svg":
            self.svgs.append(attributes)

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.faults.append(f"</{tag}> closes {self.open[-3:]}")
        else:
            self.open.pop()

    def handle_data(self, data):
        if "style" not in self.open:
            self.texts.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.texts))


@pytest.fixture(name="outline", scope="module")
def _outline(page):
    return Outline(page)


def section(page, anchor):
    return re.search(rf'<section id="{anchor}".*?</section>', page, re.DOTALL)[0]


def test_every_tag_is_closed_in_order(outline):
    assert outline.faults == []
    assert len(outline.tags) > 1000


def test_nothing_is_fetched_and_nothing_runs(page, outline):
    assert not {"script", "iframe", "object", "embed", "link", "img", "base", "form"} & set(outline.tags)
    for tag, name, value in outline.attributes:
        assert not name.startswith("on"), (tag, name)
        assert name not in {"src", "srcset", "style", "action"}, (tag, name)
        if name == "href":
            assert value.startswith("#"), value
    assert "http:" not in page
    assert "https:" not in page
    assert "//" not in page.replace("<!DOCTYPE", "")
    assert "@import" not in page
    assert not re.search(r"url\((?!#)", page)


def test_the_policy_allows_the_one_style_sheet_and_nothing_else(page):
    policy = unescape(re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1])
    style = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert len(style) == 1
    seal = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{seal}'; base-uri 'none'; form-action 'none'"


def test_ids_are_unique_and_every_reference_finds_one(page, outline):
    assert len(outline.ids) == len(set(outline.ids))
    wanted = {value[1:] for _, name, value in outline.attributes if name == "href"}
    wanted |= set(re.findall(r"url\(#([^)]+)\)", page))
    for _, name, value in outline.attributes:
        if name == "aria-labelledby":
            wanted |= set(value.split())
    assert wanted <= set(outline.ids)


def test_every_picture_has_a_name_and_a_table(page, outline):
    assert len(outline.svgs) > 20
    for svg in outline.svgs:
        assert svg["role"] == "img"
        assert svg.get("aria-label") or svg.get("aria-labelledby")
    assert page.count("<figure") == 12 == page.count("<details>")
    titles = re.findall(r'<title id="[^"]*">([^<]*)</title><desc id="[^"]*">([^<]*)</desc>', page)
    assert len(titles) == 12
    assert all(title and description for title, description in titles)


def test_headings_step_down_one_level_at_a_time(outline):
    assert outline.headings[0] == 1
    assert outline.headings.count(1) == 1
    assert all(below <= above + 1 for above, below in zip(outline.headings, outline.headings[1:], strict=False))
    assert {"header", "main", "nav", "footer"} <= set(outline.tags)


def test_same_report_same_bytes(page, make_report):
    assert render(make_report()) == page


def test_colours_of_drawings_follow_the_paper(page):
    body = page[page.index("<body>") :]
    assert not re.search(r"#[0-9a-f]{6}\b", body)
    drawn = re.findall(r"\.i\d+\{([^}]*)\}", page)
    assert len(drawn) > 10
    assert not any(re.search(r"#[0-9a-f]{3,6}", style) for style in drawn)


def test_headline_figures_are_those_of_the_report(sample, page, outline):
    show = sample.currency
    head = page[: page.index("<main")]
    for figure in (sample.clv.mean, sample.clv.p10, sample.clv.p90, sample.historical, sample.recent, sample.returned):
        assert rough(show, figure) in head
    assert f"{sample.customers:,}" in head
    assert f"{sample.alive_repeat:,.0f}" in head
    assert f"{sample.alive_repeat / sample.repeat_customers:.0%} of {sample.repeat_customers:,}" in head
    assert "Customers who have not bought yet are not in this figure." in head
    assert "As of 9 Dec 2011" in head
    assert "<title>What your customers are worth, as of 9 Dec 2011</title>" in page
    assert sample.data_hash in outline.text
    exact = section(page, "segments")
    for figure in (sample.clv.mean, sample.clv.p10, sample.clv.p90, sample.historical):
        assert sample.currency.show(figure) in exact


def test_the_page_writes_dates_and_minus_signs_in_one_way(sample, outline):
    assert not re.search(r"\b\d{4}-\d\d\b(?!-)", outline.text.replace(sample.data_hash, ""))
    assert not re.search(r"(?<![\w)])-[\d£]", outline.text)
    assert not re.search(r"\d %", outline.text)


def test_a_file_shorter_than_the_horizon_has_nothing_to_compare_with(make_report):
    head = render(make_report(recent=None)).split("<main")[0]
    assert "unknown: the file is shorter than 12 months" in head


def test_the_share_of_the_top_tenth_is_the_same_wherever_it_stands(make_report):
    page = render(make_report(12))
    assert page.count("first tenth: 40%") == 1
    assert "top tenth holds 40%" in page
    assert re.search(r">10%</th>\s*<td class=\"number\">40\.\d%</td>", page)


def test_segments_and_top_customers_are_all_there(sample, page):
    for line in sample.segments:
        assert line.action in page
        assert f"<dd>{rough(sample.currency, line.clv.mean)}</dd>" in section(page, "segments")
        assert line.description.rstrip(".") in page
    table = section(page, "top")
    assert re.findall(r'<bdi class="id">([^<]*)</bdi>', table) == [line.customer_id for line in sample.top]
    assert any(line.clv.p90 >= 10_000 for line in sample.top)
    assert all(f"to £{line.clv.p90:,.0f}<" in table for line in sample.top)


def test_rows_are_accounted_for(sample, page):
    quality = section(page, "quality")
    for rule in sample.quality.rejections:
        assert (f'<th scope="row">{rule.rule}</th>' in quality) == (rule.rows > 0)
        assert (rule.remedy in quality) == (rule.rows > 0)
    assert "No row broke the other 2 rules: unreadable date, before 1970 or after today." in quality
    assert "£1,230 more came back for postage, fees" in quality
    assert "cannot be accounted for" not in quality
    lost = replace(sample, quality=replace(sample.quality, purchases=sample.quality.purchases - 7))
    assert "7 rows cannot be accounted for" in section(render(lost), "quality")


def test_hostile_customers_are_shown_and_harmless(sample):
    top = tuple(replace(line, customer_id=name) for line, name in zip(sample.top, HOSTILE, strict=False))
    page = render(replace(sample, top=top))
    outline = Outline(page)
    assert outline.faults == []
    assert not {"script", "img"} & set(outline.tags)
    assert "<script>alert(1)</script>" in outline.text
    assert "{{ 7 * 7 }}" in outline.text
    assert "عميل-٤٢" in outline.text
    assert "客户 🛒" in outline.text
    assert "\u202e" not in page
    assert "\x00" not in page
    assert "id is blank" in outline.text
    assert "x" * 59 + "…" in page
    assert "x" * 61 not in page


def test_hostile_files_and_columns_are_harmless(sample):
    file = replace(
        sample.quality.files[0],
        name="<b>a.csv",
        columns={"customer": "<i>id", "time": "when"},
        notes=("<u>read as is",),
    )
    page = render(replace(sample, quality=replace(sample.quality, files=(file,))))
    assert not {"i", "u"} & set(Outline(page).tags)
    for text in ("<b>a.csv", "<i>id", "<u>read as is"):
        assert text in Outline(page).text


def test_unknowns_are_dashes_with_a_reason_and_never_zero(sample):
    nowhere = Estimate(float("nan"), float("nan"), float("nan"))
    page = render(
        replace(
            sample,
            clv=nowhere,
            top_decile_share=float("nan"),
            alive_repeat=float("nan"),
            recent=None,
            parameters=(FittedParameter("BG/NBD", "r", 0.24, None), FittedParameter("BG/NBD", "zeta", 1.0, 2.0)),
            top=(replace(sample.top[0], clv=nowhere, p50=float("nan"), probability_alive=float("nan")),),
        )
    )
    text = Outline(page).text
    head = page[: page.index("<main")]
    assert head.count('class="unknown"') == 4  # the sum, its interval, the last 12 months, who is alive
    assert "£0" not in head.replace("£0.", "")
    assert "nan" not in text
    assert "None" not in text
    assert "unknown: no value could be computed for this customer" in text
    assert "the likelihood is too flat here" in text
    assert "there is no explanation of this parameter" in text


def test_no_holdout_says_why(make_report):
    page = render(make_report(holdout=None, no_holdout_because="the data cover 40 days only"))
    trust = section(page, "trust")
    assert "There is no test: the data cover 40 days only." in trust
    assert "<svg" not in trust


def test_a_model_that_ranks_nobody_has_no_rank(page):
    row = re.search(r'<th scope="row">mean of all</th>.*?</tr>', page, re.DOTALL)[0]
    assert "the same for all" in row
    assert "0.00" not in re.sub(r"£[\d,.]+", "", row)


@pytest.mark.parametrize(
    ("share", "verdict"),
    [(0.1, "at their word"), (0.2, "too low"), (0.01, "cautious"), (float("nan"), "not be measured")],
)
def test_verdict_on_the_upper_ends(sample, share, verdict):
    assert verdict in render(replace(sample, holdout=replace(sample.holdout, share_above_p90=share)))


def alike(columns, value):
    return replace_columns(columns, clv=value, p10=value, p50=value, p90=value)


def replace_columns(columns, **values):
    n = columns.clv.size
    fields = {name: getattr(columns, name) for name in CustomerColumns.__slots__}
    return CustomerColumns(**{**fields, **{name: np.full(n, value) for name, value in values.items()}})


def nowhere():
    return Estimate(math.nan, math.nan, math.nan)


def in_map(report, **changes):
    return replace(report, map=replace(report.map, **changes))


def in_holdout(report, **changes):
    return replace(report, holdout=replace(report.holdout, **changes))


EDGES = {
    "twelve customers": lambda given: given.report(12),
    "one customer": lambda given: given.report(1),
    "empty segment": lambda given: replace(
        given.base,
        segments=(
            given.base.segments[0],
            replace(given.base.segments[1], customers=0, clv=nowhere(), median_clv=math.nan),
            *given.base.segments[2:],
        ),
    ),
    "all alike": lambda given: given.report(300, columns=alike(given.columns(300), 25.0)),
    "all worth nothing": lambda given: given.report(
        300, columns=alike(given.columns(300), 0.0), clv=Estimate(0.0, 0.0, 0.0)
    ),
    "all p90 nothing": lambda given: given.report(300, columns=replace_columns(given.columns(300), p90=0.0)),
    "all unknown": lambda given: given.report(300, columns=alike(given.columns(300), math.nan)),
    "nobody came back": lambda given: given.report(
        300, columns=replace_columns(given.columns(300), frequency=0.0, recency=0.0), recent=None
    ),
    "one cohort": lambda given: replace(given.base, cohorts=given.cohorts(1)),
    "two cohorts": lambda given: replace(given.base, cohorts=given.cohorts(2)),
    "forty cohorts": lambda given: replace(given.base, cohorts=given.cohorts(40)),
    "tiny cohorts": lambda given: replace(
        given.base, cohorts=replace(given.base.cohorts, sizes=given.base.cohorts.sizes * 0 + 1)
    ),
    "huge": lambda given: given.report(
        300, columns=replace_columns(given.columns(300), clv=9.87e14), clv=Estimate(9.87e14, 8e14, 1.2e15)
    ),
    "no currency": lambda given: replace(given.base, currency=Currency("")),
    "dollars": lambda given: replace(given.base, currency=Currency("USD")),
    "yen": lambda given: replace(given.base, currency=Currency("JPY")),
    "naira": lambda given: replace(given.base, currency=Currency("NGN")),
    "no rejection": lambda given: replace(given.base, quality=replace(given.base.quality, rejections=())),
    "no row": lambda given: replace(
        given.base, quality=replace(given.base.quality, files=(), rows_read=0, purchases=0, returns=0)
    ),
    "no finding": lambda given: replace(given.base, findings=(), parameters=()),
    "no top": lambda given: replace(given.base, top=()),
    "margin and discount": lambda given: replace(given.base, margin=0.35, discount_rate=0.1),
    "nothing came": lambda given: in_holdout(
        given.base,
        actual_total=0.0,
        decile_actual=np.zeros(10),
        decile_predicted=np.zeros(10),
        pit=np.zeros(0),
        scores=(ModelScore("all the same", math.nan, math.nan, None, math.nan),),
    ),
    "no score": lambda given: in_holdout(given.base, scores=()),
    "map of one row": lambda given: in_map(
        given.base,
        frequency=given.base.map.frequency[:1],
        probability_alive=given.base.map.probability_alive[:1],
        expected_purchases=given.base.map.expected_purchases[:1],
    ),
    "flat map": lambda given: in_map(
        given.base,
        probability_alive=np.ones_like(given.base.map.probability_alive),
        expected_purchases=np.zeros_like(given.base.map.expected_purchases),
    ),
    "map with holes": lambda given: in_map(
        given.base,
        probability_alive=np.where(given.base.map.expected_purchases > 3, np.nan, given.base.map.probability_alive),
    ),
}


@pytest.fixture(name="given", scope="module")
def _given(make_report, make_columns, make_cohorts):
    return SimpleNamespace(base=make_report(400), report=make_report, columns=make_columns, cohorts=make_cohorts)


@pytest.mark.parametrize("case", EDGES.values(), ids=EDGES)
def test_an_edge_case_renders_whole(case, given):
    outline = Outline(render(case(given)))
    assert outline.faults == []
    assert not re.search(r"\b(nan|inf|None)\b", outline.text)
    assert outline.headings[0] == 1


def test_an_empty_segment_is_said_to_be_empty(sample):
    empty = replace(sample.segments[1], customers=0, clv=Estimate(0.0, 0.0, 0.0), median_clv=0.0, probability_alive=0.0)
    page = render(replace(sample, segments=(sample.segments[0], empty, *sample.segments[2:])))
    card = re.search(r"<article>\s*<h3>High Value</h3>.*?</article>", page, re.DOTALL)[0]
    assert card.count("nobody is in this segment") == 8  # in the title and in the text of each figure
    assert "£0" not in card


def test_only_the_latest_cohorts_are_drawn_and_it_is_said(sample, make_cohorts):
    page = section(render(replace(sample, cohorts=make_cohorts(40))), "cohorts")
    assert "The latest 24 of 40 cohorts are drawn" in page
    assert "Sep 2008" not in page
    assert "Jan 2010" in page


def test_the_page_of_a_large_base_is_small(make_report):
    page = render(make_report(100_000))
    assert len(page.encode()) < 1_500_000
    assert "100,000 customers" in page


def test_amounts_say_whether_costs_are_off(sample, page):
    assert "It counts revenue, of which no costs are taken off." in page
    net = render(replace(sample, margin=0.35, discount_rate=0.1))
    assert "the 35% of revenue that is left after costs, discounted at 10% a year." in net


def judged(sample, mean, p10, p90, actual):
    held = replace(sample.holdout, predicted_total=Estimate(mean, p10, p90), actual_total=actual)
    return verdict(replace(sample, holdout=held))


@pytest.mark.parametrize(
    ("mean", "p10", "p90", "actual", "severity", "words"),
    [
        (100, 90, 110, 100, "good", "came out right, within its interval."),
        (118, 90, 130, 100, "good", "came out 18% too high, within its interval."),
        (60, 20, 130, 100, "care", "came out 40% too low, within an interval that is wide: read it with care."),
        (95, 93, 97, 100, "care", "came out 5% too low, outside its interval: read it with care."),
        (60, 50, 80, 100, "bad", "came out 40% too low, outside its interval: read it with care."),
        (60, 50, 80, 0, "care", "the totals could not be compared"),
        (60, math.nan, math.nan, 100, "care", "it had no interval"),
    ],
)
def test_the_verdict_of_the_holdout(sample, mean, p10, p90, actual, severity, words):
    found = judged(sample, mean, p10, p90, actual)
    assert found.severity == severity
    assert words in found.words


def test_the_verdict_stands_on_the_first_screen_in_its_colour(sample, make_report):
    head = render(sample).split("<main")[0]
    assert f'<p class="verdict bad">{verdict(sample).words}' in head
    untried = render(make_report(300, holdout=None, no_holdout_because="since 2011-12-01 only")).split("<main")[0]
    assert '<p class="verdict care">This could not be tried on the past (since 1 Dec 2011 only)' in untried


def quiet(sample, many, **changes):
    """A base in which so many repeat Champions are likely gone, and one-time Champions too."""
    of = sample.columns
    champions = np.flatnonzero((of.segment == 0) & (of.frequency > 0))
    alive = np.where(of.frequency > 0, 0.8, 0.1)
    alive[champions[:many]] = 0.2
    names = of.customer_id.copy()
    names[champions[0]] = "<b>&"
    segment = of.segment.copy()
    segment[np.flatnonzero(of.frequency == 0)[:5]] = 0
    fields = {name: getattr(of, name) for name in CustomerColumns.__slots__}
    return replace(
        sample,
        columns=CustomerColumns(**(fields | {"probability_alive": alive, "customer_id": names, "segment": segment})),
        **changes,
    )


def test_quiet_champions_are_named_and_one_time_buyers_are_not(sample):
    of = sample.columns
    gone = np.flatnonzero((of.segment == 0) & (of.frequency > 0))[:30]
    few, many = summary(quiet(sample, 8)).action, summary(quiet(sample, 30)).action
    assert few.call == "8 of them have gone quiet: call them first:"
    assert len(few.ids) == 8
    assert many.call == "30 of them have gone quiet: call them first (the 10 worth most):"
    named = quiet(sample, 30).columns.customer_id
    assert list(many.ids) == list(named[gone[np.argsort(-of.clv[gone])][:10]])
    assert not summary(quiet(sample, 0)).action.call
    head = render(quiet(sample, 1)).split("<main")[0]
    assert "1 of them has gone quiet: call them first: <bdi>&lt;b&gt;&amp;</bdi>." in head


def test_a_fit_that_saw_nobody_leave_is_not_told_as_a_fact(sample):
    told = quiet(sample, 8, alive_repeat=sample.repeat_customers * 0.995)
    page = render(told)
    assert not summary(told).action.call
    assert "These data cannot tell who has left" in page.split("<main")[0]
    assert "These data cannot tell who has left" in section(page, "histories")
    for anchor in ("segments", "top"):
        assert "unknown: these data cannot tell who has left." in section(page, anchor)


def test_a_fit_that_saw_somebody_leave_is_told(page):
    assert "cannot tell who has left" not in page


def test_whether_a_one_time_buyer_has_left_is_unknown(sample):
    once = replace(sample.top[0], probability_alive=math.nan)
    alone = replace(sample.segments[4], probability_alive=math.nan)
    page = render(replace(sample, top=(once,), segments=(*sample.segments[:4], alone)))
    for anchor in ("top", "segments"):
        assert "of those who bought on one day only it cannot be known" in section(page, anchor)


def test_a_baseline_that_beats_the_model_is_said(sample):
    ours, rate, mean = sample.holdout.scores
    said = better_baselines(sample, sample.holdout).paragraphs
    assert said == ("No simpler rule had a lower MAE or RMSE than BG/NBD + Gamma-Gamma.",)
    beaten = replace(sample.holdout, scores=(ours, replace(rate, mae=500.0), replace(mean, rmse=100.0)))
    assert (
        "run rate had the lower MAE (£500 against £512); mean of all had the lower RMSE (£100 against £2,710)"
        in (better_baselines(sample, beaten).paragraphs[0])
    )


def test_the_best_figure_of_each_column_of_models_is_bold(sample):
    def bold(held):
        columns = zip(*model_table(sample, held).rows, strict=True)
        return [[i for i, cell in enumerate(column) if '<b class="best">' in str(cell)] for column in columns][1:]

    ours, rate, mean = sample.holdout.scores
    assert bold(sample.holdout) == [[0], [0], [0], [2]]
    assert bold(replace(sample.holdout, scores=(ours, rate, replace(ours, model="twin")))) == [[0, 2]] * 4
    assert bold(replace(sample.holdout, scores=(ours, replace(mean, mae=math.nan)))) == [[], [0], [], [1]]
    assert bold(replace(sample.holdout, scores=(ours,))) == [[]] * 4


def test_what_a_phone_cannot_bear_is_stacked_or_says_that_it_scrolls(page):
    top_table = section(page, "top")
    assert '<table class="stack">' in top_table
    assert 'data-of="Already brought"' in top_table
    assert "Swipe" not in top_table
    assert "Swipe the table sideways" in section(page, "cohorts")
    assert len(re.findall(r'<div class="scroll" role="region" tabindex="0"', page)) == page.count('class="scroll"')


def test_columns_of_files_run_down_the_page(sample):
    other = replace(sample.quality.files[0], name="b.csv", columns={"customer": "who"})
    page = section(
        render(replace(sample, quality=replace(sample.quality, files=(sample.quality.files[0], other)))), "quality"
    )
    row = re.search(r'<th scope="row">customer</th>.*?</tr>', page, re.DOTALL)[0]
    assert re.findall(r"<bdi>([^<]*)</bdi>", row) == ["Customer ID", "who"]
    row = re.search(r'<th scope="row">order</th>.*?</tr>', page, re.DOTALL)[0]
    assert "the file has no such column" in row


def test_what_moves_the_forecasts_is_told_with_its_picture_and_table(sample, page, make_report):
    told = unescape(section(page, "factors"))
    base, lines = sample.factors.base, sample.factors.lines
    assert f"A typical customer is expected to bring {rough(sample.currency, base)}" in told
    assert "number of purchases, spend per order and silence since the last one make up 95% of the differences" in told
    for line in lines:
        assert told.count(line.title) >= 2
    assert "£" + f"{lines[0].mean:,.2f}" in told
    assert "4,338 customers" in told
    assert "“Size of the estimate”" in told
    alone = section(render(make_report(300, factors=replace(sample.factors, lines=lines[:1]))), "factors")
    assert "number of purchases makes up" in alone
    assert "“Size of the estimate”" not in alone
    nothing = section(render(make_report(300, factors=replace(sample.factors, lines=()))), "factors")
    assert "No forecast is known" in nothing
    assert "<figure" not in nothing


def test_a_top_customer_has_the_strongest_factor_in_words(sample):
    down = replace(sample.top[0], moved_by="silent for 200 days, usually <30>", moved=-1234.0)
    unknown = replace(sample.top[1], moved_by="", moved=math.nan)
    page = section(render(replace(sample, top=(down, unknown))), "top")
    assert f"<small>silent for 200 days, usually &lt;30&gt;: {MINUS}£1.23k</small>" in page
    assert "nan" not in page
