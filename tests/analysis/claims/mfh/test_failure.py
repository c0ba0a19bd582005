import numpy as np
import pandas as pd
import pytest

from analysis.claims.mfh import failure
from analysis.claims.mfh.failure import CLAIM, GRID, LEAST, PARTS, SEARCH, SHUFFLED, SIDES, SWEPT
from analysis.methods.fitting import fit
from analysis.verdicts import BUDGETS, PAPER, decide, weigh
from analysis.verdicts.calibration import FIRST_SEED
from synth import stream
from tests.analysis.alone import right, tasks_of
from tests.analysis.claims.made import failing

ROWS = failing(lambda diagram: 20 - 40 * diagram.beta, lambda diagram: 12 * diagram.gamma - 4)


def lead(rows: pd.DataFrame, first: str, second: str) -> pd.DataFrame:
    """Return leads in points: one row a seed, one column a diagram."""
    one, other = (
        rows[rows["arm"] == arm].pivot(index="seed", columns="point", values="accuracy")
        for arm in (first, second)
    )
    return 100 * (one - other)


def leads(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {
        "student's lead": lead(rows, "kd_multimodal", "um_kd"),
        "teacher's lead": lead(rows, "multimodal_teacher", "um_teacher"),
    }


@pytest.mark.parametrize("least", [-np.inf, LEAST], ids=["any teacher", "a leading teacher"])
def test_the_search_finds_the_worst_student_of_a_leading_teacher(
    least: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = failing(lambda diagram: 8 - 16 * diagram.beta, lambda diagram: -5 * diagram.beta)
    asked: list[object] = []

    def swept(*arguments: object) -> pd.DataFrame:
        asked.extend(arguments[:4])
        return rows[rows["arm"] != SHUFFLED]

    monkeypatch.setattr(failure, "sweep", swept)
    monkeypatch.setattr(failure, "LEAST", least)
    student, teacher = (each.mean() for each in leads(rows).values())
    best = 1 + int(np.nanargmin(student.where(teacher >= least).to_numpy()))
    assert failure.found.__wrapped__() == GRID[best - 1]
    assert (best == 1) == (least < 0)  # where beta is 1 the teacher lags
    assert asked == [GRID, PAPER, SWEPT, SEARCH]
    assert set(SEARCH).isdisjoint(range(BUDGETS["large"]))  # nothing is tested on these seeds
    assert max(SEARCH) < FIRST_SEED


def test_the_experiment_runs_the_grid_and_a_control_at_the_diagram_found() -> None:
    trained: list[int] = []
    rows = CLAIM.experiment(PAPER, [3], trained.append)
    assert sum(trained) == 2 * 10 + 3 * 4 + 2  # the unimodal side once a level of alpha
    arms = {*SWEPT, "um_teacher", "multimodal_teacher"}
    here = rows[rows["found"]]
    assert {GRID[point - 1] for point in here["point"]} == {failure.found()}
    assert sorted(here["arm"]) == sorted({*arms, SHUFFLED})
    assert sorted(rows["arm"]) == sorted([*[*arms] * len(GRID), SHUFFLED])
    tasks = tasks_of(PAPER.protocol, failure.found(), 3, [SHUFFLED])
    row = here[here["arm"] == SHUFFLED].iloc[0]
    assert row["accuracy"] == right(fit(tasks)[SHUFFLED], tasks[SHUFFLED].trial)


def test_values_are_the_leads_at_the_diagram_found_and_each_diagram_is_judged() -> None:
    """As it is alone, and corrected for their number."""
    values = CLAIM.values(ROWS.sample(frac=1, random_state=0))
    table = failure.where_it_holds(ROWS).set_index("point")
    expected = leads(ROWS)
    weights = []
    for point, row in table.iterrows():
        own = np.stack([expected[part.name][point] for part in PARTS], axis=1)
        weights.append([float(p) for p in weigh(PARTS, own)])
        assert row[[part.name for part in PARTS]].to_list() == pytest.approx(own.mean(axis=0))
        diagram = GRID[int(point) - 1]  # type: ignore[call-overload]
        assert list(row[["alpha", "beta", "gamma"]]) == [diagram.alpha, diagram.beta, diagram.gamma]
        if row["found"]:
            np.testing.assert_allclose(values[[part.name for part in PARTS]], own)
    verdicts = decide(pd.DataFrame(weights, columns=["support", "refute"]))["verdict"]
    assert list(table["verdict"]) == list(verdicts)
    assert set(verdicts) == {"supported", "refuted", "inconclusive"}
    assert list(table.index[table["found"]]) == [4]


def test_further_numbers_are_means_and_counts() -> None:
    assert CLAIM.further is not None
    table = CLAIM.further(ROWS).set_index("name")["value"]
    for name, arms in {
        "gain of unimodal KD": ("um_kd", "no_kd"),
        "gain of multimodal KD": ("kd_multimodal", "no_kd"),
        "multimodal KD beyond shuffled": ("kd_multimodal", SHUFFLED),
    }.items():
        assert table[name] == pytest.approx(lead(ROWS[ROWS["found"]], *arms)[4].mean())
    shares = [table[f"{sign} of the diagram found"] for sign in "αβγ"]
    assert shares == [GRID[3].alpha, GRID[3].beta, GRID[3].gamma]
    counts = failure.where_it_holds(ROWS)["verdict"].value_counts()
    said = {"it holds": "supported", "it fails": "refuted", "it is open": "inconclusive"}
    for words, verdict in said.items():
        assert table[f"diagrams where {words}"] == counts[verdict]


def test_an_exchange_turns_both_leads_of_whole_seeds_everywhere() -> None:
    assert SIDES == {"multimodal_teacher": "um_teacher", "kd_multimodal": "um_kd"}
    (null,) = CLAIM.nulls.values()
    before, after = leads(ROWS), leads(null(ROWS, stream(0, "null")))
    turned = (after["teacher's lead"][1] / before["teacher's lead"][1]).round(9)
    assert set(turned) == {-1.0, 1.0}
    for part, own in before.items():
        np.testing.assert_allclose(after[part], own.mul(turned, axis=0))
