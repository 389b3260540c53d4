"""The sections of a portfolio's report, one file for each question of the reader."""
