from dataclasses import replace

import pandas as pd
import pytest

from analysis import ARMS, PAPER_RESULTS, Plan, Released, Store, run
from analysis.methods.arms import NAMES, named
from analysis.reproductions.lecture import COURSES, KD_ARMS, MODELS, plans, rows_of
from tests.analysis.small import DIAGRAMS, FAST, small
from venn import growing_gamma


def test_every_teacher_has_its_student_and_the_courses_hold_the_papers_points() -> None:
    teachers = ["teacher", "general_teacher", "multimodal_teacher", "um_teacher"]
    assert [NAMES[ARMS[arm].needs["teacher"]] for arm in KD_ARMS] == teachers
    assert {name: len(course.diagrams) for name, course in COURSES.items()} == {
        "gamma": 11,
        "alpha": 9,
        "general": 7,
        "simplex": 66,
    }
    assert set(PAPER_RESULTS["figure2"].path) < set(COURSES["gamma"].diagrams)
    assert set(PAPER_RESULTS["figure3"].path) < set(COURSES["alpha"].diagrams)
    assert set(PAPER_RESULTS["table2"].path) == set(COURSES["general"].diagrams)
    for diagram in (*COURSES["gamma"].diagrams, *COURSES["simplex"].diagrams):
        assert (diagram.dim("a"), diagram.dim("b"), diagram.decisive) == (25, 50, 20)


def test_a_plan_has_each_model_on_every_diagram_once() -> None:
    planned = plans(range(4))
    assert list(planned) == ["linear", "hidden"]
    for name, plan in planned.items():
        assert plan.protocol == MODELS[name]
        assert plan.arms == named(["no_kd", *KD_ARMS])
        assert plan.seeds == range(4)
        assert len(plan.diagrams) == len(set(plan.diagrams)) == 92  # one is on two courses
        for course in COURSES.values():
            assert set(course.diagrams) <= set(plan.diagrams)
    assert len(plans()["linear"].seeds) == 300


@pytest.mark.parametrize(
    "other",
    [
        small(seeds=range(2, 9)),
        small(arms=("no_kd", "um_kd", "kd_shuffled")),
        small(protocol=replace(FAST, width=0, teacher_width=0)),
        small(diagrams=growing_gamma((0, 10))),
        small(axes={"temperature": (2.0,)}),
        small(protocol=Released(n_train=10), diagrams=growing_gamma((0,))),
    ],
    ids=["seeds", "arms", "model", "diagrams", "temperature", "protocol"],
)
def test_other_rows_of_a_store_are_left(other: Plan) -> None:
    plan = small(diagrams=DIAGRAMS[:1])
    alone = rows_of(plan, run(plan, device="cpu").frame())
    assert len(alone) == plan.rows
    store = Store()
    for each in (other, plan):
        run(each, store, device="cpu")
    assert len(store.frame()) > plan.rows
    found = rows_of(plan, store.frame())
    columns = ["diagram", "arm", "seed", "accuracy"]
    pd.testing.assert_frame_equal(
        found[columns].reset_index(drop=True), alone[columns].reset_index(drop=True)
    )
