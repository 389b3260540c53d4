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
UNREAD = 141
TERMINATED = 143


def run_guarded(command: Callable[[], object]) -> int:
    """Run a command line and return its exit code."""
    try:
        code = _run(command)
        sys.stdout.flush()  # here, where it can be told, and not while the interpreter ends
    except BrokenPipeError:  # whoever read has gone, as in `clove --help | head -1`: no failure, and nobody to tell
        # what is still in the buffer goes nowhere, or the interpreter would complain of it when it ends
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - open until the process ends
        return UNREAD
    return code


def _run(command: Callable[[], object]) -> int:
    try:
        command()
    except SystemExit as ended:  # the parser's way to end: done, or wrong words on the command line
        if isinstance(ended.__context__, BrokenPipeError):  # the parser and rich end so
            raise ended.__context__ from None
        code = ended.code if isinstance(ended.code, int) else 0
        if code in {INTERRUPTED, TERMINATED}:
            _say("interrupted; nothing was written")
        return code
    except BrokenPipeError:
        raise
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
