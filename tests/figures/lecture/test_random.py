import numpy as np
import pytest
from playwright.sync_api import Page

from synth.streams import stream
from tests.figures.lecture.javascript import numbers

PURPOSES: dict[str, tuple[str | int, ...]] = {
    "KEYS.latents": ("latents",),
    "KEYS.noise.teacher": ("noise", 0),
    "KEYS.noise.student": ("noise", 1),
    "KEYS.label": ("label",),
    "KEYS.initial.teacher": ("initial", "teacher"),
    "KEYS.initial.um_teacher": ("initial", "um_teacher"),
    "KEYS.initial.multimodal_teacher": ("initial", "multimodal_teacher"),
    "KEYS.initial.student": ("initial", "student"),
}
SEEDS = (0, 1, 2**32 - 1, 2**32, 123_456_789_012_345, 2**53 - 1)
DRAWS = """([seed, purpose, count, method, ...rest]) => {
  const stream = new Stream(seed, eval(purpose));
  return Array.from({ length: count }, () => stream[method](...rest));
}"""


def test_each_purpose_has_a_key_and_no_other(maths: Page) -> None:
    """That it is the hash of its purpose shows in the numbers that are drawn."""
    count = "(tree) => Array.isArray(tree) ? 1 : Object.values(tree).map(f).reduce((x, y) => x + y)"
    assert maths.evaluate(f"() => {{ const f = {count}; return f(KEYS); }}") == len(PURPOSES)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", PURPOSES)
def test_each_stream_draws_numpys_numbers(maths: Page, seed: int, name: str) -> None:
    purpose = PURPOSES[name]
    uniform = numbers(maths, DRAWS, [seed, name, 500, "double"])
    np.testing.assert_array_equal(uniform, stream(seed, *purpose).random(500))
    bounded = numbers(maths, DRAWS, [seed, name, 500, "uniform", 0.2])
    np.testing.assert_array_equal(bounded, stream(seed, *purpose).uniform(-0.2, 0.2, 500))
    normal = numbers(maths, DRAWS, [seed, name, 2000, "normal"])
    expected = stream(seed, *purpose).standard_normal(2000)
    np.testing.assert_allclose(normal, expected, rtol=0, atol=1e-14)


def test_a_million_normals_are_numpys(maths: Page) -> None:
    """One draw decided otherwise, in a wedge or the tail, would shift all that follow."""
    normal = numbers(maths, DRAWS, [0, "KEYS.latents", 10**6, "normal"])
    expected = stream(0, "latents").standard_normal(10**6)
    tail = maths.evaluate("() => TAIL")
    assert (expected > tail).sum() > 50
    assert (expected < -tail).sum() > 50
    np.testing.assert_allclose(normal, expected, rtol=0, atol=1e-14)
    np.testing.assert_array_equal(normal.astype(np.float32), expected.astype(np.float32))
