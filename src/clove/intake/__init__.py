"""Foreign data becomes events, or a rejection that names row, rule and remedy."""
