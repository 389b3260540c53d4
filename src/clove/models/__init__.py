"""Estimators and their simulators: arrays in, a frozen fitted value out."""

from clove.models.bg_bb import BgBb
from clove.models.bg_nbd import BgNbd
from clove.models.effects import Effect
from clove.models.gamma_gamma import GammaGamma
from clove.models.history import PurchaseHistory
from clove.models.mbg_cnbd import MbgCnbd
from clove.models.mbg_nbd import MbgNbd
from clove.models.pareto_nbd import ParetoNbd
from clove.models.spend import choose_spend_model

__all__ = [
    "BgBb",
    "BgNbd",
    "Effect",
    "GammaGamma",
    "MbgCnbd",
    "MbgNbd",
    "ParetoNbd",
    "PurchaseHistory",
    "choose_spend_model",
]
