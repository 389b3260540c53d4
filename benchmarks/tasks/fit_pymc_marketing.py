"""BG/NBD, the mode of the posterior under the default priors, by pymc-marketing."""

import pandas as pd
from pymc_marketing.clv import BetaGeoModel


def prepare(summary: str, customers: int) -> pd.DataFrame:
    """The summaries of the first customers."""
    return pd.read_parquet(summary).head(customers)


def measured(summary: pd.DataFrame) -> BetaGeoModel:
    """The public call; its fast method, no sampling."""
    model = BetaGeoModel()
    model.fit(data=summary, method="map", progressbar=False)
    return model


def facts(_: pd.DataFrame, model: BetaGeoModel) -> dict[str, float]:
    """The parameters."""
    return {name: float(model.fit_result[name].to_numpy().item()) for name in ("r", "alpha", "a", "b")}
