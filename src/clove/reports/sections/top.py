"""The most valuable customers by name."""

from markupsafe import Markup

from clove.kernel.money import Currency
from clove.reports.bars import interval_bar
from clove.reports.blocks import Column, Section, Table, Words
from clove.reports.contents import TopCustomer, ValueReport
from clove.reports.sections.alive import still_active, tells_who_left
from clove.reports.shown import (
    Shown,
    Unknown,
    count,
    day,
    identifier,
    interval_column,
    known,
    money_column,
    percent,
    plural,
    signed_money,
)

NO_VALUE = "no value could be computed for this customer"
BANDS = "A wide band means that little is known of a customer, not that something is wrong."
CALL = " A low chance of still being active beside a high value is the best reason to call."


def top(report: ValueReport) -> Section:
    """A table in which each estimate draws its interval, all on one scale."""
    if not report.top:
        return Section("top", "Your most valuable customers", "There is no customer to list.", ())
    scale = max((x for line in report.top for x in (line.clv.p90, line.clv.mean) if known(x)), default=0.0)
    columns = (
        Column("Customer", number=False, help="With what sets them apart most from a typical customer"),
        Column(
            "Expected value, P10 to P90",
            number=False,
            help="The dot is the expected value; the band holds eight of ten outcomes",
        ),
        Column("Median", help="As likely to bring more as to bring less"),
        Column("Still active", help="Chance of still being a customer"),
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
                _rows(report, scale),
                note="All customers are in customers.csv, beside this page.",
                stack=True,
            ),
            Words((f"{BANDS}{CALL if tells_who_left(report) else ''}",)),
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


def _rows(report: ValueReport, scale: float) -> tuple[tuple[Shown, ...], ...]:
    lines, currency = report.top, report.currency
    means = money_column(currency, [line.clv.mean for line in lines], NO_VALUE)
    reaches = interval_column(currency, [(line.clv.p10, line.clv.p90) for line in lines])
    cells = (
        [_name(line, currency) for line in lines],
        [
            _estimate(mean, reach, interval_bar(line.clv, scale, currency, of=f"Customer {_id(line)}"))
            for line, mean, reach in zip(lines, means, reaches, strict=True)
        ],
        money_column(currency, [line.p50 for line in lines], NO_VALUE),
        [still_active(report, line.probability_alive) for line in lines],
        [day(line.last_purchase) for line in lines],
        [count(line.orders) for line in lines],
        money_column(currency, [line.historical for line in lines], "the orders carry no amounts"),
    )
    return tuple(zip(*cells, strict=True))


def _id(line: TopCustomer) -> str | Unknown:
    shown = identifier(line.customer_id)
    return shown if shown.strip() else Unknown("this customer's id is blank")


def _name(line: TopCustomer, currency: Currency) -> Markup:
    named = Markup('<bdi class="id">{}</bdi><small>{}</small>').format(_id(line), line.segment)
    if not line.moved_by or not known(line.moved):
        return named
    return named + Markup("<small>{}: {}</small>").format(line.moved_by, signed_money(currency, line.moved))


def _estimate(mean: Shown, reach: Shown, bar: Markup) -> Shown:
    """Figure, drawing and interval in one cell."""
    if isinstance(mean, Unknown):
        return mean
    return Markup('<span class="figure">{}</span>{}<span class="reach">{}</span>').format(mean, bar, reach)
