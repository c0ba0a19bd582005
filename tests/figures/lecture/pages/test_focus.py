"""Controls by keyboard alone: every one is reached, named, and seen when it has the focus."""

from functools import partial

import pytest

from tests.figures.lecture.pages.opened import Lecture

CONTROLS = """() => [...document.querySelectorAll("button, input, select, summary, a, [tabindex], [role=slider]")]
  .filter((each) => !each.disabled && each.checkVisibility({ visibilityProperty: true }))
  .map((each) => {
    each.dataset.control ??= String((window.controls = (window.controls ?? 0) + 1));
    return each.dataset.control;
  })"""
FOCUSED = "document.activeElement.dataset.control ?? document.activeElement.tagName"
SEEN = """() => {
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
  const area = document.activeElement.querySelector(".area");
  const stroked = area !== null && getComputedStyle(area).strokeWidth === "4px";
  return (outlineStyle !== "none" && parseFloat(outlineWidth) >= 2) || stroked;
}"""
NAMED = ("button", "slider", "combobox")
ACTING = (*NAMED, "checkbox", "spinbutton", "DisclosureTriangle", "img", "link")


def walk(lecture: Lecture, key: str, steps: int) -> tuple[list[str], list[str]]:
    """Press a key again and again: what has the focus, and what of it nobody would see."""
    found, unseen = [], []
    for _ in range(steps):
        lecture.press(key)
        found.append(lecture.page.evaluate(FOCUSED))
        if found[-1] == "BODY":
            break
        if not lecture.page.evaluate(SEEN):
            unseen.append(lecture.page.evaluate("document.activeElement.outerHTML.slice(0, 80)"))
    return found, unseen


def test_tab_reaches_every_control_in_the_order_of_the_page(lecture: Lecture) -> None:
    lecture.read("preset=hidden")  # a diagram with features everywhere
    lecture.page.mouse.click(2, 2)  # from where Tab goes on
    controls = lecture.page.evaluate(CONTROLS)
    found, unseen = walk(lecture, "Tab", len(controls) + 1)
    assert found[:-1] == controls
    assert found[-1] == "BODY"  # and leaves the page
    assert len(controls) > 50
    assert unseen == []


@pytest.mark.parametrize(("opener", "dialog"), [("s", "lecturer"), ("?", "help")])
def test_a_dialog_holds_the_focus_and_gives_it_back(
    lecture: Lecture, opener: str, dialog: str
) -> None:
    lecture.by("#open-help").focus()
    lecture.press(opener)
    inside = f"document.getElementById('{dialog}').contains(document.activeElement)"
    for _ in range(14):
        assert lecture.page.evaluate(f"{inside} || document.activeElement === document.body")
        lecture.press("Tab")
    lecture.press("Escape")
    focused = partial(lecture.page.evaluate, "document.activeElement.id")
    assert lecture.eventually(lambda: focused() == "open-help")


@pytest.mark.parametrize("opener", ["", "s", "?"])
def test_everything_that_acts_has_a_name(lecture: Lecture, opener: str) -> None:
    lecture.read("preset=hidden")
    if opener:
        lecture.press(opener)
    session = lecture.page.context.new_cdp_session(lecture.page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    acting = [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in nodes
        if not node["ignored"] and node["role"]["value"] in ACTING
    ]
    assert len(acting) > {"": 40, "s": 5, "?": 0}[opener]
    assert [each for each in acting if not each[1].strip()] == []
    buttons = [name for role, name in acting if role in NAMED]
    assert len(set(buttons)) == len(buttons)  # told apart by their names alone
