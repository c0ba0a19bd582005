import re
from xml.etree import ElementTree as ET

from matplotlib.figure import Figure

from figures.report.inline import inline


def picture() -> Figure:
    figure = Figure(figsize=(2, 1))
    ax = figure.subplots()
    ax.plot([0, 1, 2], [0, 3, 1], marker="o", label="a < b & “c”")
    ax.legend()
    return figure


def ids(text: str) -> list[str]:
    return re.findall(r'\bid="([^"]*)"', text)


def references(text: str) -> set[str]:
    return set(re.findall(r'href="#([^"]*)"', text)) | set(re.findall(r"url\(#([^)]*)\)", text))


def test_ids_of_two_figures_differ_and_references_lead_to_their_own() -> None:
    one, two = (inline(picture(), name, "what it shows") for name in ("one", "two"))
    assert not set(ids(one)) & set(ids(two))
    assert one == inline(picture(), "one", "what it shows")
    for name, text in (("one", one), ("two", two)):
        assert len(ids(text)) == len(set(ids(text)))
        assert references(text)
        assert any(each.startswith("url(#") for each in re.findall(r"url\(#[^)]*\)", text))
        assert references(text) <= set(ids(text))
        assert all(each.startswith(f"{name}-") for each in ids(text))


def test_it_is_an_image_that_says_what_it_shows_and_takes_the_width_of_its_page() -> None:
    text = inline(picture(), "x", 'a < b & "c"')
    root = ET.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert (root.get("role"), root.get("aria-label")) == ("img", 'a < b & "c"')
    assert root.get("viewBox") == "0 0 144 72"
    assert root.get("width") is root.get("height") is None
    assert not root.findall("{http://www.w3.org/2000/svg}metadata")
    assert not text.startswith("<?xml")
    labels = ["".join(each.itertext()) for each in root.iter() if each.tag.endswith("}text")]
    assert "a < b & “c”" in labels
