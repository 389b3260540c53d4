"""Models times margin and discount: value as a distribution, and how well old ones did."""
