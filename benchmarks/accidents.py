"""A hundred accidents in a row, and what becomes of a sweep's store: nothing lost, doubled or foreign.

Run from the repository's root, about five minutes on two cores:

    python -m benchmarks.accidents

plays random accidents on one store while real sweeps write it, looks after each whether every
result that was there is there still and is what an undisturbed sweep finds, and writes
``accidents.json`` and ``accidents.md`` to ``benchmarks/results``.  ``--quick`` plays each kind once,
prints and writes nothing.  Linux, because it looks at processes and mounts a small disk (as root; a
limit on the size of files stands for one elsewhere).
"""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from tqdm import tqdm

from analysis import Store
from analysis.sweeps.journals import is_played, journal_of, log_of
from analysis.sweeps.provenance import environment
from benchmarks.written import write
from tests.mfh.commands.sweeps import FLOPS, SWEEP, TINY, stored
from tests.mfh.commands.warm import Call, Server, until
from venn import ArgumentError

ACCIDENTS, SEED = 100, 1
OTHER = ("sweep", "--points", "2", "--seeds", "40", "--set", "n_train=21", *TINY[4:])
"""Another sweep than `SWEEP`, none of whose results belong into its store."""

Rows = dict[tuple[Any, ...], tuple[Any, ...]]
"""What was measured, by point, arm and seed."""


def rows(path: Path) -> Rows:
    """Return the results of a store that is whole, and fail if one is doubled."""
    with Store(path, make=False) as store:
        problems = store.problems()
        frame = store.frame()
    if problems:
        raise AssertionError(f"{path.name}: {problems}")
    if frame.empty:
        return {}
    key, value = ["gamma", "n_train", "arm", "seed"], ["accuracy", "balanced_accuracy", "constant"]
    if frame.duplicated(key).any():
        raise AssertionError(f"{path.name}: a result is doubled")
    names = map(tuple, frame[key].to_numpy().tolist())
    return dict(zip(names, map(tuple, frame[value].to_numpy().tolist()), strict=True))


@dataclass
class Scene:
    """A folder with a store that accidents happen to, and what must be in it."""

    folder: Path
    server: Server
    chance: Random
    truth: Rows = field(default_factory=dict)
    foreign: Rows = field(default_factory=dict)
    kept: Rows = field(default_factory=dict)
    floor: int = 0
    seen: Counter[str] = field(default_factory=Counter)

    @property
    def store(self) -> Path:
        """The store."""
        return self.folder / "sweep.db"

    def sweep(self, *options: str, flops: float = FLOPS, **limits: int) -> Call:
        """Begin the sweep, with shards of a few networks."""
        return self.server.start(*SWEEP, *options, folder=self.folder, flops=flops, **limits)

    def other(self, name: str) -> Path:
        """Return the whole store of another sweep."""
        call = self.server.call(*OTHER, "--store", name, folder=self.folder, flops=1e12)
        assert call.out
        return self.folder / name

    def wait_for_results(self, call: Call, more: int = 0) -> bool:
        """Wait until a call has stored more; return whether it still runs."""
        before = stored(self.folder)
        until(lambda: stored(self.folder) > before + more or not alive(call), pause=0.002)
        time.sleep(self.chance.uniform(0, 0.05))
        self.floor = stored(self.folder)
        return alive(call)

    def said(self, call: Call, status: int, words: str, *, may_end: bool = False) -> bool:
        """Check how a call ended and that it said so in a line; return False if it ended well.

        That it ``may_end`` is for accidents that come when it has just stored its last shard.
        """
        found = call.wait()
        if found == 0 and may_end:
            self.seen["accidents that came when all was done"] += 1
            return False
        line = call.err.strip().splitlines()
        if found != status or not any(words in each for each in line):
            raise AssertionError(f"status {found}, not {status} with {words!r}: {call.err}")
        return True

    def refused(self, words: str) -> None:
        """Check that the sweep and a command that reads are refused, and change nothing."""
        before = {file.name: file.read_bytes() for file in self.folder.iterdir()}
        self.said(self.sweep(), 2, words)
        if self.store.exists():
            info = self.server.start("store", "info", "sweep.db", folder=self.folder)
            self.said(info, 2, words)
        assert before == {file.name: file.read_bytes() for file in self.folder.iterdir()}

    def check(self, path: Path | None = None) -> Rows:
        """Fail if a result is lost, doubled or foreign; return what is there."""
        found = rows(path or self.store)
        with Store(path or self.store) as store:
            held = store.holdings().results
        if held < self.floor:
            raise AssertionError(f"{self.floor - held} networks are lost")
        if lost := set(self.kept) - set(found):
            raise AssertionError(f"{len(lost)} results are lost")
        if wrong := {key for key, value in found.items() if self.truth.get(key) != value}:
            raise AssertionError(f"{len(wrong)} results are foreign or wrong")
        return found

    def settle(self) -> None:
        """Check the store, and begin anew where all is done."""
        self.kept = self.check() if self.store.exists() else {}
        if len(self.kept) == len(self.truth):
            self.seen["stores that were finished"] += 1
            for file in self.folder.iterdir():
                file.unlink()
            self.kept = {}
        self.floor = 0
        left = {file.name for file in self.folder.iterdir()} - {"sweep.db"}
        if left == {"sweep.db-journal"} and not is_played(self.store):
            left = set()  # of a transaction that had changed nothing yet; the next one removes it
        if left:
            raise AssertionError(f"left over: {left}")


def alive(call: Call) -> bool:
    """Return whether a call has not ended."""
    try:
        state = Path(f"/proc/{call.pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def killed(scene: Scene) -> None:
    """Kill a sweep."""
    call = scene.sweep()
    scene.wait_for_results(call)
    call.send(signal.SIGKILL)
    call.wait()
    scene.seen["journals that were left"] += is_played(scene.store)


def kill_in_transaction(scene: Scene) -> bool:
    """Kill a sweep while it writes a shard; return whether its journal lies there."""
    call = scene.sweep()
    while alive(call):
        if is_played(scene.store):
            call.send(signal.SIGKILL)
            break
    call.wait()
    return is_played(scene.store)


def killed_in_a_transaction(scene: Scene) -> None:
    """Kill a sweep while it writes pages."""
    scene.seen["journals that were left"] += kill_in_transaction(scene)


def power_cut(scene: Scene) -> None:
    """Leave what a disk has of pages that were not written to the end."""
    if not kill_in_transaction(scene):
        return
    scene.seen["journals that were left"] += 1
    journal, size = journal_of(scene.store).read_bytes(), 4096
    pages = bytearray(scene.store.read_bytes())
    at = 512
    while at + size + 8 <= len(journal):
        number = int.from_bytes(journal[at : at + 4]) - 1
        if scene.chance.random() < 0.5 and (number + 1) * size <= len(pages):
            pages[number * size : (number + 1) * size] = journal[at + 4 : at + 4 + size]
        at += size + 8
    scene.store.write_bytes(pages)


def interrupted(scene: Scene) -> None:
    """Press Ctrl-C, once or several times."""
    call = scene.sweep()
    if scene.wait_for_results(call):
        for _ in range(scene.chance.randint(1, 3)):
            with contextlib.suppress(ProcessLookupError):
                call.send(signal.SIGINT)
            time.sleep(scene.chance.uniform(0, 0.02))
    if call.wait() not in (0, 130):
        raise AssertionError(call.err)


def moved(scene: Scene) -> None:
    """Rename the store under a sweep, bring it back, and merge what was rescued."""
    call = scene.sweep()
    if not scene.wait_for_results(call):
        call.wait()
        return
    away = scene.folder / "moved.db"
    scene.store.rename(away)
    rescued = scene.folder / "sweep.rescued.db"
    if not scene.said(call, 1, "it was moved or deleted while it was open", may_end=True):
        away.rename(scene.store)
        return
    if scene.check(away) != scene.check(rescued):
        raise AssertionError("what was rescued is not what was there")
    away.rename(scene.store)
    scene.server.call("store", "merge", "sweep.db", rescued.name, folder=scene.folder)
    rescued.unlink()


def deleted(scene: Scene) -> None:
    """Delete the store under a sweep, and go on with what was rescued."""
    call = scene.sweep()
    if not scene.wait_for_results(call):
        call.wait()
        return
    scene.store.unlink()
    if not scene.said(call, 1, "All that it held is in sweep.rescued.db", may_end=True):
        scene.floor = 0
        return
    (scene.folder / "sweep.rescued.db").rename(scene.store)


def copied_over(scene: Scene) -> None:
    """Copy another store over the store under a sweep, and bring a backup back."""
    other = scene.other("other.db")
    backup = scene.store.read_bytes() if scene.store.exists() else None
    call = scene.sweep()
    if running := scene.wait_for_results(call):
        os.kill(call.pid, signal.SIGSTOP)
        journal_of(scene.store).unlink(missing_ok=True)  # of a file that is no more
        shutil.copyfile(other, scene.store)
        os.kill(call.pid, signal.SIGCONT)
    status = call.wait()
    if running:
        scene.seen["accidents that came when all was done"] += status == 0
        try:
            if rows(scene.store) != scene.foreign:
                raise AssertionError("another store was changed")
        except ArgumentError:  # the copy came into the middle of a transaction
            scene.seen["copies over a store that tore it, and were refused"] += 1
        scene.store.unlink()
        journal_of(scene.store).unlink(missing_ok=True)
        scene.floor = 0  # what was measured since the backup is gone
        if backup is not None:
            scene.store.write_bytes(backup)
    other.unlink()


def copied(scene: Scene) -> None:
    """Copy the file alone under a sweep: the copy is whole, or says that it is not."""
    call = scene.sweep()
    scene.wait_for_results(call)
    copy = scene.folder / "copy.db"
    for _ in range(5):
        shutil.copyfile(scene.store, copy)
        try:
            found = rows(copy)
        except (ArgumentError, AssertionError) as refusal:
            if not any(each in str(refusal) for each in ("is torn", "is not whole")):
                raise
            scene.seen["copies that were refused"] += 1
        else:
            assert all(scene.truth.get(key) == value for key, value in found.items())
            scene.seen["copies that were whole"] += 1
        copy.unlink()
    call.send(signal.SIGKILL)
    call.wait()


def left_journal(scene: Scene) -> None:
    """Move a store without the journal of its killed run, and put another in its place."""
    if not kill_in_transaction(scene):
        return
    scene.seen["journals that were left"] += 1
    away = scene.folder / "away.db"
    scene.store.rename(away)
    scene.refused("which a run that was killed left of another file of this name")
    other = scene.other("other.db")
    other.rename(scene.store)
    scene.refused("which a run that was killed left of another file of this name")
    journal_of(scene.store).rename(journal_of(away))
    if rows(scene.store) != scene.foreign:
        raise AssertionError("another store was changed")
    scene.store.unlink()
    away.rename(scene.store)
    journal_of(away).rename(journal_of(scene.store))


def left_log(scene: Scene) -> None:
    """Put a log beside the store, as older versions left it."""
    if not scene.store.exists():
        return
    log_of(scene.store).write_bytes(os.urandom(scene.chance.randint(0, 9000)))
    scene.refused("has a log beside it, sweep.db-wal, that is not its own")
    log_of(scene.store).unlink()


def merged(scene: Scene) -> None:
    """Merge a part of the sweep into the store while another sweep writes it."""
    part = ("--shard", f"{scene.chance.randint(1, 9)}/9", "--store", "part.db")
    scene.server.call(*SWEEP, *part, folder=scene.folder, flops=1e12)
    call = scene.sweep()
    scene.wait_for_results(call)
    scene.server.call("store", "merge", "sweep.db", "part.db", folder=scene.folder)
    scene.kept |= rows(scene.folder / "part.db")
    call.send(signal.SIGKILL)
    call.wait()
    (scene.folder / "part.db").unlink()


def two_writers(scene: Scene) -> None:
    """Let two sweeps write parts of one store at once, and stop both."""
    calls = [scene.sweep("--shard", f"{i}/2") for i in (1, 2)]
    scene.wait_for_results(calls[0])
    calls[0].send(signal.SIGKILL)
    time.sleep(scene.chance.uniform(0, 0.3))
    calls[1].send(signal.SIGINT)
    for call in calls:
        call.wait()


@contextlib.contextmanager
def small_disk(scene: Scene, room: int) -> Iterator[None]:
    """Let the store lie on a disk with so many bytes left."""
    size = room + sum(file.stat().st_size for file in scene.folder.iterdir())
    with tempfile.TemporaryDirectory() as scratch:
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", scratch]
        subprocess.run(command, check=True)
        plain = scene.folder
        try:
            for file in plain.iterdir():
                shutil.move(file, scratch)
            scene.folder = Path(scratch)
            yield
        finally:
            scene.folder = plain
            for file in Path(scratch).iterdir():
                shutil.move(file, plain)
            subprocess.run(["umount", scratch], check=True)


def full_disk(scene: Scene) -> None:
    """Let the disk be full: the store can be read, and the sweep goes on later."""
    if os.geteuid() == 0:
        with small_disk(scene, scene.chance.choice((8192, 16384, 65536))):
            call = scene.sweep()
            stopped = call.wait()
            words = "database or disk is full", "cannot be written", "disk I/O error"
            if stopped and not any(each in call.err for each in words):
                raise AssertionError(call.err)
            if scene.store.exists():
                scene.check()
                scene.server.call("store", "info", "sweep.db", folder=scene.folder)
    else:
        size = scene.store.stat().st_size if scene.store.exists() else 0
        stopped = scene.sweep(file_size=size + 2**15).wait()
    scene.seen["sweeps that a full disk stopped"] += stopped != 0


def read_only(scene: Scene) -> None:
    """Read as somebody who may write neither folder nor file."""
    if not scene.store.exists() or is_played(scene.store):
        return
    code = (
        "import os, sys\n"
        "from analysis import Store\n"
        "if os.geteuid() == 0: os.setuid(65534)\n"
        "with Store('sweep.db') as store:\n"
        "    print(store.holdings().results)\n"
        "    try:\n"
        "        with store._database.writing(): pass\n"
        "    except OSError as error: print(error)\n"
    )
    before = scene.store.read_bytes()
    parents = [folder for folder in scene.folder.parents if folder.stat().st_uid == os.getuid()]
    for folder in parents:
        folder.chmod(folder.stat().st_mode | 0o055)
    scene.store.chmod(0o444)
    scene.folder.chmod(0o555)
    root = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-B", "-c", code],
        cwd=scene.folder,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    scene.folder.chmod(0o755)
    scene.store.chmod(0o644)
    if done.returncode or "readonly database" not in done.stdout:
        raise AssertionError(done.stdout + done.stderr)
    assert scene.store.read_bytes() == before


def other_version(scene: Scene) -> None:
    """Take a store of a newer version, or of one that is too old."""
    if not scene.store.exists() or is_played(scene.store):
        return
    scene.check()
    backup = scene.store.read_bytes()
    newer = scene.chance.random() < 0.5
    with contextlib.closing(sqlite3.connect(scene.store)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        connection.execute(f"PRAGMA user_version = {version + 1 if newer else 0}")
    scene.refused("newer version of mfh" if newer else "older version of mfh")
    scene.store.write_bytes(backup)


def torn(scene: Scene) -> None:
    """Cut off the end of the file."""
    if not scene.store.exists() or is_played(scene.store):
        return
    backup = scene.store.read_bytes()
    os.truncate(scene.store, scene.chance.randint(1, len(backup) - 1))
    scene.said(scene.sweep(), 2, "STORE" if scene.store.stat().st_size < 100 else "sweep.db")
    scene.store.write_bytes(backup)


KINDS: Mapping[str, Callable[[Scene], None]] = {
    "killed at any moment": killed,
    "killed in a transaction": killed_in_a_transaction,
    "power cut in a transaction": power_cut,
    "interrupted": interrupted,
    "moved while a sweep writes": moved,
    "deleted while a sweep writes": deleted,
    "another copied over it while a sweep writes": copied_over,
    "copied while a sweep writes": copied,
    "merged into while a sweep writes": merged,
    "two writers, both stopped": two_writers,
    "moved without its journal, another in its place": left_journal,
    "a log of an older version beside it": left_log,
    "full disk": full_disk,
    "read-only": read_only,
    "of a newer or an older version": other_version,
    "its end cut off": torn,
}
"""Accidents, by what is said of them."""


def play(quick: bool) -> dict[str, Any]:
    """Play accidents, and return how many there were of each kind."""
    chance = Random(SEED)
    played: Counter[str] = Counter()
    with (
        tempfile.TemporaryDirectory() as scratch,
        contextlib.closing(Server(Path(scratch))) as server,
    ):
        folder = Path(scratch) / "stores"
        folder.mkdir()
        scene = Scene(folder, server, chance)
        server.call(*SWEEP, "--store", "truth.db", folder=folder, flops=1e12)
        scene.truth = rows(folder / "truth.db")
        scene.foreign = rows(scene.other("foreign.db"))
        for file in folder.iterdir():
            file.unlink()
        names = list(KINDS) if quick else [chance.choice(list(KINDS)) for _ in range(ACCIDENTS)]
        for number, name in enumerate(tqdm(names, unit="accident", disable=None)):
            try:
                KINDS[name](scene)
                scene.settle()
            except Exception as error:
                error.add_note(f"accident {number + 1}: {name}")
                raise
            played[name] += 1
        call = scene.sweep(flops=1e12)
        if call.wait() or scene.check() != scene.truth:
            raise AssertionError("the sweep that came last did not find all")
    return {
        "seed": SEED,
        "accidents": sum(played.values()),
        "networks": len(scene.truth),
        "played": dict(sorted(played.items())),
        "seen": dict(sorted(scene.seen.items())),
        "lost, doubled or foreign": 0,
    }


def main(quick: bool) -> None:
    """Play accidents and write down what happened."""
    started = time.perf_counter()
    found = play(quick)
    found |= {"seconds": round(time.perf_counter() - started), "environment": environment("cpu")}
    lines = [
        f"{found['accidents']} random accidents in a row on the store of a sweep of "
        f"{found['networks']:,} rows (seed {SEED}): no result lost, doubled or foreign.",
        "",
        "| accident | times |",
        "|---|---|",
        *(f"| {what} | {times} |" for what, times in found["played"].items()),
        "",
        "| seen on the way | |",
        "|---|---|",
        *(f"| {what} | {times:,} |" for what, times in found["seen"].items()),
    ]
    print("\n".join(lines))
    if quick:
        return
    write("accidents", found, lines)


if __name__ == "__main__":
    main("--quick" in sys.argv[1:])
