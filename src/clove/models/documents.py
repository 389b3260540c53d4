"""Fitted models are stored as JSON; each document names its model."""

import json
from collections.abc import Iterable
from typing import Any

from clove.kernel.errors import ArgumentRefused


def read_document(text: str, model: str, names: Iterable[str]) -> dict[str, Any]:
    """The fields of a model's document.

    Raises:
        ArgumentRefused: Not JSON, another model's, or a field is missing.
    """
    try:
        fields: dict[str, Any] = json.loads(text)
    except ValueError as error:
        raise ArgumentRefused(f"no JSON ({error})", where=model, remedy=f"Give what {model}'s to_json wrote") from None
    kind = fields.get("model") if isinstance(fields, dict) else None
    if kind != model:
        raise ArgumentRefused(f"a document of {kind!r}", where=model, remedy=f"Give a {model} document")
    if missing := [name for name in names if name not in fields]:
        raise ArgumentRefused(
            f"the document has no {missing[0]!r}", where=model, remedy=f"Give what {model}'s to_json wrote"
        )
    return fields
