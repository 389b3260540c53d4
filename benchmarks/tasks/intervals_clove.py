"""In how many simulated portfolios the 95 % intervals hold the truth. `python intervals_clove.py RUNS CONTRACTS`.

Each run is a portfolio of its own seed: alpha and beta of its most frequent segments, each from that segment's own
quotes, p0 and the decay from its spells without payment. Prints a JSON document.
"""

import json
import sys

import numpy as np

from clove.models.price_response_free import FreePriceResponse
from clove.models.quotes import Quotes
from clove.models.resumption import Resumption
from clove.models.spells import Spells
from clove.valuation.contract_world import ContractWorld
from clove.workflows.simulate_contracts import shipped_market

FIRST_SEED = 1_000
SEGMENTS = 4


def main() -> None:
    """All runs."""
    runs, contracts = int(sys.argv[1]), int(sys.argv[2])
    market = shipped_market()
    common = np.argsort(-market.shares(), kind="stable")[:SEGMENTS]
    names = [f"{market.country[k]} {market.channel[k]} {market.tier[k]}" for k in common]
    held: dict[str, list[bool]] = {}
    quoted, lapsed = [], []

    def note(name: str, low: float, truth: float, high: float) -> None:
        held.setdefault(name, []).append(bool(low <= truth <= high))

    for seed in range(FIRST_SEED, FIRST_SEED + runs):
        world = ContractWorld.simulate(contracts, seed, market)
        quotes = world.quotes
        free = FreePriceResponse.fit(
            Quotes.of(quotes.segment, quotes.price_zar, quotes.converted, segments=len(market))
        )
        for k, name in zip(common, names, strict=True):
            note(f"alpha, {name}", free.alpha_low[k], market.alpha[k], free.alpha_high[k])
            note(f"beta, {name}", free.beta_low[k], market.beta[k], free.beta_high[k])
        spells = spells_of(world)
        fit = Resumption.fit(spells)
        low, high = fit.interval()
        for name, place, truth in (("p0", 0, world.rules.p0), ("lambda", -1, world.rules.decay)):
            note(name, low[place], truth, high[place])
        quoted.append(np.bincount(quotes.segment, minlength=len(market))[common])
        lapsed.append(spells.months.size)
    found = {
        "runs": runs,
        "held": {name: sum(runs_of) for name, runs_of in held.items()},
        "quotes": np.mean(quoted, axis=0).round().astype(int).tolist(),
        "spells": round(float(np.mean(lapsed))),
    }
    print(json.dumps(found))


def spells_of(world: ContractWorld) -> Spells:
    """Every lapse of the history, as far as it went: one begins with its first month at risk."""
    risk = world.journal.take("risk")
    order = np.lexsort((risk["month"], risk["contract"]))
    starts = np.flatnonzero(risk["lapsed"][order] == 0)
    months = np.diff(np.append(starts, order.size))
    band, resumed = risk["band"][order][starts], risk["resumed"][order][starts + months - 1]
    return Spells(band.astype(np.int64), np.zeros_like(months), months, resumed)


if __name__ == "__main__":
    main()
