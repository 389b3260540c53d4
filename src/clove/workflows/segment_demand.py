"""Who buys at a price, in every segment that the shipped table knows: sold so far, only quoted, or neither."""

import numpy as np
import pyarrow as pa

from clove.decisions.price_table import NAME, price_table
from clove.kernel.arrays import Floats
from clove.models.price_response import PriceResponse
from clove.models.quotes import Quotes
from clove.workflows.contract_money import RAND, Money
from clove.workflows.contract_segments import SEGMENT, Segments
from clove.workflows.summary import floats, labels


def segment_demand(quotes: pa.Table, listed: Floats, money: Money) -> tuple[PriceResponse, list[str]]:
    """From quotes, each segment's with what the shipped table and the others say.

    Args:
        quotes: As in `segment_quotes.sql`.
        listed: List price of each segment, in rand, in the order of the shipped table, shape (k,): around it quotes
            are made, and there the share that converts is what they tell best.
        money: Rates as of the date, for quotes of days without one.

    Returns:
        Of the table's k segments; and what is to be said of the quotes.

    Raises:
        DidNotConverge: The demand found no optimum.
    """
    table = price_table()
    every = Segments(pa.table(dict(zip(SEGMENT, (table.country, table.channel, table.tier), strict=True))))
    of, price = every.code(quotes), floats(quotes, "price") * _rand(quotes, money)
    usable = (of >= 0) & np.isfinite(price) & (price > 0)
    converted = quotes["converted"].to_numpy(zero_copy_only=False).astype(np.bool_)
    counted = Quotes.of(of[usable], price[usable], converted[usable], segments=len(table))
    said = []
    if not usable.any():
        said.append(f"There are no quotes: who buys at a price is taken from {NAME}.")
    elif (lost := int((~usable).sum())) > 0:
        said.append(
            f"{lost:,} quotes are of segments that {NAME} does not know, or without a price: they are left out."
        )
    return PriceResponse.fit(counted, table.alpha, table.beta, listed), said


def _rand(quotes: pa.Table, money: Money) -> Floats:
    """Rand that one unit of each quote's currency bought on its day, shape (n,); where unknown, as of the date."""
    codes = labels(quotes, "currency")
    own, rand = (
        np.where(money.currency == code, 1.0, floats(quotes, name))
        for code, name in ((codes, "rate"), (RAND, "rand_rate"))
    )
    then = own / rand
    return np.where(np.isfinite(then), then, money.rand_of(codes))
