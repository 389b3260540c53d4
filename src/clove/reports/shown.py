"""Numbers as a person reads them. What is unknown is a dash that carries its reason, never a zero."""

import math
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias, TypeGuard

from markupsafe import escape

from clove.kernel.money import Currency

DASH = "–"  # noqa: RUF001  the sign that tables use for what is unknown
SHORTENED = 60  # characters of a customer id that a table line can bear
INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # control, formatting (direction overrides too) and line-breaking characters
SCALES = ((1e12, "tn"), (1e9, "bn"), (1e6, "M"), (1e3, "k"))


@dataclass(frozen=True, slots=True)
class Unknown:
    """A figure that cannot be had, and why; one sentence without a final full stop."""

    reason: str

    def __str__(self) -> str:
        return DASH

    def __html__(self) -> str:
        reason = escape(self.reason)
        return f'<span class="unknown" title="{reason}">{DASH}<span class="unseen"> unknown: {reason}</span></span>'


Shown: TypeAlias = str | Unknown


def known(figure: float | None) -> TypeGuard[float]:
    """Whether there is a finite number."""
    return figure is not None and math.isfinite(figure)


def money(currency: Currency, amount: float | None, why: str = "no amount could be computed") -> Shown:
    """An amount in full."""
    return currency.show(amount) if amount is not None and math.isfinite(amount) else Unknown(why)


def between(currency: Currency, low: float | None, high: float | None, why: str = "no interval was computed") -> Shown:
    """An interval of money."""
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return Unknown(why)
    return f"{currency.show(low)} to {currency.show(high)}"


def short_money(currency: Currency, amount: float) -> str:
    """An amount for the axis of a picture: three digits and a scale.

    >>> short_money(Currency("GBP"), 1_234_567), short_money(Currency("EUR"), 0.5), short_money(Currency(""), 2000)
    ('£1.23M', '€0.50', '2k')
    """
    if not math.isfinite(amount):
        return DASH
    # rounded to three digits before the scale is chosen, so that 999,999 is 1M and not 1000k
    amount = float(f"{amount:.3g}")
    prefix = currency.show(0).rstrip("0.")
    sign = "-" if amount < 0 else ""
    size = abs(amount)
    for scale, name in SCALES:
        if size >= scale:
            number = f"{size / scale:.3g}" if size / scale < 1000 else f"{size / scale:,.0f}"
            return f"{sign}{prefix}{number}{name}"
    if size >= 1 or size == 0 or currency.decimals == 0:
        return f"{sign}{prefix}{size:.3g}"
    return f"{sign}{prefix}{size:.2f}"


def count(number: float | None, why: str = "it could not be counted") -> Shown:
    """A whole number with thousands separators."""
    return f"{number:,.0f}" if number is not None and math.isfinite(number) else Unknown(why)


def decimal(number: float | None, digits: int = 1, why: str = "it could not be computed") -> Shown:
    """A number with so many digits after the point."""
    return f"{number:,.{digits}f}" if number is not None and math.isfinite(number) else Unknown(why)


def significant(number: float | None, why: str = "it could not be computed") -> Shown:
    """A number with four significant digits."""
    return f"{number:,.4g}" if number is not None and math.isfinite(number) else Unknown(why)


def percent(share: float | None, digits: int = 0, why: str = "there is nothing to take a share of") -> Shown:
    """A share of one as a percentage; a share that would round to nothing or to all is said to be near it.

    >>> percent(0.614), percent(0.002), percent(0.998), percent(0.0)
    ('61%', 'under 1%', 'over 99%', '0%')
    """
    if share is None or not math.isfinite(share):
        return Unknown(why)
    smallest = 10**-digits / 100
    if 0 < share < smallest / 2:
        return f"under {smallest * 100:.{digits}f}%"
    if 1 - smallest / 2 < share < 1:
        return f"over {100 - smallest * 100:.{digits}f}%"
    return f"{share * 100:,.{digits}f}%"


def signed_percent(share: float | None, why: str = "there is nothing to compare with") -> Shown:
    """A difference as a percentage, with its sign."""
    return f"{share * 100:+,.0f}%" if share is not None and math.isfinite(share) else Unknown(why)


def day(moment: date) -> str:
    """A date that no country reads wrongly.

    >>> day(date(2011, 12, 9))
    '9 Dec 2011'
    """
    return f"{moment.day} {moment:%b %Y}" if moment.year >= 1000 else moment.isoformat()


def plural(number: int, one: str, many: str = "") -> str:
    """A count with its noun.

    >>> plural(1, "customer"), plural(4338, "customer")
    ('1 customer', '4,338 customers')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def identifier(text: str) -> str:
    """A customer id on one line: invisible characters made visible, a very long one cut with an ellipsis."""
    seen = "".join(
        "\ufffd" if unicodedata.category(letter) in INVISIBLE else letter for letter in text[: SHORTENED + 1]
    )
    return seen if len(seen) <= SHORTENED else f"{seen[: SHORTENED - 1]}…"
