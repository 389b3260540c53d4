"""Machine code for the few loops that NumPy cannot express, kept on disk between runs.

Import this where it is called, not at the top of an estimator: numba takes half a second to load.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile at the first call; releases the interpreter lock, so that threads can share the work.

    The code is cached beside the source or in the user's cache folder; where neither can be written, each process
    compiles anew.
    """
    try:
        fast: Any = njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:  # numba found no folder for its cache
        fast = njit(nogil=True, error_model="numpy")(function)
    return cast("Function", fast)
