"""Every way to fail ends in one message and one exit code, never in a traceback."""

import os
import sys
import traceback
from collections.abc import Callable

from clove.kernel.errors import (
    ArgumentRefused,
    CloveError,
    DidNotConverge,
    ImpossibleHistory,
    InputRefused,
    NotEnoughData,
    OutputRefused,
)

EXIT_CODES: dict[type[CloveError], int] = {
    ArgumentRefused: 2,
    InputRefused: 3,
    NotEnoughData: 4,
    ImpossibleHistory: 4,
    DidNotConverge: 4,
    OutputRefused: 5,
}
DEFECT = 1
INTERRUPTED = 130
TERMINATED = 143


def run_guarded(command: Callable[[], object]) -> int:
    """Run a command line and return its exit code."""
    try:
        command()
    except SystemExit as ended:  # the parser's way to end: done, or wrong words on the command line
        code = ended.code if isinstance(ended.code, int) else 0
        if code in {INTERRUPTED, TERMINATED}:
            _say("interrupted; nothing was written")
        return code
    except CloveError as error:
        _say(f"{error.where}: {error.what}" if error.where else error.what, f"→ {error.remedy}")
        return next(EXIT_CODES[kind] for kind in type(error).__mro__ if kind in EXIT_CODES)
    except Exception as error:  # noqa: BLE001 - the last line of defence: whatever it is, it is told and fails loudly
        if os.environ.get("CLOVE_TRACEBACK"):
            traceback.print_exc()
        _say(
            f"a defect of Clove's: {type(error).__name__}: {error}",
            "→ Please report it with the output that CLOVE_TRACEBACK=1 gives; nothing was written",
        )
        return DEFECT
    return 0


def _say(*lines: str) -> None:
    print("clove: " + "\n       ".join(lines), file=sys.stderr)  # noqa: T201 - a command's last word
