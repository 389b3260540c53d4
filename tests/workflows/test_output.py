"""A result folder appears whole or not at all, and nothing of a person's is touched."""

import json

import pytest

from clove.kernel.errors import OutputRefused
from clove.workflows.output import MARK, OutputFolder


def write(out, text, kind="valuation"):
    with OutputFolder.fill(out, kind=kind) as folder:
        (folder / "models").mkdir()
        (folder / "models" / "a.json").write_text(text)
        (folder / "report.html").write_text(text)


def test_it_appears_with_all_its_files(tmp_path):
    write(tmp_path / "new" / "out", "one")
    assert {path.name for path in (tmp_path / "new" / "out").iterdir()} == {"models", "report.html", MARK}
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["out"]


def test_an_earlier_result_is_replaced_as_a_whole(tmp_path):
    out = tmp_path / "out"
    write(out, "one")
    with OutputFolder.fill(out, kind="valuation") as folder:
        (folder / "other.txt").write_text("two")
    assert {path.name for path in out.iterdir()} == {"other.txt", MARK}
    assert json.loads((out / MARK).read_text())["files"] == ["other.txt"]


def test_a_failure_leaves_the_earlier_result_and_no_trace(tmp_path):
    out = tmp_path / "out"
    write(out, "one")

    def break_down_half_way():
        with OutputFolder.fill(out, kind="valuation") as folder:
            (folder / "report.html").write_text("two")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        break_down_half_way()
    assert (out / "report.html").read_text() == "one"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("name", ["thesis.docx", "models"])
def test_a_folder_with_anything_else_is_refused(tmp_path, name):
    (tmp_path / name).write_text("mine")
    with pytest.raises(OutputRefused, match=name), OutputFolder.fill(tmp_path, kind="valuation"):
        pytest.fail("the block must not run")
    assert (tmp_path / name).read_text() == "mine"


def test_a_file_added_to_an_earlier_result_is_kept_by_refusing(tmp_path):
    out = tmp_path / "out"
    write(out, "one")
    for name in ("notes.txt", "models/notes.txt"):
        (out / name).write_text("mine")
        with pytest.raises(OutputRefused, match=r"notes\.txt"):
            write(out, "two")
        assert (out / name).read_text() == "mine"
        (out / name).unlink()


def test_a_result_of_another_kind_is_refused(tmp_path):
    write(tmp_path / "out", "one", kind="simulated shop")
    with pytest.raises(OutputRefused):
        write(tmp_path / "out", "two", kind="valuation")


def test_a_file_or_a_link_in_its_place_is_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for name in ("file", "link", "dangling"):
        with pytest.raises(OutputRefused, match="not a folder"):
            write(tmp_path / name, "one")


def test_a_parent_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputRefused):
        write(tmp_path / "file" / "out", "one")
