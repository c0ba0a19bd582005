import numpy as np
import pytest
from playwright.sync_api import Page

from tests.figures.lecture.worlds import settings

SCORES = "(settings) => new Experiment(settings).scores()"
ADVANCED = """([settings, stops]) => {
  const experiment = new Experiment(settings);
  const to = (stage) => stops.map((step) => experiment.advance(stage, step));
  return [...to("teacher"), ...to("students")].flat();
}"""


def test_a_run_is_recorded_alike_however_it_is_cut(maths: Page) -> None:
    world = settings(n=50, seed=4)
    whole = maths.evaluate(ADVANCED, [world, [1000]])
    for stops in ([0, 1000], [1, 2, 500, 500, 999, 1000], [500, 200, 1000], [*range(0, 1001, 10)]):
        assert maths.evaluate(ADVANCED, [world, stops]) == whole
    stages = {"teacher": "teacher", "no_kd": "students", "kd": "students"}
    assert {(row["arm"], row["stage"]) for row in whole} == {*stages.items()}
    for arm in stages:
        steps = [row["step"] for row in whole if row["arm"] == arm]
        assert (steps[0], steps[-1], len(steps)) == (0, 1000, 61)
        assert {16, 17} == set(np.diff(steps))


def test_training_that_diverges_has_no_numbers(maths: Page) -> None:
    world = settings(weight=1e308, temperature=10.0, n=20)
    rows = maths.evaluate(ADVANCED, [world, [1000]])
    last = {row["arm"]: (row["loss"], row["accuracy"]) for row in rows}
    assert last["kd"] == (None, None)
    assert None not in last["teacher"] + last["no_kd"]
    assert maths.evaluate(SCORES, world)["kd"] is None


BAD = {
    "bad settings": ("new Experiment({ ...settings, n: 0 })", "n = 0 is not a whole number"),
    "students first": (
        "new Experiment(settings).advance('students', 0)",
        "The students wait for the teacher’s last step",
    ),
    "no such stage": ("new Experiment(settings).advance('pupils', 0)", "stage = pupils"),
    "too many steps": ("new Experiment(settings).advance('teacher', 1001)", "to = 1001"),
    "half a step": ("new Experiment(settings).advance('teacher', 0.5)", "to = 0.5"),
    "no step": ("new Experiment(settings).advance('teacher')", "to = undefined"),
    "too many losses": ("new Experiment(settings).losses(1001)", "steps = 1001"),
}


@pytest.mark.parametrize(("call", "reason"), BAD.values(), ids=BAD)
def test_bad_calls_say_what_is_wrong(maths: Page, call: str, reason: str) -> None:
    caught = f"(settings) => {{ try {{ {call}; }} catch (error) {{ return String(error); }} }}"
    assert maths.evaluate(caught, settings()).startswith(f"RangeError: {reason}")
