import itertools
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from analysis.training.groups import GROUP_BYTES, Models, count, groups, own, stacked, taken
from venn import ArgumentError

ROWS = torch.arange(24.0).reshape(4, 3, 2)
LISTED = [ROWS[i : i + 1] for i in (2, 0, 2)]
"""Three models, two of which share their rows."""


def test_models_are_one_tensor_or_one_each_and_what_is_their_own_is_no_copy() -> None:
    assert stacked(ROWS) is ROWS
    assert torch.equal(stacked(LISTED), ROWS[[2, 0, 2]])
    for models, rows in ((ROWS, range(4)), (LISTED, (2, 0, 2))):
        for model, row in enumerate(rows):
            assert torch.equal(own(models, model), ROWS[row])
            assert own(models, model).data_ptr() == ROWS[row].data_ptr()


class Noted(list[torch.Tensor]):
    """Models that say which of them have been asked for."""

    def __init__(self, models: list[torch.Tensor]) -> None:
        super().__init__(models)
        self.asked: list[slice] = []

    def __getitem__(self, which: Any) -> Any:
        if isinstance(which, slice):
            self.asked.append(which)
        return super().__getitem__(which)


@given(
    st.integers(1, 12),
    st.lists(st.tuples(st.integers(1, 5), st.booleans()), min_size=1, max_size=3),
    st.integers(1, 100),
)
def test_groups_hold_every_model_once_and_no_more_than_their_bytes(
    models: int, kinds: list[tuple[int, bool]], most: int
) -> None:
    """And one model at least; no two neighbours would fit into one, and lists meet one by one."""
    parts: list[Models] = []
    for size, listed in kinds:
        whole = torch.arange(float(models * size)).reshape(models, size)
        parts.append(Noted(list(whole.split(1))) if listed else whole)
    made = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(GROUP_BYTES, "cpu", most)
        for cut in groups(parts, "cpu"):
            made.append(taken(parts, cut, "cpu"))
            assert all(len(p.asked) == len(made) for p in parts if isinstance(p, Noted))
    for place, part in enumerate(parts):
        assert torch.equal(torch.cat([group[place] for group in made]), stacked(part))
    each, sizes = 4 * sum(size for size, _ in kinds), [len(group[0]) for group in made]
    assert all(len(tensor) == len(group[0]) for group in made for tensor in group)
    assert all(size * each <= most or size == 1 for size in sizes)
    assert all((a + b) * each > most for a, b in itertools.pairwise(sizes))


def test_a_group_lies_on_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(GROUP_BYTES, "meta", 2**20)
    (part,) = groups((ROWS[:3], LISTED), "meta")
    rows, listed = taken((ROWS[:3], LISTED), part, "meta")
    assert rows.device.type == listed.device.type == "meta"


def test_every_part_has_the_same_models() -> None:
    assert count((ROWS[:3], LISTED)) == 3
    for refuse in (count, lambda parts: groups(parts, "cpu")):
        with pytest.raises(ArgumentError, match=r"models = \[4, 3\]: must be as many in each"):
            refuse((ROWS, LISTED))


def test_a_device_must_be_known() -> None:
    with pytest.raises(ArgumentError, match="device = 'auto': is unknown; known: cpu, cuda"):
        groups((ROWS,), "auto")


@pytest.mark.parametrize(
    ("models", "sizes"), [(1, [1]), (2, [2]), (3, [3]), (5, [2, 3]), (9, [3, 3, 3])]
)
def test_groups_are_shared_out_among_threads(models: int, sizes: list[int]) -> None:
    """Two models at least in each, where there are two."""
    found = groups((torch.zeros(models, 1),), "cpu", at_once=3)
    assert [part.stop - part.start for part in found] == sizes
