"""A simulated portfolio of contracts whose truth is known."""

from clove.valuation.contract_world.market import Market
from clove.valuation.contract_world.policy import policy_outcome
from clove.valuation.contract_world.rules import Happenings, Rules
from clove.valuation.contract_world.world import ContractWorld, Future

__all__ = ["ContractWorld", "Future", "Happenings", "Market", "Rules", "policy_outcome"]
