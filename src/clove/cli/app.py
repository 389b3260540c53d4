"""The commands. Each parses its words, calls one workflow and shows what came of it."""

import signal
import sys
from typing import Annotated

import typer

import clove
from clove.cli import backtest, benchmark, contracts, price, simulate, value
from clove.cli.failures import TERMINATED, run_guarded

app = typer.Typer(
    name="clove",
    help="What every customer is really worth, how sure that is, and what to do about it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog="Exit codes: 0 done, 1 a defect of Clove's, 2 wrong arguments, 3 input refused, 4 data that cannot be "
    "modelled, 5 output refused, 130 interrupted, 141 output not read to its end, 143 terminated.",
)
app.command("value")(value.command)
app.command("backtest")(backtest.command)
app.command("price")(price.command)
app.add_typer(contracts.app, name="contracts")
app.add_typer(simulate.app, name="simulate")
app.add_typer(benchmark.app, name="benchmark")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"clove {clove.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options before any command; `--version` has done its work by now."""


def main() -> None:
    """Entry point of the `clove` command."""
    # a request to stop ends the work in order, so that temporary folders are removed
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    sys.exit(run_guarded(app))
