"""`mfh-general-teacher` against its rows, the paper's numbers, and its null worlds."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.claims import CLAIMS
from analysis.claims.mfh.general_teacher import DIAGRAMS, SIDES
from analysis.methods.general_teacher import WAYS
from analysis.verdicts import PAPER, WORLDS
from synth import stream
from tests.analysis.claims.made import over_diagrams
from tests.analysis.verdicts.toy import rows_of

CLAIM = CLAIMS["mfh-general-teacher"]
KEPT = [f"{arm} {way}" for arm in ("general_teacher", "kd_general") for way in WAYS]
REGULAR = ("teacher", "no_kd", "kd", "kd_shuffled", "hard_label", "um_kd")
ROWS = over_diagrams(DIAGRAMS, dict.fromkeys((*REGULAR, *KEPT), lambda _: 0.0), range(600))


def test_the_plan_has_each_teacher_at_each_diagram() -> None:
    assert CLAIM.plan(WORLDS[PAPER], [5]).cells == len(DIAGRAMS) * (2 + 5 + 2 * 3)
    rows = rows_of(CLAIM, [5])
    assert sorted(set(rows["arm"])) == sorted({*ROWS["arm"], "um_teacher"})
    for row in rows.itertuples():
        assert row.gamma == DIAGRAMS[int(row.point)].gamma  # type: ignore[arg-type]
    assert len(rows) == len(DIAGRAMS) * (2 + 5 + 2 * 3)
    mean = rows.groupby("arm")["accuracy"].mean()
    by_chance, *known = (mean[f"general_teacher {way}"] for way in ("random", "gt", "alg1"))
    assert min(known) > by_chance + 0.02


def test_values_are_means_over_diagrams_of_the_rows() -> None:
    found = CLAIM.values(ROWS)
    mean = 100 * ROWS.groupby(["arm", "seed"])["accuracy"].mean()
    general, by_algorithm, kd = mean["kd_general gt"], mean["kd_general alg1"], mean["kd"]
    expected = {
        "student": general - kd,
        "teacher": mean["general_teacher gt"] - mean["teacher"],
        "student by Algorithm 1": by_algorithm - kd,
        "Algorithm 1 over chance": by_algorithm - mean["kd_general random"],
        "beyond no teacher": general - mean["no_kd"],
        "beyond shuffled": general - mean["kd_shuffled"],
        "beyond hard labels": general - mean["hard_label"],
        "beyond unimodal": general - mean["um_kd"],
    }
    pd.testing.assert_frame_equal(found, pd.DataFrame(expected))
    null = CLAIM.nulls["channels picked at random in every way"]
    made = CLAIM.values(null(ROWS, stream(0, "null")))
    assert (made["Algorithm 1 over chance"] == 0).all()
    np.testing.assert_allclose(made["student"], mean["kd_general random"] - kd)
    teacher = mean["general_teacher random"] - mean["teacher"]
    np.testing.assert_allclose(made["teacher"], teacher)


def test_diagrams_and_published_values_are_table_2s() -> None:
    for diagram, gamma in zip(DIAGRAMS, (1 / 3, 1 / 2, 3 / 4), strict=True):
        assert (diagram.gamma, diagram.alpha) == pytest.approx((gamma, 1 - gamma))
        assert [diagram.dim(modality) for modality in diagram.modalities] == [50, 50]
    published = {part.name: part.published for part in CLAIM.parts}
    gains = [64.50 - 62.16, 70.25 - 67.86, 77.70 - 76.53]
    losses = [68.42 - 89.41, 73.41 - 89.62, 79.41 - 89.70]
    assert published["student"] == pytest.approx(np.mean(gains))
    assert published["teacher"] == pytest.approx(np.mean(losses))


def test_lots_give_each_name_to_each_teacher_as_often() -> None:
    """A teacher keeps its own student, and who has no part in the lots stays."""
    marks = {
        arm: side + role / 10 for side, arms in enumerate(SIDES) for role, arm in enumerate(arms)
    }
    rows = ROWS.assign(accuracy=ROWS["arm"].map(marks).fillna(7.0))
    made = CLAIM.nulls["regular and general teachers exchanged by lot"](rows, stream(0, "lots"))
    first = made[made["point"] == 0].pivot(index="seed", columns="arm", values="accuracy")
    last = made[made["point"] == 2].pivot(index="seed", columns="arm", values="accuracy")
    pd.testing.assert_frame_equal(first, last)
    assert (first.drop(columns=list(marks)) == 7).all(axis=None)
    for teacher, student in SIDES:
        assert first[student].to_numpy() == pytest.approx(first[teacher].to_numpy() + 0.1)
        counts = first[teacher].value_counts()
        assert len(counts) == 3
        assert stats.chisquare(counts).pvalue > 1e-4
    assert (first[[teacher for teacher, _ in SIDES]].sum(axis=1) == 3).all()
