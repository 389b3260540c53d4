"""The words used, the method, and what is needed to repeat the run."""

from markupsafe import Markup

from clove.reports.blocks import Definitions, Facts, Section, Words
from clove.reports.contents import WHOLE, ValueReport
from clove.reports.shown import DASH, MINUS, day

TERMS = (
    (
        "asof",
        "As-of date",
        (
            "The day up to which the data are used. Nothing after it touches any figure, save in the test of an old "
            "forecast."
        ),
    ),
    ("horizon", "Horizon", "How far ahead the forecast looks, from the as-of date on."),
    (
        "clv",
        "CLV, customer lifetime value",
        (
            "What a customer is expected to bring within the horizon, times the margin and discounted. What they "
            "brought before is shown apart."
        ),
    ),
    (
        "expected",
        "Expected value",
        ("The average over everything that may happen. It is the right figure to add up over customers."),
    ),
    (
        "median",
        "Median (P50)",
        (
            "A customer is as likely to bring more as to bring less. It is often lower than the expected value, "
            "because a few outcomes are very high."
        ),
    ),
    (
        "interval",
        "P10, P90",
        (
            "One outcome in ten lies below P10 and one in ten above P90, so eight in ten lie between. A P90 of 0 "
            "means that the customer will most likely buy nothing."
        ),
    ),
    (
        "alive",
        "Probability of being alive (still active)",
        (
            "The chance that a customer has not left for good. Customers of a shop leave without a word, so it is "
            "inferred from their silence beside their rhythm. Whoever bought once has shown no rhythm, so of them it "
            "cannot be known."
        ),
    ),
    ("frequency", "Frequency", "The number of repeat purchases: days with a purchase, the first one not counted."),
    (
        "recency",
        "Recency",
        (
            "Days from a customer's first purchase to the last. “Days since the last purchase” is another figure: "
            "from the last one to the as-of date."
        ),
    ),
    ("age", "T, age", "Days from a customer's first purchase to the as-of date."),
    (
        "percentile",
        "Percentile",
        (
            "The rank of a customer out of a hundred; whoever is in the 90th percentile is worth more than 90 of 100 "
            "others."
        ),
    ),
    ("segment", "Segment", "One of five groups of customers, cut by percentile of expected value."),
    ("cohort", "Cohort", "All customers whose first purchase fell in the same month."),
    ("retention", "Retention", "The share of a cohort that buys in a later month."),
    (
        "holdout",
        "Holdout",
        ("The last part of the data, hidden from the models so that their forecast of it can be judged."),
    ),
    (
        "boosted",
        "Boosted value",
        (
            "A forecast that corrects the purchase model by what customers like this one did next: what they return, "
            "how their orders grow, how many of them came back. It is learnt from earlier dates."
        ),
    ),
    (
        "blend",
        f"Blend ({WHOLE})",
        (
            "The purchase model's forecast and the boosted value's in one, weighted by how well each did on earlier "
            "dates. Where the history is too short for that, the purchase model forecasts alone."
        ),
    ),
    (
        "runrate",
        "Run rate",
        "A simple rule to compare with: every customer goes on as before, and nobody ever leaves.",
    ),
    (
        "naivemean",
        "Naive mean",
        "The simplest rule to compare with: every customer will do what the average customer has done.",
    ),
    ("mae", "MAE, mean absolute error", "The average miss per customer, in money."),
    ("rmse", "RMSE, root mean square error", "A miss per customer in which large misses weigh more."),
    (
        "spearman",
        "Spearman rank correlation",
        ("Whether customers are put in the right order: 1 is perfect, 0 is chance."),
    ),
    ("bias", "Total bias", f"How much the forecast of the total was too high (+) or too low ({MINUS})."),
    ("margin", "Margin", "The share of revenue that is left after costs; 100% if the amounts are revenue."),
    ("discount", "Discount rate", "How much less money in a year is worth than money today."),
    ("unknown", DASH, "Unknown. The reason stands below the table or behind the dash. Unknown is never shown as 0."),
)


def words(report: ValueReport) -> Section:
    """Definitions, five sentences of method, facts of the run."""
    method = Markup("<b>The method.</b> {}").format(
        f"Orders are cleaned by the rules above and summed up per customer as of {day(report.as_of)}. "
        "Each customer is taken to buy at a pace of their own until, at some unseen moment, they leave for good; how "
        "paces and leavings differ between customers is learnt from the whole base. "
        "What they spend per purchase is learnt the same way, so that a customer with little history leans on the "
        "others. "
        f"From both, many futures over the next {report.horizon} follow for every customer, with what is uncertain "
        "about the models themselves; their average is the expected value, and their spread gives P10, P50 and P90. "
        "Where there is enough history, the same was done as of an earlier date and held against what came."
    )
    facts = (
        ("As of", day(report.as_of)),
        ("Data since", day(report.first_event)),
        ("Horizon", f"{report.horizon}, until {day(report.until)}"),
        ("Models", report.source),
        ("Margin", f"{report.margin * 100:.4g}%"),
        ("Discount rate", f"{report.discount_rate * 100:.4g}% a year"),
        ("Currency", report.currency.code or "not given, so amounts are shown bare"),
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
