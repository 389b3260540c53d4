"""Which spend model holds: the Gamma-Gamma assumes that spend does not depend on frequency, so that is measured."""

from dataclasses import dataclass

import numpy as np

from clove.models.gamma_gamma import GammaGamma
from clove.models.history import PurchaseHistory
from clove.models.ranks import rank_correlation

NOTICEABLE = 0.1  # absolute rank correlation below which a dependence is too weak to matter
ONE_PERCENT = 6.635  # of the chi-squared distribution with one degree of freedom


@dataclass(frozen=True, slots=True)
class SpendChoice:
    """The spend model that holds for these data, and why."""

    model: GammaGamma
    correlation: float  # Spearman's, of frequency and mean spend over repeat customers; nan if either is constant
    likelihood_ratio: float  # twice the gain of letting spend depend on frequency
    finding: str  # in words


def choose_spend_model(history: PurchaseHistory) -> SpendChoice:
    """Fit the Gamma-Gamma, with an elasticity of spend in frequency if the data call for one.

    It is taken when the rank correlation is noticeable (0.1) and the likelihood-ratio test rejects independence at
    1 %.

    Raises:
        NotEnoughData: As `GammaGamma.fit`.
    """
    plain = GammaGamma.fit(history)
    paying = (history.frequency > 0) & (history.monetary_value > 0)
    x, m = history.frequency[paying], history.monetary_value[paying]
    correlation = rank_correlation(x, m)
    if np.isnan(correlation):
        return SpendChoice(plain, correlation, 0.0, "Spend or frequency does not vary, so they cannot be related.")
    elastic = GammaGamma.fit(history, with_frequency=True)
    gain = 0.0
    if plain.evidence is not None and elastic.evidence is not None:
        gain = 2 * (elastic.evidence.log_likelihood - plain.evidence.log_likelihood)
    size = f"rank correlation {correlation:+.2f} over {x.size:,} repeat customers"
    if abs(correlation) < NOTICEABLE or gain < ONE_PERCENT:
        finding = f"Spend per order does not noticeably depend on how often a customer buys ({size})."
        return SpendChoice(plain, correlation, gain, finding)
    if elastic.elasticity == 0.0:
        finding = f"Spend per order goes with how often a customer buys ({size}), but is too unequal to model it."
        return SpendChoice(plain, correlation, gain, finding)
    direction = "more" if elastic.elasticity > 0 else "less"
    finding = (
        f"Customers who buy more often spend {direction} per order ({size}). The plain Gamma-Gamma assumes that they "
        f"do not, so spend is scaled with (1 + frequency)^{elastic.elasticity:.2f} here."
    )
    return SpendChoice(elastic, correlation, gain, finding)
