"""Clove in a terminal."""
