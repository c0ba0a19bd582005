import itertools

import numpy as np
import pytest
from playwright.sync_api import Page

from analysis.methods.fitting import Task, train
from tests.figures.lecture.worlds import STUDENTS, Settings, diagram, protocol, settings

SCORES = "(settings) => new Experiment(settings).scores()"
ADVANCED = """([settings, stops]) => {
  const experiment = new Experiment(settings);
  const to = (stage) => stops.map((step) => experiment.advance(stage, step));
  return [...to("teacher"), ...to("students")].flat();
}"""

WORLDS = {
    "as it opens": settings(),
    "all general": settings(a=0, g=10, b=0, h=10),
    "both, quadratic": settings(teacher="multimodal_teacher", rule="quadratic", n=100),
    "general, flipped": settings(teacher="general_teacher", flip=0.2, weight=2.0, temperature=4.0),
}


def librarys_scores(world: Settings) -> dict[str, float]:
    """Return the accuracies of the library's own run, in single precision."""
    synthetic, teacher = protocol(world), world["teacher"]
    arms = {"teacher": teacher, "no_kd": "no_kd", "kd": STUDENTS[teacher]}
    trial = synthetic.draw(diagram(world), world["seed"], list(arms.values()))
    imitated = {"kd": "teacher"}
    tasks = {
        name: Task(arm, trial, synthetic.optimiser, synthetic.distillation, imitated.get(name))
        for name, arm in arms.items()
    }
    return {name: trained.accuracy for name, trained in train(tasks).items()}


MODELS = [("linear", 0, 0.001), ("linear", 1, 0.001), ("hidden", 2, 0.01)]


@pytest.mark.parametrize(("model", "seed", "within"), MODELS)
@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_runs_end_as_the_librarys_do(
    maths: Page, world: Settings, model: str, seed: int, within: float
) -> None:
    """Rounding grows over Adam's steps: a hidden student differs in a few of 1000 test rows."""
    run = world | {"model": model, "seed": seed}
    assert maths.evaluate(SCORES, run) == pytest.approx(librarys_scores(run), abs=within)


def test_a_run_is_recorded_alike_however_it_is_cut(maths: Page) -> None:
    world = settings(n=50, seed=4)
    whole = maths.evaluate(ADVANCED, [world, [1000]])
    for stops in (
        [0, 1000],
        [1, 2, 500, 500, 999, 1000],
        [500, 200, 1000],
        list(range(0, 1001, 10)),
    ):
        assert maths.evaluate(ADVANCED, [world, stops]) == whole
    by_arm = {
        arm: list(rows)
        for arm, rows in itertools.groupby(sorted(whole, key=lambda row: row["arm"]), arm_of)
    }
    assert by_arm.keys() == {"teacher", "no_kd", "kd"}
    for arm, rows in by_arm.items():
        steps = [row["step"] for row in rows]
        assert steps == sorted(set(steps))
        assert (steps[0], steps[-1], len(steps)) == (0, 1000, 61)
        assert max(np.diff(steps)) - min(np.diff(steps)) <= 1
        assert {row["stage"] for row in rows} == {"teacher" if arm == "teacher" else "students"}


def arm_of(row: Settings) -> str:
    return str(row["arm"])


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
