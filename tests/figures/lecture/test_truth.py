import itertools

import pytest
from playwright.sync_api import Page

from synth import Evidence, Population
from tests.figures.lecture.worlds import Settings, diagram, rule, settings

COUNTS = {
    "as it opens": settings(),
    "no teacher-specific": settings(a=0),
    "no general": settings(g=0),
    "no student-specific": settings(b=0),
    "nothing hidden": settings(h=0),
    "all general": settings(a=0, b=0, h=0),
    "a student of noise": settings(b=0, g=0),
    "one of twenty": settings(a=1, g=0, b=1, h=18),
    "one feature hidden": settings(a=1, g=1, b=1, h=1),
    "all but one seen": settings(a=1, g=19, b=0, h=0),
    "many": settings(a=60, g=60, b=60, h=60, da=120, db=120),
    "many hidden": settings(a=1, g=1, b=1, h=3000),
}
LAWS = (("hyperplane", 0.2), ("quadratic", 0.2), ("parity", 0.1))
EXTREMES = itertools.product(["hyperplane", "quadratic", "parity"], [0.0, 0.5])
WORLDS = {
    f"{name}, {law}": world | {"rule": law, "flip": flip}
    for (name, world), (law, flip) in itertools.product(COUNTS.items(), LAWS)
    if law != "parity" or (world["a"] > 0 and world["b"] > 0)
} | {f"{law}, flip {flip}": settings(rule=law, flip=flip) for law, flip in EXTREMES}


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_ceilings_are_the_librarys_exact_truth(maths: Page, world: Settings) -> None:
    population = Population(diagram(world), rule(world))
    expected = {
        "teacher": population.bayes_accuracy("a"),
        "student": population.bayes_accuracy("b"),
        "both": population.bayes_accuracy(("a", "b")),
        "general": population.bayes_accuracy(Evidence(regions=("a&b",))),
    }
    found = maths.evaluate("(settings) => ceilings(settings)", world)
    assert found == pytest.approx(expected, rel=0, abs=1e-9)
