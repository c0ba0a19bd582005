import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from analysis import Distillation, Optimiser
from synth import Hyperplane, Rotation
from tests.refusals import refusal
from venn import FrozenMapping, VennDiagram, canonical

EQUAL: list[tuple[Any, Any]] = [
    (
        VennDiagram({"a": 1, "b": 0, "a&b": 2}, noise={"a": 0}),
        VennDiagram({"b&a": np.int64(2), "a": 1}),  # type: ignore[dict-item]  # as users do
    ),
    (Distillation(1, 1), Distillation(1.0, np.float64(1.0))),
    (Optimiser("adam", np.float32(0.5), np.int64(5)), Optimiser("adam", 0.5, 5)),  # type: ignore[arg-type]  # as users do
    (Hyperplane([1, 2]), Hyperplane(np.array([1.0, 2.0]))),  # type: ignore[arg-type]  # as users do
]


@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_equal_values_have_equal_forms_and_hashes_whatever_the_spelling(
    one: Any, other: Any
) -> None:
    assert one == other
    assert hash(one) == hash(other)
    assert json.dumps(canonical(one)) == json.dumps(canonical(other))


PLAIN: dict[str, tuple[Any, Any]] = {
    "truth": (True, True),
    "whole": (np.int64(3), 3),
    "tuple": ((1, "x"), [1, "x"]),
    "list": ([1, (2, 3)], [1, [2, 3]]),
    "range": (range(3), [0, 1, 2]),
    "mapping": ({"x": (1,), 2: None}, {"x": [1], "2": None}),
    "frozen": (FrozenMapping({"b": 1, "a": 2}), {"b": 1, "a": 2}),
    "dataclasses": ((Rotation(1),), [{"kind": "Rotation", "seed": 1}]),
    "a class": (VennDiagram, {"name": "venn.diagram.VennDiagram"}),
    "a function": (canonical, {"name": "venn.canonical.canonical"}),
}


@pytest.mark.parametrize(("value", "form"), PLAIN.values(), ids=PLAIN)
def test_the_form_is_plain_json_data(value: Any, form: Any) -> None:
    assert canonical(value) == form
    assert type(canonical(value)) is type(form)
    assert json.loads(json.dumps(canonical(value))) == form


@dataclass(frozen=True)
class Mine:
    """A value of somebody else's."""

    size: int = 2


def twice(x: int) -> int:
    """Return a number of somebody else's."""
    return 2 * x


def test_what_is_from_outside_has_its_code_too() -> None:
    """Anywhere in a value; of a value it is that of its class, whatever its fields."""
    name = "tests.venn.test_canonical"
    code = canonical(Mine)["code"]
    assert canonical(Mine) == {"name": f"{name}.Mine", "code": code}
    assert canonical((Mine(3),)) == [{"kind": "Mine", "code": code, "size": 3}]
    other = canonical(twice)["code"]
    assert canonical(twice) == {"name": f"{name}.twice", "code": other}
    assert isinstance(code, str)
    assert isinstance(other, str)
    assert code != other


NO_FORM = "has no canonical form; use dataclasses, mappings, sequences and plain scalars"


@pytest.mark.parametrize("value", [object(), {1, 2}, 1j, np.zeros(2), len, b"x"], ids=type)
def test_what_has_no_form_is_refused(value: Any) -> None:
    assert refusal(canonical, value) == f"value = {value!r}: {NO_FORM}"
