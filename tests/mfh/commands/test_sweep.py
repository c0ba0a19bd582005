"""``mfh sweep`` in this process: what it says, writes and refuses."""

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from analysis import Plan, Store, Workers, run
from analysis.sweeps.runs import pending
from analysis.sweeps.sweepfile import KEYS, make_plan
from tests.mfh.commands.sweeps import Command, refused

SMALL = ("--seeds", "3", "--points", "2", "--device", "cpu", "--set", "n_test=20")
TINY = (*SMALL, "--width", "2", "--set", "n_train=10", "--set", "steps=5")
KEYS_OF_FILE = {"points": 2, "seeds": 3, "n_train": 10, "n_test": 20, "steps": 5, "width": 2}
FILE = "".join(f"{key} = {value}\n" for key, value in KEYS_OF_FILE.items())


def rows(path: Path) -> Any:
    with Store(path) as store:
        assert store.problems() == []
        return store.frame()


@pytest.mark.parametrize(
    ("asked", "options"),
    [
        (("--path", "simplex", "--set", "decisive=2", "--set", "step=1"), "--simplex"),
        (("--points", "2", "--set", "n_train=10,20"), "--hue n_train"),
        (("--set", "diagrams=[{regions={a=2,b=2}}]", "--set", "width=1,2"), "--x student_width"),
    ],
    ids=["simplex", "path and axis", "axis"],
)
def test_a_sweep_says_how_to_see_it_and_that_works(
    call: Command, asked: tuple[str, ...], options: str
) -> None:
    tiny = ("--seeds", "2", "--device", "cpu", "--set", "steps=1", "--set", "n_test=20")
    status, out, _ = call("sweep", *asked, *tiny)
    assert status == 0
    shown = out.splitlines()[-1].partition("to see it: mfh ")[2]
    assert shown == f"plot sweep.db {options} --out gain.svg"
    assert call(*shown.split())[0] == 0


def test_a_sweep_says_how_much_there_is_and_keeps_it(call: Command, tmp_path: Path) -> None:
    status, out, err = call("sweep", *TINY)
    first, second, constant, third = out.splitlines()
    size = "2 points, 3 arms, 3 seeds: 18 rows from 15 networks"
    assert (status, err) == (0, "")
    assert first == f"{size}; 0 stored, 15 to train"
    assert second.startswith("15 networks in ")
    with Store(tmp_path / "sweep.db") as store:
        number = store.holdings().constant
    assert constant.startswith(f"{number} networks answer one class to every test row (first: ")
    assert constant.endswith("is no knowledge: see mfh plot --measure balanced_accuracy")
    assert third == "in sweep.db; to see it: mfh plot sweep.db --out gain.svg"
    assert [file.name for file in tmp_path.iterdir()] == ["sweep.db"]
    expected = run(make_plan(KEYS_OF_FILE), device="cpu").frame()
    assert_frame_equal(rows(tmp_path / "sweep.db"), expected)
    status, out, _ = call("sweep", *TINY)
    assert status == 0
    assert out.splitlines() == [f"{size}; 15 stored, 0 to train", constant, third]
    _, out, _ = call("sweep", *TINY, "--seeds", "4", "--arms", "no_kd,kd,hard_label")
    assert out.splitlines()[0].endswith(": 32 rows from 24 networks; 15 stored, 9 to train")


def test_a_file_its_name_and_what_is_changed_of_it(call: Command, tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(FILE)
    assert call("sweep", "study.toml", "--device", "cpu")[0] == 0
    assert_frame_equal(
        rows(tmp_path / "study.db"), run(make_plan(KEYS_OF_FILE), device="cpu").frame()
    )
    options = ("--seeds", "5:7", "--set", "temperature=1,4", "--store", "new/other.db")
    status, out, _ = call("sweep", "study.toml", "--device", "cpu", *options)
    assert status == 0
    assert out.startswith("4 points, 3 arms, 2 seeds: ")
    frame = rows(tmp_path / "new" / "other.db")
    assert sorted(set(frame["seed"])) == [5, 6]
    assert sorted(set(frame["temperature"])) == [1.0, 4.0]


def test_a_dry_run_leaves_nothing_behind(
    call: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, Workers | None]] = []

    def an_hour(
        plan: Plan, store: Store, workers: Workers | None, *, device: str, **which: Any
    ) -> pd.DataFrame:
        assert device == "cpu"
        todo = sum(len(shard.cells) for shard in pending(plan, store, **which))
        asked.append((todo, workers))
        seconds = 3600.0 if workers is None else 1800.0
        told = {
            "road": ["machine code", "torch alone"],
            "models": [10_000, 5],
            "networks": [1.0, 4.0],
            "a_second": [1234.4, 0.012345],
            "seconds": [seconds, seconds],
        }
        return pd.DataFrame(told, index=["kd", "mine"])

    monkeypatch.setattr("analysis.estimate", an_hour)
    status, out, err = call("sweep", *TINY, "--dry-run")
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        "2 points, 3 arms, 3 seeds: 18 rows from 15 networks; 0 stored, 15 to train",
        "              road models networks models a second seconds",
        "kd    machine code 10,000        1           1,234  60 min",
        "mine   torch alone      5        4          0.0123  60 min",
        "about 2.0 h, going by a short probe",
    ]
    assert list(tmp_path.iterdir()) == []
    call("sweep", *TINY, "--seeds", "2")
    before = (tmp_path / "sweep.db").read_bytes()
    _, out, _ = call("sweep", *TINY, "--dry-run", "--workers", "2")
    assert "; 10 stored, 5 to train\n" in out
    assert out.endswith("\nabout 60 min, going by a short probe\n")
    assert asked == [(15, None), (5, Workers(2))]
    assert (tmp_path / "sweep.db").read_bytes() == before
    _, out, _ = call("sweep", *TINY, "--dry-run", "--seeds", "2")
    assert out.endswith("; 10 stored, 0 to train\n")


def test_parts_say_how_much_is_their_own_and_merge_into_the_whole(
    call: Command, tmp_path: Path
) -> None:
    for i in (1, 2):
        status, out, _ = call("sweep", *TINY, "--shard", f"{i}/2", "--store", f"{i}.db")
        assert status == 0
        assert f" of them in part {i}/2; 0 stored, " in out
    merged = "15 networks added to sweep.db: 15 in all, 0 of 18 rows missing\n"
    assert call("store", "merge", "sweep.db", "1.db", "2.db") == (0, merged, "")
    expected = run(make_plan(KEYS_OF_FILE), device="cpu").frame()
    assert_frame_equal(rows(tmp_path / "sweep.db"), expected)


DIVERGING = (*TINY, "--set", "learning_rate=0.05,1e30")


def test_what_failed_is_listed_with_how_to_retry_it(call: Command, tmp_path: Path) -> None:
    """Also by a call that trains nothing, and by a retry that fails again."""
    for options in ((), (), ("--retry",)):
        status, out, err = call("sweep", *DIVERGING, *options)
        assert (status, err) == (0, "")
        lines = out.splitlines()
        listed = lines[lines.index("15 networks have no result:") :]
        assert listed[0] == "15 networks have no result:"
        assert sorted(listed[1:3]) == [
            "  6 x its teacher diverged; lower the learning rate (first: arm kd, seed 0, "
            "alpha 0.5, beta 0.5, gamma 0.0, hidden 0, learning_rate 1e+30)",
            "  9 x diverged: its parameters, loss or outputs are not finite; lower the learning rate "
            "(first: arm no_kd, seed 0, "
            "alpha 0.5, beta 0.5, gamma 0.0, hidden 0, learning_rate 1e+30)",
        ]
        assert listed[3].startswith("the same command with --retry trains them again")
        trained = 0 if options == () and "30 stored, 0 to train" in out else 15
        assert f"{trained} to train" in out or "; 0 stored, 30 to train" in out
    frame = rows(tmp_path / "sweep.db")
    fine = frame[frame["learning_rate"] == 0.05]["accuracy"]
    assert fine.notna().all()
    status, out, _ = call("sweep", *TINY, "--set", "learning_rate=0.05")
    assert "no result" not in out  # the others are not of this sweep


def test_a_cell_without_memory_is_listed_and_no_other_is_lost(
    call: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    import analysis.sweeps.shards  # noqa: PLC0415

    train = analysis.sweeps.shards.train_shard

    def short_of_memory(shard: Any, device: str) -> Any:
        if any(seed == 1 for seed, *_ in shard.families):
            raise MemoryError
        return train(shard, device)

    monkeypatch.setattr("analysis.sweeps.runs.train_shard", short_of_memory)
    status, out, _ = call("sweep", *TINY)
    assert status == 0
    assert "\n5 networks have no result:\n  5 x out of memory; use fewer rows or a " in out
    monkeypatch.setattr("analysis.sweeps.runs.train_shard", train)
    status, out, _ = call("sweep", *TINY, "--retry")
    assert "; 10 stored, 5 to train\n" in out
    assert "no result" not in out


def test_an_unreachable_scheduler_is_refused(
    call: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def client(address: str, **_: Any) -> None:
        raise OSError(f"Timed out trying to connect to {address} after 10 s")

    monkeypatch.setattr("distributed.Client", client)
    assert refused(call, "sweep", *TINY, "--dask", "tcp://nowhere:1") == (
        "mfh: --dask tcp://nowhere:1: cannot be reached "
        "(Timed out trying to connect to tcp://nowhere:1 after 10 s)\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_the_help_knows_every_key(call: Command) -> None:
    assert set(KEYS) <= set(re.findall(r"^  (\w+)  ", call("sweep", "--help")[1], re.MULTILINE))
