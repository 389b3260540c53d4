"""Dates among a command's words."""

from datetime import date

from clove.kernel.errors import ArgumentRefused


def parse_date(option: str, text: str) -> date | None:
    """A day, or none where nothing was said.

    Raises:
        ArgumentRefused: Not a date.
    """
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentRefused(
            f"{text!r} is no date", where=option, remedy="Give year-month-day, such as 2011-12-09"
        ) from None
