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


def test_a_folder_with_a_files_name_is_refused_before_any_file_is_moved(tmp_path: Path) -> None:
    (tmp_path / "y.txt").mkdir()

    def write() -> None:
        with staged(tmp_path) as folder:
            for name in ("x.txt", "y.txt"):
                (folder / name).write_text("new")

    with pytest.raises(ArgumentError, match=r"out = .*y\.txt'?: is a folder where a file"):
        write()
    assert [file.name for file in tmp_path.iterdir()] == ["y.txt"]


def test_a_folder_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for target in (tmp_path / "file", tmp_path / "file" / "below"):
        with (
            pytest.raises(ArgumentError, match=r"out = .*needs a folder that can be written"),
            staged(target),
        ):
            pytest.fail("the block was entered")
    assert [file.name for file in tmp_path.iterdir()] == ["file"]
