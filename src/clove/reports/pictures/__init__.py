"""Pictures of a value report as Matplotlib figures, for pages and notebooks alike.

Each takes plain values of `clove.reports.contents` and returns a `matplotlib.figure.Figure` that belongs to no window;
`svg` turns one into text. None of them touches pyplot or leaves the caller's Matplotlib settings changed.
"""

from clove.reports.pictures.cohorts import cohort_retention
from clove.reports.pictures.histories import alive_map, purchases_map
from clove.reports.pictures.rows import row_outcomes
from clove.reports.pictures.segments import segment_shares, segment_values
from clove.reports.pictures.svg import svg
from clove.reports.pictures.trust import decile_calibration, pit_histogram, purchase_calibration
from clove.reports.pictures.value import concentration, value_distribution

__all__ = [
    "alive_map",
    "cohort_retention",
    "concentration",
    "decile_calibration",
    "pit_histogram",
    "purchase_calibration",
    "purchases_map",
    "row_outcomes",
    "segment_shares",
    "segment_values",
    "svg",
    "value_distribution",
]
