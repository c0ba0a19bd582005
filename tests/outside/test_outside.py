"""All kinds of things from a user's own files, with nothing of the package changed."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from analysis import Store

HELPER = """
SCALE = 1.0
"""

MINE = """
from dataclasses import dataclass

import numpy as np
from torch.nn.functional import cross_entropy

import helper
from mfh import Hyperplane, Method, Rotation, cross_entropy as entropy, logits, measure, method, minimise, networks, stack
from synth.rules.base import Classification


@method
def own(student, teacher, y, *, beta=1.0):
    apart = (student.logits - teacher.logits).square().mean()
    return cross_entropy(student.logits, y) + helper.SCALE * beta * apart


@measure(unit="fraction")
def sure(logits, *, above=0.6):
    return (logits.softmax(-1).amax(-1) > above).double().mean()


@dataclass(frozen=True)
class Slow(Method):
    rounds: int = 1

    def fit(self, trials, needed, setup):
        x, y = [t.train.views["student"] for t in trials], [t.train.y for t in trials]
        network = setup.network("student", x[0].shape[-1])
        start = stack([t.start("student", network) for t in trials])
        for _ in range(self.rounds):
            start = minimise(lambda p, x, y: entropy(logits(p, x), y), start, (x, y), setup.optimiser)
        return networks(start, "student")


@dataclass(frozen=True)
class Needy(Slow):
    other: Method = None

    def __init__(self, other):
        pass


@dataclass(frozen=True, repr=False)
class Cubes(Classification):
    @property
    def prior(self):
        return (0.5, 0.5)

    def conditional(self, diagram, latents):
        p = np.where((latents**3).sum(-1) > 0, 1 - self.flip, self.flip)
        return np.stack([1 - p, p], -1)


@dataclass(frozen=True)
class Turned(Rotation):
    pass
"""

SWEEP = (
    *("sweep", "--use", "mine.py", "--arms", "no_kd,kd,own,Slow", "--points", "3", "--seeds", "4"),
    *("--width", "4", "--set", "n_train=20", "--set", "n_test=50", "--set", "steps=5"),
    *("--set", "own.beta=1,3", "--set", "rule=Cubes", "--set", "teacher_view=Turned"),
    *("--measures", "sure,agreement"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "helper.py").write_text(HELPER)
    (tmp_path / "mine.py").write_text(MINE)
    return tmp_path


def mfh(folder: Path, *arguments: str, ends: int = 0) -> str:
    """Call the command in a folder, in a process of its own, and return what it prints."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "mfh", *arguments],
        cwd=folder,
        env={**environment, "PYTHONPATH": f"{Path(__file__).parents[2]}:{folder / 'installed'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == ends, done.stderr
    return done.stdout if ends == 0 else done.stderr


def rows(path: Path) -> pd.DataFrame:
    with Store(path, make=False) as store:
        return store.frame().drop(columns="point")


def test_ones_own_methods_measure_rule_and_view_in_process_and_in_workers(folder: Path) -> None:
    """One file, no line of the package: kinds, settings of methods, statistics and a picture."""
    printed = mfh(folder, *SWEEP, "--store", "one.db")
    assert "6 points, 5 arms, 4 seeds: 120 rows from 72 networks" in printed
    mfh(folder, *SWEEP, "--store", "two.db", "--workers", "2")
    one, two = rows(folder / "one.db"), rows(folder / "two.db")
    pd.testing.assert_frame_equal(one, two)
    assert set(one["arm"]) == {"teacher", "no_kd", "kd", "own", "Slow"}
    assert sorted(one["own.beta"].unique()) == [1, 3]
    assert one["reason"].isna().all()
    assert one["sure"].between(0, 1).all()
    assert one["agreement"].notna().eq(one["arm"].isin(["kd", "own"])).all()
    slow, plain = (one[one["arm"] == arm]["accuracy"].to_list() for arm in ("Slow", "no_kd"))
    assert slow == pytest.approx(plain, abs=0.021)  # the same loss, by another road
    mfh(folder, "plot", "one.db", "--where", "own.beta=3", "--out", "own.svg")
    assert ">own<" in (folder / "own.svg").read_text()


@pytest.mark.slow
def test_edited_code_is_trained_again_and_nothing_else(folder: Path) -> None:
    """Its helper in another file too; a comment is no code."""
    mfh(folder, *SWEEP, "--store", "one.db")
    (folder / "mine.py").write_text(
        MINE.replace("    rounds: int = 1", "    rounds: int = 1  # one")
    )
    assert "72 stored, 0 to train" in mfh(folder, *SWEEP, "--store", "one.db", "--dry-run")
    (folder / "helper.py").write_text("SCALE = 2.0")
    assert "48 stored, 24 to train" in mfh(folder, *SWEEP, "--store", "one.db", "--dry-run")
    (folder / "helper.py").write_text(HELPER)
    (folder / "mine.py").write_text(MINE.replace("> above", "< above"))  # a measure of all
    assert "0 stored, 72 to train" in mfh(folder, *SWEEP, "--store", "one.db", "--dry-run")
    (folder / "mine.py").write_text(MINE.replace("latents**3", "latents**5"))
    assert "0 stored, 72 to train" in mfh(folder, *SWEEP, "--store", "one.db", "--dry-run")


def test_a_package_that_is_installed_brings_methods_by_its_entry_points(folder: Path) -> None:
    about = folder / "installed" / "theirs-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[mfh]\ntheirs = theirs:own\n")
    (folder / "mine.py").rename(folder / "installed" / "theirs.py")
    (folder / "helper.py").rename(folder / "installed" / "helper.py")
    asked = ("sweep", "--arms", "no_kd,theirs", "--seeds", "2", "--dry-run")
    assert "6 points, 3 arms, 2 seeds" in mfh(folder, *asked)


CLAIM = """
from dataclasses import replace

from mfh import ARMS, Claim, Optimiser, Part, Plan, Synthetic, VennDiagram
from mine import own

FAST = Optimiser("adam", 0.05, 10)
WORLD = Synthetic(n_train=40, n_test=60, width=4, optimiser=FAST)


def plan(protocol, seeds):
    diagram = VennDiagram({"a&b": 3})
    return Plan([diagram], protocol, {"no_kd": ARMS["no_kd"], "own": own(beta=8.0)}, seeds)


def values(rows):
    wide = rows.pivot(index="seed", columns="arm", values="accuracy")
    return (wide["own"] - wide["no_kd"]).to_frame("above")


MINE = Claim(
    name="my-claim",
    title="Of my own",
    words="It is above zero.",
    source="this test, 2026",
    method="Two students.",
    plan=plan,
    values=values,
    parts=(Part("above", "it is above 0"),),
    nulls={"signs": lambda rows, generator: rows},
    worlds={"my own world": WORLD, "my own, wider": replace(WORLD, width=6)},
)
"""


def test_a_claim_of_ones_own_in_worlds_of_ones_own_is_judged_and_kept_by_its_code(
    folder: Path,
) -> None:
    asked = ("verify", "--use", "claim.py", "my-claim", "--seeds", "30", "--store", "kept.db")
    (folder / "claim.py").write_text(CLAIM)
    found = mfh(folder, *asked, "--json", "found.json")
    ours, theirs = (f"my own{end}" for end in (" world", ", wider"))
    assert f"({ours})" in found or "both worlds" in found
    report = (folder / "out" / "report.html").read_text()
    assert all(words in report for words in ("Of my own", ours, theirs))
    (claim,) = json.loads((folder / "found.json").read_text())["claims"]
    assert [world["world"] for world in claim["worlds"]] == [ours, theirs]
    first = Store(folder / "kept.db", make=False).holdings()
    assert first.results == 30 * (1 + 2 * 2)  # one teacher, and No-KD and ours in each
    (folder / "helper.py").write_text("SCALE = -1.0")  # of the method that the claim imports
    mfh(folder, *asked)
    assert Store(folder / "kept.db", make=False).holdings().results == first.results + 2 * 30
    with Store(folder / "kept.db", make=False) as store:
        assert store.problems() == []


@pytest.mark.slow
def test_a_claim_takes_no_others_name_and_what_fails_in_it_is_said_in_one_line(
    folder: Path,
) -> None:
    asked = ("verify", "--use", "claim.py", "--seeds", "2")
    (folder / "claim.py").write_text(CLAIM.replace("my-claim", "mfh-gamma"))
    assert mfh(folder, *asked, "mfh-gamma", ends=2).strip() == (
        "mfh: --use mfh-gamma: names another claim too; give yours another name"
    )
    (folder / "claim.py").write_text(CLAIM.replace('VennDiagram({"a&b": 3})', "protocol.nothing"))
    words = mfh(folder, *asked, "my-claim", ends=2)
    assert re.fullmatch(
        "mfh: my-claim.plan = AttributeError: .*: failed at claim.py, line .*\n", words
    )
    (folder / "claim.py").write_text(CLAIM.replace('wide["own"] -', 'wide["mine"] -'))
    assert mfh(folder, *asked, "my-claim", ends=1) == ""
    for world in json.loads((folder / "out" / "verdicts.json").read_text())["claims"][0]["worlds"]:
        assert world["failure"].startswith(
            "my-claim.values = \"KeyError: 'mine'\": failed at claim.py"
        )


@pytest.mark.slow
def test_a_sweep_that_is_killed_goes_on(folder: Path) -> None:
    mfh(folder, *SWEEP, "--store", "whole.db")
    command = [
        sys.executable,
        "-P",
        "-m",
        "mfh",
        *SWEEP,
        "--store",
        "killed.db",
    ]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL) as run:
        while run.poll() is None and not (folder / "killed.db").exists():
            time.sleep(0.01)
        run.send_signal(signal.SIGKILL)
    mfh(folder, *SWEEP, "--store", "killed.db")
    pd.testing.assert_frame_equal(rows(folder / "killed.db"), rows(folder / "whole.db"))


BAD: dict[str, tuple[str, str]] = {
    "mfh: --use mine.txt: must be a Python file, such as mine.py": ("mine.txt", ""),
    "mfh: --use json.py: has the name of a module that is there; give it another": ("json.py", ""),
    "mfh: --use wrong.py: cannot be run (NameError: name 'nothing' is not defined)": (
        "wrong.py",
        "nothing",
    ),
}


@pytest.mark.parametrize("words", BAD)
def test_a_file_that_cannot_be_used(folder: Path, words: str) -> None:
    name, text = BAD[words]
    (folder / name).write_text(text)
    assert mfh(folder, "sweep", "--use", name, ends=2).strip() == words


def test_an_arm_and_a_field_that_are_not_there(folder: Path) -> None:
    asked = ("sweep", "--use", "mine.py", "--use", "./mine.py", "--dry-run")
    words = mfh(folder, *asked, "--arms", "mine", ends=2)
    assert re.search(
        "--arms mine: is unknown; known: teacher, .*, hard_label, own, Slow, Needy$", words
    )
    words = mfh(folder, *asked, "--arms", "Needy", ends=2)
    assert "--arms Needy: cannot be made without settings (" in words
    words = mfh(folder, *asked, "--arms", "own", "--set", "own.gamma=1", ends=2)
    assert "own.gamma=1: is no field of own, which has" in words
