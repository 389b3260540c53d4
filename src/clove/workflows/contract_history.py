"""A portfolio's history as of a date, as the feature sets tell it."""

from dataclasses import dataclass

import pyarrow as pa

from clove.kernel.arrays import Floats
from clove.workflows.contract_money import Money


@dataclass(frozen=True, slots=True, eq=False)
class ContractHistory:
    """What was known as of the date."""

    state: pa.Table  # n contracts, `contract_state.sql`
    exits: pa.Table  # `contract_exits.sql`
    spells: pa.Table  # without payment, `unpaid_spells.sql`
    suspensions: pa.Table  # the same of suspended contracts
    penalties: pa.Table  # `penalties.sql`
    money: Money  # rates as of the date
    rate: Floats  # (n,) units of the portfolio's currency that one of the contract's buys
