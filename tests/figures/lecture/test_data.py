import numpy as np
import pytest
from playwright.sync_api import Page

from analysis import ARMS
from tests.figures.lecture.javascript import numbers
from tests.figures.lecture.worlds import STUDENTS, Settings, diagram, protocol, settings

SEEN = """([settings, sight]) => seen(draw(settings), settings, sight).x"""
LABELS = "(settings) => draw(settings).y"

WORLDS = {
    "as it opens": settings(),
    "another seed": settings(seed=2**53 - 1),
    "few rows": settings(n=20, seed=7),
    "no teacher-specific": settings(a=0),
    "no general": settings(g=0),
    "no student-specific": settings(b=0),
    "nothing hidden": settings(h=0),
    "all general, no noise": settings(a=0, b=0, h=0, g=3, da=3, db=3),
    "a student of noise": settings(b=0, g=0, db=2),
    "a teacher of noise": settings(a=0, g=0, da=1),
    "one feature": settings(a=1, g=0, b=0, h=0, da=1, db=1),
    "wide": settings(a=11, g=7, b=2, h=13, da=18, db=60, seed=3),
}
each_world = pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)


def expected_views(world: Settings) -> dict[str, np.ndarray]:
    arms = [*STUDENTS, "no_kd"]
    trial = protocol(world).trial(diagram(world), world["seed"])
    return {
        sight: np.concatenate([trial.train.views[sight][0], trial.test.views[sight][0]])
        for sight in {ARMS[arm].inputs[0] for arm in arms}
    }


@each_world
def test_views_are_the_librarys_to_the_last_bit(maths: Page, world: Settings) -> None:
    for sight, expected in expected_views(world).items():
        view = numbers(maths, SEEN, [world, sight])
        np.testing.assert_array_equal(view, expected.astype(np.float64).ravel(), err_msg=sight)


@each_world
@pytest.mark.parametrize("rule", ["hyperplane", "quadratic", "parity"])
def test_labels_are_the_librarys(maths: Page, world: Settings, rule: str) -> None:
    if rule == "parity":  # which needs features of both regions
        world = world | {name: max(world[name], 1) for name in ("a", "b")}
        world |= {"da": world["da"] + 1, "db": world["db"] + 1}
    for flip in (0.0, 0.2):
        ruled = world | {"rule": rule, "flip": flip}
        trial = protocol(ruled).trial(diagram(ruled), ruled["seed"])
        expected = np.concatenate([trial.train.y[0], trial.test.y[0]])
        np.testing.assert_array_equal(numbers(maths, LABELS, ruled), expected)
