import errno
import tempfile
from pathlib import Path

import pytest

from venn import ArgumentError, staged


def test_files_appear_when_the_block_succeeds(tmp_path: Path) -> None:
    target = tmp_path / "new" / "folder"
    with staged(target) as folder:
        (folder / "x.txt").write_text("x")
        assert not (target / "x.txt").exists()
    assert [file.name for file in target.iterdir()] == ["x.txt"]


def test_a_file_of_the_same_name_is_replaced_and_others_are_kept(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("old")
    (tmp_path / "y.txt").write_text("kept")
    with staged(tmp_path) as folder:
        (folder / "x.txt").write_text("new")
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {
        "x.txt": "new",
        "y.txt": "kept",
    }


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt])
def test_nothing_is_left_when_the_block_fails(tmp_path: Path, failure: type[BaseException]) -> None:
    (tmp_path / "x.txt").write_text("old")

    def fail_in(target: Path) -> None:
        with staged(target) as folder:
            (folder / "x.txt").write_text("half")
            raise failure

    for target in (tmp_path / "new" / "folder", tmp_path):
        with pytest.raises(failure):
            fail_in(target)
    assert [file.name for file in tmp_path.iterdir()] == ["x.txt"]
    assert (tmp_path / "x.txt").read_text() == "old"


def test_the_files_are_staged_inside_the_folder(tmp_path: Path) -> None:
    """A rename within one file system cannot leave half a file; the name is hidden and ours."""
    with staged(tmp_path) as folder:
        assert folder.parent == tmp_path
        assert folder.name.startswith(".mfh-")
        assert list(folder.iterdir()) == []
    assert list(tmp_path.iterdir()) == []


def test_the_blocks_own_failure_is_told_even_if_its_folder_is_gone(tmp_path: Path) -> None:
    def fail() -> None:
        with staged(tmp_path / "new") as folder:
            folder.rmdir()
            raise RuntimeError("the failure")

    with pytest.raises(RuntimeError, match="the failure"):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_what_others_write_meanwhile_is_kept_when_the_block_fails(tmp_path: Path) -> None:
    def fail() -> None:
        with staged(tmp_path / "new" / "below"):
            (tmp_path / "new" / "other.txt").write_text("kept")
            raise RuntimeError("the failure")

    with pytest.raises(RuntimeError, match="the failure"):
        fail()
    assert [path.name for path in tmp_path.iterdir()] == ["new"]
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["other.txt"]


def test_a_folder_with_a_files_name_is_refused_before_any_file_is_moved(tmp_path: Path) -> None:
    for name in ("y.txt", "z.txt"):
        (tmp_path / name).mkdir()

    def write() -> None:
        with staged(tmp_path, shown="as given") as folder:
            for name in ("z.txt", "x.txt", "y.txt"):
                (folder / name).write_text("new")

    with pytest.raises(ArgumentError) as error:
        write()
    allowed = "is a folder where a file is to be written; move it away"
    assert str(error.value) == f"out = {str(tmp_path / 'y.txt')!r}: {allowed}"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["y.txt", "z.txt"]


def refused(folder: str | Path, shown: str | Path | None = None) -> str:
    """Return the words in which a folder is refused before the block is entered."""
    with pytest.raises(ArgumentError) as error, staged(folder, shown):
        pytest.fail("the block was entered")
    return str(error.value)


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
