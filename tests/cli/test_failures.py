"""Every refusal has an exit code of its own kind."""

import os
import subprocess
import sys

import pytest

from clove.cli.failures import EXIT_CODES, UNREAD, run_guarded
from clove.kernel.errors import CloveError, InputRefused


def kinds(parent: type[CloveError]) -> list[type[CloveError]]:
    return [kind for child in parent.__subclasses__() for kind in (child, *kinds(child))]


def test_every_kind_of_refusal_has_a_code():
    import clove.intake.read  # noqa: F401 - it has kinds of its own

    for kind in kinds(CloveError):
        assert any(parent in EXIT_CODES for parent in kind.__mro__), kind


def test_a_special_kind_has_the_code_of_its_general_one(capsys):
    class NoSuchSheet(InputRefused):
        pass

    def fail():
        raise NoSuchSheet("no sheet", where="a.xlsx", remedy="Add one")

    assert run_guarded(fail) == EXIT_CODES[InputRefused]
    assert capsys.readouterr().err == "clove: a.xlsx: no sheet\n       → Add one\n"


def test_a_defect_is_told_without_a_traceback(capsys, monkeypatch):
    monkeypatch.delenv("CLOVE_TRACEBACK", raising=False)

    def fail():
        raise ZeroDivisionError("by nothing")

    assert run_guarded(fail) == 1
    message = capsys.readouterr().err
    assert "ZeroDivisionError: by nothing" in message
    assert "Traceback" not in message


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["value", "--help"]])
def test_a_reader_who_leaves_early_is_no_defect(words):
    ours, theirs = os.pipe()
    os.close(ours)  # nobody reads
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "clove", *words], stdout=theirs, stderr=subprocess.PIPE, timeout=60, check=False
        )
    finally:
        os.close(theirs)
    assert ended.stderr == b""
    assert ended.returncode == UNREAD


def test_the_extra_is_named_whole():
    shown = subprocess.run(
        [sys.executable, "-m", "clove", "value", "--help"],
        stdout=subprocess.PIPE,
        env={**os.environ, "COLUMNS": "200"},
        timeout=60,
        check=True,
    ).stdout.decode()
    assert "the extra [tune]" in shown
