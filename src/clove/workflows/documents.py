"""Results as JSON: equal results are equal bytes, and what is not known is null."""

import json
import math
from collections.abc import Mapping
from typing import Any


def json_text(value: object) -> str:
    """For a file, with a line's end."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def null_unknown(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """JSON has no nan: what is not known is null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: null_unknown(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [null_unknown(item) for item in value]
    return value
