"""Every picture as a file of its own, and what it shows as rows."""

import csv
import io
import xml.etree.ElementTree as ET
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from jaxtyping import Float
from playwright.sync_api import Browser

from figures.lecture.measured import shipped
from tests.figures.lecture.pages.opened import Lecture, signed

SVG = "{http://www.w3.org/2000/svg}"
RENDERED = ("venn-diagram", "curves")
PICTURES = (*RENDERED, "channels", "loss", "gain-over-gamma", "gain-map", "gain-of-seeds")
LOOK = ("fill", "stroke", "font-size", "font-family")


@pytest.fixture(scope="module")
def trained(shared_still: Lecture) -> Lecture:
    """The page with something to see in every picture."""
    shared_still.read("a=3&g=8&b=2&h=7&seed=4")
    shared_still.press("Space")
    shared_still.until_ended()
    shared_still.press("n", "Space")
    shared_still.until("document.querySelectorAll('#runs-body tr').length === 2")
    shared_still.press("m")
    shared_still.until_says("#seeds-words", "30 of 30 seeds")
    return shared_still


def saved(lecture: Lecture, picture: str, kind: str) -> bytes:
    """Export a picture by its menu, and return the file's content."""
    frame = lecture.by(f"[data-picture={picture}]")
    frame.locator("summary").click()
    with lecture.page.expect_download() as download:
        frame.get_by_role("button", name=kind).click()
    assert frame.locator("details[open]").count() == 0
    assert download.value.suggested_filename == f"{picture}.{kind.lower()}"
    return Path(download.value.path()).read_bytes()


def pixels(png: bytes) -> Float[np.ndarray, "height width channel"]:
    return np.asarray(matplotlib.image.imread(io.BytesIO(png)), dtype=float)[..., :3]


def alone(browser: Browser, svg: bytes, folder: Path, size: tuple[int, int]) -> bytes:
    """Return a picture of an SVG file, in a window of its own."""
    file = folder / "alone.svg"
    file.write_bytes(svg)
    window = browser.new_page(viewport={"width": size[0], "height": size[1]})
    window.goto(file.as_uri())
    seen = window.screenshot()
    window.close()
    return seen


def test_pictures_are_files_of_their_own(
    trained: Lecture, browser: Browser, tmp_path: Path
) -> None:
    for picture in PICTURES:
        node = trained.by(f"[data-picture={picture}] :is(svg.picture, .chart svg)")
        node.scroll_into_view_if_needed()
        box = node.bounding_box()
        assert box
        svg = saved(trained, picture, "SVG")
        root = ET.fromstring(svg)
        assert root.tag == f"{SVG}svg"
        assert "seed" in (root.findtext(f"{SVG}desc") or "")  # what made it
        shown = " ".join(node.locator("text").all_text_contents())
        assert " ".join("".join(text.itertext()) for text in root.iter(f"{SVG}text")) == shown
        assert not list(root.iter(f"{SVG}style"))
        assert not any("class" in each.attrib for each in root.iter())
        for each in root.iter(f"{SVG}text"):
            assert all(f"{look}:" in each.attrib["style"] for look in LOOK)

        drawn = pixels(saved(trained, picture, "PNG"))
        wanted = 2 * round(box["height"]), 2 * round(box["width"])
        assert drawn.shape[:2] == pytest.approx(wanted, abs=2)
        assert len(np.unique(drawn @ (1, 10, 100))) > 5  # a picture, not a blank

        if picture not in RENDERED:
            continue
        down, across = drawn.shape[0] // 2, drawn.shape[1] // 2
        seen = pixels(alone(browser, svg, tmp_path, (across, down)))
        fours = drawn[: 2 * down, : 2 * across].reshape(down, 2, across, 2, 3)
        halved = fours.mean(axis=(1, 3))
        assert np.mean(np.abs(seen - halved) > 0.3) < 0.05
        trained.page.add_style_tag(content=".export { visibility: hidden; }")
        page = pixels(node.screenshot())
        trained.page.evaluate("document.head.querySelector('style:last-of-type').remove()")
        height, width = np.minimum(page.shape[:2], seen.shape[:2])
        close = np.abs(page[:height, :width] - seen[:height, :width]) < 0.3
        assert np.mean(close) > 0.9, picture


def rows(lecture: Lecture, picture: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(saved(lecture, picture, "CSV").decode())))


def test_the_curves_are_rows(trained: Lecture) -> None:
    found = rows(trained, "curves")
    assert list(found[0])[:5] == ["step", "stage", "arm", "loss", "accuracy"]
    assert {"a", "g", "b", "h", "seed", "model", "weight"} <= set(found[0])
    assert {(row["g"], row["seed"], row["model"]) for row in found} == {("8", "5", "linear")}
    arms = ("teacher", "no_kd", "kd")
    curves = [[row for row in found if row["arm"] == arm] for arm in arms]
    for curve, shown in zip(curves, trained.accuracies, strict=True):
        steps = [int(row["step"]) for row in curve]
        assert steps == sorted(set(steps))
        assert (steps[0], steps[-1], 3 * len(steps)) == (0, 1000, len(found))
        assert float(curve[-1]["accuracy"]) == pytest.approx(shown)
        assert float(curve[0]["loss"]) > float(curve[-1]["loss"])


def test_the_runs_are_rows(trained: Lecture) -> None:
    found = rows(trained, "runs")
    assert [row["seed"] for row in found] == [row[2] for row in trained.rows] == ["4", "5"]
    for row, shown in zip(found, trained.rows, strict=True):
        gain = 100 * (float(row["kd_accuracy"]) - float(row["no_kd_accuracy"]))
        assert float(row["gain_points"]) == pytest.approx(gain)
        assert signed(shown[6]) == pytest.approx(gain, abs=0.051)


@pytest.mark.parametrize(
    ("picture", "name"), [("gain-over-gamma", "gamma"), ("gain-map", "simplex")]
)
def test_what_was_measured_is_rows(trained: Lecture, picture: str, name: str) -> None:
    families = {(each["name"], each["model"]): each for each in shipped()["families"]}
    found = rows(trained, picture)
    counts = ("a", "g", "b", "h", "da", "db", "seeds")
    for row, point in zip(found, families[name, "linear"]["points"], strict=True):
        assert [int(row[each]) for each in counts] == [point[each] for each in counts]
        gain = point["arms"]["kd"]
        numbers = ("gain", "low", "high")
        assert [float(row[each]) for each in numbers] == [gain[each] for each in numbers]
