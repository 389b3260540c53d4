"""What each factor is with each customer, in a few words."""

from calendar import month_name

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clove.kernel.arrays import Bools, Floats
from clove.valuation.explanation_factors import FACTORS
from clove.workflows.summary import floats

EVEN, UNEVEN = 0.5, 1.2  # coefficient of variation of the intervals; 1 for purchases at random
NOT_KNOWN = "not known"
MONTHS = month_name[1:]
WITHOUT_CENTS = 1_000  # from here on


def said(features: pa.Table) -> tuple[pa.Array, ...]:
    """One text column for each of `FACTORS`, each of shape (n,)."""
    texts = {
        "frequency": _bought(features),
        "silence": _silent(features),
        "age": _joined("a customer for ", _count(floats(features, "T"), "day")),
        "spend": _joined(_amounts(floats(features, "monetary_avg")), " per order"),
        "lately": _lately(features),
        "estimate": pa.array(["how estimates of this size came out"] * features.num_rows),
        "products": _known(floats(features, "unique_products"), "product", "products"),
        "quantity": _joined(_number(floats(features, "avg_quantity_per_item"), 1), " pieces per line"),
        "returns": _returned(features),
        "regularity": _regular(floats(features, "interval_cv")),
        "country": _joined("from ", features["country"].combine_chunks()),
        "channel": _joined("came through ", features["channel"].combine_chunks()),
        "category": _joined("first bought ", features["first_category"].combine_chunks()),
        "month": _joined("came in ", _month(floats(features, "acquisition_month"))),
        "hours": _hours(features),
    }
    return tuple(pc.fill_null(texts[factor.key], NOT_KNOWN) for factor in FACTORS)


def _bought(features: pa.Table) -> pa.Array:
    days = floats(features, "frequency") + 1
    # days, not orders, are what the models count
    return _if(days == 1, "bought on one day", _joined("bought on ", _number(days, 0), " days"))


def _silent(features: pa.Table) -> pa.Array:
    x, recency = floats(features, "frequency"), floats(features, "recency")
    again = x > 0
    usual = np.maximum(np.round(recency / np.where(again, x, 1.0)), 1.0)
    silence = _joined("silent for ", _count(floats(features, "recency_days"), "day"))
    return _if(again, _joined(silence, ", usually ", _number(usual, 0)), silence)


def _lately(features: pa.Table) -> pa.Array:
    orders = floats(features, "orders_90d")
    some = _joined(_count(orders, "order"), " in the last 90 days")
    return _if(orders == 0, "no order in the last 90 days", some)


def _returned(features: pa.Table) -> pa.Array:
    bought, returned = floats(features, "monetary_total"), floats(features, "returned_amount")
    share = np.divide(returned, bought, out=np.zeros_like(bought), where=bought > 0)
    some = _joined("returned ", _percent(share), " of the money")
    return _if(returned == 0, "no returns", some)


def _regular(variation: Floats) -> pa.Array:
    rough = _if(variation > UNEVEN, "buys in bursts", _if(variation < EVEN, "buys regularly", "buys now and then"))
    return _if(np.isnan(variation), "no rhythm known yet", rough)


def _month(number: Floats) -> pa.Array:
    return pa.array(MONTHS).take(pa.array(number.astype(np.int64) - 1))


def _hours(features: pa.Table) -> pa.Array:
    weekend, evening = floats(features, "weekend_purchase_ratio"), floats(features, "evening_purchase_ratio")
    both = _joined(_percent(weekend), " on weekends, ", _percent(evening), " in the evening")
    return _if(np.isnan(evening), _joined(_percent(weekend), " on weekends"), both)


def _known(values: Floats, one: str, many: str) -> pa.Array:
    return _joined(_number(values, 0), _if(values == 1, f" {one}", f" {many}"))


def _count(values: Floats, one: str) -> pa.Array:
    return _known(values, one, f"{one}s")


def _percent(share: Floats) -> pa.Array:
    return _joined(_number(100 * share, 0), "%")


def _amounts(values: Floats) -> pa.Array:
    return _if(np.nan_to_num(values) >= WITHOUT_CENTS, _number(values, 0), _number(values, 2))


def _number(values: Floats, digits: int) -> pa.Array:
    """With thousands separators nowhere: the texts go into files too; null where unknown."""
    texts = np.char.mod(f"%.{digits}f", np.nan_to_num(values) + 0.0)
    return pa.array(texts, mask=np.isnan(values))


def _joined(*parts: "pa.Array | str") -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")


def _if(condition: Bools, then: "pa.Array | str", otherwise: "pa.Array | str") -> pa.Array:
    return pc.if_else(pa.array(condition), then, otherwise)
