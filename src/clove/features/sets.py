"""The feature sets by name: each is one SQL file beside this one, read once."""

from functools import cache
from importlib.resources import files


@cache
def feature_sql(name: str) -> str:
    """The text of `{name}.sql`."""
    return files("clove.features").joinpath(f"{name}.sql").read_text(encoding="utf-8")
