import pytest

from venn import growing_alpha, growing_gamma


def test_growing_gamma_is_the_path_of_figure_2() -> None:
    """gamma = o / (20 - o), 20 features in the label, of which o hidden; 25 and 50 channels."""
    path = growing_gamma()
    for overlap, diagram in zip((0, 2, 4, 6, 8, 10), path, strict=True):
        assert diagram.gamma == pytest.approx(overlap / (20 - overlap))
        assert diagram.alpha == diagram.beta
        assert diagram.hidden == overlap
        assert diagram.decisive == 20
        assert (diagram.dim("a"), diagram.dim("b")) == (25, 50)
        assert len(diagram.sees("a")) == len(diagram.sees("b")) == 10


def test_growing_alpha_is_the_path_of_figure_3() -> None:
    """alpha = s / (s + 10) = 1 - gamma, 50 features in the label; 50 channels each."""
    path = growing_alpha()
    for specific, diagram in zip((0, 10, 20, 30, 40), path, strict=True):
        assert diagram.alpha == pytest.approx(specific / (specific + 10))
        assert diagram.gamma == pytest.approx(1 - diagram.alpha)
        assert diagram.beta == 0
        assert diagram.hidden == 40 - specific
        assert diagram.decisive == 50
        assert (diagram.dim("a"), diagram.dim("b")) == (50, 50)
        assert diagram.sees("b") == tuple(range(10))
        assert diagram.sees("a") == tuple(range(10 + specific))
