import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venn import FrozenMapping

contents = st.dictionaries(st.text(max_size=3), st.integers(), max_size=6)


@given(contents)
def test_it_holds_what_the_dict_holds_in_its_order(items: dict[str, int]) -> None:
    frozen = FrozenMapping(items)
    assert list(frozen) == list(items)
    assert list(frozen.items()) == list(items.items())
    assert len(frozen) == len(items)
    assert all(frozen[name] == items[name] and name in frozen for name in items)


@given(contents, st.randoms(use_true_random=False))
def test_the_hash_is_by_content_whatever_the_order(items: dict[str, int], random: Any) -> None:
    names = list(items)
    random.shuffle(names)
    frozen, shuffled = FrozenMapping(items), FrozenMapping({name: items[name] for name in names})
    assert frozen == shuffled
    assert hash(frozen) == hash(shuffled)
    assert {frozen: "found"}[shuffled] == "found"


def test_it_cannot_be_changed() -> None:
    """Nor through what it was made of."""
    items = {"a": 1}
    frozen: Any = FrozenMapping(items)
    items["a"] = 2
    with pytest.raises(TypeError):
        frozen["a"] = 2
    with pytest.raises(TypeError):
        del frozen["a"]
    with pytest.raises(AttributeError):
        frozen.other = 1
    for change in ("update", "pop", "clear", "setdefault"):
        assert not hasattr(frozen, change)
    assert frozen == {"a": 1}


@given(contents)
def test_it_survives_copies_and_pickling(items: dict[str, int]) -> None:
    frozen = FrozenMapping(items)
    for twin in (copy.copy(frozen), copy.deepcopy(frozen), pickle.loads(pickle.dumps(frozen))):
        assert type(twin) is FrozenMapping
        assert list(twin.items()) == list(items.items())
        assert hash(twin) == hash(frozen)
