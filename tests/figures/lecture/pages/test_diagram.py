"""The diagram: its areas are its counts, and it can be dragged."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from figures import Circles
from tests.figures.lecture.pages.opened import Lecture, numbers

AREA = """(path) => {
  const length = path.getTotalLength();
  const points = Array.from({ length: 4000 }, (_, i) => path.getPointAtLength((length * i) / 4000));
  return Math.abs(points.reduce((sum, { x, y }, i) => {
    const next = points[(i + 1) % points.length];
    return sum + (x * next.y - next.x * y) / 2;
  }, 0));
}"""
"""What a closed path or circle encloses, from points along it."""

OUTSIDE = """() => {
  const frame = document.getElementById("venn").getBoundingClientRect();
  const out = ({ left, top, right, bottom }) =>
    left < frame.left - 2 || top < frame.top - 2 || right > frame.right + 2 || bottom > frame.bottom + 2;
  return [...document.querySelectorAll("#venn circle, #venn text")]
    .filter((each) => out(each.getBoundingClientRect())).map((each) => each.outerHTML);
}"""

DIAGRAMS = {
    "partial": (5, 5, 5, 5),
    "wide teacher": (30, 3, 2, 12),
    "wide student": (1, 4, 25, 1),
    "barely": (9, 1, 9, 30),
    "nearly all": (1, 20, 1, 3),
    "apart": (14, 0, 7, 2),
    "the student inside": (10, 5, 0, 4),
    "the teacher inside": (0, 3, 8, 9),
    "the same": (0, 10, 0, 10),
}


def circle(lecture: Lecture, role: str) -> tuple[float, float, float]:
    x, y, r = (
        float(lecture.by(f"#venn circle.outline.{role}").get_attribute(name) or "nan")
        for name in ("cx", "cy", "r")
    )
    return x, y, r


def area(lecture: Lecture, role: str) -> float:
    found = lecture.by(f"#venn .area.{role}")
    return float(found.evaluate(AREA)) if found.get_attribute("d") != "" else 0.0


@pytest.mark.parametrize("counts", DIAGRAMS.values(), ids=DIAGRAMS)
def test_areas_are_true_to_the_counts_and_inside_the_frame(
    lecture: Lecture, counts: tuple[int, ...]
) -> None:
    a, g, b, h = counts
    lecture.read(f"a={a}&g={g}&b={b}&h={h}&da=40&db=40")
    unit = area(lecture, "alpha") / (a + g)
    assert area(lecture, "beta") / unit == pytest.approx(b + g, rel=0.01)
    assert area(lecture, "gamma") / unit == pytest.approx(g, rel=0.01)
    assert area(lecture, "hidden") / unit == pytest.approx(h, rel=0.01)
    (xa, ya, ra), (xb, yb, rb) = circle(lecture, "alpha"), circle(lecture, "beta")
    assert math.pi * ra**2 / unit == pytest.approx(a + g, rel=0.01)  # the outline is the area's
    assert math.pi * rb**2 / unit == pytest.approx(b + g, rel=0.01)
    assert ya == yb
    assert Circles(ra, rb, math.dist((xa, ya), (xb, yb))).lens / unit == pytest.approx(g, rel=0.01)

    assert lecture.page.evaluate(OUTSIDE) == []
    texts = " ".join(lecture.by("#venn text").all_text_contents())
    assert sorted(numbers(texts)) == sorted([*(each for each in counts if each > 0), a + g, b + g])


def edge(lecture: Lecture, role: str) -> tuple[float, float]:
    """Return where a circle's outer edge is on the screen."""
    x, y, r = circle(lecture, role)
    box = lecture.by("#venn").bounding_box()
    assert box
    return box["x"] + x + (-0.8 if role == "alpha" else 0.8) * r, box["y"] + y


@contextmanager
def dragged(lecture: Lecture, role: str) -> Iterator[list[dict[str, int]]]:
    """Hold a circle at its outer edge; afterwards let it go."""
    lecture.page.mouse.move(*edge(lecture, role))
    lecture.page.mouse.down()
    yield [lecture.counts]
    lecture.page.mouse.up()


def pull(lecture: Lecture, role: str, seen: list[dict[str, int]], pixels: int) -> None:
    """Pull the held circle on by so many pixels, and see the counts on the way."""
    x, y = edge(lecture, role)
    for i in range(1, 7):
        lecture.page.mouse.move(x + pixels * i / 6, y + 3 * i)
        seen.append(lecture.counts)


@pytest.mark.parametrize(("role", "towards"), [("beta", -1), ("alpha", 1)])
def test_a_circle_is_dragged_over_the_other_and_away(
    lecture: Lecture, role: str, towards: int
) -> None:
    with dragged(lecture, role) as seen:
        pull(lecture, role, seen, towards * 300)
        together = len(seen)
        pull(lecture, role, seen, -towards * 400)
        assert "Play" in lecture.text("#play")  # nothing is trained while it is held
    shared = [each["g"] for each in seen]
    assert shared[0] == shared[-1] == 0
    assert shared[together - 1] == 10
    assert shared[:together] == sorted(shared[:together])
    assert shared[together:] == sorted(shared[together:], reverse=True)
    assert len(set(shared)) > 4
    for each in seen:
        assert each["a"] + each["g"] == each["b"] + each["g"] == 10  # circles keep their size
        assert sum(each.values()) == 20  # and the label its decisive features
    lecture.until_ended()  # a run began when it was let go
    assert len(lecture.rows) == 1


def test_a_circle_that_holds_the_other_shares_it_whole(lecture: Lecture) -> None:
    lecture.read("a=14&g=0&b=7&h=0&da=40&db=40&speed=4")
    with dragged(lecture, "beta") as seen:
        pull(lecture, "beta", seen, -300)
    assert seen[-1] == {"a": 7, "g": 7, "b": 0, "h": 7}


@pytest.mark.parametrize("name", ["a", "g", "b"])
def test_shares_sum_to_one_wherever_a_slider_stands(lecture: Lecture, name: str) -> None:
    lecture.read("a=7&g=4&b=5&h=2")
    slider = lecture.by(f"#slider-{name}")
    for value in (0, 16, 11):
        slider.fill(str(value))
        counts = lecture.counts
        assert counts[name] == value
        assert counts["a"] + counts["g"] + counts["b"] == 16
        assert counts["h"] == 2
        shares = [numbers(each) for each in lecture.texts("#shares output")[:3]]
        assert sum(share for _, share in shares) == pytest.approx(100, abs=1.5)  # whole percents
        shown = numbers(lecture.text("#explain"))
        assert sum(shown[:3]) == pytest.approx(1, abs=0.015)
        assert lecture.shown["da"] >= counts["a"] + counts["g"]
        assert lecture.shown["db"] >= counts["b"] + counts["g"]


def test_a_region_is_explained_where_the_pointer_or_the_focus_is(lecture: Lecture) -> None:
    lecture.read("a=7&g=4&b=5&h=2")
    summary = lecture.text("#explain")
    said = set()
    for region, count in {"a": 7, "g": 4, "b": 5, "h": 2}.items():
        part = lecture.by(f"#venn [data-region={region}]")
        part.focus()
        sentence = lecture.text("#explain")
        assert str(count) in sentence
        said.add(sentence)
        part.blur()
        assert lecture.text("#explain") == summary
        part.dispatch_event("pointerenter")
        assert lecture.text("#explain") == sentence
        part.dispatch_event("pointerleave")
    assert len(said - {summary}) == 4


@pytest.mark.parametrize(
    ("at", "across", "down"), [("g", 0.5, 0), ("a", 0, 1), ("b", 1, 1)], ids=["γ", "α", "β"]
)
def test_a_click_on_the_map_moves_the_diagram_to_what_was_measured(
    lecture: Lecture, at: str, across: float, down: float
) -> None:
    lecture.read("preset=none")
    lecture.page.mouse.click(
        *inside(lecture, *(0.5 + 0.97 * (each - 0.5) for each in (across, down)))
    )
    counts = lecture.counts
    assert counts[at] == counts["a"] + counts["g"] + counts["b"] == 20
    assert "not measured" not in lecture.text("#simplex-note")
    mark = lecture.by("#simplex .here").bounding_box()
    assert mark
    centre = mark["x"] + mark["width"] / 2, mark["y"] + mark["height"] / 2
    assert math.dist(centre, inside(lecture, across, down)) < 8


def inside(lecture: Lecture, across: float, down: float) -> tuple[float, float]:
    """Return where something is on the screen that has this place in the triangle of the map."""
    box = lecture.by("#simplex path.triangle").bounding_box()
    assert box
    return box["x"] + across * box["width"], box["y"] + down * box["height"]
