"""How C++ of ours is compiled and kept, and what happens where it cannot be.

The compiler of these tests hands out what another one made before; those of the kernel have a real one.
"""

import ctypes
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from unittest.mock import Mock

import pytest

from venn import compiled
from venn.compiled import CannotCompileError

COMPILER = shutil.which(os.environ.get("CXX") or "c++")

Patch = pytest.MonkeyPatch


def script(path: Path, *lines: str) -> str:
    """Write a program that stands in for a compiler; return what to call it by."""
    path.write_text("\n".join(["#!/bin/sh", *lines]))
    path.chmod(0o755)
    return str(path)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: Patch) -> Iterator[Path]:
    """Nothing is known of a compiler, nor kept of what it made."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    compiled._target.cache_clear()
    yield tmp_path / "cache" / "mfh"
    compiled._target.cache_clear()


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Write a program, and what it includes."""
    folder = tmp_path_factory.mktemp("sources")
    (folder / "answer.cpp").write_text(
        '#include "answer.hpp"\nextern "C" int said() { return ANSWER; }'
    )
    (folder / "answer.hpp").write_text("#define ANSWER 42\n")
    return folder / "answer.cpp", folder / "answer.hpp"


@pytest.fixture(scope="session")
def made(sources: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile it in earnest."""
    if COMPILER is None:
        pytest.skip("there is no C++ compiler")
    found = tmp_path_factory.mktemp("made") / "answer.so"
    compiled._ran(COMPILER, *compiled.LINKED, str(sources[0]), "-o", str(found))
    return found


class Compiler:
    """A compiler that notes how it is called, and copies what it is to make."""

    def __init__(self, folder: Path, made: Path) -> None:
        self.log = folder / "calls"
        copy = f'[ "$before" != -o ] || cp "{made}" "$word"; before="$word"'
        note = f'echo "$*" >> "{self.log}"'
        self.path = script(folder / "c++", note, f"for word; do {copy}; done")

    @property
    def calls(self) -> list[str]:
        return self.log.read_text().splitlines()

    @property
    def made(self) -> int:
        return sum(" -o " in call for call in self.calls)


@pytest.fixture
def compiler(tmp_path: Path, made: Path, monkeypatch: Patch) -> Compiler:
    compiler = Compiler(tmp_path, made)
    monkeypatch.setenv("CXX", compiler.path)
    return compiler


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: Patch) -> Path:
    """Where temporary files go."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


Load = Callable[..., ctypes.CDLL]


@pytest.fixture
def load(sources: tuple[Path, Path]) -> Load:
    """Return what has the library, as a new process would."""

    def load(*further: str, of: Sequence[Path] = sources) -> ctypes.CDLL:
        compiled._target.cache_clear()
        found = compiled.compiled(of, *further)
        assert found.said() == 42
        return found

    return load


def kept(cache: Path) -> list[Path]:
    return sorted(cache.glob("*.so"))


def test_it_is_compiled_once_and_kept(cache: Path, compiler: Compiler, load: Load) -> None:
    load()
    found = list(cache.iterdir())
    assert [path.suffix for path in found] == [".so"]  # and nothing beside it
    load()
    assert compiler.made == 1
    assert list(cache.iterdir()) == found


def test_other_flags_compilers_and_sources_are_kept_apart(
    tmp_path: Path,
    cache: Path,
    compiler: Compiler,
    monkeypatch: Patch,
    sources: tuple[Path, Path],
    load: Load,
) -> None:
    load()
    load("-g")
    monkeypatch.setenv("CXX", f"{compiler.path} -Wall")
    load()
    changed = [Path(shutil.copy(source, tmp_path)) for source in sources]
    changed[1].write_text(changed[1].read_text() + "\n// new\n")
    load(of=changed)
    assert compiler.made == len(kept(cache)) == 4


DAMAGED: dict[str, Callable[[Path, bytes], object]] = {
    "cut": lambda path, whole: path.write_bytes(whole[: len(whole) // 2]),
    "emptied": lambda path, _: path.touch(),
    "changed": lambda path, whole: path.write_bytes(whole[:-1] + b"?"),
    "a folder": lambda path, _: (path / "not empty").mkdir(parents=True),
}


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_library_is_replaced(
    cache: Path, compiler: Compiler, load: Load, damage: Callable[[Path, bytes], object]
) -> None:
    """A library cut short would end the process as it is read, so it is never opened."""
    load()
    (found,) = kept(cache)
    whole = found.read_bytes()
    found.unlink()  # the file itself is in use
    damage(found, whole)
    load()
    assert compiler.made == 2
    if found.is_file():
        load()
        assert compiler.made == 2


@pytest.mark.parametrize("without", ["folder", "home"])
def test_a_cache_that_cannot_be_written_is_done_without(
    elsewhere: Path, compiler: Compiler, load: Load, monkeypatch: Patch, without: str
) -> None:
    """What is compiled elsewhere then is not left there."""
    if without == "folder":
        monkeypatch.setenv("XDG_CACHE_HOME", compiler.path)  # a file
    else:
        monkeypatch.delenv("XDG_CACHE_HOME")
        monkeypatch.setattr(Path, "home", Mock(side_effect=RuntimeError("no home directory")))
    load()
    load()
    assert compiler.made == 2
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("everywhere", [False, True])
def test_a_cache_that_forbids_execution_still_keeps_the_library(
    tmp_path: Path,
    cache: Path,
    elsewhere: Path,
    compiler: Compiler,
    load: Load,
    monkeypatch: Patch,
    everywhere: bool,
) -> None:
    """And where nothing may be executed at all one line says so; nothing is compiled again."""
    open_library = ctypes.CDLL

    def loader(name: str) -> ctypes.CDLL:
        """Say what the loader says of a folder that is mounted to execute nothing from it."""
        if everywhere or cache in Path(name).parents:
            why = "failed to map segment from shared object: Operation not permitted"
            raise OSError(f"{name}: {why}")
        return open_library(name)

    monkeypatch.setattr(ctypes, "CDLL", loader)
    for _ in range(2):
        if not everywhere:
            load()
            continue
        with pytest.raises(CannotCompileError) as refused:
            load()
        assert str(refused.value) == (
            f"a folder to execute from is needed (neither {tmp_path}/cache/mfh nor the one for "
            "temporary files allows it; XDG_CACHE_HOME or TMPDIR may name one)"
        )
    assert compiler.made == 1
    assert list(elsewhere.iterdir()) == []


def test_what_a_compilation_that_was_killed_left_goes_at_a_later_start(
    cache: Path, compiler: Compiler, load: Load
) -> None:
    """Also where the library is there, made by another."""
    load()
    left = cache / ".mfh-killed"
    left.mkdir()
    left.with_suffix(".lock").touch()
    load()
    assert list(cache.iterdir()) == kept(cache)
    assert compiler.made == 1


def test_the_cache_is_where_each_system_has_it(monkeypatch: Patch) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/home/ada"))
    monkeypatch.setenv("XDG_CACHE_HOME", "/scratch")
    assert compiled._cache() == Path("/scratch/mfh")
    monkeypatch.setattr(sys, "platform", "linux")
    for unset in ("", "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", unset)
        assert compiled._cache() == Path("/home/ada/.cache/mfh")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert compiled._cache() == Path("/home/ada/Library/Caches/mfh")


def test_several_may_compile_at_once(
    cache: Path, compiler: Compiler, sources: tuple[Path, Path], monkeypatch: Patch
) -> None:
    found: list[object] = []
    together = threading.Barrier(3, timeout=120)
    loading = compiled._loaded

    def slowly(path: Path) -> ctypes.CDLL | None:
        together.wait()  # all have been made, and nobody has moved its own yet
        return loading(path)

    monkeypatch.setattr(compiled, "_loaded", slowly)
    threads = [
        threading.Thread(target=lambda: found.append(compiled.compiled(sources))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == compiler.made == 3
    assert len(kept(cache)) == 1


def test_the_compiler_may_be_named_with_arguments_and_need_not_know_its_own_machine(
    tmp_path: Path, compiler: Compiler, load: Load, monkeypatch: Patch
) -> None:
    refuse = f'case "$*" in *{compiled.NATIVE}*) echo "error: unknown" >&2; exit 1;; esac'
    old = script(tmp_path / "an old one", refuse, 'exec "$@"')
    monkeypatch.setenv("CXX", f"'{old}' {compiler.path} -Wall")
    load()
    assert compiler.made == 1
    assert all(call.startswith("-Wall ") and "-O3" in call for call in compiler.calls)
    assert not any(compiled.NATIVE in call for call in compiler.calls)


BROKEN: dict[str, tuple[str | list[str], str]] = {
    "none": ("", "none of c++, g++ and clang++ was found; CXX may name one"),
    "missing": ("/nowhere/c++", "No such file or directory: '/nowhere/c++'"),
    "forbidden": ("/", "Permission denied"),
    "unbalanced": ("c++ 'quoted", "No closing quotation"),
    "failing": (["echo 'In file' >&2", "echo 'an error: ½' >&2", "exit 1"], "(an error: ½)"),
    "silent": (["exit 3"], "returned non-zero exit status 3"),
    "garbled": ([r"printf 'error \377' >&2", "exit 1"], "error \N{REPLACEMENT CHARACTER}"),
    "idle, and all is well": (["exit 0"], "made.so"),
    "writing what is no library": (
        ['for out; do :; done; case "$*" in *" -o "*) echo text > "$out";; esac'],
        "made.so",
    ),
}


@pytest.mark.parametrize(("broken", "why"), BROKEN.values(), ids=BROKEN)
def test_without_a_compiler_one_line_says_why(
    tmp_path: Path,
    cache: Path,
    sources: tuple[Path, Path],
    monkeypatch: Patch,
    broken: str | list[str],
    why: str,
) -> None:
    named = broken if isinstance(broken, str) else script(tmp_path / "broken", *broken)
    monkeypatch.setenv("CXX", named)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(CannotCompileError) as refused:
        compiled.compiled(sources)
    assert str(refused.value).startswith("a C++ compiler is needed (")
    assert "\n" not in str(refused.value)
    assert why in str(refused.value)
    assert kept(cache) == []
