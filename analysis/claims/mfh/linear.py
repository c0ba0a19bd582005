"""Linear models: what a student can never match, and what of a teacher predicts the gain."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Float

from analysis.claims.mfh.preservation import Error, Preserved
from analysis.methods.agreeing import Agreeing
from analysis.methods.arms import NO_KD
from analysis.methods.distilled import Distilled
from analysis.methods.scaled import Scaled
from analysis.protocols import Protocol
from analysis.reproductions.table2 import diagram
from analysis.statistics.rank_correlation import rank_correlation
from analysis.sweeps.plan import Plan
from analysis.training.optimiser import Optimiser
from analysis.verdicts.claim import Claim, Part
from analysis.verdicts.further import means
from analysis.verdicts.worlds import worlds

DIAGRAM = diagram(10, 10)
"""That of Table 2 at γ = ½."""

AGREEMENTS = (0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
"""How much each teacher is to say the same as a network that sees the student's modality."""

TOGETHER = Optimiser("sgd", learning_rate=0.01, steps=1000)
"""Rate and steps of Algorithm 1; at this rate the largest agreement does not diverge yet."""

COLUMNS = {
    "teacher": "agreeing",
    "no_kd": "no_kd",
    "kd": "kd_agreeing",
    "kd_scaled": "kd_scaled",
    "kd_shuffled": "kd_agreeing_shuffled",
}
"""Accuracies by the arms that have them: the teacher's, and those of students."""

STUDENTS = [*COLUMNS][1:]

ENDS = {"regular teacher": AGREEMENTS[0], "most general teacher": AGREEMENTS[-1]}
SIDES: tuple[Literal["above", "below"], ...] = ("above", "below")

MARGIN = 0.01
"""How far the measured error may lie from the predicted one, as a share of the variance."""


def _plan(protocol: Protocol, seeds: Sequence[int]) -> Plan:
    """Return teachers that agree more and more, and their students.

    Those whose teacher is scaled imitate teachers as confident as the one that need not agree.
    """
    teacher, regular = (Agreeing(agreement=each, optimiser=TOGETHER) for each in (1.0, 0.0))
    arms = {
        "agreeing": teacher,
        "no_kd": NO_KD,
        "kd_agreeing": Distilled(teacher=teacher),
        "kd_scaled": Distilled(teacher=Scaled(teacher=teacher, like=regular)),
        "kd_agreeing_shuffled": Distilled(teacher=teacher, shuffled=True),
    }
    axes = {"agreeing.agreement": AGREEMENTS}
    measures = {"preserved": Preserved(), "error": Error()}
    return Plan([DIAGRAM], protocol, arms, seeds, axes, measures)


def _rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row a seed and teacher: accuracies, and what was measured of the teacher."""
    frame = frame.rename(columns={"agreeing.agreement": "agreement"})
    key = ["seed", "agreement"]
    accuracy = frame.pivot(index=key, columns="arm", values="accuracy")
    scores = {name: accuracy[arm] for name, arm in COLUMNS.items()}
    teacher = frame[frame["arm"] == "agreeing"].set_index(key)[["preserved", "error"]]
    return pd.DataFrame(scores).join(teacher).reset_index()


def _tables(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return each column, accuracies in percent: one row a seed, one column an agreement."""
    tables = {
        name: rows.pivot(index="seed", columns="agreement", values=name)
        for name in ("preserved", "error", "teacher", *STUDENTS)
    }
    percent = {name: 100 * tables[name] for name in ("teacher", *STUDENTS)}
    return tables | percent


def _values(rows: pd.DataFrame) -> pd.DataFrame:
    of = _tables(rows)

    def orders(name: str, gain: pd.DataFrame) -> Float[np.ndarray, " seed"]:
        # Rounded, because what is equal must be equal: 70.1 - 69.9 is not 60.3 - 60.1.
        return rank_correlation(of[name].to_numpy(), gain.to_numpy().round(9))

    gain = of["kd"] - of["no_kd"]
    by_preserved = orders("preserved", gain)
    beyond = of["error"] - (1 - of["preserved"])
    return pd.DataFrame(
        {
            "γ preserved": by_preserved,
            "γ preserved, equal confidence": orders("preserved", of["kd_scaled"] - of["no_kd"]),
            "γ preserved, beyond shuffled": orders("preserved", of["kd"] - of["kd_shuffled"]),
            "γ preserved over accuracy": by_preserved - orders("teacher", gain),
            **{
                f"error {side} prediction, {who}": beyond[at]
                for who, at in ENDS.items()
                for side in SIDES
            },
        },
        index=beyond.index,
    )


def _further(rows: pd.DataFrame) -> pd.DataFrame:
    of = _tables(rows)
    gain, off = of["kd"] - of["no_kd"], of["error"] - (1 - of["preserved"])

    def both(table: pd.DataFrame, what: str, unit: str) -> pd.DataFrame:
        return means(pd.DataFrame({f"{what}, {who}": table[at] for who, at in ENDS.items()}), unit)

    return pd.concat(
        [
            both(gain, "gain", "points"),
            both(of["teacher"], "accuracy", "%"),
            both(of["preserved"], "γ preserved", "share"),
            both(off, "error less prediction", "share"),
        ],
        ignore_index=True,
    )


def _exchanged(rows: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """Return rows whose students are exchanged among the teachers of a seed at random."""
    seed = rows["seed"].to_numpy()
    own = np.argsort(seed, kind="stable")
    others = np.lexsort((generator.random(len(rows)), seed))
    students = rows[STUDENTS].iloc[others].set_axis(rows.index[own])
    return rows.assign(**{arm: students[arm] for arm in STUDENTS})


def _taught_by_noise(rows: pd.DataFrame, _: np.random.Generator) -> pd.DataFrame:
    """Return rows in which no teacher says anything of its row."""
    return rows.assign(kd=rows["kd_shuffled"], kd_scaled=rows["kd_shuffled"])


def _ordered(name: str, statement: str) -> Part:
    return Part(name, statement, unit="of rank correlation")


def _within(side: Literal["above", "below"], who: str) -> Part:
    return Part(
        f"error {side} prediction, {who}",
        f"the irreducible error of the {who} is what its weights say, to 1 % of the variance",
        side="below" if side == "above" else "above",
        margin=MARGIN if side == "above" else -MARGIN,
        unit="of the variance",
    )


CLAIM = Claim(
    name="mfh-linear",
    title="What a linear teacher preserves",
    words="No student of a linear teacher can match the share of its output's variance that is not "
    "modality-general, and of teachers of one diagram those that preserve more general information "
    "give the better students, not those that are more accurate.",
    source="Xue et al. (ICLR 2023), the analysis of linear models",
    method="On the diagram of Table 2 at γ = 1/2 seven linear teachers are trained beside a network "
    "that sees the student's modality, to agree with it by 0 to 30. The share of general features in "
    "a teacher's weights predicts what the best linear match leaves of its output on 2000 fresh rows. "
    "Seed by seed, its rank correlation over teachers with the gain is taken; so with teachers whose "
    "outputs are scaled to the regular teacher's spread, and with the lead over the student of the "
    "same teacher shuffled.",
    plan=_plan,
    rows=_rows,
    values=_values,
    parts=(
        _ordered("γ preserved", "teachers that preserve more general information give more gain"),
        _ordered("γ preserved, equal confidence", "so do teachers of equal confidence"),
        _ordered(
            "γ preserved, beyond shuffled", "so does the lead over a shuffled teacher's student"
        ),
        _ordered("γ preserved over accuracy", "gains rise with it more than with accuracy"),
        *(_within(side, who) for who in ENDS for side in SIDES),
    ),
    nulls={
        "students exchanged among the teachers of a seed": _exchanged,
        "the teachers' outputs shuffled": _taught_by_noise,
    },
    worlds=worlds(models=("linear",)),
    further=_further,
)
