"""Side by side with the peers, in one run. `python benchmarks/run.py [--only ROW …] [--quick] [--rounds N]`."""

import argparse
import os
from importlib import import_module
from pathlib import Path

from harness.environments import REPOSITORY, Environment
from harness.lines import MISSED, NOT_MEASURED
from harness.machine import load, machine
from harness.results import record, render, table
from harness.settings import Settings

ROWS = [
    "rfm",
    "fit",
    "pareto",
    "family",
    "convergence",
    "scoring",
    "contract_value",
    "pricing",
    "intervals",
    "retail",
    "imports",
    "growth",
    "failures",
    "honesty",
    "churn",
]
VERSIONS = {
    "clove": ["clove-clv", "duckdb", "numpy", "numba", "scipy", "pandas"],
    "lifetimes": ["lifetimes", "numpy", "scipy", "pandas"],
    "pymc-marketing": ["pymc-marketing", "pymc", "pytensor", "numpy", "scipy", "pandas"],
}


def main(arguments: list[str] | None = None) -> None:
    """Measure, print each table as it is ready, and write RESULTS.md. A missed bar is said, not raised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=ROWS, default=ROWS, metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--quick", action="store_true", help="small sizes, three rounds, nothing written")
    parser.add_argument("--rounds", type=int, default=0, help="measured rounds; 5, or 3 when quick")
    parser.add_argument(
        "--shared",
        type=Path,
        default=Path(os.environ.get("CLOVE_SHARED_DATA", REPOSITORY.parent / "shared" / "data")),
        help="folder with the real data sets; rows that need one say so when it is not there",
    )
    chosen = parser.parse_args(arguments)
    settings = Settings(chosen.quick, chosen.rounds or (3 if chosen.quick else 5), chosen.shared)
    for environment in (settings.clove, settings.lifetimes, settings.pymc_marketing):
        print(f"{environment.name}: {environment.missing or _versions(environment)}")
    fallen_short = 0
    for name in chosen.only:
        row = import_module(f"rows.{name}")
        about, before = machine(), load()
        print(f"\n{row.TITLE}\n", flush=True)
        lines = row.measure(settings)
        print(table(lines), flush=True)
        fallen_short += sum(line.verdict in {MISSED, NOT_MEASURED} for line in lines)
        if not settings.quick:
            about |= {"rounds": str(settings.rounds), "load before and after": f"{before} and {load()}"}
            versions = {
                side.name: _versions(side) for side in (settings.clove, settings.lifetimes, settings.pymc_marketing)
            }
            record(name, row.TITLE, row.NOTE, lines, {**about, **versions})
            render(ROWS)
    print(f"\n{fallen_short} MISSED or not measured" if fallen_short else "\nNo bar of these rows is missed")


def _versions(environment: Environment) -> str:
    if environment.missing:
        return environment.missing
    found = environment.describe(*VERSIONS[environment.name])
    return ", ".join(f"{package} {version}" for package, version in found.items())


if __name__ == "__main__":
    main()
