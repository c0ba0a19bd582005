import pandas as pd
import pytest

from analysis import FIGURES, PaperFigure, differences


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


def test_differences_are_ours_minus_theirs() -> None:
    published = FIGURES["figure2"].published
    ours = published.assign(kd=published["kd"] + pd.Series([0, 0, -0.7, 0.2, 0, 0]))
    far = differences(ours, published)
    assert list(far["kd"].round(9)) == [0, 0, -0.7, 0.2, 0, 0]
    assert far[["teacher", "no_kd", "gain"]].abs().max().max() == 0
