"""A model had back is that of the sweep."""

from typing import Any

import pytest

from analysis import refit, run
from tests.analysis.small import small
from tests.refusals import refusal

PLAN = small(arms=("no_kd", "kd", "kd_shuffled"), axes={"steps": (2, 3)})


@pytest.mark.parametrize("arm", PLAN.arms)
def test_it_answers_as_it_did(arm: str) -> None:
    frame = run(PLAN, device="cpu").frame()
    for point in range(len(PLAN.points)):
        model, trial = refit(PLAN, arm, 2, point=point)
        right = model.outputs(trial.test).argmax(-1) == trial.test.y
        row = frame[(frame["point"] == point + 1) & (frame["arm"] == arm) & (frame["seed"] == 2)]
        assert right.double().mean().item() == row["accuracy"].item()
        assert model.hidden(trial.test)[0].shape == (1, 20, 2)


BAD: dict[str, tuple[Any, ...]] = {
    "arm = 'um_kd': is unknown; known: teacher, no_kd, kd, kd_shuffled": (PLAN, "um_kd", 0),
    "seed = 3: must be one of the plan's": (PLAN, "kd", 3),
    "plan = 'kd': must be of kind Plan": ("kd", "kd", 0),
}


@pytest.mark.parametrize("words", BAD)
def test_what_is_not_in_the_plan(words: str) -> None:
    assert refusal(refit, *BAD[words]).startswith(words)


def test_a_point_that_is_not_there() -> None:
    assert refusal(refit, PLAN, "kd", 0, point=4) == "point = 4: must be at most 3"
