"""The words used, the method, and what is needed to repeat the run."""

from markupsafe import Markup

from clove.reports.blocks import Definitions, Facts, Section, Words
from clove.reports.contract_contents import PortfolioReport
from clove.reports.shown import DASH, day, plural

TERMS = (
    ("live", "Live contract", "One that has started and not ended: it pays, has stopped paying, or is suspended."),
    (
        "remaining",
        "Remaining value",
        (
            "What a live contract is expected to bring from now on within the horizon: fees, penalties and recoveries "
            "less monthly costs, each month weighed by the chance that the contract lives until then, and discounted. "
            "It is what losing the contract today would cost."
        ),
    ),
    (
        "ltv",
        "LTV, lifetime value",
        "What a contract has brought so far, plus its remaining value, less what was spent to win it.",
    ),
    (
        "expected",
        "Expected value",
        "The average over everything that may happen. It is the right figure to add up over contracts.",
    ),
    (
        "interval",
        "P10 to P90, the interval of the expectation",
        (
            "The expected value is itself not known exactly, because the chance of an end and the cash flows are "
            "estimates. In eight of ten cases it lies between P10 and P90. Every interval on this page is of this kind."
        ),
    ),
    (
        "outcome",
        "Interval of the outcome",
        (
            "What one contract will in fact bring varies far more than its expectation: it may end next month or stay "
            "for years. In eight of ten cases it lies between outcome_p10 and outcome_p90 in contracts.csv."
        ),
    ),
    ("upfront", "Upfront cost", "What is spent to win a contract: marketing, sales, fitting and hardware."),
    (
        "payback",
        "Payback",
        (
            "The first month, counted from a contract's start, by which its cash has earned back the upfront cost, "
            "discounted."
        ),
    ),
    ("term", "Minimum term", "Months that a customer commits to; whoever ends earlier owes a penalty."),
    (
        "hazard",
        "Chance of an end",
        "Of the contracts that begin a month, the share that ends in it, for whatever reason.",
    ),
    (
        "segment",
        "Segment",
        "All contracts of one country, sales channel and product tier.",
    ),
    ("arrears", "Owes", "The unpaid invoices up to the month in which a contract stopped paying, that month included."),
    (
        "gain",
        "Gain",
        "How much more the best action brings on average than the second best.",
    ),
    (
        "priority",
        "Priority",
        (
            "What a month of delay loses on average, by which the collections queue is ordered. Of a contract to "
            "follow up it is what is lost if nobody does; below zero where no contact is the better course."
        ),
    ),
    (
        "conversion",
        "Accepted, conversion",
        "The share of quotes at a price that become contracts.",
    ),
    ("breakeven", "Break-even price", "The price at which a new contract neither earns nor loses money."),
    (
        "best",
        "Best price",
        "Of the prices that were looked at, the one that brings most per quote: conversion times lifetime value.",
    ),
    ("mrr", "MRR, ARR", "The monthly fees of live contracts, and twelve times that. Suspended contracts are left out."),
    ("discount", "Discount rate", "How much less money in a year is worth than money today."),
    ("asof", "As-of date", "The day up to which the data are used. Nothing after it touches any figure."),
    ("unknown", DASH, "Unknown. The reason stands below the table or behind the dash. Unknown is never shown as 0."),
)


def words(report: PortfolioReport) -> Section:
    """Definitions, the method in a few sentences, facts of the run."""
    method = Markup("<b>The method.</b> {}").format(
        f"Every contract's state as of {day(report.as_of)} is rebuilt from dated rows. How likely a contract is to end "
        "in each month is learnt by segment and months served, small segments leaning on the others. "
        f"With it the fees, penalties, recoveries and costs of the next {plural(report.horizon_months, 'month')} are "
        "weighed and discounted. Many draws of the chance of an end and of the cash flows, partly common to all "
        "contracts, give the intervals. What to do about a contract that stopped paying is found by looking back from "
        "the last month in which waiting can help."
    )
    facts = (
        ("As of", day(report.as_of)),
        ("Horizon", plural(report.horizon_months, "month")),
        ("Discount rate", f"{report.discount_rate * 100:.4g}% a year"),
        ("Currency of totals", report.currency.code or "not given, so amounts are shown bare"),
        ("Seed", str(report.seed)),
        ("Clove version", report.version),
        ("Data hash", report.data_hash),
    )
    return Section(
        "words",
        "Words, method and how to repeat this",
        "Every figure on this page can be traced and made again.",
        (Definitions(TERMS), Words((method,)), Facts(facts)),
    )
