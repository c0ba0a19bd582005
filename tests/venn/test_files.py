import errno
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.refusals import refusal
from venn import staged


def test_files_appear_when_the_block_succeeds(tmp_path: Path) -> None:
    target = tmp_path / "new" / "folder"
    with staged(target) as folder:
        (folder / "x.txt").write_text("x")
        assert not (target / "x.txt").exists()
    assert [file.name for file in target.iterdir()] == ["x.txt"]


def test_a_file_of_the_same_name_is_replaced_and_others_are_kept(tmp_path: Path) -> None:
    """By a rename within one file system, which cannot leave half a file."""
    for name in ("x.txt", "y.txt"):
        (tmp_path / name).write_text("old")
    with staged(tmp_path) as folder:
        assert folder.parent == tmp_path
        assert folder.name.startswith(".mfh-")
        assert list(folder.iterdir()) == []
        (folder / "x.txt").write_text("new")
    left = {file.name: file.read_text() for file in tmp_path.iterdir()}
    assert left == {"x.txt": "new", "y.txt": "old"}


def fail(
    target: Path, work: Callable[[Path], object], failure: type[BaseException] = RuntimeError
) -> None:
    """Fail in a block that has worked in its folder."""
    with staged(target) as folder:
        work(folder)
        raise failure("the failure")


@pytest.mark.parametrize("below", [".", "new/folder"])
@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt])
def test_nothing_is_left_when_the_block_fails(
    failure: type[BaseException], below: str, tmp_path: Path
) -> None:
    (tmp_path / "x.txt").write_text("old")
    with pytest.raises(failure):
        fail(tmp_path / below, lambda folder: (folder / "x.txt").write_text("half"), failure)
    assert [file.name for file in tmp_path.iterdir()] == ["x.txt"]
    assert (tmp_path / "x.txt").read_text() == "old"


def test_the_blocks_own_failure_is_told_even_if_its_folder_is_gone(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="the failure"):
        fail(tmp_path / "new", Path.rmdir)
    assert list(tmp_path.iterdir()) == []


def test_what_others_write_meanwhile_is_kept_when_the_block_fails(tmp_path: Path) -> None:
    other = tmp_path / "new" / "other.txt"
    with pytest.raises(RuntimeError, match="the failure"):
        fail(tmp_path / "new" / "below", lambda _: other.write_text("kept"))
    found = [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")]
    assert sorted(found) == ["new", "new/other.txt"]


def test_a_folder_with_a_files_name_is_refused_before_any_file_is_moved(tmp_path: Path) -> None:
    for name in ("y.txt", "z.txt"):
        (tmp_path / name).mkdir()

    def write() -> None:
        with staged(tmp_path, shown="as given") as folder:
            for name in ("z.txt", "x.txt", "y.txt"):
                (folder / name).write_text("new")

    allowed = "is a folder where a file is to be written; move it away"
    assert refusal(write) == f"out = {str(tmp_path / 'y.txt')!r}: {allowed}"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["y.txt", "z.txt"]


def refused(folder: str | Path, shown: str | Path | None = None) -> str:
    """Return the words in which a folder is refused before the block is entered."""
    return refusal(staged(folder, shown).__enter__)


def test_a_folder_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    needs = "needs a folder that can be written"
    assert refused(file) == f"out = {str(file)!r}: {needs} (File exists)"
    below = file / "below"
    assert refused(below) == f"out = {str(below)!r}: {needs} (Not a directory)"
    assert refused(below, "~/x") == f"out = '~/x': {needs} (Not a directory)"
    assert refused(below, Path("x")) == f"out = 'x': {needs} (Not a directory)"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_no_folder_is_left_where_none_can_be_filled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "mkstemp", full)
    target = tmp_path / "new" / "below"
    allowed = "needs a folder that can be written (No space left on device)"
    assert refused(target) == f"out = {str(target)!r}: {allowed}"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_needs_a_name() -> None:
    """The path of '' would be that of '.'."""
    assert refused("") == "out = '': must name a folder; '.' is this one"
    assert refused("folder", "") == "out = '': must name a folder; '.' is this one"
