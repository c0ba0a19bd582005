"""Table 2: a teacher kept to what is general is worse, and teaches better."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.methods.general_teacher import WAYS
from analysis.reproductions.table2 import TABLE2, diagram
from analysis.verdicts.claim import Claim, Part, Trained
from analysis.verdicts.experiments import leads, sweep
from analysis.verdicts.worlds import WORLDS, World

GENERAL = (5, 10, 30)
DIAGRAMS = tuple(diagram(10, general) for general in GENERAL)
"""10 features of the teacher's own, and 5, 10 or 30 general ones: γ = 0.33, 0.5 and 0.75."""

REGULAR = ("no_kd", "kd", "kd_shuffled", "hard_label", "um_kd")
KEPT = ("kd_general",)
"""Students that do not depend on what a general teacher keeps, and those that do."""

SIDES = (
    ("teacher", "kd"),
    ("general_teacher gt", "kd_general gt"),
    ("general_teacher alg1", "kd_general alg1"),
)
"""Teachers with their students, which a world without the effect exchanges."""

ROWS = [len(WAYS) * TABLE2.path.index(diagram) for diagram in DIAGRAMS]
PUBLISHED = 100 * TABLE2.published.iloc[ROWS].mean()
"""The means of the table's rows that have these diagrams."""


def _experiment(world: World, seeds: Sequence[int], trained: Trained) -> pd.DataFrame:
    regular = sweep(DIAGRAMS, world, REGULAR, seeds, trained)
    kept = sweep(DIAGRAMS, world, KEPT, seeds, trained, {"general_channels": WAYS})
    way = kept.pop("general_channels")
    point = (kept["point"] - 1) // len(WAYS) + 1  # that of the diagram: points count from 1
    kept = kept.assign(point=point, arm=kept["arm"] + " " + way)
    return pd.concat([regular, kept], ignore_index=True)


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
    experiment=_experiment,
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
