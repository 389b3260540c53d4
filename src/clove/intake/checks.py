"""The cleaning rules: their names, order and remedies, and the SQL that applies them to a piece of a file."""

from dataclasses import dataclass
from functools import cache
from importlib import resources

from clove.intake.cells import literal, text_of
from clove.intake.columns import LINES, Columns
from clove.intake.dates import DatePlan
from clove.intake.ids import IdPlan
from clove.intake.numbers import NumberPlan
from clove.intake.statuses import NOT_PAID as NOT_PAID_WORDS
from clove.intake.statuses import word_sql


@dataclass(frozen=True, slots=True)
class Rule:
    """A reason for which a row is no event, and what a person can do about it."""

    name: str
    remedy: str


MALFORMED = Rule("malformed row", "Give the row as many cells as the header has; quote cells that hold the delimiter")
NULL_CUSTOMER = Rule("null customer", "Record the customer with every order; without one the row cannot be attributed")
NOT_PAID = Rule("not paid", "Nothing to do if the money never came; else count the rows as sales with --map status=")
NON_PRODUCT = Rule(
    "non-product stock code",
    "Nothing to do for postage, fees and adjustments; "
    "if it is a product of yours, leave the column out with --map item=",
)
UNREADABLE = Rule("unreadable quantity or price", "Write plain numbers, such as 12.50, below a million million")
NOT_ABOVE_ZERO = Rule(
    "quantity or price not above zero",
    "Nothing to do for what was free; else correct the amount, or mark a return by an order number that begins with C",
)
DUPLICATE = Rule(
    "exact duplicate", "Nothing to do if the row was exported twice; else tell the rows apart by a line number"
)
UNREADABLE_DATE = Rule("unreadable date", "Write dates as YYYY-MM-DD, with HH:MM:SS behind if the time is known")
BEFORE_1970 = Rule("before 1970", "Correct the date; a date before 1970 is most often an empty one")
AFTER_TODAY = Rule("after today", "Correct the date, or give the day of the export with --today")

RULES = (
    MALFORMED,
    NULL_CUSTOMER,
    NOT_PAID,
    NON_PRODUCT,
    UNREADABLE,
    NOT_ABOVE_ZERO,
    DUPLICATE,
    UNREADABLE_DATE,
    BEFORE_1970,
    AFTER_TODAY,
)
"""In the order in which they are applied; the first that matches counts.

A cancellation stands between the null customer and the non-product stock code: it makes the row a return, which is
kept, so it is no rejection.
"""

SMALLEST = 1e-6
"""An amount below it would vanish in the ledger's exact sums."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How each cell of a table is read; two plans are equal when they read every cell alike."""

    columns: Columns
    width: int
    time: DatePlan
    numbers: tuple[tuple[str, NumberPlan], ...]
    ids: IdPlan


def judge_sql(plan: Plan) -> str:
    """The query that turns `incoming` into judged rows; `$end` of today is to be bound."""
    at, lines = plan.columns.at, plan.columns.layout == LINES
    cells = [f"c{i}" for i in range(plan.width)]
    numbers = dict(plan.numbers)

    def text(name: str) -> str:
        return text_of(name) if name in at else "NULL::VARCHAR"

    def identity(name: str) -> str:
        return plan.ids.expression(name, text_of(name)) if name in at else "NULL::VARCHAR"

    def number(name: str) -> str:
        return numbers[name].expression(text_of(name)) if name in at else "NULL::DOUBLE"

    needed = " AND ".join(f"{text(name)} = ''" for name in ("customer", "time", "amount", "price") if name in at)
    return _template().format(
        blank=f"CASE WHEN {needed} THEN trim(concat({', '.join(cells)})) = '' ELSE false END",
        key_a=f"hash({', '.join(cells)})",
        key_b=f"hash('clove', {', '.join(reversed(cells))})",
        customer=identity("customer"),
        order=identity("order"),
        item=f"nullif({text('item')}, '')",
        country=f"nullif({text('country')}, '')",
        channel=f"nullif({text('channel')}, '')",
        category=f"nullif({text('category')}, '')",
        time=plan.time.expression(text_of("time")),
        amount=f"({number('amount')} / {plan.columns.minor_per_unit})"
        if plan.columns.minor_per_unit > 1
        else number("amount"),
        status_text=text("status"),
        not_paid_word=f"({word_sql()} IN ({', '.join(map(literal, NOT_PAID_WORDS))}))" if "status" in at else "false",
        quantity=number("quantity"),
        price=number("price"),
        number_texts="quantity_text, price_text" if lines else "amount_text",
        number_shown="quantity_text || ' x ' || price_text" if lines else "amount_text",
        # a letter and a digit, with at most one sign between: C536379, c-1001
        cancelled="CASE WHEN starts_with(order_id, 'C') OR starts_with(order_id, 'c') "
        "THEN regexp_matches(order_id, '^.[-_ #]?[0-9]') ELSE false END",
        is_return="cancelled" if lines else "(cancelled OR coalesce(given_amount < 0, false))",
        # a row that is no return has to have both above zero, not their product alone
        signed_amount="CASE WHEN (given_quantity > 0 AND price > 0) OR cancelled THEN given_quantity * price "
        "WHEN given_quantity IS NOT NULL AND price IS NOT NULL THEN 0 END"
        if lines
        else "given_amount",
        is_product=plan.ids.is_product("item"),
        smallest=SMALLEST,
        null_customer=literal(NULL_CUSTOMER.name),
        not_paid=literal(NOT_PAID.name),
        non_product=literal(NON_PRODUCT.name),
        unreadable=literal(UNREADABLE.name),
        not_above_zero=literal(NOT_ABOVE_ZERO.name),
        unreadable_date=literal(UNREADABLE_DATE.name),
        before_1970=literal(BEFORE_1970.name),
        after_today=literal(AFTER_TODAY.name),
    )


def remedy_sql(rule: str) -> str:
    """SQL for the remedy of the rule in a column."""
    return "CASE " + " ".join(f"WHEN {rule} = {literal(r.name)} THEN {literal(r.remedy)}" for r in RULES) + " END"


@cache
def _template() -> str:
    return resources.files("clove.intake").joinpath("checks.sql").read_text(encoding="utf-8")
