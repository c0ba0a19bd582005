from typing import Any

import pytest

from analysis import Optimiser
from venn import ArgumentError, canonical

BAD: dict[str, tuple[dict[str, Any], str]] = {
    "unknown name": (
        {"name": "lbfgs"},
        "name = 'lbfgs': is unknown; known: sgd, adam, momentum, adamw",
    ),
    "no rate": ({"learning_rate": 0}, "learning_rate = 0: must be a finite number above 0"),
    "no steps": ({"steps": 0}, "steps = 0: must be a whole number of at least 1"),
    "decay too large": ({"weight_decay": 1e13}, "weight_decay = 10000000000000.0: must be at most"),
    "negative decay": ({"weight_decay": -1}, "weight_decay = -1: must be a finite number"),
    "no rows": ({"batch": -1}, "batch = -1: must be a whole number of at least 0"),
    "unknown schedule": (
        {"schedule": "linear"},
        "schedule = 'linear': is unknown; known: constant, cosine, step",
    ),
    "no length": ({"clip": -1}, "clip = -1: must be a finite number of at least 0"),
    "all rows held out": (
        {"validation": 1},
        "validation = 1.0: must be a share of training rows below",
    ),
    "no looks": ({"validate_every": 0}, "validate_every = 0: must be a whole number of at least 1"),
    "nothing to look at": ({"patience": 2}, "patience = 2: needs rows to judge by; set validation"),
    "more states than steps": (
        {"snapshots": 6},
        "snapshots = 6: must be at most 5, as many as there",
    ),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD)
def test_bad_optimisers(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=f"^{message}"):
        Optimiser(**{"name": "adam", "learning_rate": 0.1, "steps": 5, **arguments})


@pytest.mark.parametrize(
    ("optimiser", "rows", "message"),
    [
        (Optimiser("sgd", 0.1, 1, validation=0.1), 4, "validation = 0.1: leaves 4 of 4 training"),
        (Optimiser("sgd", 0.1, 1, validation=0.9), 4, "validation = 0.9: leaves 0 of 4 training"),
        (Optimiser("sgd", 0.1, 1, batch=4, validation=0.5), 6, "batch = 4: must be at most 3"),
    ],
)
def test_rows_that_do_not_do(optimiser: Optimiser, rows: int, message: str) -> None:
    with pytest.raises(ArgumentError, match=f"^{message}"):
        optimiser.kept(rows)


def test_what_is_as_it_always_was_has_the_identity_that_it_always_had() -> None:
    plain = {"kind": "Optimiser", "name": "sgd", "learning_rate": 0.1, "steps": 5}
    assert canonical(Optimiser("sgd", 0.1, 5, batch=0)) == plain | {"weight_decay": 0.0}
    assert canonical(Optimiser("sgd", 0.1, 5, batch=3))["batch"] == 3


def test_states_are_kept_at_equal_distances_and_after_the_last_step() -> None:
    assert Optimiser("sgd", 0.1, 10).stops == (10,)
    assert Optimiser("sgd", 0.1, 10, snapshots=4).stops == (2, 5, 7, 10)
