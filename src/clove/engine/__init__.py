"""Where bulk data lives and SQL runs: the only folder that names DuckDB or Spark."""
