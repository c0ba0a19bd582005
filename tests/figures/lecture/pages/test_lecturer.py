"""Lecturer mode hides parts; predicting first hides what is known until the room has guessed."""

import re
from functools import partial

import pytest

from tests.figures.lecture.pages.opened import Lecture, numbers

PARTS = {
    "presets": ("#presets", "#scenes"),
    "story": ("#preset-title", "#shown", "#told"),
    "seed": ("#seed", "#reseed"),
    "shares": ("#shares",),
    "channels": ("#channels",),
    "ceilings": ("#accuracy .mark-text.role-mark text",),
    "loss": ("#loss",),
    "gain": ("#overlap", "#overlap-title"),
    "map": ("#simplex", "#simplex-title", ".scale"),
    "seeds": ("#distribution", "#many"),
    "runs": ("section:has(> .table)",),
    "settings": ("#sliders", "#selects", "#python"),
}


def visible(lecture: Lecture, selector: str) -> bool:
    shown = "(all) => all.some((each) => each.checkVisibility({ visibilityProperty: true }))"
    return bool(lecture.by(selector).evaluate_all(shown))


def hidden(lecture: Lecture, selector: str) -> bool:
    return not visible(lecture, selector)


@pytest.mark.parametrize("name", PARTS)
def test_what_is_not_ticked_is_hidden(lecture: Lecture, name: str) -> None:
    lecture.by("details:has(#python)").evaluate("(node) => (node.open = true)")
    lecture.press("s")
    lecture.by(f"#show-{name}").uncheck()
    for part in PARTS[name]:
        assert lecture.eventually(partial(hidden, lecture, part)), part
    others = [part for other, parts in PARTS.items() if other != name for part in parts]
    assert [part for part in others if hidden(lecture, part)] == []
    lecture.by(f"#show-{name}").check()
    for part in PARTS[name]:
        assert lecture.eventually(partial(visible, lecture, part)), part


COVERED = ("#told", "#overlap", "#overlap-title", "#simplex", "#seeds-words")


def test_what_is_known_is_covered_until_the_room_has_guessed_and_the_run_has_ended(
    still: Lecture,
) -> None:
    still.read("preset=full")
    still.press("p")
    assert still.by("#predict").get_attribute("aria-pressed") == "true"
    assert not any(visible(still, part) for part in COVERED)
    assert visible(still, ".cover-note")
    assert still.by("#ask").is_hidden()
    still.press("Space")
    still.until("!document.getElementById('ask').hidden")
    assert still.trained == [still.texts("#legend .label")[0]]  # no student is trained yet
    assert not any(visible(still, part) for part in COVERED)
    still.press("ArrowRight", "Shift+ArrowRight")
    assert still.by("#ask").is_visible()
    assert len(still.trained) == 1
    still.press("h")
    still.until_ended()
    assert all(visible(still, part) for part in COVERED)
    assert still.by("#ask").is_hidden()


GUESSES = [("full", "h", "helps"), ("full", "u", "hurts"), ("none", "l", "changes little")]


def test_guesses_are_held_against_runs_and_counted(still: Lecture) -> None:
    score = []
    for preset, key, word in GUESSES:
        still.read(f"preset={preset}&predict=yes")
        still.press("Space")
        still.until("!document.getElementById('ask').hidden")
        still.press(key)
        still.until_ended()
        said = still.text("#outcome")
        found = re.match(r"The room said “(.*)”: (right|not so), (\d+) of (\d+) so far\.", said)
        assert found, said
        assert found[1] == word
        assert ("KD helps" in said, "KD hurts" in said) == (preset == "full", preset == "none")
        assert found[2] == ("right" if word == "helps" else "not so")
        score.append((int(found[3]), int(found[4])))
    (right, asked), *then = score
    assert then == [(right, asked + 1), (right, asked + 2)]


def test_every_scene_of_a_tour_is_asked_for(still: Lecture) -> None:
    still.read("preset=general&predict=yes")
    still.press("Space")
    for i in (1, 2):
        still.until(f"document.querySelectorAll('#runs-body tr').length === {i - 1}")
        still.until("!document.getElementById('ask').hidden")
        still.press("h")
        still.until(f"document.querySelectorAll('#runs-body tr').length === {i}")
    assert numbers(still.text("#outcome"))[1] >= 2
