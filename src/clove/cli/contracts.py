"""`clove contracts …`: a portfolio of contracts in, what every contract is worth and what to do about it out."""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clove.cli.dates import parse_date

if TYPE_CHECKING:
    from clove.reports.contract_contents import TableRead
    from clove.workflows.value_contracts import PortfolioResult

SHOWN = 10  # segments in the terminal

app = typer.Typer(help="Value a portfolio of contracts.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `value` a word of its own while it is the only command."""


@app.command("value")
def value(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="One file per table: contracts.csv, payments.csv, …; CSV or Parquet.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the results; replaced as a whole.")],
    as_of: Annotated[
        str,
        typer.Option("--as-of", metavar="DATE", help="The end of a month. Default: the last one that the tables hold."),
    ] = "",
    today: Annotated[
        str, typer.Option("--today", metavar="DATE", help="No later day counts as known. Default: the clock's.")
    ] = "",
    mapping: Annotated[
        str,
        typer.Option("--map", metavar="TABLE.OURS=THEIRS,…", help="Columns, such as contracts.monthly_fee=Fee."),
    ] = "",
    currency: Annotated[
        str,
        typer.Option(
            "--currency",
            help="Of all totals; three letters. Default: that of the exchange rates, else of most contracts.",
        ),
    ] = "",
    months: Annotated[int, typer.Option("--months", help="How far ahead a contract is looked at.")] = 60,
    discount_rate: Annotated[float, typer.Option("--discount-rate", help="Per year; 0.12 for twelve per cent.")] = 0.12,
    seed: Annotated[int, typer.Option("--seed", help="Same input and seed, same bytes.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print metrics.json instead of words.")] = False,
) -> None:
    """Value every contract in DIR: what it brought, what it will bring, how sure that is, and what to do."""
    from clove.cli.progress import watched
    from clove.intake.portfolio.mapping import PortfolioMap
    from clove.kernel.money import Currency
    from clove.valuation.contract_terms import Horizon
    from clove.wiring.build import build
    from clove.wiring.settings import Settings
    from clove.workflows.contract_request import ContractRequest
    from clove.workflows.value_contracts import value_contracts

    request = ContractRequest(
        folder=folder,
        out=out,
        as_of=parse_date("--as-of", as_of),
        today=parse_date("--today", today),
        mapping=PortfolioMap.parse(mapping) if mapping else None,
        currency=Currency.parse(currency),
        horizon=Horizon(months, discount_rate),
        seed=seed,
    )
    with watched(quiet=as_json) as progress:
        result = value_contracts(request, build(Settings.load(), progress))
    if as_json:
        typer.echo(json.dumps(result.metrics, indent=2, ensure_ascii=False))
    else:
        _show(result)


def _fate(read: "TableRead") -> str:
    """What became of a table's rows."""
    rejected = sum(rule.rows for rule in read.rejected)
    if rejected and not read.kept + read.held:
        return f"NOT ONE ROW COUNTS, all {rejected:,} of {read.name} rejected, see rejections.csv"
    words = [f"{read.kept:,} {read.name}"]
    words += [f"{read.held:,} held, after the as-of date"] if read.held else []
    words += [f"{rejected:,} rejected, see rejections.csv"] if rejected else []
    return ", ".join(words)


def _show(result: "PortfolioResult") -> None:
    from rich.console import Console
    from rich.table import Table

    from clove.reports.shown import plural, short_money
    from clove.workflows.contract_request import NO_CURRENCY

    report = result.report
    show = report.currency.show
    console = Console(highlight=False)
    for read in report.tables:
        console.print(f"{read.file}: {_fate(read)}", markup=False)

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("Segment", no_wrap=True)
    for heading in ("Live", "To come", "80 % interval", "Mean\nLTV", "Payback\nmonth"):
        table.add_column(heading, justify="right")
    for line in report.segments[:SHOWN]:
        unknown = math.isnan(line.ltv.mean)
        payback = "never" if math.isnan(line.payback_month) else f"{line.payback_month:.0f}"
        come = line.remaining
        table.add_row(
            f"{line.country} {line.channel} {line.tier}",
            f"{line.contracts:,}",
            short_money(report.currency, come.mean),
            f"{short_money(report.currency, come.p10)} to {short_money(NO_CURRENCY, come.p90)}",
            "unknown" if unknown else short_money(report.currency, line.ltv.mean),
            "unknown" if unknown else payback,
        )
    console.print()
    console.print(table)
    if (more := len(report.segments) - SHOWN) > 0:
        console.print(f"and {more} more segments: see segments.csv")
    console.print()
    for action, count, gain in report.actions:
        if count:
            console.print(f"{plural(count, 'lapsed contract')} to {action}, {show(gain)} better than the second best")
    blocked = sum(price.verdict == "BLOCK" for price in report.prices)
    if report.prices:
        console.print(
            f"{blocked} of {len(report.prices)} segments should not be sold at their list price: see prices.csv"
        )
    console.print()
    live = plural(report.live, "live contract")
    console.print(
        f"As of {report.as_of}, {live} will bring about [bold]{show(report.remaining.mean)}[/] in the next "
        f"{report.horizon_months} months (80 % interval {show(report.remaining.p10)} to "
        f"{show(report.remaining.p90)}); they pay {show(report.monthly_fees)} a month."
    )
    for reason, count in report.unknown:
        console.print(f"Of {count:,} of them not all is known: {reason}.", markup=False)
    if report.not_yours:
        console.print(report.not_yours, markup=False)
    console.print(f"Report: {result.out / 'report.html'}", markup=False)
