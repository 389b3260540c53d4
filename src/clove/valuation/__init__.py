"""Models times margin and discount: value as a distribution, and how well old ones did."""

from clove.valuation.forecast import Distribution, Expectation, Steps

__all__ = ["Distribution", "Expectation", "Steps"]
