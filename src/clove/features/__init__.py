"""The ledger becomes one row per customer as of a date; one SQL file per feature set."""
