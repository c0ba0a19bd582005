"""Figure 2: the more the modalities share, the more distillation helps."""

from collections.abc import Sequence
from functools import partial

import pandas as pd

from analysis.protocols import Protocol
from analysis.reproductions.figure2 import FIGURE2
from analysis.sweeps.plan import Plan
from analysis.verdicts.claim import Claim, Part
from analysis.verdicts.experiments import leads, permuted, slope, taught_by_noise
from analysis.verdicts.worlds import WORLDS

SWEPT = ("no_kd", "kd", "um_kd", "kd_shuffled", "hard_label")


def _plan(protocol: Protocol, seeds: Sequence[int]) -> Plan:
    return Plan(FIGURE2.path, protocol, SWEPT, seeds)


def _values(rows: pd.DataFrame) -> pd.DataFrame:
    gain = leads(rows, "gamma", "kd", "no_kd")  # (seed, gamma)
    least, most = gain.columns[0], gain.columns[-1]
    beyond = {
        arm: leads(rows, "gamma", "kd", arm) for arm in ("kd_shuffled", "hard_label", "um_kd")
    }
    return pd.DataFrame(
        {
            "slope": slope(gain),
            "slope beyond shuffled": slope(beyond["kd_shuffled"]),
            "gain at γ = 1": gain[most],
            "beyond shuffled at γ = 1": beyond["kd_shuffled"][most],
            "beyond hard labels at γ = 1": beyond["hard_label"][most],
            "beyond unimodal at γ = 1": beyond["um_kd"][most],
            "gain at γ = 0": gain[least],
        }
    )


def _published() -> pd.Series:
    gain = FIGURE2.published["gain"].set_axis([diagram.gamma for diagram in FIGURE2.path])
    return pd.Series(
        {
            "slope": slope(gain.to_frame().T).iloc[0],
            "gain at γ = 1": gain.iloc[-1],
            "gain at γ = 0": gain.iloc[0],
        }
    )


PUBLISHED = _published()

CLAIM = Claim(
    name="mfh-gamma",
    title="More overlap, more gain",
    words="The larger the share γ of modality-general decisive features, the more a crossmodal "
    "teacher helps: it hurts or is useless where nothing is shared, and helps where all is.",
    source="Xue et al. (ICLR 2023), Figure 2",
    method="Teacher and student see 10 of 20 decisive features each; γ grows from 0 to 1 at six "
    "points. The gain is the accuracy of the KD student minus that of the No-KD student of the same "
    "seed; its slope is fitted over γ, seed by seed. At γ = 1 the KD student must also beat "
    "students of a shuffled teacher, of heavier hard labels and of a unimodal teacher.",
    plan=_plan,
    values=_values,
    parts=(
        Part(
            "slope",
            "the gain rises with γ",
            unit="points per unit of γ",
            published=PUBLISHED["slope"],
        ),
        Part(
            "slope beyond shuffled",
            "so does the lead over a shuffled teacher's student",
            unit="points per unit of γ",
        ),
        Part(
            "gain at γ = 1",
            "at γ = 1 distillation helps",
            published=PUBLISHED["gain at γ = 1"],
        ),
        Part("beyond shuffled at γ = 1", "more than a shuffled teacher does"),
        Part("beyond hard labels at γ = 1", "more than heavier labels do"),
        Part("beyond unimodal at γ = 1", "more than a teacher of the student's modality does"),
        Part(
            "gain at γ = 0",
            "at γ = 0 it does not help",
            side="below",
            margin=0.25,
            published=PUBLISHED["gain at γ = 0"],
        ),
    ),
    nulls={
        "γ labels permuted within each seed": partial(permuted, along="gamma"),
        "the teacher's outputs shuffled": taught_by_noise,
    },
    worlds=WORLDS,
)
