import math

import numpy as np
import pytest
from playwright.sync_api import Page

from analysis import mean_interval
from figures import Circles
from tests.figures.lecture.worlds import Settings, diagram, settings

COUNTS = [(5, 5, 5), (0, 5, 5), (5, 0, 5), (5, 5, 0), (0, 5, 0), (5, 0, 0), (0, 0, 5), (1, 60, 2)]


@pytest.mark.parametrize(("a", "g", "b"), COUNTS)
def test_circles_are_those_of_the_figures(maths: Page, a: int, g: int, b: int) -> None:
    world = settings(a=a, g=g, b=b, da=120, db=120)
    circles = Circles.of(diagram(world))
    expected = {name: getattr(circles, name) for name in ("teacher", "student", "distance")}
    found = maths.evaluate("(settings) => layout(settings)", world)
    assert found == pytest.approx(expected, rel=1e-9)
    shared = maths.evaluate("(of) => sharedAt(...of)", list(expected.values()))
    assert shared == pytest.approx(g, rel=1e-9)


@pytest.mark.parametrize("share", [0.001, 0.3, 0.5, 0.999])
@pytest.mark.parametrize("radii", [(1.0, 1.0), (0.5, 2.0), (2.0, 0.5)])
def test_a_distance_and_a_shared_area_are_each_others_inverse(
    maths: Page, radii: tuple[float, float], share: float
) -> None:
    area = share * math.pi * min(radii) ** 2
    distance = maths.evaluate("(of) => distanceFor(...of)", [*radii, area])
    assert Circles(*radii, distance).lens == pytest.approx(area, rel=1e-9)
    assert maths.evaluate("(of) => sharedAt(...of)", [*radii, distance]) == pytest.approx(area)


@pytest.mark.parametrize("n", [2, 3, 4, 5, 30, 31, 300, 999, 1000])
def test_intervals_are_those_of_the_statistics(maths: Page, n: int) -> None:
    values = np.random.default_rng(n).normal(3, 10, n)
    found = maths.evaluate("(values) => meanInterval(values)", values.tolist())
    low, high = mean_interval(values)
    expected = {"mean": values.mean(), "low": low, "high": high, "n": n}
    assert found == pytest.approx(expected, rel=1e-10)


GOOD = {
    "as it opens": settings(),
    "the largest seed": settings(seed=2**53 - 1),
    "one row": settings(n=1),
    "labels of pure chance": settings(flip=0.5),
    "no weight": settings(weight=0),
    "a student that sees nothing": settings(b=0, g=0, db=1),
    "no channel to spare": settings(da=10, db=10),
    "parity": settings(rule="parity", g=0, h=0),
}
BAD = {
    "half a feature": (settings(a=0.5), "a = 0.5 is not a whole number of at least 0."),
    "negative": (settings(g=-1), "g = -1 is not a whole number of at least 0."),
    "text": (settings(b="5"), "b = 5 is not a whole number of at least 0."),
    "infinite": (settings(h=math.inf), "h = Infinity is not a whole number of at least 0."),
    "no rows": (settings(n=0), "n = 0 is not a whole number of at least 1."),
    "no seed": (settings(seed=None), "seed = null is not a whole number of at least 0."),
    "seed": (settings(seed=2**53), "seed = 9007199254740992 is not a whole number of at least 0"),
    "flips": (settings(flip=0.6), "flip = 0.6 is not a number from 0 to 0.5."),
    "negative flips": (settings(flip=-0.1), "flip = -0.1 is not a number from 0 to 0.5."),
    "no temperature": (settings(temperature=0), "temperature = 0 is not a number above 0."),
    "weight": (settings(weight=-1), "weight = -1 is not a number of at least 0."),
    "no number": (settings(weight=math.nan), "weight = NaN is not a number of at least 0."),
    "rule": (settings(rule="network"), "rule = network is not one of hyperplane, quadratic, par"),
    "model": (settings(model="toString"), "model = toString is not one of linear, hidden."),
    "teacher": (settings(teacher="kd"), "teacher = kd is not one of teacher, general_teacher, "),
    "nothing seen": (settings(a=0, g=0, b=0), "No modality sees a decisive feature"),
    "no teacher": (settings(a=0, g=0, da=0), "The teacher’s modality has no channel"),
    "no student": (settings(b=0, g=0, db=0), "The student’s modality has no channel"),
    "narrow teacher": (settings(da=9), "The teacher’s modality sees 10 decisive features and has"),
    "narrow student": (settings(db=9), "The student’s modality sees 10 decisive features and has"),
    "parity of one": (settings(rule="parity", a=0), "Parity needs a teacher-specific and"),
    "parity of another": (settings(rule="parity", b=0), "Parity needs a teacher-specific and"),
}


@pytest.mark.parametrize("world", GOOD.values(), ids=GOOD)
def test_settings_that_can_be_run_have_no_problem(maths: Page, world: Settings) -> None:
    assert maths.evaluate("(settings) => problem(settings)", world) == ""
    assert maths.evaluate("(settings) => new Experiment(settings).steps", world) == 1000


@pytest.mark.parametrize(("world", "why"), BAD.values(), ids=BAD)
def test_settings_that_cannot_be_run_say_why(maths: Page, world: Settings, why: str) -> None:
    found = maths.evaluate("(settings) => problem(settings)", world)
    assert found.startswith(why)
    assert found.endswith(".")
