"""What the lecture shows: the networks that its page trains, and the sweeps of its gains."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from analysis.protocols import LINEAR, Synthetic
from analysis.reproductions.table2 import TABLE2
from analysis.sweeps.plan import Plan
from analysis.sweeps.settings import describe
from venn import VennDiagram, growing_alpha, growing_gamma, simplex

MODELS: Mapping[str, Synthetic] = {"linear": LINEAR, "hidden": Synthetic()}
"""What the page trains: the paper's linear models, and those of `Synthetic`."""

RULES = ("hyperplane", "quadratic", "parity")
"""The rules by which the page labels its rows."""

CONTROLS = {"n_train": "n", "flip": "flip", "rule": "rule", "temperature": "temperature"}
"""Settings that the page's controls change, by the page's names; the KD weight is one more."""

KD_ARMS = ("kd", "kd_general", "kd_multimodal", "um_kd")
"""The students that the page can show, each with a teacher of its own."""

SEEDS = range(300)


class Course(NamedTuple):
    """Diagrams along which gains are measured.

    Parameters
    ----------
    title : str
        What they show.
    diagrams : tuple of VennDiagram
        One a point.
    """

    title: str
    diagrams: tuple[VennDiagram, ...]


COURSES: Mapping[str, Course] = {
    "gamma": Course("Figure 2: the overlap grows", growing_gamma(range(11))),
    "alpha": Course("Figure 3: the teacher improves", growing_alpha(range(0, 41, 5))),
    "general": Course("Table 2: what is general grows", TABLE2.path[::-1]),
    "simplex": Course("All shares, nothing hidden", simplex(dims={"a": 25, "b": 50})),
}
"""The paper's two figures at more points, its Table 2, and all shares of 20 features."""


def plans(seeds: Sequence[int] = SEEDS) -> dict[str, Plan]:
    """Return the sweep of each of `MODELS`: every arm at every diagram of every course.

    The courses of a model are one plan, as they share diagrams and networks.
    """
    diagrams = tuple(dict.fromkeys(d for course in COURSES.values() for d in course.diagrams))
    arms = ("no_kd", *KD_ARMS)
    return {name: Plan(diagrams, protocol, arms, seeds) for name, protocol in MODELS.items()}


def rows_of(plan: Plan, frame: pd.DataFrame) -> pd.DataFrame:
    """Return those rows of a store's frame that a plan asks for.

    Parameters
    ----------
    plan : Plan
        Some of what the store holds.
    frame : DataFrame
        From `Store.frame`.
    """
    points = pd.DataFrame([describe(point) for point in plan.points])
    found = frame.merge(points)  # on every setting that the plan's points have
    return found[found["arm"].isin(plan.arms) & found["seed"].isin(plan.seeds)]
