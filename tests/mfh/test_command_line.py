"""The command line: what every command has in common, and what a bad or stopped call is told."""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import torch
import tqdm

from analysis import Plan, Store
from mfh.command_line import cli
from tests.analysis.small import Cell, fill, small
from tests.analysis.verdicts.toy import claim
from tests.mfh.commands.sweeps import TINY, Command, mfh_in_process, refused
from tests.mfh.commands.warm import PATIENCE, until
from venn.interrupts import STOPS

COMMAND = [sys.executable, "-c", "from mfh.command_line import main; main()"]
AB = "--region a=10 --region b=10"
WHOLE = "must be a whole number of at least"
NO_FOLDER = "needs a folder that can be written"
BAD = {
    "draw": "No such command 'draw'",
    "reproduce --sedes 3": "No such option '--sedes'",
    "reproduce figure2 figure9": "NAME figure9: is unknown; known: figure2, figure3, table2",
    "reproduce table2 figure3 --protocol corrected": "--protocol corrected: is not for figure3",
    "reproduce --protocol released --width 64": "--width 64: is not for this protocol, which",
    "reproduce --seeds '1\n2'": f"--seeds 1 2: {WHOLE} 1",
    "reproduce --width -1": f"--width -1: {WHOLE} 0",
    "reproduce --device cuda": "--device cuda: no CUDA device was found; use 'cpu' or 'auto'",
    "reproduce --out taken/x": f"--out taken/x: {NO_FOLDER} (Not a directory)",
    "diagram --out x.svg": "--region: must hold at least one decisive feature",
    "diagram --region a --out x.svg": "Invalid value for '--region': 'a' must be NAME=NUMBER",
    "diagram --region a=3 --region a=4 --out x.svg": "--region a=4: is given twice",
    f"diagram {AB} --noise a=-1 --out x.svg": f"--noise a=-1: {WHOLE} 0",
    f"diagram {AB} --style poster --out x.svg": "--style poster: is unknown; known: paper, talk",
    f"diagram {AB}": "Missing option '--out'.",
    f"diagram {AB} --out x.jpg": "--out x.jpg: must end in .png, .svg or .pdf",
    f"diagram {AB} --out taken/x.svg": f"--out taken/x.svg: {NO_FOLDER} (File exists)",
    f"truth {AB} --rule linear": "--rule linear: is unknown; known: hyperplane, network, parity",
    f"truth {AB} --classes 2.5": f"--classes 2.5: {WHOLE} 2",
    f"truth {AB} --rule parity --temperature 1": "--temperature 1: is not for parity; use --flip",
    "truth --region a=3 --noise b=1 --rule parity": "--rule parity of a,b: region 'b' has no",
    f"truth {AB} --seed -1": f"--seed -1: {WHOLE} 0",
    f"truth {AB} --observation-noise c=1": "--observation-noise c=1: names the unknown modality",
    f"truth {AB} --observation-noise a=1 --observation-noise a=2": "--observation-noise a=2: is gi",
    f"truth {AB} --out x.txt": "--out x.txt: must end in .json, .csv, .md or .tex",
    "sweep --set nonsense": "--set nonsense: must be KEY=VALUE, such as n_train=100,200",
    "sweep --set nonsense=3": "--set nonsense: is unknown; known: path, points",
    "sweep --set n_train=10,0": f"--set n_train=0: {WHOLE} 1",
    "sweep --width 3 --set student_width=4": "--set student_width=4: sets student_width, which is",
    "sweep --set width=0 --set width=16": "--set width=16: is given already: --set width=0; VALUE",
    "sweep --width 3 --set width=16": "--set width=16: is given already: --width 3; VALUE,VALUE",
    "sweep --use no.py --use no.py": "--use no.py: is no file; give its path from the folder you",
    "verify --use no.py": "--use no.py: is no file; give its path from the folder you are in",
    "sweep --arms nan,1": "--arms nan: is unknown; known: teacher",
    "sweep --set kd.x=1": "--set kd.x=1: is no field of Distilled, which has teacher, shuffled",
    "sweep --set x.y=1": "--set x.y=1: is a field of no arm here; arms: teacher, no_kd, kd",
    "sweep --points 4": "--points 4: must divide seen = 10 into equal steps: 2, 3, 6, 11",
    "sweep --seeds 5:2": "--seeds 5:2: must be a number N for seeds 0 to N - 1, FIRST:END such as",
    "sweep --arms kd,x": "--arms x: is unknown; known: teacher",
    "sweep --shard 0/2": "--shard 0/2: must be I/N with I from 1 to N, such as 1/10",
    "sweep --shard 3/2": "--shard 3/2: must be I/N with I from 1 to N, such as 1/10",
    "sweep --shard x": "--shard x: must be I/N with I from 1 to N, such as 1/10",
    "sweep --workers 0": f"--workers 0: {WHOLE} 1",
    "sweep --workers 2 --dask tcp://x:1": "--dask tcp://x:1: does not go with --workers; choose",
    "sweep --memory x": "--memory x: must be a size such as 2GiB",
    "sweep --device tpu": "--device tpu: is unknown; known: auto, cpu, cuda",
    "sweep --store taken": "--store taken: is not a store of mfh; it was left as it is",
    "sweep --store taken --dry-run": "--store taken: is not a store of mfh; it was left as it is",
    "sweep no.toml": "FILE no.toml: cannot be read (No such file or directory)",
    "sweep bad.toml": f"bad.toml: n_train = 0: {WHOLE} 1",
    "sweep bad.toml --set n_train=-1": f"--set n_train=-1: {WHOLE} 1",
    "plot sweep.db --out x.jpg": "--out x.jpg: must end in .png, .svg or .pdf",
    "plot no.db --out x.svg": "STORE no.db: cannot be read (No such file or directory)",
    "plot empty.db --out x.svg": "STORE empty.db: holds no result yet; mfh sweep trains them",
    "store info taken": "STORE taken: is not a store of mfh; it was left as it is",
    "store verify full": "STORE full: cannot be read (Is a directory)",
    "store merge into.db no.db": "FROM no.db: cannot be read (No such file or directory)",
    "store merge taken sweep.db": "INTO taken: is not a store of mfh; it was left as it is",
    "store merge x.db": "Missing argument 'FROM…'.",
    "store export sweep.db --out x.xlsx": "--out x.xlsx: must end in .csv, .md, .tex or .parquet",
    "verify mfh-alpha x": "CLAIM x: is unknown; known: mfh-gamma",
    "verify --seeds 1": f"--seeds 1: {WHOLE} 2",
    "verify --seed 999900 --seeds 101": "--seed 999900: must leave all seeds below 1,000,000",
    "verify --budget tiny": "--budget tiny: is unknown; known: quick, paper, large",
    "verify --out full": "--out full/report.html: is a folder where a file is to be written",
    "verify --json full": "--json full: must name a file",
    "verify --json taken/x.json": f"--json taken/x.json: {NO_FOLDER} (File exists)",
    "verify --store taken": "--store taken: is not a store of mfh",
    "claims x": "CLAIM x: is unknown; known: mfh-gamma",
    "claims mfh-alpha x": "Got unexpected extra argument",
    "calibrate mfh-beta": "CLAIM mfh-beta: is unknown",
    "calibrate mfh-alpha --seeds 9": f"--seeds 9: {WHOLE} 30",
    "calibrate mfh-alpha --out taken": f"--out taken: {NO_FOLDER} (File exists)",
    "lecture": "give --out FILE.html for the page, or --rebuild-data for its gains",
    "lecture --store empty.db": "--store empty.db: is shown in a page; give --out FILE.html too",
    "lecture --store empty.db --rebuild-data": "--store empty.db: is shown in a page; give --out",
    "lecture --out x.htm": "--out x.htm: must end in .html",
    "lecture --out .html": "--out .html: must end in .html",
    "lecture --out full/report.html --rebuild-data": "--out full/report.html: is a folder where a",
    "lecture --out taken/x.html": f"--out taken/x.html: {NO_FOLDER} (File exists)",
    "lecture --store no.db --out x.html": "--store no.db: cannot be read (No such file or directory",
    "lecture --store taken --out x.html": "--store taken: is not a store of mfh; it was left as it",
    "lecture --store empty.db --out x.html": "--store empty.db: holds no result yet; mfh sweep",
    "lecture --store empty.db --out x.html --rebuild-data": "--store empty.db: holds no result yet",
    "lecture --store axis.db --out x.html": "--store axis.db: n_train in 10, 20: varies; the page",
}
"""Calls that are refused, each kind of refusal of a command once, and the line that says so."""
STORES: dict[str, tuple[Plan, tuple[Cell, ...] | None]] = {
    "sweep.db": (small(), None),
    "axis.db": (small(axes={"n_train": (10, 20)}), None),
    "empty.db": (small(), ()),
}
"""Stores that some of these calls are about, and the cells that they hold, or all."""


@pytest.mark.parametrize(("arguments", "line"), BAD.items(), ids=BAD)
def test_a_bad_call_gets_one_line_and_status_2_and_leaves_nothing(
    arguments: str, line: str, call: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def trained(*_: object, **__: object) -> None:
        raise AssertionError("networks are trained")

    for name in ("verdicts.verify", "run"):
        monkeypatch.setattr(f"analysis.{name}", trained)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    files = {"taken": "x = = 1\n" * 30, "bad.toml": "n_train = 0"}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "full" / "report.html").mkdir(parents=True)
    for name, (plan, some) in STORES.items():
        if name in arguments:
            fill(Store(tmp_path / name), plan, some).close()
    before = sorted(tmp_path.rglob("*"))
    assert refused(call, *shlex.split(arguments)).startswith(f"mfh: {line}")
    assert sorted(tmp_path.rglob("*")) == before
    assert all((tmp_path / name).read_text() == text for name, text in files.items())


def paths(group: click.Group, *above: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of every command."""
    for name, command in group.commands.items():
        yield (*above, name)
        if isinstance(command, click.Group):
            yield from paths(command, *above, name)


@pytest.mark.parametrize("command", [(), *paths(cli)], ids=" ".join)
def test_every_command_has_help(command: tuple[str, ...], call: Command) -> None:
    status, out, err = call(*command, "-h")
    assert (status, err) == (0, "")
    assert out.startswith(f"Usage: {' '.join(('mfh', *command))} ")


def test_a_group_without_a_command_shows_its_help(call: Command) -> None:
    for group in ((), ("store",)):
        status, out, err = call(*group)
        assert (status, out) == (2, "")
        assert "Commands:" in err


@pytest.mark.parametrize("command", ["diagram", "truth"])
def test_the_example_of_the_help_runs(command: str, call: Command) -> None:
    lines = [line.strip() for line in call(command, "-h")[1].splitlines()]
    example = shlex.split(lines[lines.index("For example:") + 2])
    assert example[:2] == ["mfh", command]
    assert call(*example[1:])[0] == 0


@pytest.mark.slow
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_keeps_finished_figures_and_leaves_nothing_half_written(
    stop: signal.Signals, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    options = ["--device", "cpu", "--out", str(out)]
    subprocess.run([*COMMAND, "reproduce", "figure3", "--seeds", "1", *options], check=True)
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    process = subprocess.Popen(
        [*COMMAND, "reproduce", "figure3", "--seeds", "3000", *options],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    until(lambda: list(out.glob(".mfh-*")) or process.poll() is not None)  # the work begins
    time.sleep(0.5)
    process.send_signal(stop)
    stdout, stderr = process.communicate(timeout=PATIENCE)
    assert (process.returncode, stdout) == (130, "")
    assert stderr.strip().splitlines()[-1].startswith("mfh: interrupted")
    assert "Traceback" not in stderr
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before


@pytest.fixture
def own_signals() -> Iterator[None]:
    """Leave what this process does of signals as it was."""
    before, hook = {each: signal.getsignal(each) for each in STOPS}, sys.unraisablehook
    yield
    for each, handler in before.items():
        signal.signal(each, handler)
    sys.unraisablehook = hook


INTERRUPTED = {
    "reproduce": ("figure3", "--seeds", "1", "--width", "2"),
    "sweep": ("--points", "2", "--seeds", "1", *TINY, "--store", "out"),
    "verify": ("toy", "--seeds", "2"),
    "calibrate": ("toy", "--seeds", "30", "--repeats", "1", "--pool", "30"),
}


@pytest.mark.usefixtures("own_signals")
@pytest.mark.parametrize("command", INTERRUPTED)
def test_who_is_interrupted_over_and_over_stops_in_order_once(
    command: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """At work, as the work is put away, and as that is said."""
    heard, say = [], click.echo

    def stop(number: signal.Signals) -> None:
        heard.append(number)
        signal.raise_signal(number)

    class Bar(tqdm.tqdm):  # type: ignore[type-arg]  # it takes none as it runs
        def update(self, n: float | None = 1) -> None:
            stop(signal.SIGINT)
            super().update(n)

        def close(self) -> None:
            if len(heard) == 1:  # it is closed again as it is forgotten
                stop(signal.SIGTERM)
            super().close()

    def echo(line: str, err: bool = False) -> None:
        if err:
            stop(signal.SIGINT)
        say(line, err=err)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("analysis.claims.CLAIMS", {"toy": claim()})
    monkeypatch.setattr(tqdm, "tqdm", Bar)
    monkeypatch.setattr(click, "echo", echo)
    try:
        status = mfh_in_process(monkeypatch, command, *INTERRUPTED[command])
    except KeyboardInterrupt:
        pytest.fail("an interrupt got through")
    assert status == 130
    assert heard == [signal.SIGINT, signal.SIGTERM, signal.SIGINT]
    line = capsys.readouterr().err.strip()
    assert line.startswith("mfh: interrupted; ")
    assert "\n" not in line
    assert {path.name for path in tmp_path.iterdir()} <= {"out"}


AT = """
import atexit, os, signal, sys

moment = sys.argv.pop(1)

def stop():
    for _ in range(3):
        os.kill(os.getpid(), signal.SIGINT)

class Finder:
    def find_spec(name, *_):
        if name == moment and "mfh" in sys.modules:  # it is being imported
            stop()

if moment == "exit":
    atexit.register(stop)
sys.meta_path.insert(0, Finder)
from _modality_venn.command import main
main()
"""


@pytest.mark.parametrize(
    ("moment", "status", "said"),
    [
        ("venn", 130, "mfh: interrupted; nothing had begun\n"),
        ("numpy", 130, "mfh: interrupted; nothing is half-written, and what was finished is kept"),
        ("exit", 0, ""),
    ],
)
def test_ctrl_c_is_quiet_as_the_command_starts_and_as_it_ends(
    moment: str, status: int, said: str
) -> None:
    """An interrupt within an import is raised a moment later: there must be something to stop then."""
    long = ["--rule", "network"] if moment == "numpy" else []
    done = subprocess.run(
        [sys.executable, "-c", AT, moment, "truth", "--region", "a=2", "--region", "b=1", *long],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr.strip()) == (status, said.strip())


def test_a_terminal_sees_progress(tmp_path: Path) -> None:
    leader, follower = os.openpty()
    termios.tcsetwinsize(follower, (24, 80))
    process = subprocess.Popen(
        [*COMMAND, "sweep", "--points", "2", "--seeds", "2", *TINY],
        cwd=tmp_path,
        stderr=follower,
        stdout=subprocess.DEVNULL,
    )
    os.close(follower)
    seen = b""
    with contextlib.suppress(OSError):  # a closed terminal ends the reading
        while chunk := os.read(leader, 4096):
            seen += chunk
    os.close(leader)
    assert process.wait(timeout=PATIENCE) == 0
    assert b"sweep.db" in seen
    assert b"10/10" in seen  # the student alone is the same at both points
