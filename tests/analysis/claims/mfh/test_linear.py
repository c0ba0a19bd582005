import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.claims.mfh.agreeing import AGREEMENTS, STUDENTS
from analysis.claims.mfh.linear import CLAIM
from synth import stream
from tests.analysis.claims.made import SEEDS, linear

ROWS = linear()


def rho(first: pd.Series, second: pd.Series) -> float:
    """Return scipy's rank correlation, of gains counted in test rows so that ties are ties."""
    return float(stats.spearmanr(first, second).statistic)


def test_values_are_those_of_plain_loops_whatever_the_order_of_the_rows() -> None:
    values = CLAIM.values(ROWS.sample(frac=1, random_state=0))
    assert list(values.index) == sorted(SEEDS)
    for seed in SEEDS:
        own = ROWS[ROWS["seed"] == seed]
        right = (1000 * own[[*STUDENTS, "teacher"]]).round().astype(int)
        gain = right["kd"] - right["no_kd"]
        by_preserved = rho(own["preserved"], gain)
        expected = {
            "γ preserved": by_preserved,
            "γ preserved, equal confidence": rho(
                own["preserved"], right["kd_scaled"] - right["no_kd"]
            ),
            "γ preserved, beyond shuffled": rho(
                own["preserved"], right["kd"] - right["kd_shuffled"]
            ),
            "γ preserved over accuracy": by_preserved - rho(right["teacher"], gain),
        }
        off = (own["error"] + own["preserved"] - 1).to_numpy()[own["agreement"].argsort()]
        for who, beyond in (("regular teacher", off[0]), ("most general teacher", off[-1])):
            for side in ("above", "below"):
                expected[f"error {side} prediction, {who}"] = beyond
        assert values.loc[seed].to_dict() == pytest.approx(expected)


@pytest.mark.parametrize("name", ["γ preserved", "γ preserved, equal confidence"])
def test_the_sign_says_what_the_gain_does(name: str) -> None:
    assert (CLAIM.values(linear(slope=20))[name] > 0.9).all()
    assert (CLAIM.values(linear(slope=-20))[name] < -0.9).all()


def test_an_error_beside_the_prediction_fails_one_part() -> None:
    parts = {part.name: part for part in CLAIM.parts}
    for off in (-0.02, 0.02):
        mean = CLAIM.values(ROWS.assign(error=ROWS["error"] + off)).mean()
        holds = {
            name: mean[name] < part.margin if part.side == "below" else mean[name] > part.margin
            for name, part in parts.items()
        }
        for who in ("regular teacher", "most general teacher"):
            assert holds[f"error above prediction, {who}"] == (off < 0)
            assert holds[f"error below prediction, {who}"] == (off > 0)


def test_further_numbers_are_means() -> None:
    assert CLAIM.further is not None
    table = CLAIM.further(ROWS).set_index("name")["value"]
    for who, agreement in (("regular", AGREEMENTS[0]), ("most general", AGREEMENTS[-1])):
        own = ROWS[ROWS["agreement"] == agreement].mean()
        assert table[f"gain, {who} teacher"] == pytest.approx(100 * (own["kd"] - own["no_kd"]))
        assert table[f"accuracy, {who} teacher"] == pytest.approx(100 * own["teacher"])
        assert table[f"γ preserved, {who} teacher"] == pytest.approx(own["preserved"])
        off = own["error"] + own["preserved"] - 1
        assert table[f"error less prediction, {who} teacher"] == pytest.approx(off)


def test_an_exchange_moves_students_together_and_within_a_seed() -> None:
    null = CLAIM.nulls["students exchanged among the teachers of a seed"]
    mixed = ROWS.sample(frac=1, random_state=1)
    made = null(mixed, stream(0, "null"))
    rest = [name for name in ROWS if name not in STUDENTS]
    pd.testing.assert_frame_equal(made[rest], mixed[rest])
    orders = set()
    for seed in SEEDS:
        before, after = (
            [tuple(row) for row in table[table["seed"] == seed][STUDENTS].to_numpy()]
            for table in (mixed, made)
        )
        assert sorted(before) == sorted(after)
        orders.add(tuple(before.index(row) for row in after))
    assert len(orders) == len(SEEDS)


def test_every_student_goes_to_every_teacher_as_often() -> None:
    null = CLAIM.nulls["students exchanged among the teachers of a seed"]
    one = ROWS[ROWS["seed"] == SEEDS[0]].reset_index(drop=True)
    one = one.assign(kd=one.index / 10)
    generator = stream(1, "null")
    first = [round(10 * null(one, generator)["kd"].iloc[0]) for _ in range(350)]
    assert stats.chisquare(np.bincount(first, minlength=len(one))).pvalue > 1e-4


def test_beside_shuffled_teachers_nothing_leads() -> None:
    null = CLAIM.nulls["the teachers' outputs shuffled"]
    values = CLAIM.values(null(ROWS, stream(0, "null")))
    assert (values["γ preserved, beyond shuffled"] == 0).all()
    changed = null(ROWS, stream(0, "null"))
    assert (changed["kd_scaled"] == ROWS["kd_shuffled"]).all()
