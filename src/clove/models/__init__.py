"""Estimators and their simulators: arrays in, a frozen fitted value out."""

from clove.models.beta_discrete_weibull import BetaDiscreteWeibull
from clove.models.bg_bb import BgBb
from clove.models.bg_nbd import BgNbd
from clove.models.effects import Effect
from clove.models.exponential_lifetime import ExponentialLifetime
from clove.models.gamma_gamma import GammaGamma
from clove.models.history import PurchaseHistory
from clove.models.kaplan_meier import KaplanMeier
from clove.models.mbg_cnbd import MbgCnbd
from clove.models.mbg_nbd import MbgNbd
from clove.models.pareto_nbd import ParetoNbd
from clove.models.shifted_beta_geometric import ShiftedBetaGeometric
from clove.models.spend import choose_spend_model
from clove.models.survivors import Survivors
from clove.models.tenure_table import TenureTable

__all__ = [
    "BetaDiscreteWeibull",
    "BgBb",
    "BgNbd",
    "Effect",
    "ExponentialLifetime",
    "GammaGamma",
    "KaplanMeier",
    "MbgCnbd",
    "MbgNbd",
    "ParetoNbd",
    "PurchaseHistory",
    "ShiftedBetaGeometric",
    "Survivors",
    "TenureTable",
    "choose_spend_model",
]
