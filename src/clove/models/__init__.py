"""Estimators and their simulators: arrays in, a frozen fitted value out."""

from clove.models.bg_nbd import BgNbd
from clove.models.gamma_gamma import GammaGamma
from clove.models.history import PurchaseHistory
from clove.models.mbg_nbd import MbgNbd

__all__ = ["BgNbd", "GammaGamma", "MbgNbd", "PurchaseHistory"]
