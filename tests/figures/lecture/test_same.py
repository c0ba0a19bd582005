"""What Python and the page both list is the same on both sides; the page's sources are read as text."""

import re

from analysis.methods.arms import ARMS, NAMES
from analysis.reproductions.lecture import CONTROLS, COURSES, KD_ARMS, MODELS, RULES
from figures.lecture.colours import LIGHT
from figures.style.theme import SWEEP_LABEL, SWEEP_STYLE
from tests.figures.lecture.javascript import LECTURE
from tests.figures.lecture.worlds import STUDENTS


def listed(module: str, name: str) -> dict[str, dict[str, str]]:
    """Return a constant object of a module: its keys, and the words that these have by theirs."""
    source = (LECTURE / module).read_text(encoding="utf-8")
    found = re.search(
        rf"^(?:export )?const {name} = {{\n(.*?)^}};$", source, re.MULTILINE | re.DOTALL
    )
    assert found, name
    lines = re.findall(r"^  (\w+): (.*)$", found[1], re.MULTILINE)
    return {key: dict(re.findall(r'(\w+): "([^"]*)"', rest)) for key, rest in lines}


def test_teachers_are_the_arms_that_students_imitate() -> None:
    teachers = {arm: ARMS[arm].needs["teacher"] for arm in KD_ARMS}
    wanted = {NAMES[teacher]: arm for arm, teacher in teachers.items()}
    assert wanted == STUDENTS
    assert listed("maths/teachers.js", "TEACHERS") == {
        NAMES[teacher]: {
            "input": teacher.inputs[0],
            "initStream": teacher.init_stream,  # type: ignore[attr-defined]  # all arms have one
            "arm": arm,
        }
        for arm, teacher in teachers.items()
    }
    assert listed("view/arms.js", "LABELS") == {
        name: {"label": SWEEP_LABEL[name], "colour": variable(name), "student": variable(arm)}
        for name, arm in wanted.items()
    }


def variable(arm: str) -> str:
    return next(f"--{name}" for name, each in LIGHT.items() if each == SWEEP_STYLE[arm]["color"])


def test_rules_models_and_settings() -> None:
    assert tuple(listed("maths/rules.js", "RULES")) == RULES
    assert tuple(listed("maths/truth.js", "RULES")) == RULES
    assert tuple(listed("maths/experiment.js", "RECIPES")) == tuple(MODELS)
    steps = re.search(r"STEPS = {(.*)}", (LECTURE / "maths/settings.js").read_text("utf-8"))
    assert steps
    found = dict(re.findall(r"(\w+): (\d+)", steps[1]))
    assert found == {name: str(model.optimiser.steps) for name, model in MODELS.items()}
    names = re.search(r"NAMES = {(.*)}", (LECTURE / "view/measured.js").read_text("utf-8"))
    assert names
    assert set(re.findall(r"(\w+):", names[1])) == {"model", "weight", *CONTROLS.values()}


def test_every_preset_has_a_path_that_was_measured() -> None:
    source = (LECTURE / "view/presets.js").read_text(encoding="utf-8")
    assert set(re.findall(r'path: "(\w+)"', source)) == set(COURSES) - {"simplex"}
