"""The address: it holds the whole state, and nothing in it can do harm."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from playwright.sync_api import Browser

from tests.figures.lecture.pages.opened import Lecture, opened
from tests.figures.lecture.worlds import settings

GROWING = "Growing overlap (Figure 2)"
INITIAL: dict[str, Any] = settings(a=10, g=0, b=10, h=0) | {
    "preset": GROWING,
    "speed": "1",
    "predict": "false",
    "theme": "auto",
    "hidden": [],
}
"""The state in which the page opens: the first scene of its preset."""

COUNTS = settings(a=7, g=3, b=4, h=9, da=31, db=17, n=640, seed=2**53 - 1)
CHOICES = {"rule": "quadratic", "model": "hidden", "teacher": "multimodal_teacher"}
LOSS = {"flip": 0.15, "temperature": 2.5, "weight": 1.25}
ROOM = {"preset": "Hidden features", "speed": "0.5", "predict": "true", "theme": "dark"}
RICH: dict[str, Any] = COUNTS | CHOICES | LOSS | ROOM | {"hidden": ["ceilings", "runs"]}

ADDED = """() => [...document.querySelectorAll("body *")]
  .filter((each) => each.closest("#note, #story p") !== null || /^(IMG|IFRAME|OBJECT)$/i.test(each.tagName))
  .filter((each) => each.matches("#note *, #story :is(b, span) *, img, iframe, object"))
  .map((each) => each.outerHTML)"""
"""Elements that the template does not have, where an address is quoted or anywhere."""


def test_a_state_that_was_set_by_hand_opens_in_a_fresh_window(
    lecture: Lecture, browser: Browser, folder: Path
) -> None:
    lecture.press("7", "d", "p")
    for name, choice in CHOICES.items():
        lecture.page.select_option(f"#select-{name}", choice)
    lecture.page.select_option("#speed", RICH["speed"])
    sliders = {"visible": 14, "h": 9, "g": 3, "a": 7, "noiseA": 21, "noiseB": 10}
    for name, value in sliders.items():
        lecture.by(f"#slider-{name}").fill(str(value))
    for name in ("n", "flip", "temperature", "weight"):
        lecture.by(f"#slider-{name}").fill(str(RICH[name]))
    lecture.by("#seed").fill(str(RICH["seed"]))
    lecture.press("Enter", "Tab", "s")
    for name in RICH["hidden"]:
        lecture.by(f"#show-{name}").uncheck()
    lecture.press("Escape")
    assert lecture.shown == RICH
    assert lecture.eventually(lambda: "hide=ceilings.runs" in lecture.address)
    address = lecture.address
    with opened(browser, folder, address) as other:
        assert other.shown == RICH
        assert other.addressed(*address.split("&"))
        assert other.by("#note").is_hidden()
        assert other.by("#python").text_content() == lecture.by("#python").text_content()


LARGEST = 2**53 - 1


def test_the_largest_seed_is_the_last(still: Lecture) -> None:
    still.read(f"seed={LARGEST}")
    still.press("n")
    note = still.text("#note")
    assert note == f"seed = “{LARGEST + 1}” is not allowed: a whole number from 0 to {LARGEST}."
    assert still.shown["seed"] == LARGEST
    assert still.addressed("preset=growing", f"seed={LARGEST}")
    still.read(still.address)
    assert still.shown["seed"] == LARGEST
    assert still.by("#note").is_hidden()


def test_what_cannot_be_run_is_no_address(still: Lecture) -> None:
    still.read("preset=synergy&n=100")
    still.by("#slider-a").fill("0")
    assert still.eventually(lambda: "Parity needs" in still.text("#outcome"))
    still.written()
    assert still.addressed("preset=synergy", "n=100")


IMG = "<img src=x onerror=alert(1)>"
SCRIPT = "</script><script>document.body.remove()</script>"

NONSENSE = {
    "no number": "n n= n=many n=NaN n=0x80 n=2e2 n=%20300 weight=Infinity weight=NaN flip=0.1.1",
    "another number": "n=-20 n=19 n=2001 n=99999999999999999999999 n=200.5 temperature=-1"
    " temperature=0 flip=0.6 seed=9007199254740993",
    "other digits": f"n={quote('３００')} n=%00 n=%E2%88%9E",
    "markup": f"n={quote(IMG)} {quote(IMG)}=1 preset={quote(SCRIPT)} {quote(SCRIPT)} hide=<b>",
    "half an escape": "n=%E0%A4%A n=% %E0%A4%A=1 n=%u0041",
    "names of objects": "__proto__=1 constructor=1 toString hasOwnProperty=1 preset=constructor"
    " model=__proto__ hide=toString theme=valueOf",
    "unknown": "colour=blue A=3 rule=Hyperplane preset=42 theme=blue speed=3 predict=true"
    " hide=loss.everything teacher=kd",
}
"""Parts of addresses, none of which says anything."""

IMPOSSIBLE = {
    "too few channels": ("da=9", "The teacher’s modality sees 10 decisive features and has only 9"),
    "too many features": ("g=41", "The teacher’s modality sees 51 decisive features"),
    "nothing seen": ("a=0&b=0", "No modality sees a decisive feature"),
    "no bits for parity": ("a=0&g=5&rule=parity", "Parity needs a teacher-specific"),
}


@pytest.mark.parametrize("parts", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_gives_the_default_and_a_note(lecture: Lecture, parts: str) -> None:
    lecture.read("&".join(parts.split(" ")))
    assert lecture.shown == INITIAL
    note = lecture.text("#note")
    assert note.startswith("Not all of the address was understood: ")
    refused = note.count("is not allowed: ") + note.count("is no setting of this page")
    assert refused == len(parts.split(" "))
    assert len(note) < 250 * refused
    assert "undefined" not in note
    assert lecture.page.evaluate(ADDED) == []
    assert lecture.addressed("preset=growing")


@pytest.mark.parametrize(("address", "reason"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_cannot_be_is_refused_as_a_whole(lecture: Lecture, address: str, reason: str) -> None:
    lecture.read(f"{address}&speed=4")
    assert lecture.shown == INITIAL | {"speed": "4"}
    assert reason in lecture.text("#note")
    lecture.press("Shift+ArrowRight")
    lecture.until("document.querySelector('#stage-students').ariaCurrent === 'step'")


NAMES = st.sampled_from([*(set(INITIAL) - {"hidden"}), "hide", "__proto__", "toString", ""])
NUMBERS = st.integers(-3, 130).map(str) | st.decimals(-1, 9, places=2).map(str)
SOME = ("hyperplane", "parity", "linear", "hidden", "um_teacher", "growing", "rows", "yes", "no")
WORDS = st.sampled_from([*SOME, "dark", "auto", "loss.map", "gain", "4"])
ANY = st.text(max_size=12).map(lambda text: quote(text, errors="replace")) | st.text(
    alphabet="%&=<>\"'#;+\\é0a", max_size=12
)
HASHES = st.lists(
    st.tuples(NAMES | ANY, NUMBERS | WORDS | ANY).map("=".join) | ANY, max_size=7
).map("&".join)


@given(HASHES)
@hypothesis_settings(max_examples=40)
def test_any_address_gives_a_state_that_can_be_run(shared: Lecture, address: str) -> None:
    shared.read(address)
    assert shared.said == []
    assert shared.page.evaluate(ADDED) == []
    shown = shared.shown
    assert shown["da"] >= max(1, shown["a"] + shown["g"])
    assert shown["db"] >= max(1, shown["b"] + shown["g"])
    assert shown["a"] + shown["g"] + shown["b"] >= 1
    assert shown["rule"] != "parity" or min(shown["a"], shown["b"]) >= 1
