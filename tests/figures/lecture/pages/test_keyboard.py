import pytest

from tests.figures.lecture.pages.opened import Lecture, numbers

TOLD = "/\\d/.test(document.getElementById('legend').innerText)"
STEPS = f"() => {TOLD} || (document.getElementById('nudge').click(), false)"
CHANGED = "(before) => document.getElementById('legend').innerText !== before"
STAGE = "(stage) => document.getElementById(`stage-${stage}`).ariaCurrent === 'step'"


PRESS = """([key, code, altGr]) => document.body.dispatchEvent(
  new KeyboardEvent("keydown", { key, code, modifierAltGraph: altGr, bubbles: true, cancelable: true }))"""

LAYOUTS = {
    "Russian": ("т", "KeyN", True),
    "Russian, capitals": ("Т", "KeyN", True),
    "Greek": ("ν", "KeyN", True),
    "Hebrew": ("מ", "KeyN", True),
    "Dvorak, n": ("n", "KeyL", True),
    "Dvorak, where n is on others": ("b", "KeyN", False),
    "AZERTY, a letter with an accent": ("é", "KeyN", False),
    "no letter": ("§", "KeyN", False),
}
"""What a key writes and where it is on the keyboard, and whether it asks for the next seed."""


@pytest.mark.parametrize(("key", "code", "next_seed"), LAYOUTS.values(), ids=LAYOUTS)
def test_letters_of_another_alphabet_are_keys_by_their_place(
    still: Lecture, key: str, code: str, next_seed: bool
) -> None:
    still.page.evaluate(PRESS, [key, code, False])
    assert still.shown["seed"] == int(next_seed)


def test_digits_of_another_script_are_presets_and_what_alt_gr_writes_is_no_key(
    still: Lecture,
) -> None:
    still.page.evaluate(PRESS, ["٤", "Digit4", False])
    assert still.shown["preset"] == "Better teacher, same student (Figure 3)"
    still.page.evaluate(PRESS, ["ν", "KeyN", True])
    assert still.shown["seed"] == 0


def test_space_plays_pauses_and_goes_on(lecture: Lecture) -> None:
    lecture.read("speed=0.25")
    lecture.press("Space")
    assert "Pause" in lecture.text("#play")
    lecture.until(TOLD)
    lecture.press("Space")
    assert "Play" in lecture.text("#play")
    seen = [drawn(lecture)]
    while len(seen) < 3 or seen[-1] != seen[-2]:  # until the answer that was under way is there
        assert len(seen) < 8  # it would go on for twenty seconds
        lecture.pause(300)
        seen.append(drawn(lecture))
    lecture.press("Space")
    lecture.until(CHANGED, lecture.text("#legend"))


def drawn(lecture: Lecture) -> tuple[str, int]:
    return lecture.text("#legend"), lecture.by("#accuracy path").count()


def test_a_run_goes_step_by_step_and_stage_by_stage(lecture: Lecture) -> None:
    lecture.until(STEPS)  # as soon as the data are drawn
    legend = lecture.text("#legend")
    lecture.press("ArrowRight")
    lecture.until(CHANGED, legend)
    assert "Play" in lecture.text("#play")  # a step does not play
    assert lecture.trained == ["teacher"]
    lecture.press("Shift+ArrowRight")
    lecture.until(STAGE, "students")
    assert "Play" in lecture.text("#play")
    lecture.press("Shift+ArrowRight")
    lecture.until(STAGE, "compare")
    assert lecture.trained == ["teacher", "No-KD student", "KD student"]
    assert "points in this run" in lecture.text("#outcome")
    assert lecture.by("#nudge").is_disabled()
    lecture.press("r")
    assert lecture.trained == []
    assert lecture.text("#outcome") == "Nothing is trained yet."
    assert len(lecture.rows) == 1  # what was found stays


def test_thirty_seeds_are_begun_and_stopped(lecture: Lecture) -> None:
    lecture.press("m")
    assert lecture.text("#many") == "Stop"
    lecture.until("/mean gain/.test(document.getElementById('seeds-words').innerText)")
    lecture.press("m")
    assert lecture.text("#many") == "Run 30 seeds"
    assert 0 < numbers(lecture.text("#seeds-words").split("·")[-2])[0] <= 30


@pytest.mark.parametrize("opener", ["s", "?"])
def test_no_key_acts_behind_a_dialog(lecture: Lecture, opener: str) -> None:
    before = lecture.shown
    lecture.press(opener)
    lecture.press("4", "n", "m", "p", "d", "r", "ArrowRight", "Shift+ArrowRight")
    assert lecture.shown == before
    assert lecture.text("#many") == "Run 30 seeds"
    assert lecture.trained == []
    lecture.press("Escape")
    assert lecture.by("dialog[open]").count() == 0
    lecture.press("n")
    assert lecture.shown["seed"] == before["seed"] + 1


def test_keys_in_the_seed_field_write_a_seed(lecture: Lecture) -> None:
    field = lecture.by("#seed")
    field.click()
    lecture.press("Control+a", "4", "2", "r", "n", "d", "p", "m", "s")
    assert field.input_value() == "42"
    assert lecture.shown["preset"] == "Growing overlap (Figure 2)"
    assert lecture.by("dialog[open]").count() == 0
    lecture.press("Enter")
    assert lecture.addressed("preset=growing", "speed=4", "seed=42")
    field.fill("-3")
    lecture.press("Enter")
    assert field.input_value() == "42"


@pytest.mark.parametrize("key", ["Control+m", "Alt+m", "Meta+m"])
def test_keys_of_the_browser_are_the_browsers(lecture: Lecture, key: str) -> None:
    lecture.press(key)
    assert lecture.text("#many") == "Run 30 seeds"


SLIDERS = ("a", "g", "b", "h", "visible", "noiseA", "noiseB", "n", "flip", "temperature", "weight")


def test_arrow_keys_move_a_slider_and_its_words_follow(lecture: Lecture) -> None:
    lecture.read("preset=hidden&speed=4&h=3")  # a diagram with features everywhere
    for name in SLIDERS:
        slider = lecture.by(f"#slider-{name}")
        output = lecture.by(f"output[for=slider-{name}]")
        value, words = slider.input_value(), slider.get_attribute("aria-valuetext")
        assert output.inner_text() == words
        slider.press("ArrowRight")
        assert float(slider.input_value()) > float(value), name
        assert output.inner_text() == slider.get_attribute("aria-valuetext") != words, name
        slider.press("ArrowLeft")
        assert slider.input_value() == value, name
    assert lecture.trained == []  # arrows in a slider take no step


def test_arrow_keys_on_the_overlap_share_features(lecture: Lecture) -> None:
    overlap = lecture.page.get_by_role("slider", name="overlap of the two modalities")
    overlap.focus()
    said = [overlap.get_attribute("aria-valuetext")]
    for key, shared in (("ArrowRight", 1), ("ArrowUp", 2), ("ArrowLeft", 1)):
        lecture.press(key)
        assert lecture.counts == {"a": 10 - shared, "g": shared, "b": 10 - shared, "h": shared}
        assert overlap.get_attribute("aria-valuenow") == str(shared)
        said.append(overlap.get_attribute("aria-valuetext"))
        assert overlap.evaluate("(node) => node === document.activeElement")
    assert said[1] == said[3] != said[2] != said[0]
    lecture.press(*["ArrowLeft"] * 3)
    assert lecture.counts["g"] == 0
