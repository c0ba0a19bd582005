import itertools
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

import analysis.training.groups
from analysis.training.groups import GROUP_BYTES, Models, count, groups, own, stacked
from venn import ArgumentError

ROWS = torch.arange(24.0).reshape(4, 3, 2)
LISTED = [ROWS[i : i + 1] for i in (2, 0, 2)]
"""Three models, two of which share their rows."""


def test_models_are_one_tensor_or_one_each() -> None:
    assert stacked(ROWS) is ROWS
    assert torch.equal(stacked(LISTED), ROWS[[2, 0, 2]])
    for model in range(4):
        assert torch.equal(own(ROWS, model), ROWS[model])
    for model, row in enumerate((2, 0, 2)):
        assert torch.equal(own(LISTED, model), ROWS[row])


def test_what_is_a_models_own_is_no_copy() -> None:
    """Models that share rows share their memory."""
    assert own(ROWS, 2).data_ptr() == ROWS[2].data_ptr()
    assert own(LISTED, 0).data_ptr() == own(LISTED, 2).data_ptr() == ROWS[2].data_ptr()


@st.composite
def parts_of(draw: st.DrawFn) -> tuple[list[Models], int]:
    """Draw parts of some models, as tensors and as lists, and the bytes of one model."""
    models = draw(st.integers(1, 12))
    sizes = draw(st.lists(st.integers(1, 5), min_size=1, max_size=3))
    parts: list[Models] = []
    for size in sizes:
        whole = torch.arange(float(models * size)).reshape(models, size)
        listed = draw(st.booleans())
        parts.append([whole[i : i + 1] for i in range(models)] if listed else whole)
    return parts, 4 * sum(sizes)


@given(parts_of(), st.integers(1, 100))
def test_groups_hold_every_model_once_and_no_more_than_their_bytes(
    drawn: tuple[list[Models], int], most: int
) -> None:
    """And one model at least; and no two neighbours would fit into one."""
    parts, each = drawn
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(GROUP_BYTES, "cpu", most)
        made = list(groups(parts, "cpu"))
    for place, part in enumerate(parts):
        together = torch.cat([group[place] for group in made])
        assert torch.equal(together, stacked(part))
    sizes = [len(group[0]) for group in made]
    assert all(len(tensor) == len(group[0]) for group in made for tensor in group)
    assert all(size * each <= most or size == 1 for size in sizes)
    assert all((a + b) * each > most for a, b in itertools.pairwise(sizes))


def test_a_group_lies_on_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(GROUP_BYTES, "meta", 2**20)
    ((rows, listed),) = groups((ROWS[:3], LISTED), "meta")
    assert rows.device.type == listed.device.type == "meta"


def test_lists_meet_in_memory_only_while_their_group_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    met: list[int] = []

    def noted(part: Models) -> Tensor:
        met.append(len(part))
        return stacked(part)

    monkeypatch.setitem(GROUP_BYTES, "cpu", 1)
    monkeypatch.setattr(analysis.training.groups, "stacked", noted)
    made = groups((LISTED,), "cpu")
    for group in range(1, 4):
        next(made)
        assert met == [1] * group


def test_every_part_has_the_same_models() -> None:
    assert count((ROWS[:3], LISTED)) == 3
    message = r"models = \[4, 3\]: must be as many in each tensor or list"
    with pytest.raises(ArgumentError, match=message):
        count((ROWS, LISTED))
    with pytest.raises(ArgumentError, match=message):
        next(groups((ROWS, LISTED), "cpu"))


@pytest.mark.parametrize("device", ["auto", "tpu", None])
def test_unknown_devices(device: Any) -> None:
    with pytest.raises(ArgumentError, match=f"device = {device!r}: is unknown; known: cpu, cuda"):
        list(groups((ROWS,), device))
