"""Columns of a portfolio of contracts. `python contracts.py FOLDER CONTRACTS`; prints the path as JSON."""

import json
import sys
from pathlib import Path

import numpy as np

MONTHS = 60
SEGMENTS = 200


def main() -> None:
    """Hazards by segment and tenure with a bump at the start and at the end of the clause, and n contracts."""
    folder, contracts = Path(sys.argv[1]), int(sys.argv[2])
    path = folder / f"contracts-{contracts}.npz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(1)
        table = rng.uniform(0.01, 0.03, (SEGMENTS, 1)) * (1 + 2 * np.exp(-np.arange(MONTHS) / 4))
        table[:, 36] += 0.1
        np.savez(
            path,
            table=table,
            segment=rng.integers(0, SEGMENTS, contracts),
            served=rng.integers(0, 50, contracts),
            fee=rng.uniform(150, 450, contracts),
            cost=rng.uniform(60, 100, contracts),
            collected=rng.uniform(0.8, 1.0, contracts),
            penalty_collected=rng.uniform(0.0, 0.5, contracts),
        )
    print(json.dumps({"contracts": str(path)}))


if __name__ == "__main__":
    main()
