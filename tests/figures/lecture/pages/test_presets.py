import re

import numpy as np
import pytest

from tests.figures.lecture.pages.library import accuracies
from tests.figures.lecture.pages.opened import Lecture, numbers, signed
from tests.figures.lecture.worlds import settings

TITLES = (
    "Full overlap",
    "No overlap",
    "Growing overlap (Figure 2)",
    "Better teacher, same student (Figure 3)",
    "Modality-general teacher (Table 2)",
    "Multimodal teacher that fails (Table 1)",
    "Hidden features",
    "More rows",
    "A label of both together",
)
KEYS = "123456789"
SENTENCE = re.compile(r"[A-Z][^.]*(\.\d[^.]*)*\.")

OVERLAPS = (0, 2, 4, 6, 8, 10)
POINTS = 0.4

RECORD = """() => {
  const chips = document.getElementById("scenes");
  const now = () => [...chips.children].findIndex((each) => each.ariaCurrent === "true");
  window.seen = [now()];
  new MutationObserver(() => now() !== window.seen.at(-1) && window.seen.push(now()))
    .observe(chips, { subtree: true, attributes: true });
}"""


def caption(lecture: Lecture) -> list[str]:
    return [
        lecture.by(f"#{each}").text_content() or "" for each in ("preset-title", "shown", "told")
    ]


def current(lecture: Lecture, within: str) -> list[int]:
    marked = "(all) => all.flatMap((each, i) => (each.ariaCurrent === 'true' ? [i] : []))"
    found: list[int] = lecture.by(f"{within} button").evaluate_all(marked)
    return found


def test_keys_and_buttons_choose_a_preset(lecture: Lecture) -> None:
    by_key = {}
    for i, (key, title) in enumerate(zip(KEYS, TITLES, strict=True)):
        lecture.press(key)
        by_key[key] = lecture.shown
        found, *sentences = caption(lecture)
        assert found == title
        assert all(SENTENCE.fullmatch(each) for each in sentences), sentences
        assert current(lecture, "#presets") == [i]
        assert current(lecture, "#scenes") == [0]
        assert lecture.by("#note").is_hidden()
    for key, title in zip(KEYS, TITLES, strict=True):
        lecture.page.get_by_role("button", name=f"preset {key}: {title}").click()
        assert lecture.shown == by_key[key]


def test_a_preset_leaves_what_belongs_to_the_room(lecture: Lecture) -> None:
    lecture.read("speed=2&theme=dark&hide=loss&seed=7&n=400&predict=yes")
    lecture.press("4")
    shown = lecture.shown
    assert [shown[name] for name in ("speed", "theme", "hidden", "seed")] == [
        "2",
        "dark",
        ["loss"],
        7,
    ]
    assert (shown["n"], shown["predict"]) == (200, "true")


def test_a_scene_shows_its_diagram_and_does_not_play(lecture: Lecture) -> None:
    for i, overlap in enumerate(OVERLAPS):
        lecture.by("#scenes button").nth(i).click()
        own = 10 - overlap
        assert lecture.counts == {"a": own, "g": overlap, "b": own, "h": overlap}
        assert current(lecture, "#scenes") == [i]
        assert f"{overlap / (20 - overlap):.2f}" in lecture.texts("#scenes button")[i]
        assert "Play" in lecture.text("#play")


def test_the_growing_overlap_is_played_to_its_end_as_the_library_trains_it(
    lecture: Lecture,
) -> None:
    lecture.page.evaluate(RECORD)
    lecture.press("Space")
    lecture.until("document.querySelectorAll('#runs-body tr').length === 6")
    lecture.until_ended()
    assert lecture.page.evaluate("window.seen") == [0, 1, 2, 3, 4, 5]

    wanted = [100 * np.array(accuracies(settings(a=10 - o, g=o, b=10 - o, h=o))) for o in OVERLAPS]
    for row, (teacher, none, kd) in zip(lecture.rows, wanted, strict=True):
        found = [numbers(each)[0] for each in row[3:6]]
        assert found == pytest.approx([teacher, none, kd], abs=POINTS)
        assert signed(row[6]) == pytest.approx(kd - none, abs=POINTS)
    assert [row[1:3] for row in lecture.rows] == [["teacher", "0"]] * 6
    gains = [signed(row[6]) for row in lecture.rows]
    assert gains[0] < 0 < gains[-1]  # the story that the caption tells


def test_after_its_end_it_is_played_again_from_the_first_scene(lecture: Lecture) -> None:
    lecture.by("#scenes button").last.click()
    lecture.by("#play").click()
    lecture.until_ended()
    lecture.page.evaluate(RECORD)
    lecture.by("#play").click()
    lecture.until("window.seen.length > 2")
    assert lecture.page.evaluate("window.seen.slice(0, 3)") == [5, 0, 1]


def test_a_change_ends_the_tour(lecture: Lecture) -> None:
    lecture.press("Space")
    lecture.until("document.querySelectorAll('#runs-body tr').length === 1")
    lecture.by("#slider-h").press("ArrowRight")
    assert "Play" in lecture.text("#play")
    lecture.by("#play").click()
    lecture.until_ended()
    assert len(lecture.rows) == 2
    assert current(lecture, "#scenes") == []
