"""Gains that are measured in a moment: few diagrams, few rows, few steps."""

from dataclasses import replace

import pytest

from analysis.reproductions.lecture import COURSES, MODELS, Course
from venn import growing_alpha, growing_gamma, simplex

DIMS = {"a": 4, "b": 5}
SMALL = {
    "gamma": Course("Shared", growing_gamma((0, 2), seen=2, decisive=4, dims=DIMS)),
    "alpha": Course("Own", growing_alpha((0, 2), general=2, decisive=4, dims=DIMS)),
    "general": Course("General", growing_alpha((1, 2), general=2, decisive=4, dims=DIMS)),
    "simplex": Course("All", simplex(decisive=2, step=2, dims=DIMS)),
}
FAST = {
    name: replace(
        protocol,
        n_train=20,
        n_test=50,
        optimiser=replace(protocol.optimiser, steps=8),
        width=min(protocol.width, 3),
        teacher_width=min(protocol.width, 3),
    )
    for name, protocol in MODELS.items()
}


def shrink(monkeypatch: pytest.MonkeyPatch, seeds: range) -> None:
    """Put them, and fewer seeds, in the place of the lecture's own."""
    assert list(SMALL) == list(COURSES)
    monkeypatch.setattr("analysis.reproductions.lecture.SEEDS", seeds)
    monkeypatch.setattr("analysis.reproductions.lecture.COURSES", SMALL)
    monkeypatch.setattr("analysis.reproductions.lecture.MODELS", FAST)
