import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.claims.mfh.accuracy_misleads import CLAIM, DIAGRAMS, WHERE, grid_of, of_means
from analysis.statistics.bootstrap import resampled_weights
from analysis.verdicts import PAPER
from synth import stream
from tests.analysis.claims.made import SEEDS, misleading

ROWS = misleading(lambda diagram: 3 * diagram.gamma - diagram.beta)
HIDDEN = {"nothing hidden": 0, "half hidden": 30}


def by_hand(rows: pd.DataFrame, seed: int, hidden: int) -> dict[str, list[float]]:
    """Return gamma, teacher, gain and lead of each diagram of a grid, one after another."""
    found: dict[str, list[float]] = {"gamma": [], "beta": [], "teacher": [], "gain": [], "lead": []}
    for point, diagram in enumerate(DIAGRAMS, start=1):
        if diagram.hidden == hidden:
            own = rows[(rows["seed"] == seed) & (rows["point"] == point)]
            right = (1000 * own.set_index("arm")["accuracy"]).round()
            found["gamma"].append(diagram.gamma)
            found["beta"].append(diagram.beta)
            found["teacher"].append(right["teacher"] / 10)
            found["gain"].append((right["kd"] - right["no_kd"]) / 10)
            found["lead"].append((right["kd"] - right["kd_shuffled"]) / 10)
    return found


def rho(first: list[float], second: list[float]) -> float:
    return float(stats.spearmanr(first, second).statistic)


def test_values_are_those_of_plain_loops_whatever_the_order_of_the_rows() -> None:
    values = CLAIM.values(ROWS.sample(frac=1, random_state=0))
    assert list(values.index) == sorted(SEEDS)
    for where, hidden in HIDDEN.items():
        for seed in SEEDS:
            own, row = by_hand(ROWS, seed, hidden), values.loc[seed]
            by_gamma = rho(own["gamma"], own["gain"])
            assert row[f"γ, {where}"] == pytest.approx(by_gamma)
            by_accuracy = rho(own["teacher"], own["gain"])
            assert row[f"γ over accuracy, {where}"] == pytest.approx(by_gamma - by_accuracy)
            beyond = rho(own["gamma"], own["lead"]) - rho(own["teacher"], own["lead"])
            assert row[f"γ over accuracy beyond shuffled, {where}"] == pytest.approx(beyond)


def test_gains_that_are_equal_are_tied() -> None:
    """70.1 - 69.9 and 60.3 - 60.1 are not the same number, but the same gain."""
    rows = ROWS.assign(accuracy=ROWS["accuracy"].where(ROWS["arm"] == "teacher", 0.601))
    kd = ROWS["arm"] == "kd"
    rows.loc[kd, "accuracy"] = 0.603
    other = (rows["point"] % 2 == 0) & (rows["arm"] != "teacher")
    rows.loc[other, "accuracy"] = 0.699 + 0.002 * kd[other]
    values = CLAIM.values(rows)
    assert (values[[f"γ, {where}" for where in HIDDEN]] == 0).all(axis=None)


def test_the_experiment_trains_both_grids_and_names_their_hidden_features() -> None:
    trained: list[int] = []
    rows = CLAIM.experiment(PAPER, [3], trained.append)
    assert sum(trained) == 2 * (4 + 4 + 10 + 10)  # a teacher and a No-KD student a level of beta
    assert {diagram.hidden for diagram in DIAGRAMS} == set(WHERE) == {0, 30}
    for row in rows.itertuples():
        diagram = DIAGRAMS[int(row.point) - 1]  # type: ignore[arg-type]
        assert (row.alpha, row.beta, row.gamma) == (diagram.alpha, diagram.beta, diagram.gamma)
        assert row.hidden == diagram.hidden
    assert len(rows) == len(DIAGRAMS) * 4


def test_further_numbers_are_of_the_means() -> None:
    assert CLAIM.further is not None
    table = CLAIM.further(ROWS).set_index("name")["value"]
    for where, hidden in HIDDEN.items():
        seeds = [by_hand(ROWS, seed, hidden) for seed in SEEDS]
        gain, teacher = (
            np.mean([own[name] for own in seeds], axis=0).round(9).tolist()
            for name in ("gain", "teacher")
        )
        gamma, beta = seeds[0]["gamma"], seeds[0]["beta"]
        by_gamma, by_accuracy = rho(gamma, gain), rho(teacher, gain)
        assert table[f"γ and mean gain, {where}"] == pytest.approx(by_gamma)
        assert table[f"teacher's accuracy and mean gain, {where}"] == pytest.approx(by_accuracy)
        difference = table[f"γ over accuracy, mean gains, {where}"]
        assert difference == pytest.approx(by_gamma - by_accuracy)
        line = stats.linregress(gamma, gain).rvalue ** 2
        assert table[f"explained by γ, {where}"] == pytest.approx(line)
        design = np.array([[1, g, b] for g, b in zip(gamma, beta, strict=True)])
        left = np.linalg.lstsq(design, np.array(gain))[1].item()
        both = 1 - left / (len(gain) * np.var(gain))
        assert table[f"explained by γ and β, {where}"] == pytest.approx(both)
        assert both > line


def test_intervals_are_quantiles_over_seeds_drawn_with_all_their_diagrams() -> None:
    table = of_means(grid_of(ROWS, 0), resamples=40).set_index("name")
    order = sorted(SEEDS)
    measured = {seed: by_hand(ROWS, seed, 0) for seed in order}
    drawn = []
    for weights in resampled_weights(len(order), 40, 0).astype(int):
        seeds = [measured[seed] for seed in np.repeat(order, weights)]
        gain, teacher = (
            np.mean([own[name] for own in seeds], axis=0).round(9).tolist()
            for name in ("gain", "teacher")
        )
        drawn.append(rho(seeds[0]["gamma"], gain) - rho(teacher, gain))
    row = table.loc["γ over accuracy, mean gains"]
    limits = np.quantile(drawn, [0.025, 0.975])
    assert row[["low", "high"]].to_numpy(dtype=float) == pytest.approx(limits)
    assert row["low"] < row["value"] < row["high"]


def test_a_permutation_moves_students_together_and_leaves_teachers() -> None:
    null = CLAIM.nulls["gains permuted over diagrams within each seed"]
    made = null(ROWS, stream(0, "null"))
    keys = ["seed", "point", "arm"]
    before, after = (table.set_index(keys)["accuracy"].sort_index() for table in (ROWS, made))
    pd.testing.assert_series_equal(
        before.xs("teacher", level="arm"), after.xs("teacher", level="arm")
    )
    orders = set()
    for seed in SEEDS:
        for first in (1, 11):  # the points of a grid
            points = range(first, first + 10)
            groups = [
                [
                    tuple(table.loc[seed, point, arm] for arm in ("no_kd", "kd", "kd_shuffled"))
                    for point in points
                ]
                for table in (before, after)
            ]
            assert sorted(groups[0]) == sorted(groups[1])
            orders.add(tuple(groups[0].index(each) for each in groups[1]))
    assert len(orders) == 2 * len(SEEDS)
