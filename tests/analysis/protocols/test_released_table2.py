"""The draws of the script behind Table 2, replayed."""

from typing import Any

import numpy as np
import pytest
import torch
from analysis.reproductions.picks import WAYS
from analysis.reproductions.released_table2 import ReleasedTable2
from torch import nn

from tests.analysis.alone import same
from venn import ArgumentError, VennDiagram

DIAGRAM = VennDiagram({"a": 3, "a&b": 4}, noise={"a": 5, "b": 8})
SMALL = ReleasedTable2(swapped=False, n_train=6, n_test=9, repeats=2)


@pytest.mark.parametrize("way", WAYS)
def test_every_draw_is_that_of_the_global_generators(way: Any) -> None:
    """The script's calls in its order: numpy's and torch's global generators, torch's modules."""
    draws = SMALL.draw(DIAGRAM, 44, way)
    np.random.seed(44)
    torch.manual_seed(44)

    def rows(n: int) -> None:
        part = parts.pop(0)
        z, teacher, student = np.random.randn(n, 7), np.random.randn(n, 12), np.random.randn(n, 12)
        teacher[:, :7], student[:, :4] = z, z[:, :4]
        assert torch.equal(part.teacher[0], torch.tensor(teacher).float())
        assert torch.equal(part.student[0], torch.tensor(student).float())
        assert part.y[0].tolist() == (z @ np.ones(7) > 0).astype(int).tolist()

    def network(name: str, channels: int = 12) -> None:
        layer = nn.Linear(channels, 2)
        weight, bias = draws.initial[name]
        torch.testing.assert_close(weight[0], layer.weight.data, rtol=0, atol=1e-7)
        torch.testing.assert_close(bias[0, :, 0], layer.bias.data, rtol=0, atol=1e-7)

    parts = [draws.first, draws.test, draws.second]
    rows(6)
    rows(9)
    network("teacher")
    if way == "alg1":
        network("pair")
        network("pair_student")
        assert draws.orders is not None
        assert draws.picked is None
        for repeat in draws.orders:
            for _ in range(12):
                torch.randperm(6)
            for order in repeat:
                assert order.tolist() == torch.randperm(6).tolist()
    rows(6)
    network("no_kd")
    network("kd")
    if way == "random":
        assert draws.picked is not None
        assert draws.picked.tolist() == np.random.randint(0, 12, 4).tolist()
    if way == "gt":
        assert draws.picked is not None
        assert draws.picked.tolist() == [0, 1, 2, 3]
    network("general_teacher", 4)
    network("kd_general")


def test_the_ways_share_what_comes_before_algorithm_1_and_all_rows() -> None:
    """Its permutations move the framework's stream on, and so all later initial parameters."""
    gt, alg1, random = (SMALL.draw(DIAGRAM, 0, way) for way in WAYS)
    for other in (alg1, random):
        for part, theirs in zip(gt[:3], other[:3], strict=True):
            assert all(map(torch.equal, part, theirs))
    assert all(same(gt.initial[arm], random.initial[arm]) for arm in gt.initial)
    assert [arm for arm in gt.initial if same(gt.initial[arm], alg1.initial[arm])] == ["teacher"]


def test_the_global_generators_are_left_alone() -> None:
    np.random.seed(1)
    torch.manual_seed(1)
    expected = np.random.random(), torch.rand(1).item()
    np.random.seed(1)
    torch.manual_seed(1)
    SMALL.draw(DIAGRAM, 5, "alg1")
    assert (np.random.random(), torch.rand(1).item()) == expected


def test_the_swap_is_no_draw() -> None:
    swapped = ReleasedTable2(swapped=True, n_train=6, n_test=9, repeats=2)
    one, other = SMALL.draw(DIAGRAM, 3, "gt"), swapped.draw(DIAGRAM, 3, "gt")
    assert all(same(one.initial[arm], other.initial[arm]) for arm in one.initial)


CANNOT = "the released script cannot draw it: its student sees some of the features that its teac"
BAD: dict[str, tuple[Any, str]] = {
    "no swap": (
        lambda: ReleasedTable2(swapped=None),  # type: ignore[arg-type]  # a bad call
        "swapped = None: must be of kind bool, such as True",
    ),
    "no rows": (lambda: ReleasedTable2(swapped=True, n_train=0), "n_train = 0: must be a whole"),
    "no test rows": (lambda: ReleasedTable2(swapped=True, n_test=0), "n_test = 0: must be a who"),
    "no repeats": (lambda: ReleasedTable2(swapped=True, repeats=0), "repeats = 0: must be a who"),
    "negative seed": (lambda: SMALL.draw(DIAGRAM, -1, "gt"), "seed = -1: must be a whole number"),
    "too large a seed": (
        lambda: SMALL.draw(DIAGRAM, 2**32, "gt"),
        "seed = 4294967296: must be at most 4294967295",
    ),
    "unknown way": (
        lambda: SMALL.draw(DIAGRAM, 0, "best"),  # type: ignore[arg-type]  # a bad call
        "way = 'best': is unknown; known: gt, alg1, random",
    ),
    "no diagram": (
        lambda: SMALL.check("a&b"),  # type: ignore[arg-type]  # a bad call
        "diagram = 'a&b': must be of kind VennDiagram",
    ),
    "student's own features": (
        lambda: SMALL.check(VennDiagram({"b": 1, "a&b": 4}, noise={"a": 1})),
        CANNOT,
    ),
    "nothing general": (lambda: SMALL.check(VennDiagram({"a": 4}, noise={"b": 4})), CANNOT),
    "hidden features": (lambda: SMALL.check(VennDiagram({"a&b": 4}, hidden=1)), CANNOT),
    "unequal channels": (lambda: SMALL.check(VennDiagram({"a": 1, "a&b": 4})), CANNOT),
    "three modalities": (
        lambda: SMALL.check(VennDiagram({"a&b&c": 2}, modalities=("a", "b", "c"))),
        CANNOT,
    ),
}


@pytest.mark.parametrize(("call", "message"), BAD.values(), ids=BAD)
def test_bad_replays(call: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        call()
    assert message in str(error.value)
