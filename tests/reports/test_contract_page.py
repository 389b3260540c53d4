"""The page of a portfolio of contracts: its figures, its words, and what it does where something is missing."""

import base64
import hashlib
import math
import re
import xml.etree.ElementTree as ET
from dataclasses import fields, replace
from datetime import date
from html import unescape
from html.parser import HTMLParser

import numpy as np
import pytest

from clove.kernel.money import Currency
from clove.reports.contents import Estimate, RuleCount
from clove.reports.contract_contents import (
    Assumption,
    HazardLine,
    Lapsed,
    PortfolioReport,
    SegmentPrice,
    SegmentValue,
    TableRead,
)
from clove.reports.contract_page import render_portfolio
from clove.reports.contract_sections.ends import ends
from clove.reports.contract_sections.segments import segments
from clove.reports.contract_spread import LtvBins
from clove.reports.pictures.contract_money import ltv_histogram, money_steps
from clove.reports.pictures.contract_rows import dot_rows
from clove.reports.pictures.svg import svg
from clove.reports.shown import MINUS, rough

ZAR, KES, NGN = Currency("ZAR"), Currency("KES"), Currency("NGN")
NAN = math.nan
NOWHERE = Estimate(NAN, NAN, NAN)
HOSTILE = '<script>alert(1)</script>"'
VOID = {"meta", "br"}


def about(mean, reach=0.1):
    return Estimate(mean, mean - abs(mean) * reach, mean + abs(mean) * reach)


def hazard(term=36, months=60, level=0.012, spike=0.09, contracts=4000.0):
    chance = np.where(np.arange(1, months + 1) > term, 2 * level, level)
    chance[term : term + 1] = spike
    behind = contracts * 0.93 ** np.arange(months)
    reach = 1.28 * np.sqrt(chance * (1 - chance) / behind)
    name = f"minimum term of {term} months"
    return HazardLine(name, term, chance, np.maximum(chance - reach, 0), chance + reach, behind)


SEGMENTS = tuple(
    SegmentValue(country, channel, tier, contracts, fee, churn, about(total), about(ltv), upfront, payback, never)
    for country, channel, tier, contracts, fee, churn, total, ltv, upfront, payback, never in (
        ("ZAF", "direct", "standard", 1410, 189.0, 0.014, 4_100_000.0, 3_340.0, 2_710.0, 19.0, 12),
        ("ZAF", "dealer", "basic", 980, 139.0, 0.021, 1_450_000.0, 410.0, 2_150.0, 31.0, 240),
        ("ZAF", "corporate", "fleet", 620, 169.0, 0.009, 2_020_000.0, 4_020.0, 2_330.0, 16.0, 0),
        ("KEN", "direct", "basic", 455, 121.0, 0.024, 390_000.0, -240.0, 1_980.0, NAN, 455),
        ("NGA", "direct", "basic", 230, 98.0, 0.031, 120_000.0, -610.0, 1_890.0, 44.0, 190),
        ("ZMB", "online", "premium", 3, 320.0, 0.02, 15_000.0, 9_000.0, 3_100.0, 14.0, 0),
    )
)
QUEUE = tuple(
    Lapsed(f"C-{100 + place}", currency, band, months, owed, again, go_on, cancel, fetch, action, gain, urgent, then)
    for place, (currency, band, months, owed, again, go_on, cancel, fetch, action, gain, urgent, then) in enumerate(
        (
            (ZAR, "C", 3, 567.0, 0.16, 610.0, 1_180.0, 1_920.5, "retrieve", 740.0, 1_310.0, "nothing: it is over"),
            (KES, "D", 6, 5_400.0, 0.04, 900.0, 4_100.0, 3_300.0, "cancel", 800.0, 440.0, "nothing: it is over"),
            (
                ZAR,
                "A",
                1,
                189.0,
                0.54,
                3_420.0,
                1_010.0,
                1_700.0,
                "continue",
                1_720.0,
                390.0,
                "retrieve after 4 months",
            ),
            (ZAR, "unrated", 0, 139.0, NAN, NAN, 210.0, NAN, "", NAN, NAN, ""),
        )
    )
)
TOO_LITTLE = "A contract is worth -KSh 1,400.00, less than the KSh 1,450.00 it has to bring on KSh 14,500 spent upfront"
PRICES = tuple(
    SegmentPrice(country, channel, tier, currency, quotes, listed, converted, ltv, back, even, best, edge, verdict, why)
    for country, channel, tier, currency, quotes, listed, converted, ltv, back, even, best, edge, verdict, why in (
        ("ZAF", "direct", "standard", ZAR, 2210, 189.0, Estimate(0.57, 0.55, 0.59), about(2_900.0), 20.0, 118.0, 245.7,
         True, "PROCEED", ()),
        ("KEN", "direct", "basic", KES, 310, 950.0, Estimate(0.41, 0.36, 0.46), about(-1_400.0), NAN, 1_040.0, 1_235.0,
         True, "BLOCK", (TOO_LITTLE, "It does not pay back within 60 months; 36 months are allowed")),
        ("NGA", "broker", "fleet", NGN, 0, 8_900.0, Estimate(0.5, NAN, NAN), about(21_000.0), 24.0, NAN, 9_100.0,
         False, "PROCEED", ()),
    )
)  # fmt: skip
ASSUMPTIONS = (
    Assumption("chance that payment comes back, at once", "0.52 (0.49 to 0.55)", "1,204 spells without payment"),
    Assumption("discount rate", "12 % a year", "default"),
    Assumption("theft rate", "3.6 % a year", "default"),
)
TABLES = (
    TableRead("contracts", "contracts.csv", 5_003, 5_000, 0, (RuleCount("negative fee", 3, "Correct the fee"),), ()),
    TableRead("payments", "payments.parquet", 118_300, 118_203, 90, (
        RuleCount("payment without contract", 7, "Export the contracts of these payments too"),
        RuleCount("unknown status", 0, "Use one of the known words"),
    ), ("days late read as whole days",)),
)  # fmt: skip


def portfolio(contracts=3698, **changes):
    """A made-up portfolio; `changes` replace its fields."""
    rng = np.random.default_rng(4)
    remaining = rng.lognormal(7.6, 0.6, contracts)
    upfront = rng.uniform(1_500, 3_000, contracts)
    realised = rng.uniform(0, 4_000, contracts)
    ltv = realised + remaining - upfront
    payback = np.where(ltv > 0, rng.integers(8, 55, contracts).astype(float), np.nan)
    total = float(remaining.sum())
    made = PortfolioReport(
        as_of=date(2026, 3, 31),
        currency=ZAR,
        horizon_months=60,
        discount_rate=0.12,
        live=contracts,
        ended=1_302,
        customers=contracts - 200 if contracts > 400 else contracts,
        active=contracts - len(QUEUE) - 60 if contracts > 400 else contracts,
        lapsed=52,
        suspended=12,
        monthly_fees=151.3 * contracts,
        remaining=Estimate(total, 0.88 * total, 1.13 * total),
        ltv=Estimate(float(ltv.sum()), float(ltv.sum()) - 0.12 * total, float(ltv.sum()) + 0.13 * total),
        realised=float(realised.sum()),
        upfront=float(upfront.sum()),
        parts=(
            ("subscription fees", 1.6 * total),
            ("penalties", 0.05 * total),
            ("recoveries", 0.1 * total),
            ("monthly costs", -0.75 * total),
        ),
        columns_remaining=remaining,
        columns_ltv=ltv,
        columns_payback=payback,
        segments=SEGMENTS,
        hazards=(hazard(), hazard(24, 40, 0.008, 0.05, 900.0)),
        queue=QUEUE,
        actions=(("continue", 30, 41_000.0), ("cancel", 9, 5_200.0), ("retrieve", 12, 8_800.0)),
        prices=PRICES,
        assumptions=ASSUMPTIONS,
        findings=("Since 2024-03-01 -3 % a month.",),
        tables=TABLES,
        unknown=(),
        seed=1,
        version="0.1.0",
        data_hash="9f86d081884c7d65",
    )
    return replace(made, **changes)


class Outline(HTMLParser):
    """Tags, ids and texts of a page."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.open, self.faults, self.tags, self.attributes, self.texts = [], [], [], [], []
        self.feed(page)
        self.close()
        self.faults += self.open

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)

    def handle_data(self, data):
        if "style" not in self.open:
            self.texts.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.texts))  # of no-break spaces too


def plain(text):
    """With spaces that may break."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


def section(page, anchor):
    return plain(re.search(rf'<section id="{anchor}".*?</section>', page, re.DOTALL)[0])


def words_of(page, anchor):
    return Outline(section(page, anchor)).text


@pytest.fixture(name="page", scope="module")
def _page():
    return render_portfolio(portfolio())


def no_lapsed():
    return portfolio(lapsed=0, queue=(), actions=())


def ended():
    empty = np.zeros(0)
    gone = dict.fromkeys(("live", "customers", "active", "lapsed", "suspended"), 0)
    return portfolio(
        **gone,
        monthly_fees=0.0,
        remaining=Estimate(0.0, 0.0, 0.0),
        ltv=Estimate(0.0, 0.0, 0.0),
        realised=0.0,
        upfront=0.0,
        parts=(),
        columns_remaining=empty,
        columns_ltv=empty,
        columns_payback=empty,
        segments=(),
        queue=(),
        actions=(),
    )


def one():
    return portfolio(
        1, active=0, lapsed=1, suspended=0, segments=(replace(SEGMENTS[0], contracts=1),), queue=QUEUE[:1],
        actions=(("retrieve", 1, 740.0),), prices=PRICES[:1], hazards=(hazard(contracts=1.0),), ended=0,
    )  # fmt: skip


def nothing_known():
    none = np.full(3698, NAN)
    return portfolio(
        monthly_fees=NAN,
        remaining=NOWHERE,
        ltv=NOWHERE,
        realised=NAN,
        upfront=NAN,
        parts=tuple((name, NAN) for name in ("subscription fees", "monthly costs")),
        columns_remaining=none,
        columns_ltv=none,
        columns_payback=none,
        segments=tuple(
            replace(line, remaining=NOWHERE, ltv=NOWHERE, monthly_fee=NAN, monthly_churn=NAN, upfront=NAN,
                    payback_month=NAN)
            for line in SEGMENTS
        ),
        hazards=(replace(hazard(), probability=np.full(60, NAN), low=np.full(60, NAN), high=np.full(60, NAN)),),
        queue=QUEUE[3:],
        actions=(("continue", 0, 0.0), ("cancel", 0, 0.0)),
        prices=tuple(
            replace(p, conversion=NOWHERE, ltv=NOWHERE, payback_month=NAN, break_even=NAN, optimum=NAN, verdict="BLOCK",
                    reasons=("What a contract is worth is unknown, because one of its costs or shares is",))
            for p in PRICES
        ),
        unknown=(("what it costs a month is not known", 3698),),
    )  # fmt: skip


def hostile():
    return portfolio(
        queue=tuple(replace(line, contract_id=HOSTILE, band=HOSTILE, then=HOSTILE) for line in QUEUE),
        segments=(replace(SEGMENTS[0], channel=HOSTILE), *SEGMENTS[1:]),
        prices=(replace(PRICES[1], tier=HOSTILE, reasons=(HOSTILE,)),),
        tables=(replace(TABLES[0], file=HOSTILE, notes=(HOSTILE,)),),
        assumptions=(Assumption(HOSTILE, HOSTILE, HOSTILE),),
        unknown=((HOSTILE, 1),),
    )


CASES = {
    "plain": portfolio,
    "no lapsed contract": no_lapsed,
    "all ended": ended,
    "one contract": one,
    "nothing known": nothing_known,
    "hostile": hostile,
    "no quotes": lambda: portfolio(prices=tuple(replace(line, quotes=0) for line in PRICES)),
    "nothing priced": lambda: portfolio(prices=(), assumptions=(), findings=(), tables=(), hazards=()),
    "all below zero": lambda: portfolio(
        columns_ltv=-np.arange(1.0, 3699), remaining=about(-4e5), ltv=about(-9e6), columns_payback=np.full(3698, NAN)
    ),
    "bare currency": lambda: portfolio(currency=Currency("")),
    "a hundred segments": lambda: portfolio(segments=SEGMENTS * 20, prices=PRICES * 30),
}


@pytest.mark.parametrize("case", CASES)
def test_the_page_holds_together(case):
    page = render_portfolio(CASES[case]())
    outline = Outline(page)
    assert not outline.faults
    assert not {"script", "iframe", "object", "link", "img", "base", "form"} & set(outline.tags)
    ids = [value for _, name, value in outline.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    wanted = {value[1:] for _, name, value in outline.attributes if name == "href"}
    wanted |= {each for _, name, value in outline.attributes if name == "aria-labelledby" for each in value.split()}
    assert wanted <= set(ids)
    for tag, name, value in outline.attributes:
        assert not name.startswith("on"), (tag, name)
        assert name not in {"src", "style", "action"}, (tag, name)
        assert name != "href" or value.startswith("#"), value
    assert "//" not in page.replace("<!DOCTYPE", "")
    assert not re.search(r"\b(nan|None(?! of)|inf)\b", outline.text)
    assert page.count("<figure") == page.count("<details>") == len(re.findall(r"<desc id=[^>]*>[^<]+</desc>", page))
    assert page.count("<section") == 8
    assert not re.search(r"(?<![\w)])-[\dRK]", outline.text)  # minus signs are minus signs
    assert not re.search(r"\d %", outline.text)


def test_same_report_same_bytes_and_one_style(page):
    assert render_portfolio(portfolio()) == page
    styles = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert len(styles) == 1
    seal = base64.b64encode(hashlib.sha256(styles[0].encode()).digest()).decode()
    assert f"style-src 'sha256-{seal}'" in unescape(page)
    assert not re.search(r"#[0-9a-f]{6}\b", page[page.index("<body>") :])


def test_the_head_holds_the_figures_of_the_report(page):
    report = portfolio()
    head = Outline(page[: page.index("<main")]).text
    for figure in (report.remaining, report.ltv):
        for amount in (figure.mean, figure.p10, figure.p90):
            assert plain(rough(ZAR, amount)) in head
    assert plain(rough(ZAR, report.monthly_fees)) in head
    assert plain(rough(ZAR, 12 * report.monthly_fees)) in head
    assert "3,698 live contracts, 1,302 ended" in head
    assert f"month {np.nanmedian(report.columns_payback):.0f}" in head
    assert f"{np.isnan(report.columns_payback).sum()} contracts will not have paid back" in head
    assert "52 contracts stopped paying" in head
    assert "loses R 1,310 on average" in head
    assert re.findall(r"<bdi>([^<]*)</bdi>", page[: page.index("<main")]) == ["C-100", "C-101", "C-102"]
    assert "stand in their own currency" in head
    assert "stand in their own currency" not in render_portfolio(portfolio(queue=QUEUE[2:], prices=PRICES[:1]))


def test_every_section_but_the_words_ends_with_one_thing_to_do(page):
    for anchor in ("worth", "segments", "ends", "unpaid", "prices", "basis", "data"):
        assert section(page, anchor).count("<b>Next:</b>") == 1, anchor


def test_worth_counts_those_below_zero(page):
    report = portfolio()
    losing = int((report.columns_ltv < 0).sum())
    assert losing > 100
    assert f"{losing:,} of 3,698" in words_of(page, "worth")
    assert f">{losing:,} below zero<" in section(page, "worth")
    kept = render_portfolio(portfolio(columns_ltv=np.abs(report.columns_ltv)))
    assert "none is expected to cost more than it brings" in words_of(kept, "worth")


def test_parts_that_do_not_add_up_say_so(page):
    report = portfolio()
    assert "Not accounted for" not in page
    short = render_portfolio(replace(report, parts=report.parts[1:]))
    missing = report.currency.show(report.parts[0][1])
    assert f'Not accounted for</th><td class="number">{missing}' in re.sub(r">\s+<", "><", section(short, "worth"))


def test_segments_are_ranked_by_their_mean_if_they_are_large_enough():
    found = segments(portfolio())
    assert plain(found.finding) == (
        f"ZAF corporate fleet is worth most per contract: R 4,020 (R 3,620 to R 4,420); NGA direct basic least: "
        f"{MINUS}R 610 ({MINUS}R 671 to {MINUS}R 549)."
    )
    assert "even the upper end of its interval is below zero (1 other segment below zero)" in found.blocks[-1].words
    wide = replace(SEGMENTS[4], ltv=Estimate(-610.0, -900.0, 20.0))
    unsure = segments(portfolio(segments=(*SEGMENTS[:4], wide)))
    assert "its interval holds zero" in unsure.blocks[-1].words
    small = segments(portfolio(segments=SEGMENTS[5:]))
    assert plain(small.finding).startswith("ZMB online premium is worth R 9,000")


def test_ends_name_the_month_after_the_term():
    found = ends(portfolio())
    assert found.finding == (
        "Contracts with a minimum term of 36 months end most often right after it: 9.0% (6.9% to 11.1%) of those that "
        "reach month 37, against 1.2% (0.8% to 1.6%) in month 18."
    )
    assert "before their minimum term ends" in found.blocks[-1].words
    even = ends(portfolio(hazards=(hazard(spike=0.012, level=0.012, months=36),)))
    assert "at much the same pace all the time: 1.2%" in even.finding
    assert "No month stands out" in even.blocks[-1].words
    early = hazard(spike=0.012)
    early.probability[4] = 0.2
    assert "most often in month 5: 20.0%" in ends(portfolio(hazards=(early,))).finding


def test_months_with_few_contracts_are_left_out():
    line = hazard(contracts=100.0)
    seen = int((line.contracts >= 30).sum())
    table = ends(portfolio(hazards=(line,))).blocks[0].pictures[0].table
    assert [row[0] for row in table.rows][-1] == str(seen)
    assert "cannot be told" in ends(portfolio(hazards=(hazard(contracts=20.0),))).finding


def test_the_queue_shows_what_each_action_brings(page):
    table = section(page, "unpaid")
    assert re.findall(r'<bdi class="id">([^<]*)</bdi>', table) == [line.contract_id for line in QUEUE]
    assert re.findall(r'<b class="best">([^<]*)</b>', table) == ["R 1,920.50", "KSh 4,100.00", "R 3,420.00"]
    assert "Later: cancel it and fetch the hardware after 4 months<" in table
    assert re.findall(r"<h3>([^<]*)</h3>", table) == [
        "Follow up",
        "Cancel",
        "Cancel and fetch the hardware",
        "Not decided",
    ]
    assert "2% of those that stopped paying" in table  # the one without advice
    assert "The first 4 of 52 in the collections queue" in table
    assert "for 30 of them it is best to follow up for another month" in table
    assert "Begin with contract C-100: cancel it and fetch the hardware." in table
    assert "unknown: a figure that the decision needs is not known" in table
    assert "R 440" in table  # priority of a contract in shillings, in the portfolio's currency
    many = render_portfolio(portfolio(queue=QUEUE[:3] * 10))
    assert section(many, "unpaid").count('<bdi class="id">') == 15


def test_prices_say_why_they_are_blocked(page):
    table = section(page, "prices")
    assert "1 of 3 segments does not pay off enough, or not in time: KEN direct basic." in table
    assert f"A contract is worth {MINUS}KSh 1,400.00" in table
    assert "It does not pay back within 60 months; 36 months are allowed." in table
    assert "36 months are allowed. It breaks even at KSh 1,040.00." in table
    assert "36.0% to 46.0%, from 310 quotes" in table
    assert "from the shipped table, not from quotes" in table
    assert "unknown: every price that was looked at brings more than it costs" in table
    assert table.count("at the edge of the prices looked at") == 2
    assert table.index("KEN direct basic</th>\n") < table.rindex("ZAF direct standard</th>\n")
    one_unknown = replace(PRICES[1], ltv=NOWHERE)
    some = render_portfolio(portfolio(prices=(PRICES[0], one_unknown, PRICES[2])))
    assert "2 of 3 segments pay off. 1 cannot be judged." in section(some, "prices")
    free = render_portfolio(portfolio(prices=PRICES[::2]))
    assert "all 2 segments pay off" in section(free, "prices")
    many = section(render_portfolio(portfolio(prices=PRICES[:2] * 40)), "prices")
    assert (many.count(">BLOCK<"), many.count(">PROCEED<")) == (15, 10)
    assert "55 segments with fewer quotes not listed" in many
    assert many.count("at the edge of the prices looked at") == 1
    assert "No quotes were read" in section(render_portfolio(CASES["no quotes"]()), "prices")


def test_assumptions_and_tables_are_told(page):
    basis, data = words_of(page, "basis"), words_of(page, "data")
    assert "1 of 3 figures that the values rest on comes from your data; 2 are settings." in basis
    assert "discount rate and theft rate" in basis
    assert f"Since 1 Mar 2024 {MINUS}3% a month." in basis
    assert "Of 123,303 rows in 2 tables, 123,203 (99.9%) count; every other row is accounted for" in data
    assert "payment without contract" in data
    assert "unknown status" not in data
    assert "In payments, 7 rows fell to “payment without contract”. Export the contracts" in data
    table = Assumption("Cost of a month", "36.0%", "Clove's illustrative price table")
    borrowed = words_of(render_portfolio(portfolio(assumptions=(*ASSUMPTIONS, table))), "basis")
    assert "Of 4 figures that the values rest on 1 comes from your data; 1 is from Clove's illustrative" in borrowed
    assert "2 are settings" in borrowed
    assert "your own figures in place of the table's: cost of a month" in borrowed
    none = words_of(render_portfolio(portfolio(assumptions=(table, *ASSUMPTIONS[1:]))), "basis")
    assert "none comes from your data" in none
    lost = render_portfolio(portfolio(tables=(replace(TABLES[0], kept=4_990), TABLES[1])))
    assert "10 rows cannot be accounted for" in section(lost, "data")


def test_what_is_not_known_is_a_dash_with_its_reason():
    page = render_portfolio(nothing_known())
    head = page[: page.index("<main")]
    assert head.count('class="unknown"') == 4  # the sum, lifetime value, fees, payback
    assert "Unknown: what it costs a month is not known." in head
    assert "3,698 contracts whose remaining value is not known are left out;" in head
    assert "so no price can be judged" in words_of(page, "prices")
    assert "Look at the price" not in head
    assert "Of 3,698 contracts not every figure is known: what it costs a month is not known." in words_of(
        page, "worth"
    )
    assert not re.search(r"R 0\b", Outline(page).text)
    assert "What to do about them cannot be told".lower() in words_of(page, "unpaid").lower()
    assert "unknown: no contract is live" in render_portfolio(ended())


def test_what_is_not_yours_is_said_on_the_first_screen():
    said = "Monthly costs are those of Clove's illustrative price table, not yours."
    page = render_portfolio(portfolio(not_yours=said))
    assert said in Outline(page[: page.index("<main")]).text
    assert "illustrative" not in Outline(render_portfolio(portfolio())[: page.index("<main")]).text


def test_only_what_lacks_a_remaining_value_is_left_out_of_it():
    report = portfolio()
    ltv = report.columns_ltv.copy()
    ltv[:3] = np.nan
    page = render_portfolio(replace(report, columns_ltv=ltv, unknown=(("an invoice is not known", 3),)))
    head = Outline(page[: page.index("<main")]).text
    assert "remaining value is not known" not in head
    assert "Without 3 contracts of which that is not known." in head


def test_without_payments_nobody_is_said_to_pay():
    unknown = render_portfolio(replace(no_lapsed(), stops_known=False))
    assert "cannot be told: there are neither payments nor changes of status" in words_of(unknown, "unpaid")
    assert "Nobody has stopped" not in unknown
    assert "it cannot be told whether they pay" in Outline(unknown[: unknown.index("<main")]).text


def test_a_stop_says_what_it_brings(page):
    line = replace(QUEUE[0], then="", brings="hardware R 1,200, penalty R 340")
    told = words_of(render_portfolio(portfolio(queue=(line, *QUEUE[1:]))), "unpaid")
    assert "Brings hardware R 1,200, penalty R 340" in told
    assert "Brings" not in words_of(page, "unpaid")


def test_where_few_contracts_end_red_is_said_to_be_rare(page):
    assert "the tier RED in contracts.csv is rare" in words_of(page, "ends")
    fast = portfolio(segments=tuple(replace(line, monthly_churn=0.3) for line in SEGMENTS))
    assert "RED" not in words_of(render_portfolio(fast), "ends")


def test_all_ended_and_no_lapsed_say_so():
    page = render_portfolio(ended())
    assert "No contract is live, so none is expected to bring anything" in page
    head = plain(page[: page.index("<main")])
    assert "In eight of ten cases" not in head
    assert "R 0" not in head
    assert "1,302 contracts ended;" in head
    assert not re.search("[Hh]alf of the (live|contracts)", render_portfolio(one()))
    assert "Nobody has stopped paying." in section(render_portfolio(no_lapsed()), "unpaid")
    assert "Look at the price of 1 segment" in render_portfolio(no_lapsed())


def test_hostile_texts_are_shown_and_harmless():
    page = render_portfolio(hostile())
    assert "<script" not in page
    assert HOSTILE in Outline(page).text


@pytest.mark.parametrize("seed", range(20))
def test_bins_hold_every_contract_on_its_side_of_zero(seed):
    rng = np.random.default_rng(seed)
    values = rng.normal(rng.normal(0, 3), 1, 500) * 10.0 ** rng.integers(-2, 7)
    values[:3] = NAN
    bins = LtvBins.of(values)
    assert bins.counts.sum() == 497
    assert bins.unknown == 3
    assert 0 in bins.edges
    assert bins.counts[bins.edges[1:] <= 0].sum() == bins.below_zero == np.nansum(values < 0)
    assert np.allclose(np.diff(bins.edges), bins.edges[1] - bins.edges[0])
    inside = np.histogram(values[np.isfinite(values)], bins.edges)[0]
    assert np.abs(bins.counts - inside)[1:-1].max(initial=0) <= 1  # on an edge by a hair
    assert bins.counts.size <= 23


def test_a_few_below_zero_have_a_bar_of_their_own():
    bins = LtvBins.of(np.append(np.linspace(1.0, 1e5, 999), -3.0))
    assert bins.edges[0] == -bins.edges[2] < 0
    assert bins.counts[0] == 1


@pytest.mark.parametrize("values", [[], [NAN], [0.0], [-1e-12], [5.0], [-5.0], [1e9, -1e-3], [250.0] * 9])
def test_bins_of_few_contracts(values):
    bins = LtvBins.of(np.array(values))
    assert bins.counts.sum() == np.isfinite(values).sum()
    assert bins.counts[bins.edges[1:] <= 0].sum() == bins.below_zero
    ET.fromstring(svg(ltv_histogram(bins, ZAR)))  # noqa: S314  ours


def test_steps_begin_where_the_last_one_ended():
    axes = money_steps([("a", 5.0), ("b", 2.0), ("c", -4.0)], ("all", Estimate(3.0, 2.0, 4.0)), ZAR).axes[0]
    assert [(bar.get_x(), bar.get_width()) for bar in axes.patches] == [(0, 5), (5, 2), (7, -4)]
    dot = next(line for line in axes.lines if line.get_marker() == "o")
    assert (dot.get_xdata()[0], dot.get_ydata()[0]) == (3.0, 3)
    assert "not all known" in svg(money_steps([("a", NAN)], ("all", NOWHERE), ZAR))


def test_rows_keep_their_place_where_one_is_not_known():
    axes = dot_rows([("a", about(5.0)), ("b", NOWHERE), ("c", about(-2.0))], str, "x").axes[0]
    dots = [(line.get_xdata()[0], line.get_ydata()[0]) for line in axes.lines if line.get_marker() == "o"]
    assert dots == [(5.0, 0), (-2.0, 2)]
    assert axes.get_xlim()[0] < -2
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b", "c"]


def test_the_fixture_fills_every_field():
    assert {field.name for field in fields(PortfolioReport)} == set(PortfolioReport.__slots__)
