"""Estimators and their simulators: arrays in, a frozen fitted value out."""
