"""Write a portfolio of contracts whose truth is known."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

import pyarrow as pa

from clove.decisions.price_table import price_table
from clove.kernel.errors import ArgumentRefused
from clove.ledger.contracts import TABLES
from clove.valuation.contract_world import ContractWorld, Happenings, Market
from clove.workflows import simulated_billing as billing
from clove.workflows import simulated_book as book
from clove.workflows import simulated_service as service
from clove.workflows.output import OutputFolder
from clove.workflows.simulated_columns import Names
from clove.workflows.simulated_devices import Devices
from clove.workflows.simulated_truth import parameters, truth

MOST_CONTRACTS = 1_000_000
MOST_MONTHS = 600
MONTHS_AHEAD = 60
FORMATS = ("parquet", "csv")


@dataclass(frozen=True, slots=True)
class SimulatedContracts:
    """What was written."""

    folder: Path
    contracts: int
    living: int
    lapsed: int
    rows: dict[str, int]  # by table


def shipped_market() -> Market:
    """What the shipped price table sells."""
    table = price_table()
    return Market(**{field.name: getattr(table, field.name) for field in fields(Market)})


def simulate_contracts(
    contracts: int,
    seed: int,
    out: Path,
    *,
    months_ahead: int = MONTHS_AHEAD,
    file_format: str = "parquet",
    happenings: Happenings | None = None,
) -> SimulatedContracts:
    """Write the tables of a portfolio, `truth.parquet` (per living contract) and `parameters.json` (of the world).

    Args:
        contracts: How many were ever signed.
        seed: Same seed, same files.
        out: Folder.
        months_ahead: For which `truth.parquet` tells what came.
        file_format: Of the tables: `parquet` or `csv`.
        happenings: What may happen; everything where not given.

    Raises:
        ArgumentRefused: A number of contracts that is not between 1 and a million, a negative seed, a number of
            months that is not between 1 and 600, or an unknown format.
        OutputRefused: The folder holds something else.
    """
    _check(contracts, seed, months_ahead, file_format)
    OutputFolder.check(out, kind="simulated portfolio")
    world = ContractWorld.simulate(contracts, seed, shipped_market(), happenings=happenings or Happenings())
    future = world.after(months_ahead)
    names = Names.of(world)
    with OutputFolder.fill(out, kind="simulated portfolio") as folder:
        rows = {
            name: _write(folder / f"{name}.{file_format}", TABLES[name].schema, parts)
            for name, parts in _tables(world, names)
        }
        true = truth(world, future, names)
        _write(folder / "truth.parquet", true.schema, [true])
        document = parameters(world, months_ahead)
        (folder / "parameters.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return SimulatedContracts(out, contracts, future.contract.size, int(world.in_state(1).sum()), rows)


def _check(contracts: int, seed: int, months_ahead: int, file_format: str) -> None:
    for what, number, low, high in (
        ("contracts", contracts, 1, MOST_CONTRACTS),
        ("ahead", months_ahead, 1, MOST_MONTHS),
    ):
        if not low <= number <= high:
            raise ArgumentRefused(
                f"{number:,} is out of range", where=f"--{what}", remedy=f"Give a number from {low} to {high:,}"
            )
    if seed < 0:
        raise ArgumentRefused(f"a seed of {seed}", where="--seed", remedy="Give a whole number from 0 on")
    if file_format not in FORMATS:
        raise ArgumentRefused(
            f"{file_format!r} is no format that is written", where="--format", remedy=f"Use {' or '.join(FORMATS)}"
        )


def _tables(world: ContractWorld, names: Names) -> Iterable[tuple[str, Iterable[pa.Table]]]:
    """Each table in parts, one table after the other: what is written is forgotten."""
    take = world.journal.take
    ends, repairs, thefts, made = take("ends"), take("repairs"), take("thefts"), take("interventions")
    devices = Devices.of(world, repairs, ends)
    yield "contracts", [book.contracts(world, names, ends)]
    yield "customers", [book.customers(world, names)]
    yield "products", [book.products(world, names)]
    yield "costs_upfront", book.upfront_costs(world, names)
    yield "quotes", [book.quotes(world, names)]
    yield "price_overrides", [book.price_overrides(world, names)]
    yield "exchange_rates", [book.exchange_rates(world)]
    yield "status_changes", [service.status_changes(world, names, take("statuses"), ends)]
    yield "fee_changes", [service.fee_changes(world, names, take("fees"))]
    asked = {"tickets": take("tickets"), "requests": take("requests"), "thefts": thefts}
    yield "support_tickets", [service.tickets(world, names, asked)]
    yield "recovery_events", [service.recovery_events(names, thefts)]
    yield "interventions", [service.interventions(world, names, made)]
    yield "fitment_records", [service.fitments(world, names, repairs, take("retrievals"), devices.keys)]
    yield "hardware", [devices.hardware(world, names)]
    yield "hardware_valuations", [devices.valuations(world)]
    invoices = take("invoices")
    yield "payments", billing.payments(world, names, invoices, take("spells"))
    others = {"paused": take("paused"), "repairs": repairs, "admin": take("admin"), "interventions": made}
    yield "costs_monthly", billing.monthly_costs(world, names, invoices, others)


def _write(path: Path, schema: pa.Schema, parts: Iterable[pa.Table]) -> int:
    """Write a table in parts; how many rows it has."""
    import pyarrow.csv as pc
    import pyarrow.parquet as pq

    rows = 0
    with (
        pc.CSVWriter(path, schema, write_options=pc.WriteOptions(quoting_style="needed"))
        if path.suffix == ".csv"
        else pq.ParquetWriter(path, schema, compression="zstd")
    ) as writer:
        for part in parts:
            if part.num_rows or not rows:
                writer.write_table(part)
            rows += part.num_rows
    return rows
