import json
from pathlib import Path

import pandas as pd
import pytest

from analysis import Reproduction, experiment, reproduce
from figures.reproductions.report import table, write


@pytest.fixture(scope="module")
def result() -> Reproduction:
    return reproduce(experiment("figure3", "synthetic", seeds=2, width=2), device="cpu")


def test_what_is_written(result: Reproduction, tmp_path: Path) -> None:
    names = write(result, tmp_path)
    assert names == sorted(path.name for path in tmp_path.iterdir())
    assert names == [
        "figure3-runs.csv",
        "figure3.csv",
        "figure3.json",
        "figure3.pdf",
        "figure3.png",
        "figure3.svg",
    ]
    assert all((tmp_path / name).stat().st_size > 500 for name in names)
    assert json.loads((tmp_path / "figure3.json").read_text())["seeds"] == [0, 1]


def test_the_points_are_the_mean_of_the_runs(result: Reproduction, tmp_path: Path) -> None:
    """gain = mean of kd - no_kd over seeds, recomputed from the file of runs."""
    write(result, tmp_path)
    points = pd.read_csv(tmp_path / "figure3.csv")
    runs = pd.read_csv(tmp_path / "figure3-runs.csv")
    expected = "alpha,gamma,teacher,no_kd,kd,gain,gain_sd,gain_low,gain_high,seeds"
    assert ",".join(points.columns) == expected
    assert ",".join(runs.columns) == "alpha,gamma,arm,seed,accuracy,balanced_accuracy,constant"
    assert len(points) == 5
    assert len(runs) == 5 * 2 * 3
    assert points["teacher"].between(40, 100).all()
    for point in points.to_dict("records"):
        here = runs[(runs["alpha"] - point["alpha"]).abs() < 1e-5]
        by_arm = here.pivot(index="seed", columns="arm", values="accuracy")
        gains = by_arm["kd"] - by_arm["no_kd"]
        assert point["gain"] == pytest.approx(gains.mean(), abs=1e-5)
        assert point["gain_sd"] == pytest.approx(gains.std(ddof=0), abs=1e-5)
        assert point["gain_low"] <= point["gain"] <= point["gain_high"]
        for arm in ("teacher", "no_kd", "kd"):
            assert point[arm] == pytest.approx(by_arm[arm].mean(), abs=1e-5)


def test_the_table_shows_published_values_beside_ours(result: Reproduction) -> None:
    text = table(result)
    assert "Figure 3: the teacher's own features grow (synthetic protocol, 2 seeds)" in text
    for value in (88.70, 57.30, 58.60):
        assert f"{value:.2f}" in text
    for value in result.summary["kd"]:
        assert f"{value:.2f}" in text
    assert "Ours minus the paper's values" in text
    for value in result.summary["teacher"] - [58.0, 64.2, 71.5, 77.8, 88.7]:
        assert f"{value:+.2f}" in text
    assert max(map(len, text.splitlines())) <= 100


def test_one_seed_has_a_dash_for_its_interval() -> None:
    one = reproduce(experiment("figure3", "synthetic", seeds=1, width=1), device="cpu")
    assert "—" in table(one)
    assert "nan" not in table(one)


def test_the_released_table_is_compared_with_the_script_too() -> None:
    text = table(reproduce(experiment("figure3", "released", seeds=1), device="cpu"))
    assert "Ours minus what the released script prints for seeds 0–9" in text
