"""Table 2 as text and as files."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from analysis import Optimiser
from analysis.reproductions.released_table2 import ReleasedTable2
from analysis.reproductions.table2 import (
    ARMS,
    BASELINES,
    PATH,
    PUBLISHED,
    Table2Result,
    reproduce_table2,
    table2,
)
from figures.reproductions.table2_report import latex, markdown, table, write

STEP = Optimiser("sgd", 0.1, 2)
QUICK = ReleasedTable2(swapped=False, n_train=10, n_test=20, optimiser=STEP, joint=STEP, repeats=1)


def quick(seeds: int) -> Table2Result:
    return reproduce_table2(replace(table2("corrected", seeds), protocol=QUICK), device="cpu")


@pytest.fixture(scope="module")
def result() -> Table2Result:
    return quick(2)


def test_what_is_written(result: Table2Result, tmp_path: Path) -> None:
    names = write(result, tmp_path)
    assert names == sorted(path.name for path in tmp_path.iterdir())
    suffixes = ("-runs.csv", ".csv", ".json", ".md", ".pdf", ".png", ".svg", ".tex")
    assert names == [f"table2{suffix}" for suffix in suffixes]
    assert all((tmp_path / name).stat().st_size > 500 for name in names)
    assert json.loads((tmp_path / "table2.json").read_text())["seeds"] == [42, 43]
    assert (tmp_path / "table2.tex").read_text().startswith("% Table 2: the modality-general tea")
    assert markdown(result) in (tmp_path / "table2.md").read_text()


def test_the_points_are_the_means_of_the_runs(result: Table2Result, tmp_path: Path) -> None:
    """Accuracies and leads, recomputed from the file of runs; the paper's beside the truth's."""
    write(result, tmp_path)
    points, runs = (pd.read_csv(tmp_path / f"table2{part}.csv") for part in ("", "-runs"))
    assert ",".join(runs.columns) == "gamma,seed,arm,way,accuracy"
    assert len(points) == 7 * 3
    assert len(runs) == 7 * 3 * 5 * 2
    for point in points.to_dict("records"):
        here = runs[((runs["gamma"] - point["gamma"]).abs() < 1e-5) & (runs["way"] == point["way"])]
        by_arm = here.pivot(index="seed", columns="arm", values="accuracy")
        for arm in ARMS:
            assert point[arm] == pytest.approx(by_arm[arm].mean(), abs=1e-5)
        for baseline in BASELINES:
            lead = (by_arm["kd_general"] - by_arm[baseline]).mean()
            assert point[f"over_{baseline}"] == pytest.approx(lead, abs=1e-5)
            low, high = point[f"over_{baseline}_low"], point[f"over_{baseline}_high"]
            assert low <= point[f"over_{baseline}"] <= high
    published = [f"{arm}_published" for arm in ARMS]
    shown = points[points["way"] == "gt"][published].set_axis(list(ARMS), axis="columns")
    pd.testing.assert_frame_equal(shown, PUBLISHED)
    assert points[points["way"] != "gt"][published].isna().all(axis=None)


def test_the_table_shows_published_values_beside_ours(result: Table2Result) -> None:
    text = table(result)
    lines = text.splitlines()
    assert lines[0] == "Table 2: the modality-general teacher (corrected protocol, 2 seeds)"
    assert max(map(len, lines[:26])) <= 100
    rows = [line.split() for line in lines if re.match(r" +0\.\d\d ", line)]
    assert len(rows) == 2 * 7 * 3
    accuracies = {(row[0], row[1]): row[2:] for row in rows[:21]}
    for (gamma, way), numbers in accuracies.items():
        shares = result.summary["gamma"].map("{:.2f}".format)
        (ours,) = result.summary[(shares == gamma) & (result.summary["way"] == way)].to_dict(
            "records"
        )
        known = PUBLISHED.loc[ours["point"]].notna().all() and way == "gt"
        expected = [ours[arm] for arm in ARMS]
        if known:
            paper = PUBLISHED.loc[ours["point"]]
            expected = [value for arm in ARMS for value in (ours[arm], paper[arm])]
        assert numbers == [f"{value:.2f}" for value in expected]
    leads = dict(zip(map(tuple, (row[:2] for row in rows[21:])), rows[21:], strict=True))
    assert "+2.34" in leads["0.33", "gt"]  # 64.50 - 62.16
    assert "+2.52" in leads["0.33", "gt"]  # 64.50 - 61.98
    assert "nan" not in text


def test_markdown_has_a_cell_for_each_head(result: Table2Result) -> None:
    text = markdown(result)
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len(lines) == 2 * (2 + 7 * 3)
    for part in (lines[:23], lines[23:]):
        assert len({line.count("|") for line in part}) == 1
        assert set(part[1]) == set("| -:")
    assert lines[0].startswith("| gamma | way | teacher | paper | general_teacher | paper |")
    assert "| lead over kd | 95 % interval | paper |" in lines[23]
    gt = result.summary.iloc[1]
    assert f"| 0.33 | gt | {gt['teacher']:.2f} | 89.41 |" in lines[3]


def test_latex_has_booktabs_rules_and_no_raw_specials(result: Table2Result) -> None:
    text = latex(result)
    assert text.count(r"\begin{tabular}") == text.count(r"\end{tabular}") == 2
    for rule in (r"\toprule", r"\midrule", r"\bottomrule"):
        assert text.count(rule) == 2
    assert r"\multicolumn{2}{c}{general\_teacher}" in text
    assert r"95 \% interval" in text
    assert not re.search(r"(?<!\\)[_%#]", text)
    sides = [len(found) for found in re.findall(r"tabular\}\{([lr]+)\}", text)]
    assert sides == [12, 9]
    rows = [line for line in text.splitlines() if re.match(r"0\.\d\d & ", line)]
    assert [row.count("&") + 1 for row in rows] == [12] * 21 + [9] * 21
    assert all(row.endswith(r" \\") for row in rows)
    assert rows[22].count("$+$2.34") == 1
    assert not re.search(r"[-+]\d", "".join(rows))  # a sign stands in mathematics


def test_one_seed_has_a_dash_for_its_interval() -> None:
    one = quick(1)
    assert table(one).count("—") == 2 * 7 * 3
    assert "(corrected protocol, 1 seed)" in table(one)
    for text in (table(one), markdown(one), latex(one)):
        assert "nan" not in text


def test_every_point_of_the_path_has_a_row(result: Table2Result) -> None:
    assert [f"{diagram.gamma:.2f}" for diagram in PATH] == re.findall(
        r"^\| (\d\.\d\d) \| gt ", markdown(result), re.MULTILINE
    )[:7]
