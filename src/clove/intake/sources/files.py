"""What lies at a path: a regular file that may be read, and of what kind, judged by its first bytes."""

import hashlib
import stat
from collections.abc import Sequence
from enum import Enum
from pathlib import Path

from clove.kernel.errors import InputRefused

_PIECE = 1 << 20


class Kind(Enum):
    """How the bytes of a file are to be read."""

    TEXT = "text"
    GZIP = "gzip"
    WORKBOOK = "workbook"
    PARQUET = "parquet"


_JSON_NAMES = (".json", ".jsonl", ".ndjson")
_JSON_STARTS = (b"[{", b'{"', b"[[")
_BY_NAME = {".xlsx": Kind.WORKBOOK, ".xlsm": Kind.WORKBOOK, ".parquet": Kind.PARQUET, ".gz": Kind.GZIP}
_REFUSED = (
    (b"\xd0\xcf\x11\xe0", "is an encrypted or an old Excel workbook", "Save it as .xlsx without a password"),
    (b"BZh", "is compressed with bzip2", "Unpack it, or compress it with gzip"),
    (b"\xfd7zXZ", "is compressed with xz", "Unpack it, or compress it with gzip"),
    (b"\x28\xb5\x2f\xfd", "is compressed with zstd", "Unpack it, or compress it with gzip"),
    (b"%PDF", "is a PDF document", "Export the table as CSV"),
)


def check_all(files: Sequence[Path]) -> None:
    """Every path must name a regular file that can be read, and none may come twice.

    Raises:
        InputRefused: Naming the first path that will not do.
    """
    if not files:
        raise InputRefused("no file is given", remedy="Give at least one file of orders")
    seen: dict[Path, Path] = {}
    for path in files:
        _check(path)
        real = path.resolve()
        if real in seen:
            raise InputRefused(
                "the same file is given twice, so its rows would count twice", where=str(path), remedy="Give it once"
            )
        seen[real] = path


def kind_of(path: Path) -> Kind:
    """The kind of file, by content; a name that promises another kind is refused.

    Raises:
        InputRefused: A kind that is not read here, an empty file, or a name that contradicts the content.
    """
    with path.open("rb") as file:
        start = file.read(8)
    if not start:
        raise InputRefused("the file is empty", where=str(path), remedy="Export the table again, with a header line")
    for magic, what, remedy in _REFUSED:
        if start.startswith(magic):
            raise InputRefused(f"the file {what}", where=str(path), remedy=remedy)
    if path.suffix.lower() in _JSON_NAMES or b"".join(start.split()).startswith(_JSON_STARTS):
        raise InputRefused(
            "the file is JSON, which is not read here",
            where=str(path),
            remedy="Export the table as CSV, TSV, XLSX or Parquet",
        )
    kind = Kind.TEXT
    if start.startswith(b"PK\x03\x04"):
        kind = Kind.WORKBOOK
    elif start.startswith(b"PAR1"):
        kind = Kind.PARQUET
    elif start.startswith(b"\x1f\x8b"):
        kind = Kind.GZIP
    promised = _BY_NAME.get(path.suffix.lower(), kind)
    if promised is not kind:
        raise InputRefused(
            f"the name ends in {path.suffix} but the content is no {promised.value} file",
            where=str(path),
            remedy="Export the file again, or name it for what it is",
        )
    return kind


def hash_of(files: Sequence[Path]) -> str:
    """SHA-256 over the bytes of the files, one after the other.

    Raises:
        InputRefused: Two files hold the same bytes.
    """
    sizes = [path.stat().st_size for path in files]
    whole = hashlib.sha256()
    seen: dict[bytes, Path] = {}
    for path, size in zip(files, sizes, strict=True):
        alone = sizes.count(size) == 1
        own = hashlib.sha256()
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                whole.update(piece)
                if not alone:
                    own.update(piece)
        if alone:
            continue
        if (twin := seen.setdefault(own.digest(), path)) is not path:
            raise InputRefused(
                f"the file holds the same bytes as {twin}, so its rows would count twice",
                where=str(path),
                remedy="Give one of the two",
            )
    return whole.hexdigest()


def _check(path: Path) -> None:
    where = str(path)
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise InputRefused("this is a folder", where=where, remedy="Give the files in it, each by its path")
        if not stat.S_ISREG(mode):
            raise InputRefused("this is no regular file", where=where, remedy="Copy the data to a file and give that")
        path.open("rb").close()
    except FileNotFoundError:
        raise InputRefused("there is no such file", where=where, remedy="Check the path") from None
    except PermissionError:
        raise InputRefused("the file may not be read", where=where, remedy="Allow this user to read it") from None
    except (OSError, ValueError) as error:  # a name too long, a NUL in it, a loop of links
        raise InputRefused(f"the file cannot be opened ({error})", where=where, remedy="Check the path") from error
