"""Money as people read it; inside the science it is float64 in the currency's major unit."""

import re
from dataclasses import dataclass
from typing import Self

from clove.kernel.errors import ArgumentRefused

SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$", "JPY": "¥", "INR": "₹", "ZAR": "R ", "KES": "KSh ", "NGN": "₦"}
THREE_DIGITS = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}
NO_MINOR_UNIT = {"JPY", "KRW", "VND", "CLP", "ISK", "UGX", "XAF", "XOF"}
LARGE = 10_000  # from here on, minor units are noise to a reader


@dataclass(frozen=True, slots=True)
class Currency:
    """An ISO 4217 code, or none when the file does not say."""

    code: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a three-letter code; empty means that amounts are shown bare.

        Raises:
            ArgumentRefused: Not three letters.
        """
        code = text.strip().upper()
        if code and not re.fullmatch(r"[A-Z]{3}", code):
            raise ArgumentRefused(
                f"{text!r} is no currency code", where="--currency", remedy="Give three letters, such as GBP or EUR"
            )
        return cls(code)

    @property
    def decimals(self) -> int:
        """Digits of the minor unit."""
        return 0 if self.code in NO_MINOR_UNIT else 3 if self.code in THREE_DIGITS else 2

    def show(self, amount: float) -> str:
        """For people.

        >>> Currency("GBP").show(1234.5), Currency("GBP").show(-98765.4), Currency("").show(12)
        ('£1,234.50', '-£98,765', '12.00')
        """
        digits = 0 if abs(amount) >= LARGE else self.decimals
        sign = "-" if round(amount, digits) < 0 else ""
        symbol = SYMBOLS.get(self.code, f"{self.code} " if self.code else "")
        return f"{sign}{symbol}{abs(amount):,.{digits}f}"
