"""Array types. Shape names used in docstrings: n customers, m months, d draws, k groups."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
Labels: TypeAlias = NDArray[Any]  # the business's own identifiers: text or integers
