"""`clove benchmark …`: a published benchmark on its own data, Clove beside it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from clove.workflows.benchmark import BenchmarkResult

app = typer.Typer(help="Repeat a published benchmark, with Clove beside it.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `online-retail-ii` a word of its own while it is the only benchmark."""


@app.command("online-retail-ii")
def online_retail_ii(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="UCI's Online Retail II, both years: CSV, XLSX or Parquet.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder for the tables; replaced as a whole.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print benchmark.json instead of tables.")] = False,
) -> None:
    """Forecast the second year from the first and judge it as published: errors, lift, deciles, features."""
    from clove.cli.progress import watched
    from clove.wiring.build import build
    from clove.wiring.settings import Settings
    from clove.workflows.benchmark import benchmark_online_retail_ii

    with watched(quiet=as_json) as progress:
        result = benchmark_online_retail_ii(files, build(Settings.load(), progress), out)
    if as_json:
        typer.echo(json.dumps(result.document, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        _show(result, out)


def _show(result: "BenchmarkResult", out: Path | None) -> None:
    from rich.console import Console
    from rich.table import Table

    from clove.reports.benchmark_tables import benchmark_tables, summary

    console = Console(highlight=False)
    console.print(summary(result.report), markup=False)
    for note in result.report.notes:
        console.print(note, markup=False)
    for table in benchmark_tables(result.report):
        shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for heading, side in zip(table.headings, table.sides, strict=True):
            shown.add_column(heading, justify="left" if side == "l" else "right")
        for row in table.rows:
            shown.add_row(*row)
        console.print()
        console.print(table.title, style="bold", markup=False)
        console.print(shown)
    if out is not None:
        console.print()
        console.print(f"Tables: {out / 'benchmark.md'}", markup=False)
