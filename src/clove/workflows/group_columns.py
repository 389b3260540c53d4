"""Columns that tell of a customer's groups: his country, channel, first product category and the month he came in."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clove.kernel.arrays import Floats, Ints
from clove.models.history import PurchaseHistory
from clove.models.purchase_model import PurchaseModel
from clove.valuation.behaviour import GROUPS, rate_of, spend_of
from clove.valuation.groups import UNKNOWN, newcomers_lift, relative_rates, relative_spend
from clove.workflows.summary import floats

NOW = 1.0  # unit of time, short beside any customer's
MONTH = "acquisition_month"
DIGITS = 9  # of a logarithm


def group_columns(features: pa.Table, history: PurchaseHistory, purchases: PurchaseModel) -> dict[str, Floats]:
    """What the others of each group have done up to the as-of date says of a customer, in logs, each of shape (n,).

    It counts as much as one order of his own: whoever has come back often is known by that, not by his country.

    Args:
        features: Of all customers known by then, n rows: a sample would know its groups less well.
        history: Of the same.
        purchases: Fitted to it.
    """
    ages, of = np.unique(history.T, return_inverse=True)
    expected = purchases.expected_purchases_new_customer(ages)[of]
    without = purchases.newcomers(np.append(0.0, ages))
    coming = purchases.expected_purchases(without, NOW)
    unproven = np.clip(coming[1:] / coming[0], 0.0, 1.0)[of]
    spend, own = floats(features, "monetary_avg"), 1 + history.frequency
    columns: dict[str, Floats] = {}
    for name in GROUPS:
        group = _codes(features, name)
        rate = relative_rates(history.frequency, expected, group)
        # rounded, lest a customer who is alone in his group be known by the last bits of a sum
        columns[rate_of(name)] = np.round(newcomers_lift(rate, unproven) / own, DIGITS) + 0.0
        columns[spend_of(name)] = np.round(relative_spend(spend, group) / own, DIGITS) + 0.0
    return columns


def _codes(features: pa.Table, name: str) -> Ints:
    """Each distinct value by a number from 0."""
    codes = pc.fill_null(pc.dictionary_encode(features[name].combine_chunks()).indices, UNKNOWN)
    group = np.asarray(codes.to_numpy(zero_copy_only=False), np.int64)
    if name != MONTH:
        return group
    # a month that only one year has seen is an age, not a time of year
    year = pc.year(features["first_purchase"]).to_numpy()
    pairs = np.unique(np.column_stack([group, year]), axis=0)
    return np.where(np.bincount(pairs[:, 0])[group] > 1, group, UNKNOWN)
