import numpy as np
import pandas as pd
import pytest

from analysis.claims.mfh import failure
from analysis.claims.mfh.failure import CLAIM, FOUND, GRID, LEAST, PARTS, SEARCH, SIDES
from analysis.verdicts import BUDGETS, PAPER, WORLDS, decide, weigh
from analysis.verdicts.calibration import FIRST_SEED
from synth import stream
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


class Found:
    """A store whose frame is made up."""

    def frame(self) -> pd.DataFrame:
        return failing(lambda diagram: 8 - 16 * diagram.beta, lambda diagram: -5 * diagram.beta)


@pytest.mark.parametrize("least", [-np.inf, LEAST], ids=["any teacher", "a leading teacher"])
def test_the_search_finds_the_worst_student_of_a_leading_teacher(
    least: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failure, "run", lambda *_, **__: Found())
    monkeypatch.setattr(failure, "LEAST", least)
    student, teacher = (each.mean() for each in leads(Found().frame()).values())
    best = int(np.nanargmin(student.where(teacher >= least).to_numpy()))
    assert failure.search() == best
    assert (best == 0) == (least < 0)  # where beta is 1 the teacher lags


@pytest.mark.slow
def test_the_diagram_is_that_of_the_search() -> None:
    assert failure.search() == FOUND


def test_nothing_is_tested_on_the_seeds_of_the_search() -> None:
    assert set(SEARCH).isdisjoint(range(BUDGETS["large"]))
    assert max(SEARCH) < FIRST_SEED


def test_the_plan_has_the_grid_and_one_diagram_is_marked() -> None:
    plan = CLAIM.plan(WORLDS[PAPER], [3])
    assert plan.cells == 3 * 10 + 3 * 4  # the unimodal side once a level of alpha
    frame = pd.DataFrame({"point": range(len(GRID))})
    assert list(CLAIM.rows(frame)["found"]) == [i == FOUND for i in range(len(GRID))]


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
        diagram = GRID[int(point)]  # type: ignore[call-overload]
        assert list(row[["alpha", "beta", "gamma"]]) == [diagram.alpha, diagram.beta, diagram.gamma]
        if row["found"]:
            np.testing.assert_allclose(values[[part.name for part in PARTS]], own)
    verdicts = decide(pd.DataFrame(weights, columns=["support", "refute"]))["verdict"]
    assert list(table["verdict"]) == list(verdicts)
    assert set(verdicts) == {"supported", "refuted", "inconclusive"}
    assert list(table.index[table["found"]]) == [3]


def test_further_numbers_are_means_and_counts() -> None:
    assert CLAIM.further is not None
    table = CLAIM.further(ROWS).set_index("name")["value"]
    for name, arms in {
        "gain of unimodal KD": ("um_kd", "no_kd"),
        "gain of multimodal KD": ("kd_multimodal", "no_kd"),
        "multimodal KD beyond shuffled": ("kd_multimodal", "kd_multimodal_shuffled"),
    }.items():
        assert table[name] == pytest.approx(lead(ROWS[ROWS["found"]], *arms)[3].mean())
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
