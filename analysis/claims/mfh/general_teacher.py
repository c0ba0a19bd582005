"""Table 2: a teacher kept to what is general is worse, and teaches better."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.methods.general_teacher import WAYS
from analysis.protocols import Protocol
from analysis.reproductions.table2 import TABLE2, diagram
from analysis.sweeps.plan import Plan
from analysis.verdicts.claim import Claim, Part
from analysis.verdicts.experiments import leads
from analysis.verdicts.worlds import WORLDS

DIAGRAMS = tuple(diagram(10, general) for general in (5, 10, 30))
"""10 features of the teacher's own, and 5, 10 or 30 general ones: γ = 0.33, 0.5 and 0.75."""

SWEPT = ("no_kd", "kd", "kd_shuffled", "hard_label", "um_kd", "kd_general")
GENERAL = ("general_teacher", "kd_general")
"""What is trained, and which of it depends on what a general teacher keeps."""

SIDES = (
    ("teacher", "kd"),
    ("general_teacher gt", "kd_general gt"),
    ("general_teacher alg1", "kd_general alg1"),
)
"""Teachers with their students, which a world without the effect exchanges."""

ROWS = [len(WAYS) * TABLE2.path.index(diagram) for diagram in DIAGRAMS]
PUBLISHED = 100 * TABLE2.published.iloc[ROWS].mean()
"""The means of the table's rows that have these diagrams."""


def _plan(protocol: Protocol, seeds: Sequence[int]) -> Plan:
    return Plan(DIAGRAMS, protocol, SWEPT, seeds, {"general_channels": WAYS})


def _rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a point a diagram, whose general arms are called by the way in which they keep."""
    point, way = frame["point"] // len(WAYS), frame["general_channels"]
    general = frame["arm"].isin(GENERAL)
    arm = frame["arm"].where(~general, frame["arm"] + " " + way)
    return frame.assign(point=point, arm=arm)[general | (way == WAYS[0])]


def _values(rows: pd.DataFrame) -> pd.DataFrame:
    def lead(arm: str, over: str) -> pd.Series:
        return leads(rows, "point", arm, over).mean(axis=1)  # over diagrams

    return pd.DataFrame(
        {
            "student": lead("kd_general gt", "kd"),
            "teacher": lead("general_teacher gt", "teacher"),
            "student by Algorithm 1": lead("kd_general alg1", "kd"),
            "Algorithm 1 over chance": lead("kd_general alg1", "kd_general random"),
            "beyond no teacher": lead("kd_general gt", "no_kd"),
            "beyond shuffled": lead("kd_general gt", "kd_shuffled"),
            "beyond hard labels": lead("kd_general gt", "hard_label"),
            "beyond unimodal": lead("kd_general gt", "um_kd"),
        }
    )


def _by_lot(rows: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """Return rows in which lots a seed say which teacher, with its student, is called what."""
    roles = np.array(SIDES)  # (side, role)
    seeds, seed = np.unique(rows["seed"], return_inverse=True)
    lots = generator.permuted(np.tile(np.arange(len(SIDES)), (len(seeds), 1)), axis=1)
    places = {arm: at for at, arm in np.ndenumerate(roles)}
    arms = [
        arm if arm not in places else roles[lots[i, places[arm][0]], places[arm][1]]
        for i, arm in zip(seed, rows["arm"], strict=True)
    ]
    return rows.assign(arm=arms)


def _by_chance(rows: pd.DataFrame, _: np.random.Generator) -> pd.DataFrame:
    """Return rows in which every way to pick channels picks them at random."""
    kept = rows[~rows["arm"].str.endswith((" gt", " alg1"))]
    random = kept[kept["arm"].str.endswith(" random")]
    copies = [
        random.assign(arm=random["arm"].str.replace(" random", f" {way}")) for way in ("gt", "alg1")
    ]
    return pd.concat([kept, *copies], ignore_index=True)


CLAIM = Claim(
    name="mfh-general-teacher",
    title="A worse teacher that teaches better",
    words="A teacher that sees nothing but its modality-general channels is less accurate than the "
    "regular one, and its student is more accurate; Algorithm 1 finds such channels, told their number.",
    source="Xue et al. (ICLR 2023), Table 2",
    method="The teacher sees 10 features of its own and 5, 10 or 30 general ones; the student sees "
    "the general ones. General teachers keep the truly general channels, as many by Algorithm 1, or "
    "as many at random (where views rotate channels, mixed ones; the truth then keeps a projection). "
    "Accuracies are averaged over the three diagrams. The student of the truly general teacher must "
    "also beat all controls.",
    plan=_plan,
    rows=_rows,
    values=_values,
    parts=(
        Part(
            "student",
            "the general teacher's student is better than the regular teacher's",
            published=PUBLISHED["kd_general"] - PUBLISHED["kd"],
        ),
        Part(
            "teacher",
            "the general teacher is less accurate than the regular one",
            side="below",
            published=PUBLISHED["general_teacher"] - PUBLISHED["teacher"],
        ),
        Part(
            "student by Algorithm 1",
            "with the channels that Algorithm 1 picks its student is better too",
        ),
        Part("Algorithm 1 over chance", "it is better than with channels picked at random"),
        Part("beyond no teacher", "the general teacher's student is better than without a teacher"),
        Part("beyond shuffled", "than with a shuffled teacher"),
        Part("beyond hard labels", "than with heavier labels"),
        Part("beyond unimodal", "than with a teacher of its own modality"),
    ),
    nulls={
        "regular and general teachers exchanged by lot": _by_lot,
        "channels picked at random in every way": _by_chance,
    },
    worlds=WORLDS,
)
