"""Estimators and their simulators: arrays in, a frozen fitted value out."""

from clove.models.bg_nbd import BgNbd
from clove.models.gamma_gamma import GammaGamma
from clove.models.history import PurchaseHistory

__all__ = ["BgNbd", "GammaGamma", "PurchaseHistory"]
