"""Trees are kept as LightGBM's own text, with a digest: it reads past the end of text that was cut short."""

import hashlib
from typing import TYPE_CHECKING

from clove.kernel.errors import ArgumentRefused

if TYPE_CHECKING:
    from lightgbm import Booster


def grown(text: str) -> "Booster":
    """The trees of a text that was written here, or whose digest was checked."""
    from lightgbm import Booster

    return Booster(model_str=text)


def digest(*texts: str) -> str:
    """SHA-256 of them all."""
    total = hashlib.sha256()
    for text in texts:
        total.update(text.encode())
    return total.hexdigest()


def expect_digest(given: object, *texts: str, where: str) -> None:
    """Refuse trees that are not those that were written.

    Raises:
        ArgumentRefused: The digests differ.
    """
    if digest(*texts) != given:
        raise ArgumentRefused(
            "the trees are not those that were written", where=where, remedy="Give the document as it was"
        )
