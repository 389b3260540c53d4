"""Numbers as a person reads them. What is unknown is a dash that carries its reason, never a zero."""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias, TypeGuard

from markupsafe import escape

from clove.kernel.money import LARGE, Currency
from clove.kernel.period import TimeUnit

DASH = "–"  # noqa: RUF001  the sign that tables use for what is unknown
MINUS = "−"  # noqa: RUF001  as wide as a plus, and never broken from its number
NO_BREAK = "\N{NO-BREAK SPACE}"  # between a currency's letters and the amount
SHORTENED = 60  # characters of a customer id that a table line can bear
INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # control, formatting (direction overrides too) and line-breaking characters
SCALES = ((1e12, "tn"), (1e9, "bn"), (1e6, "M"), (1e3, "k"))
LARGE_WORDS = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))
CENTS_BELOW = 100  # of amounts rounded to three digits
ISO_DATE = re.compile(r"(?<![\w-])(\d{4})-(\d\d)-(\d\d)(?![\w-])")
HYPHEN_MINUS = re.compile(r"(?<![\w.)-])-(?=\d)")


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


def rough(currency: Currency, amount: float | None, why: str = "no amount could be computed") -> Shown:
    """An amount for a sentence: three digits, since a forecast is never more exact.

    >>> rough(Currency("GBP"), 8_900_545), rough(Currency("GBP"), 435_440), rough(Currency("EUR"), 12.345)
    ('£8.90 million', '£435,000', '€12.30')
    """
    if amount is None or not math.isfinite(amount):
        return Unknown(why)
    amount = float(f"{amount:.3g}")
    sign, size, symbol = MINUS if amount < 0 else "", abs(amount), _symbol(currency)
    for scale, name in LARGE_WORDS:
        if size >= scale:
            number = size / scale
            digits = 2 - min(int(math.log10(number)), 2)
            return f"{sign}{symbol}{number:,.{digits}f} {name}"
    digits = currency.decimals if size < CENTS_BELOW else 0
    # less than the smallest coin is not nothing
    if 0 < size < 0.5 * 10.0**-digits:
        return f"under {symbol}{10.0**-digits:.{digits}f}"
    return f"{sign}{symbol}{size:,.{digits}f}"


def between(currency: Currency, low: float | None, high: float | None, why: str = "no interval was computed") -> Shown:
    """An interval for a sentence, its bounds to three digits."""
    bounds = rough(currency, low, why), rough(currency, high, why)
    return next((bound for bound in bounds if isinstance(bound, Unknown)), f"{bounds[0]} to {bounds[1]}")


def money_column(
    currency: Currency, amounts: Sequence[float | None], why: str = "no amount could be computed"
) -> tuple[Shown, ...]:
    """The amounts of a column in full: all with minor units, or none once one of them is large.

    >>> money_column(Currency("GBP"), [12345.6, 0.2, None, 3.0])[:2]
    ('£12,346', 'under £1')
    """
    digits = _digits(currency, amounts)
    return tuple(_in_full(currency, amount, digits) if known(amount) else Unknown(why) for amount in amounts)


def interval_column(
    currency: Currency, intervals: Sequence[tuple[float | None, float | None]], why: str = "no interval was computed"
) -> tuple[Shown, ...]:
    """The intervals of a column in full, written alike."""
    digits = _digits(currency, [bound for interval in intervals for bound in interval])
    return tuple(
        f"{_in_full(currency, low, digits)} to {_in_full(currency, high, digits)}"
        if known(low) and known(high)
        else Unknown(why)
        for low, high in intervals
    )


def _digits(currency: Currency, amounts: Sequence[float | None]) -> int:
    return 0 if any(known(amount) and abs(amount) >= LARGE for amount in amounts) else currency.decimals


def _in_full(currency: Currency, amount: float, digits: int) -> str:
    symbol, rounded = _symbol(currency), round(abs(amount), digits)
    if amount and not rounded:
        return f"under {symbol}{10.0**-digits:.{digits}f}"
    return f"{MINUS if amount < 0 else ''}{symbol}{rounded:,.{digits}f}"


def _symbol(currency: Currency) -> str:
    return currency.show(0).rstrip("0.").replace(" ", NO_BREAK)


def short_money(currency: Currency, amount: float) -> str:
    """An amount for the axis of a picture: three digits and a scale.

    >>> short_money(Currency("GBP"), 1_234_567), short_money(Currency("EUR"), 0.5), short_money(Currency(""), 2000)
    ('£1.23M', '€0.50', '2k')
    """
    if not math.isfinite(amount):
        return DASH
    # rounded to three digits before the scale is chosen, so that 999,999 is 1M and not 1000k
    amount = float(f"{amount:.3g}")
    prefix = _symbol(currency)
    sign = MINUS if amount < 0 else ""
    size = abs(amount)
    for scale, name in SCALES:
        if size >= scale:
            number = f"{size / scale:.3g}" if size / scale < 1000 else f"{size / scale:,.0f}"
            return f"{sign}{prefix}{number}{name}"
    if size >= 1 or size == 0 or currency.decimals == 0:
        return f"{sign}{prefix}{size:.3g}"
    return f"{sign}{prefix}{size:.2f}"


def signed_money(currency: Currency, amount: float) -> str:
    """What is added to or taken from an amount, for a line in which it stands beside words.

    >>> signed_money(Currency("GBP"), 293_631.5), signed_money(Currency("EUR"), -45.2)
    ('+£294k', '−€45.2')
    """  # noqa: RUF002  the minus sign
    return f"{'+' if amount >= 0 else ''}{short_money(currency, amount)}"


def count(number: float | None, why: str = "it could not be counted") -> Shown:
    """A whole number with thousands separators."""
    return f"{number:,.0f}" if number is not None and math.isfinite(number) else Unknown(why)


def decimal(number: float | None, digits: int = 1, why: str = "it could not be computed") -> Shown:
    """A number with so many digits after the point."""
    return f"{number:,.{digits}f}".replace("-", MINUS) if known(number) else Unknown(why)


def significant(number: float | None, why: str = "it could not be computed") -> Shown:
    """A number with four significant digits."""
    return f"{number:,.4g}".replace("-", MINUS) if known(number) else Unknown(why)


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
    return f"{share * 100:+,.0f}%".replace("-", MINUS) if known(share) else Unknown(why)


def day(moment: date) -> str:
    """A date that no country reads wrongly.

    >>> day(date(2011, 12, 9))
    '9 Dec 2011'
    """
    return f"{moment.day} {moment:%b %Y}" if moment.year >= 1000 else moment.isoformat()


def month(name: str) -> str:
    """A calendar month, from its name in ISO's way.

    >>> month("2011-01")
    'Jan 2011'
    """
    return f"{date.fromisoformat(f'{name}-01'):%b %Y}"


def prose(text: str) -> str:
    """A sentence from elsewhere in the page's way of writing dates, minus signs and percentages.

    >>> prose("As of 2011-12-09 the forecast was off by -33 %.")
    'As of 9 Dec 2011 the forecast was off by −33%.'
    """  # noqa: RUF002  the minus sign
    return HYPHEN_MINUS.sub(MINUS, ISO_DATE.sub(_as_day, text)).replace(" %", "%")


def _as_day(found: re.Match[str]) -> str:
    try:
        return day(date.fromisoformat(found[0]))
    except ValueError:  # looks like a date and is none, such as a customer's id
        return found[0]


def plural(number: int, one: str, many: str = "") -> str:
    """A count with its noun.

    >>> plural(1, "customer"), plural(4338, "customer")
    ('1 customer', '4,338 customers')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def units(unit: TimeUnit) -> str:
    """The plural of a time unit.

    >>> units(TimeUnit.DAY), units(TimeUnit.OPPORTUNITY)
    ('days', 'opportunities')
    """
    return "opportunities" if unit is TimeUnit.OPPORTUNITY else f"{unit.value}s"


def visible(text: str) -> str:
    """Text on one line, each invisible character in the guise of one that is seen."""
    return "".join("\ufffd" if unicodedata.category(letter) in INVISIBLE else letter for letter in text)


def identifier(text: str) -> str:
    """A customer id on one line: invisible characters made visible, a very long one cut with an ellipsis."""
    seen = visible(text[: SHORTENED + 1])
    return seen if len(seen) <= SHORTENED else f"{seen[: SHORTENED - 1]}…"
