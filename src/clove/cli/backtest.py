"""`clove backtest`: files of orders in, how old forecasts did out."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clove.cli.dates import parse_date

if TYPE_CHECKING:
    from rich.table import Table

    from clove.reports.backtest_contents import Backtest, PooledGroup
    from clove.reports.shown import Shown
    from clove.workflows.backtest import BacktestResult

SPEND = " + Gamma-Gamma"  # said once below the tables, for want of room
COMPARED = ("mae", "rmse", "spearman", "lift", "total_bias", "central_80")


def command(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="CSV, CSV.gz, TSV, XLSX or Parquet.")],
    as_of: Annotated[
        str, typer.Option("--as-of", metavar="DATE", help="Look no further than this day. Default: the last event's.")
    ] = "",
    today: Annotated[
        str, typer.Option("--today", metavar="DATE", help="Rows after this day are rejected. Default: the clock's.")
    ] = "",
    horizon: Annotated[
        str,
        typer.Option("--horizon", help="How far ahead each old forecast looked: 100d, 26w, 12m, or in words: 5months."),
    ] = "100d",
    origins: Annotated[int, typer.Option("--origins", metavar="N", help="From how many earlier dates.")] = 3,
    mapping: Annotated[
        str,
        typer.Option("--map", metavar="OURS=THEIRS,…", help="Columns, such as customer=Client,time=Date,amount=Total."),
    ] = "",
    model: Annotated[
        str,
        typer.Option(
            "--model",
            metavar="MODEL",
            help="Whose forecasts are in question: auto, what `clove value` would have chosen, or a purchase model.",
        ),
    ] = "auto",
    currency: Annotated[str, typer.Option("--currency", help="Three letters, such as GBP. Default: the file's.")] = "",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder for report.html and backtest.json.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Same input and seed, same bytes.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print backtest.json instead of words.")] = False,
) -> None:
    """Forecast from earlier dates in FILE, with what was known then, and hold it against what came."""
    from clove.cli.progress import watched
    from clove.intake.mapping import ColumnMap
    from clove.kernel.money import Currency
    from clove.kernel.period import Horizon
    from clove.wiring.build import build
    from clove.wiring.settings import Settings
    from clove.workflows.backtest import BacktestRequest, backtest

    request = BacktestRequest(
        files=tuple(files),
        out=out,
        as_of=parse_date("--as-of", as_of),
        today=parse_date("--today", today),
        horizon=Horizon.parse(horizon),
        origins=origins,
        mapping=ColumnMap.parse(mapping) if mapping else None,
        model=model,
        currency=Currency.parse(currency),
        seed=seed,
    )
    with watched(quiet=as_json) as progress:
        result = backtest(request, build(Settings.load(), progress))
    if as_json:
        typer.echo(json.dumps(result.document, indent=2, ensure_ascii=False))
    else:
        _show(result)


def _show(result: "BacktestResult") -> None:
    from rich.console import Console

    from clove.reports.backtest_contents import GROUPS
    from clove.reports.backtest_words import verdict
    from clove.workflows.request import AUTO

    found = result.backtest
    console = Console(highlight=False)
    console.print(verdict(found).words, style="bold", markup=False)
    console.print()
    console.print(found.spacing, markup=False)
    favoured = "; {} was favoured by then" if found.headline == AUTO else ""
    for origin in found.origins:
        everybody = next(group for group in origin.groups if group.group == "all")
        console.print(
            f"  as of {origin.as_of}, until {origin.until}: {everybody.customers:,} customers brought "
            f"{found.currency.show(everybody.actual_total)}{favoured.format(origin.chosen)}",
            markup=False,
        )
    for group in found.pooled:
        if group.customers:
            console.print()
            console.print(f"{GROUPS[group.group]}, {group.customers:,} forecasts, means over the dates", markup=False)
            console.print(_forecasters(found, group))
    console.print()
    _show_headline(console.print, found)
    if result.out is not None:
        console.print(f"Report: {result.out / 'report.html'}", markup=False)


def _forecasters(found: "Backtest", group: "PooledGroup") -> "Table":
    from clove.reports.backtest_words import metric_of, shown

    rows = []
    for each in group.forecasters:
        name = each.title.removesuffix(SPEND)
        if not each.measures:
            rows.append((name, *("–" for _ in COMPARED)))  # noqa: RUF001 - the sign of what is unknown
            continue
        figures = (shown(metric_of(key), each.measures[key].figure.value, found.currency) for key in COMPARED)
        rows.append((f"{name}{' *' if each.peeks else ''}", *map(str, figures)))
    return _table(("", *(metric_of(key).title for key in COMPARED)), rows)


def _show_headline(say: Callable[[object], None], found: "Backtest") -> None:
    """Every measure of the forecaster in question, with its interval and beside the reference."""
    from clove.reports.backtest_contents import GROUPS
    from clove.reports.backtest_words import asked, metric_of, ratio_with_interval, references_of, with_interval

    group = found.shown_first
    own = asked(group, found.headline)
    if not own.measures:
        return
    titles = {each.name: each.title for each in group.forecasters}
    held = [titles[name] for name in references_of(found, group)]
    reference = f"ratios to {held[0]}" if len(held) == 1 else f"ratios to the better of {' and '.join(held)}"
    rows = []
    for key, each in own.measures.items():
        value, reach = with_interval(metric_of(key), each.figure, found.currency)
        ratio, ratio_reach = ratio_with_interval(each.ratio)
        rows.append((metric_of(key).title, *map(str, (value, reach, ratio, ratio_reach))))
    say(f"{own.title}, {GROUPS[group.group].lower()}, with 95% intervals{f'; {reference}' if held else ''}")
    say(_table(("", "", "interval", "ratio", "interval"), rows))
    if any(each.peeks for each in group.forecasters):
        say("Models of purchases forecast spend with the Gamma-Gamma.")
        say("* learns from other customers' outcomes in the window itself, which no forecast made then could know")


def _table(headings: Sequence[str], rows: "Sequence[Sequence[Shown]]") -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place else "left")
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    return table
