"""What the currencies of a portfolio are worth as of its date: in the portfolio's own, and in rand."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.decisions.price_table import price_table
from clove.features.exchange import Exchange
from clove.kernel.arrays import Floats, Labels

RAND = "ZAR"


@dataclass(frozen=True, slots=True)
class Money:
    """Code -> rate."""

    currency: str  # of the portfolio's totals
    worth: Mapping[str, float]  # units of it that one unit buys
    rand: Mapping[str, float]  # rand that one unit buys: by the portfolio's rates, else by the shipped price table's

    @classmethod
    def of(cls, exchange: Exchange) -> Self:
        """Of an exchange as of the date."""
        table = price_table()
        rand = {str(code): float(rate) for code, rate in zip(table.currency, table.rand, strict=True)}
        if RAND in exchange.rates:
            rand |= {code: rate / exchange.rates[RAND] for code, rate in exchange.rates.items()}
        return cls(exchange.currency, dict(exchange.rates), rand)

    def worth_of(self, codes: Labels) -> Floats:
        """Of each contract's currency, shape (n,); nan where it has no rate."""
        return _looked_up(self.worth, codes)

    def rand_of(self, codes: Labels) -> Floats:
        """Rand that one unit of each contract's currency buys, shape (n,); nan where that is not known."""
        return _looked_up(self.rand, codes)


def _looked_up(rates: Mapping[str, float], codes: Labels) -> Floats:
    each, place = np.unique(codes.astype(str), return_inverse=True)
    return np.array([rates.get(code, np.nan) for code in each.tolist()], dtype=np.float64)[place]
