"""The purchase models by the names that commands and documents use."""

from clove.kernel.errors import ArgumentRefused
from clove.models.bg_bb import BgBb
from clove.models.bg_nbd import BgNbd
from clove.models.mbg_cnbd import MbgCnbd
from clove.models.mbg_nbd import MbgNbd
from clove.models.pareto_nbd import ParetoNbd
from clove.models.purchase_model import PurchaseModel

PURCHASE_MODELS: dict[str, type[PurchaseModel]] = {
    model.KIND: model for model in (BgNbd, MbgNbd, ParetoNbd, MbgCnbd, BgBb)
}
REFERENCE = BgNbd.KIND  # what a challenger has to beat
CANDIDATES = (REFERENCE, MbgNbd.KIND, ParetoNbd.KIND, MbgCnbd.KIND)  # for orders that may come at any moment


def purchase_model(kind: str) -> type[PurchaseModel]:
    """The model of that name.

    Raises:
        ArgumentRefused: There is none.
    """
    if kind not in PURCHASE_MODELS:
        raise ArgumentRefused(
            f"{kind!r} is no purchase model", where="model", remedy=f"Use one of {', '.join(PURCHASE_MODELS)}"
        )
    return PURCHASE_MODELS[kind]
