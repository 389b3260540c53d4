"""Models times margin and discount: value as a distribution, and how well old ones did."""

from clove.valuation.forecast import Distribution, Expectation, Steps
from clove.valuation.frequency_recency import FrequencyRecencyMap
from clove.valuation.parameter_draws import interval, models_drawn
from clove.valuation.tracking import Tracking

__all__ = ["Distribution", "Expectation", "FrequencyRecencyMap", "Steps", "Tracking", "interval", "models_drawn"]
