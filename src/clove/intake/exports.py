"""Exports of well-known shop systems, recognised by headings that stand together nowhere else."""

from collections.abc import Sequence
from dataclasses import dataclass

from clove.intake.headings import normal


@dataclass(frozen=True, slots=True)
class Export:
    """One system's export: which of its columns is which, in order of preference, as `headings.normal` writes them."""

    name: str
    marks: frozenset[str]  # headings that tell it from others
    columns: dict[str, tuple[str, ...]]  # our name -> headings
    notes: tuple[str, ...]
    lines: bool  # several rows may belong to one order, and only the first may name its customer and time
    minor: bool = False  # amounts are in cents


_GROSS = "amounts are quantity times price: discounts on the whole order, shipping and taxes are not in them"

EXPORTS = (
    Export(
        "an order export of Shopify",
        frozenset({"name", "financialstatus", "lineitemquantity", "lineitemname", "lineitemprice"}),
        {
            "customer": ("customerid", "email"),
            "time": ("createdat", "paidat"),
            "order": ("name",),
            "item": ("lineitemsku", "lineitemname"),
            "quantity": ("lineitemquantity",),
            "price": ("lineitemprice",),
            "country": ("billingcountry", "shippingcountry"),
            "channel": ("source",),
        },
        ("the time is 'Created at', when the customer ordered: 'Paid at' is empty until an order is paid", _GROSS),
        lines=True,
    ),
    Export(
        "an order export of WooCommerce",
        frozenset({"orderid", "orderstatus", "emailbilling", "quantityrefund", "itemcost"}),
        {
            "customer": ("emailbilling",),  # the user's id is 0 for every guest
            "time": ("orderdate",),
            "order": ("orderid", "ordernumber"),
            "item": ("sku", "itemname"),
            "quantity": ("quantityrefund",),
            "price": ("itemcost",),
            "country": ("countrycodebilling",),
        },
        (_GROSS,),
        lines=True,
    ),
    Export(
        "an export of Stripe's API",
        frozenset({"id", "amount", "currency", "created", "customer"}),
        {"customer": ("customer",), "time": ("created",), "amount": ("amount",)},
        (),
        lines=False,
        minor=True,
    ),
)

_WHOLE_UNITS = ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF")
MINOR_PER_UNIT = dict.fromkeys((*_WHOLE_UNITS, "XPF"), 1) | dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), 1000)
"""Minor units of a unit of the currency, where they are not 100 (https://docs.stripe.com/currencies)."""


def export_of(headings: Sequence[str]) -> Export | None:
    """The system that writes these headings."""
    found = {normal(heading) for heading in headings}
    return next((export for export in EXPORTS if export.marks <= found), None)
