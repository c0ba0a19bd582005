import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.claims.mfh.accuracy_misleads import CLAIM, DIAGRAMS, WHERE, grid_of, of_means
from analysis.statistics.bootstrap import resampled_weights
from analysis.verdicts import PAPER, WORLDS
from synth import stream
from tests.analysis.claims.made import SEEDS, misleading
from tests.analysis.verdicts.toy import rows_of

ROWS = misleading(lambda diagram: 3 * diagram.gamma - diagram.beta)
HIDDEN = {"nothing hidden": 0, "half hidden": 30}


def by_hand(hidden: int) -> dict[str, pd.DataFrame]:
    """Return the teacher's accuracies, gains and leads: one row a seed, one column a diagram.

    Counted in tenths of a percent, so that ties are ties.
    """
    own = ROWS[ROWS["hidden"] == hidden].assign(right=lambda t: (1000 * t["accuracy"]).round())
    arms = ("teacher", "kd", "no_kd", "kd_shuffled")
    teacher, kd, no_kd, shuffled = (
        own[own["arm"] == arm].pivot(index="seed", columns="point", values="right") for arm in arms
    )
    return {"teacher": teacher, "gain": kd - no_kd, "lead": kd - shuffled}


def shares(hidden: int) -> np.ndarray:
    """Return gamma and beta of the diagrams of a grid."""
    return np.array([(each.gamma, each.beta) for each in DIAGRAMS if each.hidden == hidden]).T


def rho(first: np.ndarray, second: np.ndarray) -> float:
    return float(stats.spearmanr(first, second).statistic)


def test_values_are_those_of_plain_loops_whatever_the_order_of_the_rows() -> None:
    values = CLAIM.values(ROWS.sample(frac=1, random_state=0))
    assert list(values.index) == sorted(SEEDS)
    for where, hidden in HIDDEN.items():
        own, (gamma, _) = by_hand(hidden), shares(hidden)
        for seed in SEEDS:
            teacher, gain, lead = (own[name].loc[seed].to_numpy() for name in own)
            expected = {
                f"γ, {where}": rho(gamma, gain),
                f"γ over accuracy, {where}": rho(gamma, gain) - rho(teacher, gain),
                f"γ over accuracy beyond shuffled, {where}": rho(gamma, lead) - rho(teacher, lead),
            }
            assert values.loc[seed, list(expected)].to_dict() == pytest.approx(expected)


def test_gains_that_are_equal_are_tied() -> None:
    """70.1 - 69.9 and 60.3 - 60.1 are not the same number, but the same gain."""
    rows = ROWS.assign(accuracy=ROWS["accuracy"].where(ROWS["arm"] == "teacher", 0.601))
    kd = ROWS["arm"] == "kd"
    rows.loc[kd, "accuracy"] = 0.603
    other = (rows["point"] % 2 == 1) & (rows["arm"] != "teacher")
    rows.loc[other, "accuracy"] = 0.699 + 0.002 * kd[other]
    values = CLAIM.values(rows)
    assert (values[[f"γ, {where}" for where in HIDDEN]] == 0).all(axis=None)


def test_the_plan_has_both_grids_and_names_their_hidden_features() -> None:
    plan = CLAIM.plan(WORLDS[PAPER], [3])
    assert plan.cells == 2 * (4 + 4 + 10 + 10)  # a teacher and a No-KD student a level of beta
    rows = rows_of(CLAIM, [3])
    assert {diagram.hidden for diagram in DIAGRAMS} == set(WHERE) == {0, 30}
    for row in rows.itertuples():
        diagram = DIAGRAMS[int(row.point)]  # type: ignore[arg-type]
        assert (row.alpha, row.beta, row.gamma) == (diagram.alpha, diagram.beta, diagram.gamma)
        assert row.hidden == diagram.hidden
    assert len(rows) == len(DIAGRAMS) * 4


def test_further_numbers_are_of_the_means() -> None:
    assert CLAIM.further is not None
    table = CLAIM.further(ROWS).set_index("name")["value"]
    for where, hidden in HIDDEN.items():
        means = (by_hand(hidden)[name].mean() for name in ("gain", "teacher"))
        gain, teacher = (mean.round(9).to_numpy() for mean in means)
        gamma, beta = shares(hidden)
        by_gamma, by_accuracy = rho(gamma, gain), rho(teacher, gain)
        design = np.stack([np.ones_like(gamma), gamma, beta], axis=1)
        left = np.linalg.lstsq(design, gain)[1].item()
        expected = {
            "γ and mean gain": by_gamma,
            "teacher's accuracy and mean gain": by_accuracy,
            "γ over accuracy, mean gains": by_gamma - by_accuracy,
            "explained by γ": stats.linregress(gamma, gain).rvalue ** 2,
            "explained by γ and β": 1 - left / (len(gain) * np.var(gain)),
        }
        for name, value in expected.items():
            assert table[f"{name}, {where}"] == pytest.approx(value), name


def test_intervals_are_quantiles_over_seeds_drawn_with_all_their_diagrams() -> None:
    table = of_means(grid_of(ROWS, 0), resamples=40).set_index("name")
    row = table.loc["γ over accuracy, mean gains"]
    own, (gamma, _) = by_hand(0), shares(0)
    drawn = []
    for weights in resampled_weights(len(SEEDS), 40, 0):
        gain, teacher = (
            (weights @ own[name] / len(SEEDS)).round(9) for name in ("gain", "teacher")
        )
        drawn.append(rho(gamma, gain) - rho(teacher, gain))
    limits = np.quantile(drawn, [0.025, 0.975])
    assert row[["low", "high"]].to_numpy(dtype=float) == pytest.approx(limits)
    assert row["low"] < row["value"] < row["high"]


def test_a_permutation_moves_students_together_and_leaves_teachers() -> None:
    null = CLAIM.nulls["gains permuted over diagrams within each seed"]
    rows = ROWS.assign(accuracy=ROWS["point"] / 100 + ROWS["seed"])
    made = null(rows, stream(0, "null")).pivot(
        index=["seed", "point"], columns="arm", values="accuracy"
    )
    seed, point = (made.index.get_level_values(name) for name in ("seed", "point"))
    np.testing.assert_allclose(made["teacher"], seed + point / 100)
    assert made["kd"].equals(made["no_kd"])
    assert made["kd"].equals(made["kd_shuffled"])
    moved = (100 * (made["kd"] - seed)).round().astype(int)
    assert (moved // 10 == point // 10).all()  # within a grid
    orders = moved.groupby([seed, point // 10]).agg(tuple)
    assert all(len(set(order)) == 10 for order in orders)
    assert orders.nunique() == 2 * len(SEEDS)
