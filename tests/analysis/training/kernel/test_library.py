"""How the kernel is compiled and kept, and what happens where it cannot be."""

import ctypes
import logging
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from analysis import MLP, Distillation, Optimiser, accuracy, minimise, stack
from analysis.training.kernel import Kernel, library
from analysis.training.outputs import outputs

SLOW = "networks train several times slower than they could: a C++ compiler is needed"

COMPILER = shutil.which(os.environ.get("CXX") or "c++")

with_compiler = pytest.mark.skipif(COMPILER is None, reason="there is no C++ compiler")


@pytest.fixture(autouse=True)
def afresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is known of a kernel, nor kept of one; compiling takes half a second."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(library, "FLAGS", ("-std=c++17", "-O0"))
    library.kernel.cache_clear()
    yield
    library.kernel.cache_clear()


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What has been run, as it is run."""
    ran: list[tuple[str, ...]] = []
    run = library._ran

    def noted(*command: str) -> bytes:
        ran.append(command)
        return run(*command)

    monkeypatch.setattr(library, "_ran", noted)
    return ran


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def loaded() -> Kernel:
    """Return the kernel, as a new process would get it."""
    library.kernel.cache_clear()
    found = library.kernel()
    assert found is not None
    assert found.lanes in (4, 8, 16)
    return found


def compilations(commands: list[tuple[str, ...]]) -> int:
    return sum("-o" in command for command in commands)


def script(path: Path, *lines: str) -> str:
    """Write a program that stands in for a compiler; return what to call it by."""
    path.write_text("\n".join(["#!/bin/sh", *lines]))
    path.chmod(0o755)
    return str(path)


def kept(cache: Path) -> list[Path]:
    return sorted(cache.rglob("*"))


@with_compiler
def test_it_is_compiled_once_and_kept(tmp_path: Path, commands: list[tuple[str, ...]]) -> None:
    loaded()
    assert compilations(commands) == 1
    found = kept(tmp_path / "cache")
    assert [path.suffix for path in found] == ["", ".so"]  # the folder, and nothing beside the file
    loaded()
    assert compilations(commands) == 1
    assert kept(tmp_path / "cache") == found
    assert library.kernel() is library.kernel()


@with_compiler
def test_other_flags_compilers_and_sources_are_kept_apart(
    tmp_path: Path, commands: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded()
    monkeypatch.setattr(library, "FLAGS", (*library.FLAGS, "-fno-math-errno"))
    loaded()
    monkeypatch.setenv("CXX", f"{COMPILER} -Wall")
    loaded()
    for source in library.SOURCES:
        shutil.copy(source, tmp_path)
    (tmp_path / "vectors.hpp").write_text((tmp_path / "vectors.hpp").read_text() + "\n// new\n")
    changed = tuple(tmp_path / source.name for source in library.SOURCES)
    monkeypatch.setattr(library, "SOURCES", changed)
    loaded()
    assert compilations(commands) == 4
    assert len(list((tmp_path / "cache").rglob("*.so"))) == 4


DAMAGED: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda whole: whole[: len(whole) // 2],
    "emptied": lambda _: b"",
    "changed": lambda whole: whole[:-1] + b"?",
}


@with_compiler
@pytest.mark.parametrize("damage", [*DAMAGED, "a folder"])
def test_a_damaged_library_is_replaced(
    tmp_path: Path, commands: list[tuple[str, ...]], damage: str
) -> None:
    """A library cut short would end the process as it is read, so it is never opened."""
    loaded()
    (found,) = (tmp_path / "cache").rglob("*.so")
    whole = found.read_bytes()
    found.unlink()  # the file itself is in use
    if damage == "a folder":
        (found / "not empty").mkdir(parents=True)
    else:
        found.write_bytes(DAMAGED[damage](whole))
    loaded()
    assert compilations(commands) == 2
    if damage != "a folder":
        loaded()
        assert compilations(commands) == 2


def no_folder(tmp_path: Path, patch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    patch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))


def no_home(_: Path, patch: pytest.MonkeyPatch) -> None:
    def unknown() -> Path:
        raise RuntimeError("Could not determine home directory.")

    patch.delenv("XDG_CACHE_HOME")
    patch.setattr(Path, "home", unknown)


@with_compiler
@pytest.mark.parametrize("without", [no_folder, no_home])
def test_a_cache_that_cannot_be_written_is_done_without(
    tmp_path: Path,
    elsewhere: Path,
    monkeypatch: pytest.MonkeyPatch,
    commands: list[tuple[str, ...]],
    without: Callable[[Path, pytest.MonkeyPatch], None],
) -> None:
    """What is compiled elsewhere then is not left there."""
    without(tmp_path, monkeypatch)
    loaded()
    loaded()
    assert compilations(commands) == 2
    assert list(elsewhere.iterdir()) == []


def forbid(patch: pytest.MonkeyPatch, *folders: Path) -> None:
    """Have the loader say what it says of a folder that is mounted to execute nothing from it."""
    load = ctypes.CDLL

    def loader(name: str) -> ctypes.CDLL:
        if any(folder in Path(name).parents for folder in folders):
            why = "failed to map segment from shared object: Operation not permitted"
            raise OSError(f"{name}: {why}")
        return load(name)

    patch.setattr(ctypes, "CDLL", loader)


@with_compiler
def test_a_cache_that_forbids_execution_still_keeps_the_library(
    tmp_path: Path,
    elsewhere: Path,
    monkeypatch: pytest.MonkeyPatch,
    commands: list[tuple[str, ...]],
) -> None:
    forbid(monkeypatch, tmp_path / "cache")
    loaded()
    loaded()
    assert compilations(commands) == 1
    assert list(elsewhere.iterdir()) == []


@with_compiler
def test_where_nothing_may_be_executed_one_line_says_so_and_nothing_is_compiled_again(
    tmp_path: Path,
    elsewhere: Path,
    monkeypatch: pytest.MonkeyPatch,
    commands: list[tuple[str, ...]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    forbid(monkeypatch, tmp_path)
    for _ in range(2):
        library.kernel.cache_clear()
        assert library.kernel() is None
    assert compilations(commands) == 1
    assert list(elsewhere.iterdir()) == []
    assert [record.getMessage() for record in caplog.records] == 2 * [
        "networks train several times slower than they could: a folder to execute from is needed "
        f"(neither {tmp_path}/cache/mfh nor the one for temporary files allows it; "
        "XDG_CACHE_HOME or TMPDIR may name one)"
    ]


@with_compiler
def test_what_a_compilation_that_was_killed_left_goes_at_a_later_start(tmp_path: Path) -> None:
    """Also where the library is there, made by another."""
    loaded()
    left = tmp_path / "cache" / "mfh" / ".mfh-killed"
    left.mkdir()
    left.with_suffix(".lock").touch()
    loaded()
    assert [path.suffix for path in kept(tmp_path / "cache")] == ["", ".so"]


def test_the_cache_is_where_each_system_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/home/ada"))
    monkeypatch.setenv("XDG_CACHE_HOME", "/scratch")
    assert library._cache() == Path("/scratch/mfh")
    monkeypatch.setattr(sys, "platform", "linux")
    for unset in ("", "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", unset)
        assert library._cache() == Path("/home/ada/.cache/mfh")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert library._cache() == Path("/home/ada/Library/Caches/mfh")


@with_compiler
def test_several_may_compile_at_once(tmp_path: Path, commands: list[tuple[str, ...]]) -> None:
    found: list[object] = []
    together = threading.Barrier(3, timeout=120)
    run = library._ran

    def load() -> None:
        together.wait()
        found.append(library._library())

    def slowly(*command: str) -> bytes:
        said = run(*command)
        if "-o" in command:
            together.wait()  # nobody has moved its own yet
        return said

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(library, "_ran", slowly)
        threads = [threading.Thread(target=load) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(found) == 3
    assert compilations(commands) == 3
    assert len(list((tmp_path / "cache").rglob("*.so"))) == 1
    loaded()
    assert compilations(commands) == 3


@with_compiler
def test_the_compiler_may_be_named_with_arguments(
    tmp_path: Path, commands: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapped = script(tmp_path / "a wrapper", 'exec "$@"')
    monkeypatch.setenv("CXX", f"'{wrapped}' {COMPILER} -Wall")
    loaded()
    assert all(command[:3] == (wrapped, str(COMPILER), "-Wall") for command in commands)


@with_compiler
def test_a_compiler_need_not_know_its_own_machine(
    tmp_path: Path, commands: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse = 'case "$*" in *native*) echo "error: unknown value native" >&2; exit 1;; esac'
    monkeypatch.setenv("CXX", script(tmp_path / "c++", refuse, f'exec {COMPILER} "$@"'))
    monkeypatch.setattr(library, "FLAGS", (*library.FLAGS, library.NATIVE))
    loaded()
    assert library.NATIVE in commands[0]
    assert not any(library.NATIVE in command for command in commands[1:])


def nothing(_: Path, patch: pytest.MonkeyPatch) -> str:
    patch.delenv("CXX", raising=False)
    patch.setattr(shutil, "which", lambda _: None)
    return "none of c++, g++ and clang++ was found; CXX may name one"


def missing(_: Path, patch: pytest.MonkeyPatch) -> str:
    patch.setenv("CXX", "/nowhere/c++")
    return "No such file or directory: '/nowhere/c++'"


def failing(folder: Path, patch: pytest.MonkeyPatch) -> str:
    lines = ("echo 'In file included from x:' >&2", "echo 'fatal error: ½ broken' >&2", "exit 1")
    patch.setenv("CXX", script(folder / "c++", *lines))
    return "(fatal error: ½ broken)"


def silent(folder: Path, patch: pytest.MonkeyPatch) -> str:
    patch.setenv("CXX", script(folder / "c++", "exit 3"))
    return "returned non-zero exit status 3"


def garbled(folder: Path, patch: pytest.MonkeyPatch) -> str:
    patch.setenv("CXX", script(folder / "c++", r"printf 'error \377' >&2", "exit 1"))
    return "error \N{REPLACEMENT CHARACTER}"


def idle(folder: Path, patch: pytest.MonkeyPatch) -> str:
    """Stand for a compiler that makes nothing and says that all is well."""
    patch.setenv("CXX", script(folder / "c++", "exit 0"))
    return "made.so"


def writing_text(folder: Path, patch: pytest.MonkeyPatch) -> str:
    """Stand for a compiler that makes what is no library."""
    line = 'for out; do :; done; case "$*" in *" -o "*) echo text > "$out";; esac'
    patch.setenv("CXX", script(folder / "c++", line))
    return "made.so"


def unbalanced(_: Path, patch: pytest.MonkeyPatch) -> str:
    patch.setenv("CXX", "c++ 'quoted")
    return "No closing quotation"


def forbidden(folder: Path, patch: pytest.MonkeyPatch) -> str:
    patch.setenv("CXX", str(folder))
    return "Permission denied"


BROKEN = (nothing, missing, failing, silent, garbled, idle, writing_text, unbalanced, forbidden)


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__)
def test_without_a_compiler_there_is_no_kernel_and_one_line_says_why(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    broken: Callable[[Path, pytest.MonkeyPatch], str],
) -> None:
    why = broken(tmp_path, monkeypatch)
    assert library.kernel() is None
    assert library.kernel() is None
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("mfh", logging.WARNING)
    assert record.getMessage().startswith(f"{SLOW} (")
    assert "\n" not in record.getMessage()
    assert why in record.getMessage()
    assert list((tmp_path / "cache").rglob("*.so")) == []


@with_compiler
@pytest.mark.parametrize("width", [0, 6])
@pytest.mark.parametrize("loss", [Distillation(1.0, 0.0), Distillation(0.5, 0.8, 2.0)])
def test_without_a_kernel_the_same_is_trained_and_said(
    width: int, loss: Distillation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To rounding; only the time is another."""
    generator = torch.Generator().manual_seed(width)
    shape = MLP(7, width, classes=3)
    initial = stack(
        [shape.initial(lambda bound, size: bound * torch.rand(size, generator=generator))] * 4
    )
    x = torch.randn(4, 30, 7, generator=generator)
    y = torch.randint(0, 3, (4, 30), generator=generator)
    targets = loss.soften(torch.randn(4, 30, 3, generator=generator))
    data = (x, y, targets) if loss.teacher_weight else (x, y)
    optimiser = Optimiser("sgd", 0.1, 30)
    loaded()
    compiled = minimise(loss, initial, data, optimiser)
    said, right = outputs(compiled, x), accuracy(compiled, x, y)
    monkeypatch.setenv("CXX", "/nowhere/c++")
    library.kernel.cache_clear()
    plain = minimise(loss, initial, data, optimiser)
    assert library.kernel() is None
    torch.testing.assert_close(plain, compiled, rtol=0, atol=1e-5)
    assert not all(map(torch.equal, plain, compiled))  # they were computed in two ways
    torch.testing.assert_close(outputs(compiled, x), said, rtol=0, atol=1e-5)
    assert torch.equal(accuracy(compiled, x, y), right)
