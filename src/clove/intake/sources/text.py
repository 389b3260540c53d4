"""Bytes of a text file as UTF-8: unpacked, decoded, with line ends that a table reader knows."""

import codecs
import gzip
import zlib
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from clove.kernel.errors import InputRefused

BLOCK = 24 << 20
"""Bytes that are read, judged and let go at a time; a query has a fixed cost, so fewer are faster."""
LOOK = 1 << 18
_NO_CONTROL = bytes({*b"\t\n\v\f\r\x1a", *range(32, 256)})
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class NotUtf8(Exception):
    """The bytes are not UTF-8 after all: the reader starts again with another encoding."""


@dataclass(slots=True)
class TextFile:
    """A text file that can be read again and again, each time from its start."""

    path: Path
    packed: bool  # with gzip
    encoding: str = "utf-8"  # utf-8, utf-8-sig, utf-16 or cp1252
    old_line_ends: bool = False  # carriage returns alone
    consumed: int = field(default=0)  # bytes of the file as it lies on the disk

    def blocks(self, size: int | None = None) -> Generator[bytes, None, None]:
        """UTF-8 without a mark, in blocks that may end anywhere.

        Raises:
            InputRefused: The gzip stream is damaged, or the bytes are no text.
            NotUtf8: The encoding was taken to be UTF-8 and is not.
        """
        with closing(self._decoded(size or BLOCK)) as blocks:
            for block in blocks:
                if b"\0" in block:
                    raise self._no_text("a zero byte")
                if self.encoding == "cp1252":  # in which nearly every byte is a letter
                    self._refuse_control(block)
                yield block.replace(b"\r", b"\n") if self.old_line_ends else block

    def look(self) -> bytes:
        """The beginning, and with it the encoding and the line ends.

        Raises:
            InputRefused: The bytes are no text.
        """
        with closing(self._unpacked(LOOK)) as raw:
            start = next(raw, b"")
        self.encoding = next((name for mark, name in _MARKS if start.startswith(mark)), "utf-8")
        try:
            first = self.first()
        except NotUtf8:
            self.encoding = "cp1252"
            first = self.first()
        self._refuse_control(first)
        if b"\n" not in first and b"\r" in first:
            self.old_line_ends = True
            first = first.replace(b"\r", b"\n")
        return first

    def first(self) -> bytes:
        """The first block of the size of a look.

        Raises:
            InputRefused: As for `blocks`.
            NotUtf8: As for `blocks`.
        """
        with closing(self.blocks(LOOK)) as blocks:
            return next(blocks, b"")

    def _decoded(self, size: int) -> Generator[bytes, None, None]:
        """Checked where it is UTF-8, turned into it where it is not."""
        decoder = codecs.getincrementaldecoder(self.encoding)()
        try:
            with closing(self._unpacked(size)) as blocks:
                for block in blocks:
                    text = decoder.decode(block)
                    yield block if self.encoding == "utf-8" else text.encode()
            if text := decoder.decode(b"", final=True):
                yield text.encode()
        except UnicodeError as error:
            if self.encoding == "utf-8":
                raise NotUtf8 from error
            raise self._no_text(f"a byte that is not {self.encoding}") from error

    def _unpacked(self, size: int) -> Generator[bytes, None, None]:
        with self.path.open("rb") as raw:
            file = gzip.GzipFile(fileobj=raw) if self.packed else raw

            def pull() -> tuple[bytes, int]:
                return file.read(size), raw.tell()

            try:
                with ThreadPoolExecutor(1) as ahead:  # the next block is unpacked while this one is judged
                    coming = ahead.submit(pull)
                    while (pulled := coming.result())[0]:
                        coming = ahead.submit(pull)
                        block, self.consumed = pulled
                        yield block
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                raise InputRefused(
                    f"the gzip stream is cut off or damaged ({error})",
                    where=str(self.path),
                    remedy="Copy the file again; `gzip -t` tells whether it is whole",
                ) from error

    def _refuse_control(self, block: bytes) -> None:
        if control := block.translate(None, _NO_CONTROL):
            raise self._no_text(f"the control character 0x{control[0]:02x}")

    def _no_text(self, what: str) -> InputRefused:
        return InputRefused(
            f"the file is no text: it holds {what}", where=str(self.path), remedy="Export it as CSV in UTF-8"
        )
