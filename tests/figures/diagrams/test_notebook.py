from matplotlib import pyplot as plt

from figures.diagrams.notebook import svg
from venn import VennDiagram

DIAGRAM = VennDiagram({"a": 10, "b": 10, "a&b": 5}, hidden=6, noise={"a": 15})
THREE = VennDiagram({"a&b&c": 1}, modalities=("a", "b", "c"))


def test_two_modalities_are_drawn_as_svg_and_the_same_diagram_as_the_same_bytes() -> None:
    text = svg(DIAGRAM)
    assert text == svg(VennDiagram({"b": 10, "b&a": 5, "a": 10}, hidden=6, noise={"a": 15}))
    assert text is not None
    assert text.startswith("<?xml")
    assert text.rstrip().endswith("</svg>")
    assert "γ = 0.20: 5 seen by both a and b" in text
    assert "<dc:date>" not in text


def test_a_notebook_finds_the_picture() -> None:
    assert DIAGRAM._repr_svg_() == svg(DIAGRAM)
    assert THREE._repr_svg_() is None
    assert plt.get_fignums() == []
