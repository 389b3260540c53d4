"""What happened, as it happens: columns per kind of event, joined at the end."""

from collections import defaultdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clove.kernel.arrays import Ints

Events = dict[str, NDArray[Any]]


class Journal:
    """Events by kind; a journal that does not keep forgets them at once."""

    def __init__(self, *, keeps: bool = True) -> None:
        self.keeps = keeps
        self._parts: dict[str, list[Events]] = defaultdict(list)

    def add(self, kind: str, contract: Ints, /, **columns: Any) -> None:  # noqa: ANN401 - arrays and single figures alike
        """Note one event for each contract; a single figure is all of theirs."""
        if not self.keeps or not contract.size:
            return
        part: Events = {"contract": contract.astype(np.int32)}
        for name, values in columns.items():
            column = np.broadcast_to(np.asarray(values), contract.shape)
            part[name] = column.astype(np.int32) if column.dtype == np.int64 else column.copy()
        self._parts[kind].append(part)

    def take(self, kind: str) -> Events:
        """All events of a kind, in order of time; no columns where there was none. The journal forgets them."""
        parts = self._parts.pop(kind, [])
        return {name: np.concatenate([part.pop(name) for part in parts]) for name in list(parts[0])} if parts else {}
