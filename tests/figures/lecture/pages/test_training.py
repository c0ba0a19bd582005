"""What is trained in the page, beside what the Python library trains."""

import re
from typing import Any

import numpy as np
import pytest

from analysis import mean_interval
from synth import Evidence, Population
from tests.figures.lecture.pages.library import ACCURACY, accuracies, trained
from tests.figures.lecture.pages.opened import Lecture, numbers, signed
from tests.figures.lecture.worlds import STUDENTS, diagram, rule, settings

POINTS = 0.15
SEEDS = 30

WORLDS: dict[str, dict[str, Any]] = {
    "linear": settings(seed=3),
    "linear, general teacher": settings(
        a=10, b=2, h=3, da=30, db=20, n=120, flip=0.1, teacher="general_teacher", weight=2, seed=11
    ),
    "one hidden layer, multimodal teacher": settings(
        a=1, g=0, b=1, h=0, da=4, db=4, n=300, rule="parity", model="hidden",
        teacher="multimodal_teacher", temperature=2, seed=1,
    ),
}  # fmt: skip
EVIDENCE: dict[str, str | tuple[str, ...] | Evidence] = {
    "teacher": "a",
    "general_teacher": Evidence(regions=("a&b",)),
    "multimodal_teacher": ("a", "b"),
}


def address(world: dict[str, Any]) -> str:
    return "&".join(f"{name}={value}" for name, value in world.items())


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_a_run_ends_where_the_library_ends(still: Lecture, world: dict[str, Any]) -> None:
    still.read(address(world))
    still.by("#play").click()
    still.until_ended()
    teacher, none, kd = accuracies(world)
    assert still.accuracies == pytest.approx([teacher, none, kd], abs=ACCURACY)
    (gain, *_) = numbers(still.text("#outcome").replace("No-KD", ""))
    assert gain == pytest.approx(100 * (kd - none), abs=100 * ACCURACY)
    (row,) = still.rows
    assert row[2] == str(world["seed"])
    assert signed(row[6]) == gain


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_the_ceilings_are_the_librarys(still: Lecture, world: dict[str, Any]) -> None:
    still.read(address(world))
    population = Population(diagram(world), rule(world))
    teacher = population.bayes_accuracy(EVIDENCE[world["teacher"]])
    student = population.bayes_accuracy("b")
    if teacher == student:
        wanted = {"either": 100 * teacher}
    else:
        label = still.texts("#legend .label")[0]
        wanted = {label: 100 * teacher, "student": 100 * student}
    assert still.eventually(lambda: labels(still) == pytest.approx(wanted, abs=0.051))


def labels(lecture: Lecture) -> dict[str, float]:
    """Return who is right how often at best, in percent, as the chart's lines are labelled."""
    found = [each.split(" at best ") for each in lecture.by("#accuracy text").all_text_contents()]
    return {each[0]: numbers(each[1])[0] for each in found if len(each) == 2}


def test_thirty_seeds_have_the_librarys_mean_and_interval(still: Lecture) -> None:
    world = settings(a=2, g=8, b=2, h=8)
    still.read(address(world))
    still.press("m")
    still.until_says("#seeds-words", f"{SEEDS} of {SEEDS} seeds")
    still.until_says("#many", f"Run {SEEDS} seeds")
    wanted = trained(world, range(SEEDS))
    gains = [100 * (kd - none) for kd, none in zip(wanted["kd"], wanted["no_kd"], strict=True)]
    low, high = mean_interval(np.array(gains))
    words = re.sub(r"95 %", "", still.text("#seeds-words"))
    *interval, _, _, helped = numbers(words)
    assert interval == pytest.approx([np.mean(gains), low, high], abs=POINTS)
    assert helped == pytest.approx(sum(gain > 0 for gain in gains), abs=1)
    assert still.by("#distribution .mark-symbol path").count() == SEEDS + 1  # and their mean


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_the_program_that_the_page_writes_trains_this_run(
    still: Lecture, world: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    still.read(address(world))
    program = still.by("#python").text_content()
    exec(compile(program or "", "the page", "exec"), {})
    printed = capsys.readouterr().out
    arm = STUDENTS[world["teacher"]]
    for name, wanted in zip((world["teacher"], "no_kd", arm), accuracies(world), strict=True):
        found = re.search(rf" {name} +{world['seed']} +(\S+)", printed)
        assert found
        assert float(found[1]) == wanted
