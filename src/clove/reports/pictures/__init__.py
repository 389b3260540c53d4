"""Pictures of a value report as Matplotlib figures, for pages and notebooks alike.

Each takes plain values of `clove.reports.contents` or `clove.valuation` and returns a `matplotlib.figure.Figure` that
belongs to no window; `svg` turns one into text. None of them touches pyplot or leaves the caller's Matplotlib settings
changed.
"""

from clove.reports.pictures.cohorts import cohort_retention
from clove.reports.pictures.counts import repeat_distribution, spend_fit
from clove.reports.pictures.curves import alive_path, dropout_heterogeneity, new_customer_curve, rate_heterogeneity
from clove.reports.pictures.exposure import customer_exposure
from clove.reports.pictures.factors import factor_importance
from clove.reports.pictures.histories import alive_map, purchases_map
from clove.reports.pictures.parameters import parameter_uncertainty
from clove.reports.pictures.rows import row_outcomes
from clove.reports.pictures.season import season_index
from clove.reports.pictures.segments import segment_shares, segment_values
from clove.reports.pictures.svg import svg
from clove.reports.pictures.tracking import cumulative_tracking, incremental_tracking
from clove.reports.pictures.trust import decile_calibration, pit_histogram, purchase_calibration
from clove.reports.pictures.value import concentration, value_distribution

__all__ = [
    "alive_map",
    "alive_path",
    "cohort_retention",
    "concentration",
    "cumulative_tracking",
    "customer_exposure",
    "decile_calibration",
    "dropout_heterogeneity",
    "factor_importance",
    "incremental_tracking",
    "new_customer_curve",
    "parameter_uncertainty",
    "pit_histogram",
    "purchase_calibration",
    "purchases_map",
    "rate_heterogeneity",
    "repeat_distribution",
    "row_outcomes",
    "season_index",
    "segment_shares",
    "segment_values",
    "spend_fit",
    "svg",
    "value_distribution",
]
