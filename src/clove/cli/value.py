"""`clove value`: files of orders in, what every customer is worth out."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clove.cli.dates import parse_date

if TYPE_CHECKING:
    from rich.console import Console

    from clove.reports.contents import ValueReport
    from clove.workflows.value import ValueResult


def command(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="CSV, CSV.gz, TSV, XLSX or Parquet.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the results; replaced as a whole.")],
    as_of: Annotated[
        str, typer.Option("--as-of", metavar="DATE", help="Look no further than this day. Default: the last event's.")
    ] = "",
    today: Annotated[
        str, typer.Option("--today", metavar="DATE", help="Rows after this day are rejected. Default: the clock's.")
    ] = "",
    horizon: Annotated[
        str, typer.Option("--horizon", help="How far ahead: 12m, 26w, 90d, 1y, or in words: 5months.")
    ] = "12m",
    mapping: Annotated[
        str,
        typer.Option("--map", metavar="OURS=THEIRS,…", help="Columns, such as customer=Client,time=Date,amount=Total."),
    ] = "",
    margin: Annotated[float, typer.Option("--margin", help="Share of spend that you keep.")] = 1.0,
    discount_rate: Annotated[float, typer.Option("--discount-rate", help="Per year; 0.1 for ten per cent.")] = 0.0,
    currency: Annotated[str, typer.Option("--currency", help="Three letters, such as GBP. Default: the file's.")] = "",
    model: Annotated[
        str,
        typer.Option(
            "--model",
            metavar="MODEL",
            help="bg-nbd, mbg-nbd, pareto-nbd, mbg-cnbd-k, bg-bb, or auto: the one that old forecasts favour.",
        ),
    ] = "auto",
    tune: Annotated[
        int,
        typer.Option(
            "--tune", metavar="N", help="Try N settings of the trees on earlier dates; needs the extra \\[tune]."
        ),
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", help="Same input and seed, same bytes.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print run.json instead of words.")] = False,
) -> None:
    """Value every customer in FILE: what they were worth, what they will be worth, how sure that is."""
    from clove.cli.progress import watched
    from clove.intake.mapping import ColumnMap
    from clove.kernel.money import Currency
    from clove.kernel.period import Horizon
    from clove.wiring.build import build
    from clove.wiring.settings import Settings
    from clove.workflows.request import ValueRequest
    from clove.workflows.value import value

    request = ValueRequest(
        files=tuple(files),
        out=out,
        as_of=parse_date("--as-of", as_of),
        today=parse_date("--today", today),
        horizon=Horizon.parse(horizon),
        mapping=ColumnMap.parse(mapping) if mapping else None,
        margin=margin,
        discount_rate=discount_rate,
        currency=Currency.parse(currency),
        seed=seed,
        model=model,
        tune=tune,
    )
    with watched(quiet=as_json) as progress:
        result = value(request, build(Settings.load(), progress))
    if as_json:
        typer.echo(json.dumps(result.run, indent=2, ensure_ascii=False))
    else:
        _show(result)


def _show(result: "ValueResult") -> None:
    from rich.console import Console
    from rich.table import Table

    from clove.reports.sections.season import told

    report = result.report
    show = report.currency.show
    console = Console(highlight=False)
    for file in report.quality.files:
        columns = ", ".join(f"{ours} = {theirs}" for ours, theirs in file.columns.items())
        console.print(f"{file.name}: {file.rows:,} rows of {file.layout}: {columns}", markup=False)
        for note in file.notes:
            console.print(f"  {note}", markup=False)

    rows = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    rows.add_column(justify="right")
    rows.add_column()
    quality = report.quality
    rows.add_row(f"{quality.rows_read:,}", "rows read")
    rows.add_row(f"{quality.purchases:,}", "purchases")
    for count, name in ((quality.returns, "returns"), (quality.held, "held, after the as-of date")):
        if count:
            rows.add_row(f"{count:,}", name)
    for rejection in quality.rejections:
        if rejection.rows:
            rows.add_row(f"{rejection.rows:,}", f"rejected: {rejection.rule}")
    console.print()
    console.print(rows)

    console.print()
    _show_segments(console, report)
    console.print()
    console.print(
        f"As of {report.as_of}, {report.customers:,} customers will bring about [bold]{show(report.clv.mean)}[/] in "
        f"the next {report.horizon} (80 % interval {show(report.clv.p10)} to {show(report.clv.p90)}); so far they "
        f"brought {show(report.historical)}."
    )
    if season := told(report.season):
        console.print(season)
    console.print(f"Report: {result.out / 'report.html'}", markup=False)


def _show_segments(console: "Console", report: "ValueReport") -> None:
    """What each is worth; below, why a dash is one."""
    from rich.table import Table

    from clove.reports.sections.alive import EMPTY, still_active
    from clove.reports.shown import Unknown

    show = report.currency.show
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("Segment")
    for heading in ("Customers", "CLV", "80 % interval", "Still active"):
        table.add_column(heading, justify="right")
    reasons = []
    for line in report.segments:
        alive = still_active(report, line.probability_alive) if line.customers else Unknown(EMPTY)
        if isinstance(alive, Unknown) and alive.reason not in reasons:
            reasons.append(alive.reason)
        table.add_row(
            line.name,
            f"{line.customers:,}",
            show(line.clv.mean),
            f"{show(line.clv.p10)} to {show(line.clv.p90)}",
            str(alive),
        )
    console.print(table)
    for reason in reasons:
        console.print(f"{Unknown(reason)}  {reason}", markup=False)
