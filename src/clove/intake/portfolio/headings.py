"""Recognise which column of a contract table is which, by its heading; what could be two is refused."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from clove.intake.dates import is_format
from clove.intake.headings import normal, spellings
from clove.intake.portfolio.likeness import likely
from clove.intake.sources.table import Table
from clove.intake.suggestions import NoTable, listed
from clove.kernel.errors import InputRefused
from clove.ledger.contract_table import Column, ContractTable, Kind

_ALSO = {
    "contract_id": "contract contractno contractnumber contractref contractkey agreementid agreementnumber",
    "customer_id": "customer customerno customernumber clientid client accountid accountnumber subscriberid",
    "product_id": "product productcode packageid package planid plan",
    "country_code": "country countryiso iso3",
    "region": "province state county area",
    "sales_channel": "channel",
    "start_date": "start starts startson contractstart contractstartdate startedon inceptiondate activationdate "
    "activatedon",
    "cancellation_clause_months": "cancellationclause clausemonths clause minimumterm minimumtermmonths termmonths "
    "contractterm",
    "monthly_fee": "fee feepermonth feemonthly monthlyprice pricepermonth monthly monthlyamount "
    "monthlycharge subscriptionfee monthlysubscription recurringfee",
    "currency": "currencycode",
    "status": "contractstatus paymentstatus hardwarestatus",
    "cancellation_date": "cancelledon canceldate canceledon enddate terminationdate terminatedon",
    "cancellation_reason": "cancelreason reason churnreason terminationreason",
    "months_active": "tenure tenuremonths monthsontheroad",
    "vehicle_make": "make",
    "distance_to_fitter_km": "distancetofitter fitterdistance fitterdistancekm",
    "customer_type": "type segment",
    "acquisition_channel": "channel acquiredthrough",
    "first_contract_date": "customersince firstcontract",
    "credit_score_band": "creditband creditscore band scoreband",
    "fleet_size": "vehicles numberofvehicles",
    "payment_id": "payment paymentno invoice invoiceno invoiceid invoicenumber",
    "period_year": "year billingyear",
    "period_month": "month billingmonth",
    "amount_due": "due invoiceamount amountinvoiced invoiced",
    "amount_paid": "paid received amountreceived paymentamount",
    "payment_method": "method",
    "days_late": "lateness dayslateness dayspastdue",
    "due_date": "dueon duedate invoicedate",
    "paid_date": "paidon paymentdate datepaid receivedon",
    "product_tier": "tier package",
    "standard_monthly_fee": "listprice listfee standardfee",
    "standard_cancellation_clause": "standardclause",
    "monthly_platform_cost": "platformcost",
    "cost_type": "type costcategory",
    "amount": "cost value",
    "incurred_on": "date incurreddate costdate",
    "hardware_id": "hardware unitid deviceid serialnumber",
    "residual_value": "residual currentvalue",
    "valued_on": "date valuationdate",
    "fitment_id": "fitment jobid",
    "fitment_type": "type jobtype",
    "vehicle_complexity": "complexity",
    "base_labour": "labour baselabor labor",
    "distance_km": "distance kilometres",
    "total_cost": "cost",
    "fitted_on": "date fitmentdate fitteddate",
    "ticket_id": "ticket ticketnumber caseid",
    "opened_on": "date openeddate created createdat createdon openedat",
    "resolved_on": "resolveddate resolvedat closedon closedat",
    "recovery_id": "recovery eventid",
    "stolen_on": "date theftdate stolendate eventdate reportedon",
    "closed_on": "closeddate outcomedate recovereddate recoveredon",
    "recovery_cost": "recoverycost*",  # to whom it was a cost may stand behind
    "changed_on": "date changedate changedat effectivedate effectivefrom",
    "quote_id": "quote quotenumber",
    "quoted_on": "date quotedate quotedat",
    "price": "quotedprice offeredprice quotedfee",
    "converted": "won accepted",
    "intervention_id": "intervention",
    "made_on": "date interventiondate overridedate madeat",
    "kind": "interventiontype type",
    "override_id": "override",
    "made_by": "user agent",
    "rate_date": "date day validfrom",
    "rate": "exchangerate",
}
"""Our column -> the headings that mean it too, where the table has none of our own name."""


_MONTH = frozenset(("period_year", "period_month"))


@dataclass(frozen=True, slots=True)
class TableColumns:
    """The columns of one table as they are understood."""

    layout: str  # name of the table
    at: dict[str, int]  # our name -> position
    headings: dict[str, str]  # our name -> their heading
    options: dict[str, str]  # our name -> a date format, or "point" or "comma", where given with --map
    passed_over: tuple[str, ...]  # headings that mean nothing to us
    period_from: str = ""  # our date whose month is the row's, where the table has no columns for the month


def recognise(table: Table, contract_table: ContractTable, mapping: Mapping[str, str]) -> TableColumns:
    """Understand the headings of one table.

    Args:
        table: Headings and a sample.
        contract_table: What it should be.
        mapping: Our column -> their heading, as a person has given it.

    Raises:
        NoTable: A needed column is missing, or `--map` names one that is absent.
        InputRefused: A column could be two.
    """
    where = f"{table.label}, row {table.header_row}"
    at: dict[str, int] = {}
    options: dict[str, str] = {}
    for name, given in mapping.items():
        if given:
            at[name], option = _given(table, f"{contract_table.name}.{name}", given, where)
            if option:
                options[name] = _checked(contract_table.by_name[name], option, where)
    free = [c for c in contract_table.columns if c.name not in mapping]
    for words in (_own, _other):  # a heading of our own name is never another column
        for column in free:
            taken = set(at.values())
            fit = [i for i, h in enumerate(table.headings) if i not in taken and _is(h, words(column))]
            exact = [i for i in fit if table.headings[i] == column.name]
            if column.name in at or not fit:
                continue
            if len(exact or fit) > 1:
                raise _ambiguous(table, contract_table, column, fit, where)
            at[column.name] = (exact or fit)[0]
    missing = [c.name for c in contract_table.columns if c.required and c.name not in at]
    period_from = next((day for day in contract_table.happened if day in at), "")
    if period_from and not at.keys() & _MONTH and contract_table.has_period:
        missing = [name for name in missing if name not in _MONTH]
    else:
        period_from = ""
    if missing:
        raise _missing(table, contract_table, missing, at, where)
    at = {c.name: at[c.name] for c in contract_table.columns if c.name in at}
    over = tuple(h for i, h in enumerate(table.headings) if h and i not in at.values())
    return TableColumns(
        contract_table.name, at, {n: table.headings[i] for n, i in at.items()}, options, over, period_from
    )


def _own(column: Column) -> str:
    return normal(column.name)


def _other(column: Column) -> str:
    return _ALSO.get(column.name, "")


def _is(heading: str, words: str) -> bool:
    written = spellings(heading)
    return any(
        any(s.startswith(word[:-1]) for s in written) if word.endswith("*") else word in written
        for word in words.split()
    )


def _given(table: Table, name: str, given: str, where: str) -> tuple[int, str]:
    """The column that a person's text names, and the reading after its colon."""
    cuts = [len(given), *(match.start() for match in re.finditer(":", given))]
    for same in (str.strip, normal):
        for cut in cuts:
            fit = [i for i, heading in enumerate(table.headings) if same(heading) == same(given[:cut])]
            if len(fit) == 1:
                return fit[0], given[cut + 1 :]
            if fit:
                raise InputRefused(
                    f"--map says {name}={given[:cut]}, and two columns bear that name",
                    where=where,
                    remedy="Rename one of the columns",
                )
    bare = given.split(":", 1)[0]
    near = difflib.get_close_matches(bare, table.headings, n=3, cutoff=0.4)
    raise NoTable(
        f"--map says {name}={bare}, but there is no column {bare!r}",
        where=where,
        remedy=f"The nearest are {', '.join(map(repr, near))}" if near else f"There are {listed(table)}",
    )


def _checked(column: Column, option: str, where: str) -> str:
    numeric = column.kind in {Kind.NUMBER, Kind.WHOLE}
    if (column.kind is Kind.DATE and is_format(option)) or (numeric and option in {"point", "comma"}):
        return option
    raise InputRefused(
        f"{option!r} after {column.name} in --map is no way to read a column",
        where=where,
        remedy="Give a date format such as %d/%m/%Y after a date, and point or comma after a number",
    )


def _ambiguous(table: Table, contract_table: ContractTable, column: Column, fit: list[int], where: str) -> InputRefused:
    names = [table.headings[i] for i in fit]
    twins = len(set(names)) < len(names)
    choices = " or ".join(f'--map "{contract_table.name}.{column.name}={name}"' for name in names)
    return InputRefused(
        f"{' and '.join(map(repr, names))} may each be the column {column.name}",
        where=where,
        remedy="Rename one of the columns, since two bear the same name" if twins else f"Say which with {choices}",
    )


def _missing(
    table: Table, contract_table: ContractTable, missing: list[str], at: dict[str, int], where: str
) -> NoTable:
    near = likely(table, [contract_table.by_name[name] for name in missing], set(at.values()))
    example = ",".join(f"{contract_table.name}.{name}={near.get(name, 'HEADING')}" for name in missing)
    return NoTable(
        f"the table {contract_table.name} has no column for {', '.join(missing)} among {listed(table)}",
        where=where,
        remedy=f'Export it too; or say which column it is, with --map "{example}"',
        found=len(at),
    )
