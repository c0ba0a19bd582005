"""Pictures of a claim in one world, and the figure that shows it beside all worlds."""

import importlib
import pkgutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from analysis import PAPER_RESULTS
from analysis.claims import CLAIMS, mfh
from analysis.verdicts import PAPER, Verification, verify
from figures.claims import PICTURES
from figures.report.claim_figure import claim_figure
from figures.style.theme import SWEEP_LABEL, styled
from tests.analysis.verdicts.toy import diverging, rows_of
from tests.figures.claims.made import drawing, mixed, named, points, swept
from tests.figures.seen import clashes, error_bars, smallest

MODULES = [
    importlib.import_module(f"analysis.claims.mfh.{each.name}")
    for each in pkgutil.iter_modules(mfh.__path__)
]
OTHER = "MLP, random network, as it is"
PATHS = {"mfh-gamma": "figure2", "mfh-alpha": "figure3"}


def drawn(name: str, world: str) -> tuple[pd.DataFrame, list[Axes]]:
    """Return mean accuracies in percent, a column an arm, and the axes of the claim's picture."""
    claim = swept(name)
    rows = rows_of(claim, range(8))
    figure = drawing(PICTURES[name], claim, rows, world)
    with styled():
        assert clashes(figure) == []
    share = PAPER_RESULTS[PATHS[name]].axis
    return 100 * rows.pivot_table(index=share, columns="arm", values="accuracy"), figure.axes


def hollow(ax: Axes) -> list[list[float]]:
    """Return the values of each line of published ones."""
    return [[y for _, y in points(line)] for line in ax.lines if line.get_markersize() > 8]


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize("world", [PAPER, OTHER], ids=str)
def test_gains_are_drawn_at_their_means_and_published_ones_in_the_papers_world(
    name: str, world: str
) -> None:
    means, (*_, ax) = drawn(name, world)
    lines = error_bars(ax)
    arms = ("kd", "um_kd", "hard_label", "kd_shuffled")
    assert set(lines) == {SWEEP_LABEL[arm] for arm in arms}
    for arm in arms:
        expected = np.column_stack([means.index, means[arm] - means["no_kd"]])
        np.testing.assert_allclose(lines[SWEEP_LABEL[arm]][:, :2], expected)
    published = PAPER_RESULTS[PATHS[name]].published["gain"]
    assert hollow(ax) == ([list(published)] if world == PAPER else [])


@pytest.mark.parametrize("world", [PAPER, OTHER], ids=str)
def test_the_teachers_accuracy_is_drawn_above_the_gain(world: str) -> None:
    means, (upper, lower) = drawn("mfh-alpha", world)
    assert upper.get_position().y0 > lower.get_position().y1
    (line,) = error_bars(upper).values()
    np.testing.assert_allclose(line[:, 1], means["teacher"])
    published = list(100 * PAPER_RESULTS["figure3"].published["teacher"])
    assert hollow(upper) == ([published] if world == PAPER else [])
    assert "8 seeds" in upper.get_title("left")
    assert ("published" in upper.get_title("left")) == (world == PAPER)


@pytest.mark.parametrize("name", ["true", "failing"])
def test_a_claim_without_a_picture_of_its_own_has_one(name: str) -> None:
    found = mixed(8)
    figure = claim_figure(found, named(found, name))
    with styled():
        assert clashes(figure) == []
    left, right = figure.subfigs
    assert left.get_suptitle() == "in the paper's world: linear, hyperplane, as it is"
    assert [tick.get_text()[:6] for tick in left.axes[0].get_yticklabels()] == ["part 0", "part 1"]
    assert right.get_suptitle().startswith("in every world: part 0 > 0\n")


def test_what_failed_in_the_papers_world_is_said() -> None:
    found = verify([replace(swept("mfh-gamma"), plan=diverging)], range(2))
    figure = claim_figure(found, named(found, "mfh-gamma"))
    left, right = figure.subfigs
    assert [text.get_text() for text in left.texts][1:] == ["did not run"]
    assert len(right.axes[0].texts) == len(found.findings)
    with styled():
        assert clashes(figure) == []


BESIDE = {"β / α = 1\nall the teacher's own", "β / β = 1\nall the student's own"}
"""Boxes that overlap and whose letters do not: a letter beside the shorter of two lines."""


def test_every_picture_is_of_a_claim() -> None:
    assert set(PICTURES) <= {each.CLAIM.name for each in MODULES if hasattr(each, "CLAIM")}


@pytest.mark.parametrize("name", CLAIMS)
def test_every_claims_figure_fits_its_page(name: str) -> None:
    """With real networks of few seeds, and every world of the claim on the right."""
    claim = CLAIMS[name]
    worlds = [*claim.worlds]
    first = replace(claim, worlds={worlds[0]: claim.worlds[worlds[0]]})
    found = verify([first], range(1_000_000, 1_000_002))
    assert not found.failed
    elsewhere = [replace(found.findings[0], claim=claim, world=world) for world in worlds]
    verdicts = pd.concat([found.verdicts] * len(worlds), ignore_index=True).assign(world=worlds)
    parts = pd.concat([found.parts.assign(world=world) for world in worlds])
    figure = claim_figure(Verification(tuple(elsewhere), verdicts, parts, {}), claim)
    with styled():
        assert set(clashes(figure)) <= BESIDE
    assert smallest(figure) >= 7
    for ax in figure.subfigs[0].axes:  # colour is never alone
        marks = [bars[0].get_marker() for bars in ax.containers]
        assert len(set(marks)) == len(marks)
    assert tuple(figure.get_size_inches()) == (9.2, 3.4)
