import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import PAPER_RESULTS, Reproduction, experiment, reproduce
from figures.reproductions.report import _tables, table, write
from figures.reproductions.tables import Table, as_latex, as_markdown, as_text


@pytest.fixture(scope="module")
def result() -> Reproduction:
    return reproduce(experiment("figure3", "synthetic", seeds=2, width=2), device="cpu")


def test_what_is_written_is_made_of_the_runs(result: Reproduction, tmp_path: Path) -> None:
    """gain = 100 mean of kd - no_kd over seeds, recomputed from the file of runs."""
    names = write(result, tmp_path)
    assert names == sorted(path.name for path in tmp_path.iterdir())
    suffixes = ("-runs.csv", ".csv", ".json", ".md", ".pdf", ".png", ".svg", ".tex")
    assert names == [f"figure3{suffix}" for suffix in suffixes]
    points = pd.read_csv(tmp_path / "figure3.csv")
    runs = pd.read_csv(tmp_path / "figure3-runs.csv")
    assert list(runs) == [
        "alpha",
        "gamma",
        "arm",
        "seed",
        "accuracy",
        "balanced_accuracy",
        "constant",
    ]
    assert (len(points), len(runs)) == (5, 5 * 2 * 3)
    for point, row in enumerate(points.to_dict("records")):
        here = runs[(runs["alpha"] - row["alpha"]).abs() < 1e-5]
        by_arm = here.pivot(index="seed", columns="arm", values="accuracy")
        gains = 100 * (by_arm["kd"] - by_arm["no_kd"])
        assert row["gain"] == pytest.approx(gains.mean(), abs=1e-5)
        assert row["gain_low"] <= row["gain"] <= row["gain_high"]
        for name in ("teacher", "no_kd", "kd", "gain"):
            published = PAPER_RESULTS["figure3"].published[name][point]
            assert row[f"{name}_published"] == pytest.approx(published, abs=1e-6)
            if name != "gain":
                assert row[name] == pytest.approx(by_arm[name].mean(), abs=1e-5)
    data = json.loads((tmp_path / "figure3.json").read_text(encoding="utf-8"))
    assert (data["seeds"], data["result"]) == ([0, 1], "figure3")
    np.testing.assert_allclose([each["kd"] for each in data["points"]], points["kd"])
    texts = [(tmp_path / f"figure3.{suffix}").read_text("utf-8") for suffix in ("md", "tex")]
    for value in 100 * points["kd"]:
        assert all(f"{value:.2f}" in text for text in texts)


def test_a_gain_over_networks_that_collapsed_says_so_in_every_table(result: Reproduction) -> None:
    summary = result.summary.assign(gain_collapsed=[0.0, 0.5, 0, 0, 0])
    marked, plain = replace(result, summary=summary), result.summary.assign(gain_collapsed=0.0)
    for text in (table(marked), *map(as_latex, _tables(marked)[1:2])):
        assert "collapsed" in text
        assert "50.0" in text
    assert "collapsed" not in table(replace(result, summary=plain))


def test_the_table_shows_published_values_beside_ours(result: Reproduction) -> None:
    text = table(result)
    assert "Figure 3: the teacher's own features grow (synthetic protocol, 2 seeds)" in text
    summary, published = result.summary, PAPER_RESULTS["figure3"].published
    accuracies, gains, far = text.split("\n\n")[1:4]
    for point in range(5):
        row = accuracies.splitlines()[2 + point].split()
        both = [
            100 * each[arm][point]
            for arm in ("teacher", "no_kd", "kd")
            for each in (summary, published)
        ]
        assert row == [f"{summary['alpha'][point]:.2f}", *(f"{value:.2f}" for value in both)]
        ends = (f"{summary[f'gain_{end}'][point]:+.2f}" for end in ("low", "high"))
        gain = f"{summary['gain'][point]:+.2f} [{', '.join(ends)}] {published['gain'][point]:+.2f}"
        assert " ".join(gains.splitlines()[2 + point].split()[1:]) == gain
    assert far.startswith("Ours minus the paper's values")
    differences = text.split("\n\n")[4]
    for value in 100 * (summary["teacher"] - published["teacher"]):
        assert f"{round(value, 2) + 0.0:+.2f}" in differences
    assert max(map(len, text.splitlines())) <= 100


def test_one_seed_has_a_dash_for_its_interval_and_is_compared_with_the_script_too() -> None:
    text = table(reproduce(experiment("figure3", "released", seeds=1), device="cpu"))
    assert "—" in text
    assert "nan" not in text
    assert "(released protocol, 1 seed)" in text
    assert "Ours minus what the released script prints for seeds 0–9" in text


COLUMNS = {
    ("gamma", ""): pd.Series(["0.25", "0.50"]),
    ("teacher", "ours"): pd.Series(["61.20", "70.00"]),
    ("teacher", "paper"): pd.Series(["60.00", ""]),
    ("kd", "ours"): pd.Series(["+1.20", "-0.30"]),
}


def test_a_table_as_text_markdown_and_latex() -> None:
    whole = Table(COLUMNS, "What is below:")
    text = as_text(whole)
    assert [line.split() for line in text.splitlines()] == [
        *(["What", "is", "below:"], [], ["gamma", "teacher", "kd"]),
        *(["ours", "paper", "ours"], ["0.25", "61.20", "60.00", "+1.20"]),
        ["0.50", "70.00", "-0.30"],
    ]
    assert as_markdown(whole).splitlines()[2:] == [
        "| gamma | teacher ours | paper | kd ours |",
        "| ---: | ---: | ---: | ---: |",
        "| 0.25 | 61.20 | 60.00 | +1.20 |",
        "| 0.50 | 70.00 |  | -0.30 |",
    ]
    latex = as_latex(whole)
    assert latex.startswith("% What is below:\n\\begin{tabular}{rrrr}\n\\toprule")
    assert "0.50 & 70.00 &  & $-$0.30 \\\\" in latex
    assert re.search(r"\\multicolumn\{2\}\{c\}\{teacher\}", latex)
    one = Table({("found %", ""): pd.Series(["1"])})
    assert as_text(one).split() == ["found", "%", "1"]
    assert "found \\%" in as_latex(one)
