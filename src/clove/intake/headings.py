"""The headings that shops write, in English and the languages around it, and the unit behind them."""

import re
import unicodedata

from clove.intake.mapping import NAMES

_STRONG = {
    "customer": "customer customerid custid customerno customernumber customerkey client clientid clientnumber "
    "user userid buyer buyerid account accountid member memberid shopper shopperid cardholder "
    "kunde kundenid kundennr kundennummer kaufer cliente idcliente clienteid codigocliente codicecliente numerocliente "
    "idclient codeclient numeroclient numclient nclient acheteur klant klantid klantnr klantnummer comprador",
    "time": "time date datetime timestamp orderdate orderdatetime ordertime orderedat invoicedate purchasedate "
    "purchasedat purchasetime transactiondate transactiontime created createdat createdutc creationdate datecreated "
    "createddate invoicedatetime saledate saletime boughtat "
    "datum bestelldatum auftragsdatum rechnungsdatum kaufdatum buchungsdatum fecha fechapedido fechadepedido "
    "fechadelpedido fechacompra fechadecompra fechafactura datecommande datedecommande datedelacommande dateachat "
    "datedachat datefacture data dataordine datadellordine dataacquisto datapedido datadopedido datadacompra "
    "datacompra besteldatum orderdatum factuurdatum aankoopdatum",
    "amount": "amount total revenue dollarvalue value ordertotal ordertotalamount ordervalue orderamount totalamount "
    "totalprice totalvalue totalsales sales grandtotal linetotal spend spending turnover netamount grossamount "
    "netsales grosssales transactionamount paymentamount invoiceamount invoicetotal purchaseamount monetaryvalue "
    "amountpaid "
    "umsatz betrag gesamtbetrag rechnungsbetrag bestellwert auftragswert summe gesamtsumme gesamtpreis importe "
    "importetotal monto valortotal montant montanttotal totalttc importo importototale totale bedrag totaalbedrag "
    "totaal omzet",
    "order": "order orderid orderno ordernumber invoice invoiceid invoiceno invoicenumber transaction transactionid "
    "transactionno receipt receiptid receiptno basketid ordername "
    "bestellung bestellnr bestellnummer bestellid auftrag auftragsnr auftragsnummer rechnungsnr rechnungsnummer "
    "belegnummer pedido idpedido pedidoid numeropedido numerodepedido npedido nopedido factura numerofactura "
    "commande idcommande numerocommande numerodecommande ncommande nocommande numfacture numerofacture facture "
    "ordine idordine numeroordine nordine fattura numerofattura bestelling bestellingnummer bestelnummer ordernummer "
    "factuurnummer numerodopedido",
    "item": "item itemid itemcode itemno stockcode sku productid productcode productsku variantid "
    "articleid articleno articlenumber lineitemsku "
    "artikelnr artikelnummer artikelid referencia reference codiceprodotto codiceprodotti codigoproducto "
    "codigoproduto artikelcode",
    "quantity": "quantity qty units quantityordered orderedquantity itemquantity lineitemquantity unitssold "
    "menge anzahl stuckzahl stuck cantidad unidades quantite qte quantita aantal hoeveelheid quantidade qtd",
    "price": "price unitprice itemprice priceeach lineitemprice priceperunit "
    "preis einzelpreis stuckpreis precio preciounitario prix prixunitaire prezzo prezzounitario prijs stukprijs "
    "preco precounitario",
    "country": "country countrycode customercountry billingcountry shippingcountry countrycodebilling "
    "land landercode pais pays paese nazione",
    "channel": "channel channelid saleschannel orderchannel acquisitionchannel marketingchannel trafficchannel "
    "channelname sourcechannel utmsource trafficsource ordersource acquisitionsource firsttouchsource sourcename "
    "kanal vertriebskanal verkaufskanal bestellkanal canal canaldeventa canalventa canaldevente canalvente "
    "canaledivendita canalevendita verkoopkanaal kanaal canaldevenda",
    "category": "category categoryid categorycode productcategory itemcategory categoryname productcategoryname "
    "lineitemcategory producttype productgroup itemgroup itemtype productline department "
    "kategorie produktkategorie warengruppe artikelgruppe produktgruppe abteilung categoria categoriadeproducto "
    "categoriaproducto categorie categorieproduit categoriedeproduit rayon categoriaprodotto categoriadiprodotto "
    "productcategorie categoriadoproduto categoriaproduto departamento reparto",
    "currency": "currency currencycode ordercurrency presentmentcurrency wahrung waehrung moneda divisa devise valuta "
    "moeda",
    "status": "financialstatus orderstatus paymentstatus zahlungsstatus bestellstatus auftragsstatus estadopedido "
    "estadodelpedido statutcommande statoordine",
}
_WEAK = {
    "customer": "email customeremail emailaddress billingemail emailbilling useremail clientemail buyeremail mail "
    "correo correoelectronico kundenemail "
    "customername clientname buyername kundenname nomclient nomduclient nombrecliente nomecliente klantnaam",
    "time": "paidat processedat datepaid",
    "amount": "subtotal",
    "order": "",
    "item": "product productname itemname lineitemname artikel artikelname artikelbezeichnung produkt produktname "
    "producto article produit articolo prodotto produto",
    "quantity": "",
    "price": "",
    "country": "region",
    "channel": "source medium utmmedium marketplace platform",
    "category": "subcategory productsubcategory brand",
    "currency": "",
    "status": "status estado statut stato situacao",
}
HEADINGS = {name: (frozenset(_STRONG[name].split()), frozenset(_WEAK[name].split())) for name in NAMES}
"""Our name -> the headings that mean it, and those that mean it only where there is none of the first."""

SIGNS = {"£": "GBP", "€": "EUR"}
"""Signs that stand for one currency alone; dollars, yen and crowns are several."""

_CODES = "AUD|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HUF|INR|JPY|KES|MXN|NGN|NOK|NZD|PLN|RON|SEK|TRY|USD|ZAR"
_UNIT = rf"[£€$¥₹]|(?:{_CODES})|euros?|dollars?|pounds?"
_BEHIND = re.compile(rf"\s*(?:[(\[]\s*(?:in\s+)?({_UNIT})\s*[)\]]|[/_\s]\s*(?:in\s+)?({_UNIT}))\s*$", re.IGNORECASE)


def normal(heading: str) -> str:
    """Letters and digits, small and without accents: `Customer ID`, `customer_id` and `customerID` are one name."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", heading) if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", "", bare.casefold())


def spellings(heading: str) -> frozenset[str]:
    """The heading as `normal` writes it, with and without the currency behind it: `Betrag (€)`, `Amount in USD`."""
    return frozenset((normal(heading), normal(_BEHIND.sub("", heading))))


def currency_of(heading: str) -> str:
    """The code of the currency behind a heading; empty where there is none, or a sign of several."""
    if not (match := _BEHIND.search(heading)):
        return ""
    unit = (match[1] or match[2]).upper()
    return unit if re.fullmatch(_CODES, unit) else SIGNS.get(unit, "EUR" if unit.startswith("EURO") else "")


def means(heading: str, name: str) -> bool:
    """Whether a heading is one of those that shops write for this column of ours."""
    return any(spellings(heading) & words for words in HEADINGS[name])
