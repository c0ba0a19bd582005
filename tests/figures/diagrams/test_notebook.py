from matplotlib import pyplot as plt

from figures.diagrams.notebook import svg
from venn import VennDiagram

DIAGRAM = VennDiagram({"a": 10, "b": 10, "a&b": 5}, hidden=6, noise={"a": 15})
THREE = VennDiagram({"a&b&c": 1}, modalities=("a", "b", "c"))


def test_two_modalities_are_drawn_as_svg() -> None:
    text = svg(DIAGRAM)
    assert text is not None
    assert text.startswith("<?xml")
    assert text.rstrip().endswith("</svg>")
    assert "γ = 0.20: 5 seen by both a and b" in text
    assert "hidden: 6 seen by neither" in text
    assert "a (teacher): 15 decisive + 15 noise channels" in text


def test_the_same_diagram_gives_the_same_bytes_without_a_date() -> None:
    text = svg(DIAGRAM)
    assert text == svg(VennDiagram({"b": 10, "b&a": 5, "a": 10}, hidden=6, noise={"a": 15}))
    assert text is not None
    assert "<dc:date>" not in text


def test_a_notebook_finds_the_picture() -> None:
    assert DIAGRAM._repr_svg_() == svg(DIAGRAM)
    assert THREE._repr_svg_() is None
    assert plt.get_fignums() == []
