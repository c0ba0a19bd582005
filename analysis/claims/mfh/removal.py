"""Features of a teacher removed one after another: it worsens, and its student first improves."""

import itertools
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd

from analysis.claims.mfh.ranking import mixed
from analysis.methods.agreeing import Agreeing
from analysis.methods.arms import ARMS
from analysis.methods.distilled import Distilled
from analysis.methods.pruned import Order, Pruned
from analysis.methods.ranked import Ranked
from analysis.protocols import Protocol
from analysis.reproductions.table2 import diagram
from analysis.sweeps.plan import Plan
from analysis.verdicts.claim import Claim, Part
from analysis.verdicts.experiments import permuted
from analysis.verdicts.further import facts, means
from analysis.verdicts.worlds import WORLDS

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

ORDERED: Mapping[str, tuple[Order, int]] = {
    LEAST: ("least", 1),
    RANDOM: ("random", DRAWS),
    MOST: ("most", 1),
}
"""How teachers are pruned in each order, and how many draws of the order there are."""


def _plan(protocol: Protocol, seeds: Sequence[int]) -> Plan:
    ranked = Ranked(teacher=Agreeing(), units=mixed(protocol, DIAGRAM))
    arms = {name: ARMS[name] for name in ("no_kd", "kd", "kd_shuffled")}
    for name, (order, draws) in ORDERED.items():
        for share, draw in itertools.product(SHARES[1:], range(draws)):
            own = Pruned(
                teacher=ARMS["teacher"], ranked=ranked, share=share, order=order, draw=draw
            )
            arms[_arm("teacher", name, share, draw)] = own
            arms[_arm("kd", name, share, draw)] = Distilled(teacher=own)
            if name == LEAST:
                arms[_arm("kd", SHUFFLED, share)] = Distilled(teacher=own, shuffled=True)
    return Plan([DIAGRAM], protocol, arms, seeds)


def _arm(role: str, order: str, share: float, draw: int = 0) -> str:
    """Return the name of a teacher or a student: where nothing is removed, the usual one."""
    usual = "kd_shuffled" if order == SHUFFLED else role
    return f"{role} {share:g} {order} {draw}" if share else usual


def _rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row a seed, order and share: accuracies, averaged over the draws of an order."""
    by_arm = frame.pivot(index="seed", columns="arm", values="accuracy")
    blocks = []
    for order, share in itertools.product((*ORDERS, SHUFFLED), SHARES):
        pruned = LEAST if order == SHUFFLED else order
        block = {"order": order, "removed": share, "no_kd": by_arm["no_kd"]}
        for role, own in {"teacher": pruned, "kd": order}.items():
            draws = [_arm(role, own, share, draw) for draw in range(ORDERED[pruned][1])]
            block[role] = by_arm[draws].mean(axis=1)
        blocks.append(pd.DataFrame(block).reset_index())
    return pd.concat(blocks, ignore_index=True)


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
    plan=_plan,
    rows=_rows,
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
