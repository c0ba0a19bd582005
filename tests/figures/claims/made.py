"""Verifications of claims whose numbers are made up, and what is written on their figures."""

from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D

from analysis import PAPER_RESULTS
from analysis.claims import CLAIMS
from analysis.verdicts import PAPER, Claim, Finding, Part, Verification, verify
from figures.claims import Picture
from figures.style.theme import styled
from tests.analysis.claims.made import Gain, over_diagrams
from tests.analysis.verdicts.toy import claim, failing, small

TRUE, FALSE, NEITHER = [1.0, 1.0], [1.0, -1.0], [1.0, 0.0]
"""Effects of a claim's parts, in standard deviations."""


def mixed(seeds: int = 60) -> Verification:
    """Return a verification with every verdict, and a failure."""
    signs = (Part("part 0", "part 0 > 0", published=0.9), Part("part 1", "part 1 < 2", "below", 2))
    claims = [
        claim(TRUE, "true", parts=signs, further=further),
        claim(FALSE, "false"),
        claim(NEITHER, "neither"),
        claim(TRUE, "failing", plan=failing),
    ]
    return verify(claims, range(seeds))


def further(rows: pd.DataFrame) -> pd.DataFrame:
    """Return two numbers, the second without bounds."""
    largest = float(rows["value"].max())
    return pd.DataFrame(
        {
            "name": ["largest", "count"],
            "value": [largest, float(len(rows))],
            "low": [largest - 1, -np.inf],
            "high": [largest + 1, np.inf],
            "unit": ["sd", "rows"],
        }
    )


def named(verification: Verification, name: str) -> Claim:
    """Return a claim of a verification."""
    return next(f.claim for f in verification.findings if f.claim.name == name)


def swept(name: str) -> Claim:
    """Return a claim about a path whose students' accuracies are made up, and lie far apart."""
    figure = PAPER_RESULTS[{"mfh-gamma": "figure2", "mfh-alpha": "figure3"}[name]]
    tilts = {"teacher": 10.0, "no_kd": 0.0, "kd": 3.0, "um_kd": 0.5, "kd_shuffled": -0.7}
    tilts["hard_label"] = 0.2

    def gain(tilt: float) -> Gain:
        return lambda diagram: tilt * (getattr(diagram, figure.axis) - 0.4)

    def rows(frame: pd.DataFrame) -> pd.DataFrame:
        gains = {arm: gain(tilt) for arm, tilt in tilts.items()}
        return over_diagrams(figure.path, gains, frame["seed"].to_list())

    return replace(CLAIMS[name], plan=small, rows=rows)


def canvas(width: float = 5.2, height: float = 3.2) -> tuple[Figure, SubFigure]:
    """Return a figure and the part of it that a picture draws on."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subfigures(squeeze=False)[0, 0]


def drawing(picture: Picture, claim: Claim, rows: pd.DataFrame, world: str = PAPER) -> Figure:
    """Return a claim's picture of rows in a world."""
    with styled():
        figure, part = canvas()
        picture(part, Finding(claim, world, rows, 0, 0.0))
        figure.draw_without_rendering()
    return figure


def points(line: Line2D) -> list[tuple[float, float]]:
    """Return the points of a line."""
    return [(float(x), float(y)) for x, y in np.asarray(line.get_xydata(), dtype=float)]
