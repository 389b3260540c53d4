"""The headings that shops write, as Shopify, WooCommerce, Stripe, UCI Online Retail and CDNOW do."""

import re

from clove.intake.mapping import NAMES

_STRONG = {
    "customer": "customer customerid custid customerno customernumber customerkey client clientid clientnumber "
    "user userid buyer buyerid account accountid member memberid shopper shopperid cardholder",
    "time": "time date datetime timestamp orderdate orderdatetime ordertime orderedat invoicedate purchasedate "
    "purchasedat purchasetime transactiondate transactiontime createdat created createdutc creationdate datecreated "
    "createddate invoicedatetime saledate saletime boughtat",
    "amount": "amount total revenue dollarvalue value ordertotal ordervalue orderamount totalamount totalprice "
    "totalvalue totalsales sales grandtotal linetotal spend spending turnover netamount grossamount netsales "
    "grosssales transactionamount paymentamount invoiceamount invoicetotal purchaseamount monetaryvalue amountpaid",
    "order": "order orderid orderno ordernumber invoice invoiceid invoiceno invoicenumber transaction transactionid "
    "transactionno receipt receiptid receiptno basketid ordername",
    "item": "item itemid itemcode itemno stockcode sku productid productcode productsku variantid "
    "articleid articleno articlenumber lineitemsku",
    "quantity": "quantity qty units quantityordered orderedquantity itemquantity lineitemquantity unitssold",
    "price": "price unitprice itemprice priceeach lineitemprice priceperunit",
    "country": "country countrycode customercountry billingcountry shippingcountry",
}
_WEAK = {
    "customer": "email customeremail emailaddress billingemail useremail clientemail buyeremail",
    "time": "paidat processedat datepaid",
    "amount": "subtotal",
    "order": "",
    "item": "product productname itemname lineitemname",
    "quantity": "",
    "price": "",
    "country": "region",
}
HEADINGS = {name: (frozenset(_STRONG[name].split()), frozenset(_WEAK[name].split())) for name in NAMES}
"""Our name -> the headings that mean it, and those that mean it only where there is none of the first."""


def normal(heading: str) -> str:
    """Letters and digits in lower case: `Customer ID`, `customer_id` and `customerID` are one name."""
    return re.sub(r"[\W_]+", "", heading.casefold())
