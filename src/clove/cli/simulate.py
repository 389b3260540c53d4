"""`clove simulate …`: worlds whose truth is known."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Write a simulated world and the truth behind it.", no_args_is_help=True)


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


@app.command("contracts")
def contracts(
    out: Annotated[Path, typer.Option("--out", help="Folder to write; new, empty or an earlier simulation.")],
    contracts: Annotated[int, typer.Option("--contracts", help="How many were ever signed.")] = 5000,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same portfolio.")] = 1,
    ahead: Annotated[int, typer.Option("--ahead", help="Months after the end for which the truth is told.")] = 60,
    file_format: Annotated[str, typer.Option("--format", help="Of the tables: parquet or csv.")] = "parquet",
) -> None:
    """Write a portfolio's tables, its living contracts' truth.parquet and the world's parameters.json."""
    from clove.workflows.simulate_contracts import simulate_contracts

    written = simulate_contracts(contracts, seed, out, months_ahead=ahead, file_format=file_format)
    typer.echo(
        f"{written.contracts:,} contracts, {written.living:,} of them living and {written.lapsed:,} in bad billing, "
        f"and {written.rows['payments']:,} invoices in {out}; the truth about them in {out / 'truth.parquet'}"
    )
