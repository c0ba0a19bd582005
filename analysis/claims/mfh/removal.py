"""Features of a teacher removed one after another: it worsens, and its student first improves."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from analysis.claims.mfh.ranking import agreed, checked, nullified, permuted_rows, seen, started
from analysis.methods.arms import NO_KD, TEACHER
from analysis.methods.trials import Trial
from analysis.reproductions.table2 import diagram
from analysis.training.minimise import minimise
from analysis.training.objectives import Distillation
from analysis.training.outputs import accuracy, outputs
from analysis.verdicts.claim import Claim, Part, Trained
from analysis.verdicts.experiments import permuted
from analysis.verdicts.further import facts, means
from analysis.verdicts.worlds import WORLDS, World
from synth import stream

DIAGRAM = diagram(10, 10)
"""That of Table 2 at γ = ½: of the teacher's 50 channels 10 are general."""

SHARES = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.98)
"""Of the teacher's features, removed."""

GENERAL_LEFT, MOST_REMOVED = 0.8, SHARES[-1]
"""Where as many channels are left as are general, which the truth says; and the end."""

LEAST, RANDOM, MOST = "least general first", "random order", "most general first"
ORDERS = (LEAST, RANDOM, MOST)

SHUFFLED = "least general first, shuffled"
"""Students imitate what a teacher of the order `LEAST` says of other rows."""

DRAWS = 3
"""Random orders of each seed, over which accuracies are averaged."""

HELPS = 0.25
"""Points below which a gain does not count."""

LABELS = Distillation(teacher_weight=0.0)


def _experiment(world: World, seeds: Sequence[int], trained: Trained) -> pd.DataFrame:
    protocol = world.protocol
    trials = [protocol.trial(DIAGRAM, seed) for seed in seeds]
    x, x_student, y = seen(trials, "train")
    x_test, x_student_test, y_test = seen(trials, "test")
    start = started(world, trials, NO_KD)
    teacher, alone = (
        checked(minimise(LABELS, initial, (view, y), protocol.setup.optimiser))
        for initial, view in ((started(world, trials, TEACHER), x), (start, x_student))
    )
    no_kd = accuracy(alone, x_student_test, y_test).numpy()

    def scores(order: Tensor, share: float, *, shuffled: bool) -> Float[np.ndarray, "role seed"]:
        """Return accuracies of teachers without some features, and of their students."""
        left = nullified(world, teacher, _gone(order, share))
        said = outputs(left, x)
        if shuffled:
            said = permuted_rows(said, trials)
        data = (x_student, y, protocol.distillation.soften(said))
        student = checked(minimise(protocol.distillation, start, data, protocol.setup.optimiser))
        right = accuracy(left, x_test, y_test), accuracy(student, x_student_test, y_test)
        return torch.stack(right).numpy()

    blocks = []
    for name, orders in _orders(world, trials, seeds).items():
        for share in SHARES:
            found = [scores(order, share, shuffled=name == SHUFFLED) for order in orders]
            own, student = np.mean(found, axis=0)
            block = {"seed": seeds, "order": name, "removed": share}
            blocks.append(pd.DataFrame(block | {"teacher": own, "no_kd": no_kd, "kd": student}))
    trained(len(seeds) * (4 + len(SHARES) * (3 + DRAWS)))
    return pd.concat(blocks, ignore_index=True)


def _orders(
    world: World, trials: Sequence[Trial], seeds: Sequence[int]
) -> Mapping[str, Sequence[Int[Tensor, "seed feature"]]]:
    """Return the orders in which features of each seed are removed: one, or several to average."""
    ranked = agreed(world, trials, seen(trials, "train"), seeds)
    least = ranked.saliency.argsort(dim=1, stable=True)
    chance = [stream(seed, "removal") for seed in seeds]
    draws = [
        torch.from_numpy(np.stack([own.permutation(least.shape[1]) for own in chance]))
        for _ in range(DRAWS)
    ]
    return {LEAST: [least], RANDOM: draws, MOST: [least.flip(1)], SHUFFLED: [least]}


def _gone(order: Int[Tensor, "seed feature"], share: float) -> Bool[Tensor, "seed feature"]:
    """Return which features of each seed are gone where so large a share is removed."""
    first = order[:, : round(share * order.shape[1])]
    return torch.zeros_like(order, dtype=torch.bool).scatter_(1, first, True)


def _percent(rows: pd.DataFrame, role: str) -> pd.DataFrame:
    """Return accuracies in percent: one row a seed, columns by order and share."""
    return 100 * rows.pivot(index="seed", columns=["order", "removed"], values=role)


def _values(rows: pd.DataFrame) -> pd.DataFrame:
    teacher, student = _percent(rows, "teacher"), _percent(rows, "kd")
    at = {order: student[order, GENERAL_LEFT] for order in (*ORDERS, SHUFFLED)}
    whole = student[LEAST, 0.0]
    lead = at[LEAST] - at[SHUFFLED]
    return pd.DataFrame(
        {
            "student's change": at[LEAST] - whole,
            "teacher's change": teacher[LEAST, GENERAL_LEFT] - teacher[LEAST, 0.0],
            "student's change at the end": student[LEAST, MOST_REMOVED] - at[LEAST],
            "random order": at[RANDOM] - whole,
            "most general first": at[MOST] - whole,
            "beyond random order": at[LEAST] - at[RANDOM],
            "beyond shuffled": lead,
            "rise beyond shuffled": lead - (whole - student[SHUFFLED, 0.0]),
        }
    )


def _further(rows: pd.DataFrame) -> pd.DataFrame:
    teacher, student = _percent(rows, "teacher")[LEAST], _percent(rows, "kd")
    gain = student - _percent(rows, "no_kd")
    gains = {
        "gain, nothing removed": gain[LEAST, 0.0],
        **{f"gain at 80 % removed, {order}": gain[order, GENERAL_LEFT] for order in ORDERS},
    }
    accuracies = {
        "teacher, nothing removed": teacher[0.0],
        "teacher at 80 % removed": teacher[GENERAL_LEFT],
    }
    best = SHARES[int(student[LEAST][[*SHARES]].to_numpy().mean(axis=0).argmax())]
    return pd.concat(
        [
            means(pd.DataFrame(gains), "points"),
            means(pd.DataFrame(accuracies), "%"),
            facts({"removed where the mean student is best": best}, "share"),
        ],
        ignore_index=True,
    )


def _orders_permuted(rows: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """Return rows whose three orders are permuted within each seed."""
    shuffled = rows["order"] == SHUFFLED
    moved = permuted(rows[~shuffled], generator, along="order")
    return pd.concat([moved, rows[shuffled]], ignore_index=True)


def _taught_by_noise(rows: pd.DataFrame, _: np.random.Generator) -> pd.DataFrame:
    """Return rows in which no teacher of the order `LEAST` says anything of its row."""
    control = rows[rows["order"] == SHUFFLED]
    return pd.concat([rows[rows["order"] != LEAST], control.assign(order=LEAST)], ignore_index=True)


CLAIM = Claim(
    name="mfh-removal",
    title="What is not general can go",
    words="As a teacher's features are removed, the least modality-general first, the teacher becomes "
    "less accurate and its student more, until general ones go too; removing as many in random order, "
    "or the most general first, does not help.",
    source="Xue et al. (ICLR 2023), RAVDESS and VGGSound, with Algorithm 1",
    method="On the diagram of Table 2 at γ = 1/2, channels of a trained teacher are set to 0, or its "
    "hidden units where views rotate channels, in the order of Algorithm 1's saliency; the teacher is "
    "not trained again. Students of each share removed are compared at 0, at 80 %, where as many "
    "channels are left as are general, and at 98 %. They must beat students of teachers that lost as "
    "many features at random, the mean of three orders, and of the same teacher shuffled.",
    experiment=_experiment,
    values=_values,
    parts=(
        Part(
            "student's change",
            "with the general features left, the student is better than with all",
        ),
        Part("teacher's change", "the teacher is less accurate then", side="below"),
        Part(
            "student's change at the end",
            "with hardly a feature left, the student is worse again",
            side="below",
        ),
        Part(
            "random order",
            "as many features removed at random do not help the student",
            side="below",
            margin=HELPS,
        ),
        Part(
            "most general first",
            "nor does it help to remove the most general ones",
            side="below",
            margin=HELPS,
        ),
        Part("beyond random order", "the order by saliency leaves a better teacher than chance"),
        Part("beyond shuffled", "with the general features left, it beats a shuffled teacher"),
        Part("rise beyond shuffled", "and by more than the whole teacher does"),
    ),
    nulls={
        "shares permuted within each seed": partial(permuted, along="removed"),
        "orders permuted within each seed": _orders_permuted,
        "the teachers' outputs shuffled": _taught_by_noise,
    },
    worlds=WORLDS,
    further=_further,
)
