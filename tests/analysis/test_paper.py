import pytest

from analysis import FIGURES, PaperFigure, distances


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_contract_of_every_figure(figure: PaperFigure) -> None:
    """One reference row a point; the share on its axis grows; a gain is a difference."""
    shares = [getattr(diagram, figure.axis) for diagram in figure.path]
    assert shares == sorted(set(shares))
    for reference in (figure.published, figure.printed):
        assert len(reference) == len(figure.path)
        assert list(reference) == ["teacher", "no_kd", "kd", "gain"]
        gain = reference["kd"] - reference["no_kd"]
        assert (gain - reference["gain"]).abs().max() < 0.011


def test_distances_are_the_largest_per_column() -> None:
    published = FIGURES["figure2"].published
    ours = published.copy()
    ours.loc[2, "kd"] -= 0.7
    ours.loc[3, "kd"] += 0.2
    assert distances(ours, published).to_dict() == pytest.approx(
        {"teacher": 0, "no_kd": 0, "kd": 0.7, "gain": 0}
    )
