"""What moved the forecasts of a run, and the same as a column of the customers' table."""

from dataclasses import asdict

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clove.kernel.arrays import Floats, Ints
from clove.models.gamma_gamma import GammaGamma
from clove.models.history import PurchaseHistory
from clove.models.purchase_model import PurchaseModel
from clove.valuation.behaviour import Behaviour
from clove.valuation.blend import Boost
from clove.valuation.explanation import Explanation
from clove.valuation.explanation_factors import FACTORS, REST
from clove.valuation.forecast import Expectation
from clove.valuation.season import Ahead
from clove.workflows.behaviour_columns import behaviour_columns
from clove.workflows.factor_words import said
from clove.workflows.training import judge

TITLES = (*(factor.title for factor in FACTORS), REST)
TOLD = 5  # factors of each customer; what is left is one more


def explain(
    features: pa.Table,
    history: PurchaseHistory,
    models: tuple[PurchaseModel, GammaGamma],
    days: float,
    expected: Expectation,
    *,
    margin: float,
    boost: Boost | None,
    ahead: Ahead,
) -> Explanation:
    """Take the forecast of the next `days` of the calendar apart; the history is in the clock of `ahead`."""
    purchases, spend = models
    behaviour = None
    if boost is not None:
        judged = judge(history, purchases, spend, ahead.units(boost.model.window_days))
        behaviour = Behaviour.of(behaviour_columns(features, history, purchases, ahead), judged)
    horizon = ahead.units(days)
    return Explanation.of(history, purchases, spend, horizon, expected, margin=margin, boost=boost, behaviour=behaviour)


def factor_column(explanation: Explanation, features: pa.Table, clv: Floats, digits: int) -> pa.ListArray:
    """The strongest factors of each customer and everything else: structs of factor, value and money.

    The base, rounded, and a customer's money add up to his CLV to the last digit. A factor that rounds to nothing is
    left out; where no forecast is known the list is empty.

    Args:
        explanation: Of n customers.
        features: Their feature table.
        clv: As it stands in the table, shape (n,).
        digits: Of the currency's minor unit.
    """
    known = np.isfinite(clv) & np.isfinite(explanation.money).all(axis=1)
    places = explanation.strongest(TOLD)
    money = np.round(np.nan_to_num(np.take_along_axis(explanation.money, places, axis=1)), digits)
    kept = (money != 0) & known[:, None]
    rest = np.round(np.where(known, clv, 0.0) - round(explanation.base, digits) - money.sum(axis=1), digits) + 0.0
    # in the order of customers, and of strength within; everything else, whose place is one beyond, comes last
    places = np.column_stack([places, np.full(len(places), len(FACTORS))])
    kept, money = np.column_stack([kept, known]), np.column_stack([money, rest])
    customers = np.broadcast_to(np.arange(len(places))[:, None], places.shape)[kept]
    return _lists(places[kept], _values(features, customers, places[kept]), money[kept], kept.sum(axis=1))


def importance_of(explanation: Explanation, digits: int) -> dict[str, object]:
    """For the record of a run; the base is rounded as the customers' money is, so that both add up."""
    found = explanation.importance
    return {
        "base": round(found.base, digits),
        "typical": asdict(explanation.typical),
        "customers": found.customers,
        "factors": [
            {"factor": title, "mean_money": float(mean), "share": float(share), "raises_share": float(raised)}
            for title, mean, share, raised in zip(TITLES, found.mean, found.share, found.raised, strict=True)
        ],
    }


def strongest_of(explanation: Explanation, features: pa.Table, rows: Ints) -> tuple[tuple[str, float], ...]:
    """The strongest factor of some customers in words, with its money; nothing and nan where none is known."""
    places = explanation.strongest(1)[rows, 0]
    money = explanation.money[rows, places]
    texts = _values(features, rows, places).to_pylist()
    return tuple((text if np.isfinite(each) else "", float(each)) for text, each in zip(texts, money, strict=True))


def _values(features: pa.Table, customers: Ints, places: Ints) -> pa.Array:
    """What each entry's factor is with its customer, in words."""
    n = features.num_rows
    texts = pa.concat_arrays([*said(features), pa.nulls(n, pa.string())])
    return texts.take(pa.array(places * n + customers))


def _lists(places: Ints, values: pa.Array, money: Floats, lengths: Ints) -> pa.ListArray:
    titles = pa.array(TITLES)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    entries = pa.StructArray.from_arrays(
        [titles.take(pa.array(places)), values, pa.array(money)], names=["factor", "value", "money"]
    )
    return pa.ListArray.from_arrays(pa.array(offsets), entries)


def in_words(column: pa.ListArray, digits: int) -> pa.Array:
    """The same as text: "bought on 14 days +120.00; silent for 200 days, usually 30 -45.00; everything else +1.20"."""
    entries = column.values
    named = pc.coalesce(entries.field("value"), entries.field("factor"))
    amounts = pa.array(np.char.mod(f"%+.{digits}f", entries.field("money").to_numpy()))
    texts = pc.binary_join_element_wise(named, amounts, " ")
    return pc.binary_join(pa.ListArray.from_arrays(column.offsets, texts.cast(pa.string())), "; ")


def told_in_words(customers: pa.Table, digits: int) -> pa.Table:
    """The customers' table with their factors as text, for a file that knows no lists."""
    place = customers.schema.get_field_index("factors")
    texts = in_words(customers["factors"].combine_chunks(), digits)
    return customers.set_column(place, "factors", texts)
