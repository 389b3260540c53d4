"""`clove simulate …`: worlds whose truth is known."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Write a simulated world and the truth behind it.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `shop` a word of its own while it is the only world."""


@app.command("shop")
def shop(
    out: Annotated[Path, typer.Option("--out", help="Folder to write; new, empty or an earlier simulation.")],
    customers: Annotated[int, typer.Option("--customers", help="How many ever bought.")] = 3000,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same shop.")] = 1,
) -> None:
    """Write a shop's orders.csv, its customers' truth.csv and the world's parameters.json."""
    from clove.workflows.simulate import simulate_shop

    written = simulate_shop(customers, seed, out)
    typer.echo(
        f"{written.customers:,} customers, {written.orders:,} orders and {written.returns:,} returns in "
        f"{out / 'orders.csv'}; the truth about them in {out / 'truth.csv'}"
    )
