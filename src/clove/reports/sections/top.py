"""The most valuable customers by name."""

from markupsafe import Markup

from clove.reports.bars import interval_bar
from clove.reports.blocks import Column, Section, Table, Words
from clove.reports.contents import TopCustomer, ValueReport
from clove.reports.shown import Shown, Unknown, between, count, day, identifier, known, money, percent, plural

NO_VALUE = "no value could be computed for this customer"
BANDS = (
    "A wide band means that little is known of a customer, not that something is wrong. A low chance of still being "
    "active beside a high value is the best reason to call."
)


def top(report: ValueReport) -> Section:
    """A table in which each estimate draws its interval, all on one scale."""
    if not report.top:
        return Section("top", "Your most valuable customers", "There is no customer to list.", ())
    scale = max((x for line in report.top for x in (line.clv.p90, line.clv.mean) if known(x)), default=0.0)
    columns = (
        Column("Customer", number=False),
        Column(
            "Expected value, P10 to P90",
            number=False,
            help="The dot is the expected value; the band holds eight of ten outcomes",
        ),
        Column("Median", help="As likely to bring more as to bring less"),
        Column("Still active", help="Probability of still being a customer"),
        Column("Last purchase", number=False, tight=True),
        Column("Orders"),
        Column("Already brought"),
    )
    return Section(
        "top",
        "Your most valuable customers",
        _finding(report),
        (
            Table(
                f"The {len(report.top):,} customers with the highest expected value over the next {report.horizon}",
                columns,
                tuple(_row(report, line, scale) for line in report.top),
                note="All customers are in customers.csv, beside this page.",
            ),
            Words((BANDS,)),
        ),
    )


def _finding(report: ValueReport) -> str:
    values = [line.clv.mean for line in report.top]
    if not all(known(x) for x in values) or not known(report.clv.mean) or report.clv.mean <= 0:
        return f"These are the {plural(len(report.top), 'customer')} with the highest rank."
    share = percent(sum(values) / report.clv.mean)
    if len(report.top) == 1:
        return f"Your most valuable customer is expected to bring {share} of the total."
    return f"Your {len(report.top):,} most valuable customers are expected to bring {share} of the total."


def _row(report: ValueReport, line: TopCustomer, scale: float) -> tuple[Shown, ...]:
    shown = identifier(line.customer_id)
    value = money(report.currency, line.clv.mean, NO_VALUE)
    if isinstance(value, Unknown):
        estimate: Shown = value
    else:
        estimate = Markup('<span class="figure">{}</span>{}<span class="reach">{}</span>').format(
            value,
            interval_bar(line.clv, scale, report.currency, of=f"Customer {shown}"),
            between(report.currency, line.clv.p10, line.clv.p90),
        )
    return (
        Markup('<bdi class="id">{}</bdi><small>{}</small>').format(
            shown if shown.strip() else Unknown("this customer's id is blank"), line.segment
        ),
        estimate,
        money(report.currency, line.p50, NO_VALUE),
        percent(line.probability_alive, why=NO_VALUE),
        day(line.last_purchase),
        count(line.orders),
        money(report.currency, line.historical, "the orders carry no amounts"),
    )
