import math

import pytest
from matplotlib.figure import Figure

from figures.diagrams.legend import legend_of, legend_of_path
from figures.style.theme import styled
from venn import VennDiagram, growing_alpha, growing_gamma

NAMED = VennDiagram(
    {"RADIOLOGY_REPORT": 12, "chest_x-ray": 9, "chest_x-ray&RADIOLOGY_REPORT": 35},
    hidden=2,
    noise={"chest_x-ray": 400},
    modalities=("RADIOLOGY_REPORT", "chest_x-ray"),
)
README = VennDiagram({"a": 10, "b": 10, "a&b": 5}, hidden=6, noise={"a": 15, "b": 35})
DOLLARS = VennDiagram({"$x^2$": 3, "b": 1}, modalities=("$x^2$", "b"))


def labels(diagram: VennDiagram, line: float) -> list[str]:
    return [str(entry.get_label()) for entry in legend_of(diagram, line)]


def test_it_states_shares_and_channels() -> None:
    assert labels(README, math.inf) == [
        "α = 0.40: 10 seen by a alone",
        "γ = 0.20: 5 seen by both a and b",
        "β = 0.40: 10 seen by b alone",
        "hidden: 6 seen by neither",
        "a (teacher): 15 decisive + 15 noise channels",
        "b (student): 15 decisive + 35 noise channels",
    ]


def width(text: str) -> float:
    """Return the points that a text takes where it is drawn."""
    figure = Figure(dpi=72)
    return float(figure.text(0, 0, text, fontsize=18).get_window_extent().width)


@pytest.mark.parametrize("line", [500, 350, 200, 90])
def test_lines_are_as_long_as_there_is_room_and_no_letter_is_lost(line: float) -> None:
    with styled("talk"):
        whole, folded = labels(NAMED, math.inf), labels(NAMED, line)
    assert not any("\n" in text for text in whole)
    for one, other in zip(whole, folded, strict=True):
        assert other.replace("\n", "").replace(" ", "") == one.replace(" ", "")
        assert width(other) <= 1.02 * line  # hinted where it is drawn
        assert ("\n" in other) == (width(one) > line)


def test_a_dollar_sign_in_a_name_is_no_mathematics() -> None:
    for line in (math.inf, 60):
        for text in labels(DOLLARS, line):
            assert text.count("$") == text.count(r"\$")


def test_a_path_names_what_occurs_along_it() -> None:
    gamma, alpha = (
        [entry.get_label() for entry in legend_of_path(path)]
        for path in (growing_gamma(), growing_alpha())
    )
    everything = ["α: teacher only", "γ: both (general)", "β: student only", "hidden from both"]
    assert gamma == everything
    assert alpha == [text for text in everything if not text.startswith("β")]
