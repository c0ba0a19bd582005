from typing import Any

import pytest

import analysis.runs
from analysis import ARMS, Native, Optimiser, run
from venn import ArgumentError, VennDiagram

PATH = [VennDiagram({"a": 2 - n, "b": 2, "a&b": n}, noise={"a": 2}) for n in (0, 1)]
FAST = Native(n_train=30, n_test=100, width=3, optimiser=Optimiser("adam", 0.05, 20))


def test_one_row_a_training() -> None:
    path = [VennDiagram({"a": 2, "b": 3}), VennDiagram({"a": 1, "b": 2, "a&b": 1})]
    runs = run(path, FAST, seeds=[4, 9])
    assert list(runs) == ["point", "alpha", "gamma", "arm", "seed", "accuracy"]
    assert len(runs) == 2 * 2 * len(ARMS)
    assert not runs.duplicated(["point", "arm", "seed"]).any()
    assert set(runs["seed"]) == {4, 9}
    assert runs["accuracy"].between(0.3, 1).all()
    second = runs[runs["point"] == 1]
    assert (second["alpha"] == 0.25).all()
    assert (second["gamma"] == 0.25).all()


def test_a_row_does_not_depend_on_what_else_is_run() -> None:
    path = [VennDiagram({"a": 2, "b": 3}), VennDiagram({"a": 1, "b": 2, "a&b": 1})]
    index = ["alpha", "gamma", "arm", "seed"]
    together = run(path, FAST, seeds=range(5)).set_index(index)["accuracy"]
    alone = run(path[1:], FAST, seeds=[3]).set_index(index)["accuracy"]
    assert together[alone.index].equals(alone)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    index = ["point", "alpha", "gamma", "arm", "seed"]
    whole = run(PATH[1:], FAST, seeds=range(5)).set_index(index)["accuracy"]
    monkeypatch.setattr(analysis.runs, "BLOCK", 2)
    blocks = run(PATH[1:], FAST, seeds=range(5)).set_index(index)["accuracy"]
    assert sorted(blocks.index) == sorted(whole.index)
    assert blocks[whole.index].equals(whole)


def test_progress_counts_every_training() -> None:
    counts: list[int] = []
    run(PATH[1:], FAST, seeds=range(3), progress=counts.append)
    assert sum(counts) == 3 * len(ARMS)


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no diagrams": ({"path": []}, "path = []: must hold at least one diagram"),
    "unequal dimensions": ({"path": PATH}, "must have the same dimensions; pad them with noise"),
    "no seeds": ({"seeds": range(0)}, "seeds = range(0, 0): must hold at least one seed"),
    "repeated seed": ({"seeds": [1, 1]}, "seeds = [1, 1]: must hold at least one seed, and each"),
    "fractional seed": ({"seeds": [0.5]}, "seed = 0.5: must be a whole number"),
    "negative seed": ({"seeds": [-1]}, "seed = -1: must be a whole number of at least 0"),
    "seeds a number": ({"seeds": 10}, "seeds = 10: must be of kind Sequence, such as range(10)"),
    "path a diagram": ({"path": PATH[0]}, "must be of kind Sequence, such as [VennDiagram("),
    "path of names": (
        {"path": ["figure2"]},
        "path = 'figure2': must be of kind VennDiagram, such as",
    ),
    "three modalities": (
        {"path": [VennDiagram({"a&b&c": 2}, modalities=("a", "b", "c"))]},
        "must have two modalities, teacher and student",
    ),
    "protocol a name": (
        {"protocol": "native"},
        "protocol = 'native': must be of kind Protocol, such as PROTOCOLS['native']",
    ),
    "unknown device": ({"device": "tpu"}, "device = 'tpu': is unknown; known: auto, cpu, cuda"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD)
def test_bad_runs(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        run(**{"path": PATH[:1], "protocol": FAST, "seeds": [0], **arguments})
    assert message in str(error.value)
