"""Figure 3: a better teacher, and a student that gains less."""

from collections.abc import Sequence
from functools import partial

import pandas as pd

from analysis.protocols import Protocol
from analysis.reproductions.figure3 import FIGURE3
from analysis.sweeps.plan import Plan
from analysis.verdicts.claim import Claim, Part
from analysis.verdicts.experiments import accuracies, leads, permuted, slope, taught_by_noise
from analysis.verdicts.worlds import WORLDS

SWEPT = ("no_kd", "kd", "um_kd", "kd_shuffled", "hard_label")


def _plan(protocol: Protocol, seeds: Sequence[int]) -> Plan:
    return Plan(FIGURE3.path, protocol, SWEPT, seeds)


def _values(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "slope of the gain": slope(leads(rows, "alpha", "kd", "no_kd")),
            "slope beyond shuffled": slope(leads(rows, "alpha", "kd", "kd_shuffled")),
            "slope of the teacher": slope(accuracies(rows, "alpha", "teacher")),
        }
    )


def _published() -> pd.Series:
    points = FIGURE3.published.set_axis([diagram.alpha for diagram in FIGURE3.path])
    shown = pd.DataFrame({"gain": points["gain"], "teacher": 100 * points["teacher"]})
    return slope(shown.T)


PUBLISHED = _published()

CLAIM = Claim(
    name="mfh-alpha",
    title="A better teacher, a smaller gain",
    words="The more teacher-specific features the teacher sees, the more accurate it is, and the "
    "less its student gains: a more accurate teacher need not be a better one.",
    source="Xue et al. (ICLR 2023), Figure 3",
    method="Teacher and student share 10 of 50 decisive features; the teacher sees 0 to 40 others, "
    "so that α grows from 0 to 0.8 at five points. Slopes over α are fitted seed by seed: of the "
    "teacher's accuracy, of the gain, and of the lead over the student of a shuffled teacher, which "
    "falls too unless the fall is a side effect of a more confident teacher.",
    plan=_plan,
    values=_values,
    parts=(
        Part(
            "slope of the gain",
            "the gain falls with α",
            side="below",
            unit="points per unit of α",
            published=PUBLISHED["gain"],
        ),
        Part(
            "slope beyond shuffled",
            "so does the lead over a shuffled teacher's student",
            side="below",
            unit="points per unit of α",
        ),
        Part(
            "slope of the teacher",
            "the teacher's accuracy rises with α",
            unit="points per unit of α",
            published=PUBLISHED["teacher"],
        ),
    ),
    nulls={
        "α labels permuted within each seed": partial(permuted, along="alpha"),
        "the teacher's outputs shuffled": taught_by_noise,
    },
    worlds=WORLDS,
)
