import base64
import hashlib
import re
import time
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import numpy as np
import pytest

from clove.kernel.money import Currency
from clove.reports.contents import CustomerColumns, Estimate, ModelScore
from clove.reports.page import render

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
    assert page.count("<figure") == 11 == page.count("<details>")
    titles = re.findall(r'<title id="[^"]*">([^<]*)</title><desc id="[^"]*">([^<]*)</desc>', page)
    assert len(titles) == 11
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


def test_headline_figures_are_those_of_the_report(sample, outline):
    show = sample.currency.show
    for figure in (sample.clv.mean, sample.clv.p10, sample.clv.p90, sample.historical):
        assert show(figure) in outline.text
    assert f"{sample.customers:,}" in outline.text
    assert f"{sample.expected_alive:,.0f}" in outline.text
    assert f"the top tenth holds {sample.top_decile_share:.0%}" in outline.text
    assert "As of 9 Dec 2011" in outline.text
    assert sample.data_hash in outline.text


def test_the_share_of_the_top_tenth_is_the_same_wherever_it_stands(make_report):
    page = render(make_report(12))
    assert page.count("first tenth: 40%") == 1
    assert "top tenth holds 40%" in page
    assert re.search(r">10%</th>\s*<td class=\"number\">40\.\d%</td>", page)


def test_segments_and_top_customers_are_all_there(sample, page):
    show = sample.currency.show
    for line in sample.segments:
        assert line.action in page
        assert show(line.clv.mean) in section(page, "segments")
    table = section(page, "top")
    assert re.findall(r'<bdi class="id">([^<]*)</bdi>', table) == [line.customer_id for line in sample.top]
    assert all(show(line.clv.p90) in table for line in sample.top)


def test_rows_are_accounted_for(sample, page):
    quality = section(page, "quality")
    for rule in sample.quality.rejections:
        assert f'<th scope="row">{rule.rule}</th>' in quality
        assert rule.remedy in quality
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
            expected_alive=float("nan"),
            parameters=(("r", 0.24, None),),
            top=(replace(sample.top[0], clv=nowhere, p50=float("nan"), probability_alive=float("nan")),),
        )
    )
    text = Outline(page).text
    head = page[: page.index("<main")]
    assert head.count('class="unknown"') == 4  # the sum, its interval, who is alive, the share of the tenth
    assert "£0" not in head.replace("£0.", "")
    assert "nan" not in text
    assert "None" not in text
    assert "unknown: no value could be computed for this customer" in text
    assert "the likelihood is too flat here" in text


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


def edge_cases(make_report, make_columns, make_cohorts):
    base = make_report(400)
    empty = replace(base.segments[1], customers=0, clv=Estimate(*[float("nan")] * 3), median_clv=float("nan"))
    huge = Estimate(9.87e14, 8e14, 1.2e15)
    nothing = Estimate(0.0, 0.0, 0.0)
    score = ModelScore("all the same", float("nan"), float("nan"), None, float("nan"))
    held = base.holdout
    yield "twelve customers", make_report(12)
    yield "one customer", make_report(1)
    yield "empty segment", replace(base, segments=(base.segments[0], empty, *base.segments[2:]))
    yield "all alike", make_report(300, columns=alike(make_columns(300), 25.0))
    yield "all worth nothing", make_report(300, columns=alike(make_columns(300), 0.0), clv=nothing)
    yield "all p90 nothing", make_report(300, columns=replace_columns(make_columns(300), p90=0.0))
    yield "all unknown", make_report(300, columns=alike(make_columns(300), float("nan")))
    yield "one cohort", replace(base, cohorts=make_cohorts(1))
    yield "two cohorts", replace(base, cohorts=make_cohorts(2))
    yield "forty cohorts", replace(base, cohorts=make_cohorts(40))
    yield "huge", make_report(300, columns=replace_columns(make_columns(300), clv=9.87e14), clv=huge)
    yield "no currency", replace(base, currency=Currency(""))
    yield "dollars", replace(base, currency=Currency("USD"))
    yield "yen", replace(base, currency=Currency("JPY"))
    yield "naira", replace(base, currency=Currency("NGN"))
    yield "no rejection", replace(base, quality=replace(base.quality, rejections=()))
    yield "no row", replace(base, quality=replace(base.quality, files=(), rows_read=0, purchases=0, returns=0))
    yield "no finding", replace(base, findings=(), parameters=())
    yield "no top", replace(base, top=())
    yield "margin and discount", replace(base, margin=0.35, discount_rate=0.1)
    yield (
        "nothing came",
        replace(
            base,
            holdout=replace(
                held,
                actual_total=0.0,
                decile_actual=np.zeros(10),
                decile_predicted=np.zeros(10),
                pit=np.zeros(0),
                scores=(score,),
            ),
        ),
    )
    yield (
        "map of one row",
        replace(
            base,
            map=replace(
                base.map,
                frequency=base.map.frequency[:1],
                probability_alive=base.map.probability_alive[:1],
                expected_purchases=base.map.expected_purchases[:1],
            ),
        ),
    )
    yield (
        "flat map",
        replace(
            base,
            map=replace(
                base.map,
                probability_alive=np.ones_like(base.map.probability_alive),
                expected_purchases=np.zeros_like(base.map.expected_purchases),
            ),
        ),
    )
    yield (
        "map with holes",
        replace(
            base,
            map=replace(
                base.map,
                probability_alive=np.where(base.map.expected_purchases > 3, np.nan, base.map.probability_alive),
            ),
        ),
    )


def test_edge_cases_render_whole(make_report, make_columns, make_cohorts):
    for name, case in edge_cases(make_report, make_columns, make_cohorts):
        page = render(case)
        outline = Outline(page)
        assert outline.faults == [], name
        assert not re.search(r"\b(nan|inf|None)\b", outline.text), name
        assert outline.headings[0] == 1, name


def test_an_empty_segment_is_said_to_be_empty(sample):
    empty = replace(sample.segments[1], customers=0, clv=Estimate(0.0, 0.0, 0.0), median_clv=0.0, probability_alive=0.0)
    page = render(replace(sample, segments=(sample.segments[0], empty, *sample.segments[2:])))
    card = re.search(r"<article>\s*<h3>High Value</h3>.*?</article>", page, re.DOTALL)[0]
    assert card.count("nobody is in this segment") == 8  # in the title and in the text of each figure
    assert "£0" not in card


def test_only_the_latest_cohorts_are_drawn_and_it_is_said(sample, make_cohorts):
    page = section(render(replace(sample, cohorts=make_cohorts(40))), "cohorts")
    assert "The latest 24 of 40 cohorts are drawn" in page
    assert "2008-09" not in page
    assert "2010-01" in page


def test_a_large_base_is_quick_and_small(make_report):
    large = make_report(100_000)
    started = time.perf_counter()
    page = render(large)
    assert time.perf_counter() - started < 3
    assert len(page.encode()) < 1_500_000
    assert "100,000 customers" in page


def test_amounts_say_whether_costs_are_off(sample, page):
    assert "Amounts are revenue." in page
    net = render(replace(sample, margin=0.35, discount_rate=0.1))
    assert "Amounts are margin, which is 35% of revenue, discounted at 10% a year." in net
