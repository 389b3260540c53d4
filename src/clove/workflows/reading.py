"""What the files decide where the request leaves it open: the as-of date and the currency."""

from datetime import date

from clove.intake.read import Intake
from clove.kernel.errors import ArgumentRefused
from clove.kernel.money import Currency


def as_of_day(asked: date | None, intake: Intake, today: date) -> date:
    """The day up to whose end everything is known: the one asked for, or that of the last event.

    Raises:
        ArgumentRefused: It lies after today.
    """
    if asked is None:
        return intake.last_event
    if asked > today:
        raise ArgumentRefused(f"{asked} lies after today, {today}", where="--as-of", remedy="Give a date up to today")
    return asked


def shown_currency(asked: Currency, intake: Intake) -> Currency:
    """The one asked for, or the one that the files name.

    Raises:
        ArgumentRefused: Both are there and differ.
    """
    if intake.currency is None or intake.currency == asked.code:
        return asked
    if asked.code:
        raise ArgumentRefused(
            f"{asked.code} was asked for, but the files' amounts are in {intake.currency}",
            where="--currency",
            remedy="Leave the option out, or convert the amounts first; Clove does not exchange money",
        )
    return Currency.parse(intake.currency)
