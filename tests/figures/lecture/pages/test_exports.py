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
PICTURES = (
    "venn-diagram",
    "channels",
    "curves",
    "loss",
    "gain-over-gamma",
    "gain-map",
    "gain-of-seeds",
)
RENDERED = ("venn-diagram", "curves")
TABLES = ("curves", "gain-over-gamma", "gain-map", "gain-of-seeds", "runs")
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


def saved(lecture: Lecture, picture: str, kind: str) -> tuple[str, bytes]:
    """Export a picture by its menu; the file's name and content."""
    frame = lecture.by(f"[data-picture={picture}]")
    frame.locator("summary").click()
    with lecture.page.expect_download() as download:
        frame.get_by_role("button", name=kind).click()
    assert frame.locator("details[open]").count() == 0
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


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
        node = trained.by(
            f"[data-picture={picture}] svg.picture, [data-picture={picture}] .chart svg"
        )
        node.scroll_into_view_if_needed()
        box = node.bounding_box()
        assert box
        name, svg = saved(trained, picture, "SVG")
        assert name == f"{picture}.svg"
        root = ET.fromstring(svg)
        assert root.tag == f"{SVG}svg"
        assert "seed" in (root.findtext(f"{SVG}desc") or "")  # what made it
        shown = " ".join(node.locator("text").all_text_contents())
        assert " ".join("".join(text.itertext()) for text in root.iter(f"{SVG}text")) == shown
        assert not [
            each for each in root.iter() if "class" in each.attrib or each.tag == f"{SVG}style"
        ]
        for each in root.iter(f"{SVG}text"):
            assert all(f"{look}:" in each.attrib["style"] for look in LOOK)

        name, png = saved(trained, picture, "PNG")
        assert name == f"{picture}.png"
        drawn = pixels(png)
        wanted = 2 * round(box["height"]), 2 * round(box["width"])
        assert drawn.shape[:2] == pytest.approx(wanted, abs=2)
        assert len(np.unique(drawn @ (1, 10, 100))) > 5  # a picture, not a blank

        if picture not in RENDERED:
            continue
        half = (drawn.shape[1] // 2, drawn.shape[0] // 2)
        seen = pixels(alone(browser, svg, tmp_path, half))
        halved = (
            drawn[: 2 * half[1], : 2 * half[0]].reshape(half[1], 2, half[0], 2, 3).mean(axis=(1, 3))
        )
        assert np.mean(np.abs(seen - halved) > 0.3) < 0.05
        trained.page.add_style_tag(content=".export { visibility: hidden; }")
        page = pixels(node.screenshot())
        trained.page.evaluate("document.head.querySelector('style:last-of-type').remove()")
        height, width = np.minimum(page.shape[:2], seen.shape[:2])
        close = np.abs(page[:height, :width] - seen[:height, :width]) < 0.3
        assert np.mean(close) > 0.9, picture


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_the_curves_are_rows(trained: Lecture) -> None:
    name, content = saved(trained, "curves", "CSV")
    assert name == "curves.csv"
    found = rows(content)
    assert list(found[0])[:5] == ["step", "stage", "arm", "loss", "accuracy"]
    assert {"a", "g", "b", "h", "seed", "model", "weight"} <= set(found[0])
    assert {(row["g"], row["seed"], row["model"]) for row in found} == {("8", "5", "linear")}
    curves = {
        arm: [row for row in found if row["arm"] == arm] for arm in ("teacher", "no_kd", "kd")
    }
    assert len(found) == sum(map(len, curves.values()))
    for arm, shown in zip(curves, trained.accuracies, strict=True):
        steps = [int(row["step"]) for row in curves[arm]]
        assert steps == sorted(set(steps))
        assert (steps[0], steps[-1]) == (0, 1000)
        assert float(curves[arm][-1]["accuracy"]) == pytest.approx(shown)
        assert float(curves[arm][0]["loss"]) > float(curves[arm][-1]["loss"])
    assert len({len(curve) for curve in curves.values()}) == 1


def test_the_runs_are_rows(trained: Lecture) -> None:
    found = rows(saved(trained, "runs", "CSV")[1])
    assert [row["seed"] for row in found] == [row[2] for row in trained.rows] == ["4", "5"]
    for row, shown in zip(found, trained.rows, strict=True):
        gain = 100 * (float(row["kd_accuracy"]) - float(row["no_kd_accuracy"]))
        assert float(row["gain_points"]) == pytest.approx(gain)
        assert signed(shown[6]) == pytest.approx(gain, abs=0.051)


@pytest.mark.parametrize(
    ("picture", "kind", "name"),
    [("gain-over-gamma", "path", "gamma"), ("gain-map", "simplex", "simplex")],
)
def test_what_was_measured_is_rows(trained: Lecture, picture: str, kind: str, name: str) -> None:
    (family,) = (
        each
        for each in shipped()["families"]
        if (each["kind"], each["name"], each["model"]) == (kind, name, "linear")
    )
    found = rows(saved(trained, picture, "CSV")[1])
    wanted = [point for point in family["points"] if "kd" in point["arms"]]
    assert len(found) == len(wanted)
    for row, point in zip(found, wanted, strict=True):
        assert [int(row[each]) for each in ("a", "g", "b", "h", "da", "db")] == [
            point[each] for each in ("a", "g", "b", "h", "da", "db")
        ]
        assert float(row["gain"]) == point["arms"]["kd"]["gain"]
        assert float(row["low"]) <= float(row["gain"]) <= float(row["high"])
        assert row["seeds"] == str(point["seeds"])
