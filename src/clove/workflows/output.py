"""An output folder appears whole or not at all."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clove.kernel.errors import OutputRefused

MARK = ".clove.json"  # says that a folder is ours to replace, and what it holds


class OutputFolder:
    """Results are written beside their place and moved there when they are complete."""

    @staticmethod
    def check(out: Path, *, kind: str) -> None:
        """Refuse a place that holds anything but an earlier result of the same kind.

        Raises:
            OutputRefused: It is a file, holds foreign files, or its parent cannot be made.
        """
        if not os.path.lexists(out):
            return
        if out.is_symlink() or not out.is_dir():
            raise OutputRefused("this is not a folder", where=str(out), remedy="Give the name of a new folder to --out")
        try:
            found = _files_in(out)
        except OSError as error:
            raise OutputRefused(
                f"the folder cannot be read ({error.strerror})", where=str(out), remedy="Give another folder to --out"
            ) from error
        if not found:
            return
        written = _written(out, kind)
        if foreign := sorted(found - written - {MARK}):
            raise OutputRefused(
                f"the folder holds files that are not an earlier {kind} of Clove's, such as {foreign[0]!r}",
                where=str(out),
                remedy="Give a new or empty folder to --out; nothing was changed",
            )

    @staticmethod
    @contextmanager
    def fill(out: Path, *, kind: str) -> Iterator[Path]:
        """Hand out an empty folder; at the end of the block it takes the place of `out`, an earlier result gone.

        Raises:
            OutputRefused: As `check`, or the disk refuses.
        """
        OutputFolder.check(out, kind=kind)
        try:
            target = out.absolute()
            target.parent.mkdir(parents=True, exist_ok=True)
            fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        except OSError as error:
            raise OutputRefused(
                f"the folder cannot be made ({error.strerror})",
                where=str(out),
                remedy="Check the path and its permissions",
            ) from error
        try:
            yield fresh
            files = sorted(_files_in(fresh))
            (fresh / MARK).write_text(json.dumps({"kind": kind, "files": files}, indent=2) + "\n", encoding="utf-8")
            fresh.chmod(0o777 & ~_umask())  # the temporary folder was private
            if target.exists():
                old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
                target.rename(old / "replaced")
                fresh.rename(target)
                shutil.rmtree(old)
            else:
                fresh.rename(target)
        except OSError as error:
            raise OutputRefused(
                f"the results cannot be written ({error.strerror})",
                where=str(out),
                remedy="Check the free space and the permissions there; nothing half-written is left",
            ) from error
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def _files_in(folder: Path) -> set[str]:
    """Everything in it that is no folder, and folders that hold nothing, as relative paths."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_symlink() or not path.is_dir() or not any(path.iterdir())
    }


def _umask() -> int:
    current = os.umask(0o077)
    os.umask(current)
    return current


def _written(out: Path, kind: str) -> set[str]:
    """Files of an earlier result of this kind; empty where there is none."""
    try:
        mark = json.loads((out / MARK).read_text(encoding="utf-8"))
        if mark["kind"] != kind:
            return set()
        return {str(name) for name in mark["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
