"""Hands that are faster than the page, or do two things at once: what is shown is what was trained."""

import pytest

from tests.figures.lecture.pages.library import ACCURACY, accuracies
from tests.figures.lecture.pages.opened import Lecture
from tests.figures.lecture.worlds import BASE

ANYTHING = "/\\d/.test(document.getElementById('legend').innerText)"
GRAB = """() => {
  const box = document.querySelector("#venn .outline.beta").getBoundingClientRect();
  const [x, y] = [box.x + 0.9 * box.width, box.y + box.height / 2];
  const down = { button: 0, clientX: x, clientY: y, bubbles: true, cancelable: true };
  document.elementFromPoint(x, y).dispatchEvent(new PointerEvent("pointerdown", down));
  return [x, y];
}"""
ROWS = "(rows) => document.querySelectorAll('#runs-body tr').length >= rows"


def agrees(lecture: Lecture) -> bool:
    """Whether the run that has ended is one of the settings that are shown."""
    shown = lecture.shown
    return lecture.accuracies == pytest.approx(
        accuracies({name: shown[name] for name in BASE}), abs=ACCURACY
    )


def test_keys_pressed_faster_than_anyone_trains(lecture: Lecture) -> None:
    lecture.press(*"rrr", "Space", "Space", *"355", "Space")
    lecture.until_ended()
    assert [row[0] for row in lecture.rows] == ["whole teacher", "general teacher"]
    assert agrees(lecture)


def test_a_circle_dragged_in_the_middle_of_a_tour(lecture: Lecture) -> None:
    lecture.press("Space")
    lecture.until(ROWS, 1)
    x, y = lecture.page.evaluate(GRAB)  # at once: the tour moves the circles
    lecture.page.mouse.move(x - 90, y, steps=5)
    lecture.press("n", "ArrowRight")
    lecture.page.mouse.move(x - 70, y, steps=5)
    lecture.page.evaluate("dispatchEvent(new PointerEvent('pointerup'))")
    lecture.until_ended()
    assert lecture.counts["g"] > 0
    assert agrees(lecture)
    assert lecture.rows[-1][2] == "1"


def test_the_window_changes_its_size_while_a_tour_is_played(lecture: Lecture) -> None:
    lecture.read("preset=general&speed=2")
    lecture.press("Space")
    try:
        for width in (900, 1600, 640, 1280):
            lecture.page.set_viewport_size({"width": width, "height": 700})
            lecture.until("document.documentElement.scrollWidth <= innerWidth")
        lecture.until_ended()
        assert len(lecture.rows) == 2
        assert agrees(lecture)
    finally:
        lecture.page.set_viewport_size({"width": 1280, "height": 720})


@pytest.mark.parametrize(
    "clicked",
    ["#presets button:nth-child(4)", "#scenes button:nth-child(2)", "#reseed"],
)
def test_space_plays_after_a_click(lecture: Lecture, clicked: str) -> None:
    lecture.read("speed=0.25")
    lecture.by(clicked).click()
    lecture.press("Space")
    assert "Pause" in lecture.text("#play")


def test_a_preset_begins_with_its_first_scene(still: Lecture) -> None:
    still.press("2", "Space")
    still.until_ended()
    still.press("3", "Space")  # whose first scene is the same diagram
    still.until(ROWS, 1)
    assert still.rows[0][0] == "γ = 0.00"


def test_a_tour_goes_on_when_its_speed_is_changed(lecture: Lecture) -> None:
    lecture.read("preset=general&speed=2")
    lecture.press("Space")
    lecture.until(ROWS, 1)
    lecture.page.select_option("#speed", "4")
    assert lecture.eventually(lambda: "Again" in lecture.text("#play"))
    assert len(lecture.rows) == 2


def test_what_the_sliders_reach_is_an_address(lecture: Lecture) -> None:
    lecture.read("a=40&g=0&b=40&h=40&da=120&db=120")  # 40 general ones, drawn apart
    for name in ("a", "noiseA", "noiseB"):
        slider = lecture.by(f"#slider-{name}")
        slider.fill(slider.get_attribute("max") or "")
    shown = lecture.shown
    lecture.written()
    lecture.read(lecture.address)
    assert lecture.shown == shown
    assert lecture.by("#note").is_hidden()
