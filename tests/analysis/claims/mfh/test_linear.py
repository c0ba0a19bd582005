import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.claims.mfh.linear import AGREEMENTS, CLAIM, DIAGRAM, STUDENTS, TOGETHER
from analysis.protocols import LINEAR
from synth import stream
from tests.analysis.claims.made import SEEDS, linear
from tests.analysis.claims.plain import pair, right, says, student
from tests.analysis.verdicts.toy import rows_of

ROWS = linear()


def rho(first: pd.Series, second: pd.Series) -> float:
    """Return scipy's rank correlation, of gains counted in test rows so that ties are ties."""
    return float(stats.spearmanr(first, second).statistic)


def test_values_are_those_of_plain_loops_whatever_the_order_of_the_rows() -> None:
    values = CLAIM.values(ROWS.sample(frac=1, random_state=0))
    assert list(values.index) == sorted(SEEDS)
    for seed in SEEDS:
        own = ROWS[ROWS["seed"] == seed].sort_values("agreement")
        right = (1000 * own[[*STUDENTS, "teacher"]]).round().astype(int)
        gain, preserved = right["kd"] - right["no_kd"], own["preserved"]
        scaled, beyond = right["kd_scaled"] - right["no_kd"], right["kd"] - right["kd_shuffled"]
        expected = {
            "γ preserved": rho(preserved, gain),
            "γ preserved, equal confidence": rho(preserved, scaled),
            "γ preserved, beyond shuffled": rho(preserved, beyond),
            "γ preserved over accuracy": rho(preserved, gain) - rho(right["teacher"], gain),
        }
        off = (own["error"] + own["preserved"] - 1).to_numpy()
        for who, apart in (("regular teacher", off[0]), ("most general teacher", off[-1])):
            expected |= {f"error {side} prediction, {who}": apart for side in ("above", "below")}
        assert values.loc[seed].to_dict() == pytest.approx(expected)


@pytest.mark.parametrize("who", ["regular teacher", "most general teacher"])
def test_the_error_must_lie_within_the_margin_on_both_sides(who: str) -> None:
    sides = {part.name: (part.side, part.margin) for part in CLAIM.parts}
    assert sides[f"error above prediction, {who}"] == ("below", 0.01)
    assert sides[f"error below prediction, {who}"] == ("above", -0.01)


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


def test_an_exchange_moves_students_together_within_a_seed_to_each_teacher_as_often() -> None:
    null = CLAIM.nulls["students exchanged among the teachers of a seed"]
    rows = linear(seeds=range(300)).sample(frac=1, random_state=1)
    mark = rows["agreement"].map(AGREEMENTS.index)
    rows = rows.assign(**dict.fromkeys(STUDENTS, 100 * rows["seed"] + mark))
    made = null(rows, stream(0, "null"))
    rest = [name for name in rows if name not in STUDENTS]
    pd.testing.assert_frame_equal(made[rest], rows[rest])
    assert (made[STUDENTS].sub(made["kd"], axis=0) == 0).all(axis=None)
    assert (made["kd"] // 100 == made["seed"]).all()
    pd.testing.assert_series_equal(
        made["kd"].sort_values(), rows["kd"].sort_values(), check_index=False
    )
    to_the_first = made.loc[made["agreement"] == 0, "kd"] % 100
    assert stats.chisquare(np.bincount(to_the_first, minlength=len(AGREEMENTS))).pvalue > 1e-4


def test_beside_shuffled_teachers_nothing_leads() -> None:
    made = CLAIM.nulls["the teachers' outputs shuffled"](ROWS, stream(0, "null"))
    for arm in ("kd", "kd_scaled", "kd_shuffled"):
        pd.testing.assert_series_equal(made[arm], ROWS["kd_shuffled"], check_names=False)
    pd.testing.assert_series_equal(made["no_kd"], ROWS["no_kd"])


@pytest.fixture(scope="module")
def trained() -> pd.DataFrame:
    """Rows of two seeds."""
    return rows_of(CLAIM, [3, 11])


def test_a_seed_is_what_plain_torch_makes_of_it(trained: pd.DataFrame) -> None:
    drawn, recipe = LINEAR.trial(DIAGRAM, 11), LINEAR.optimiser
    row = trained[(trained["seed"] == 11) & (trained["agreement"] == 3)].iloc[0]
    view = drawn.train.views["teacher"][0]
    teacher, regular = (pair(LINEAR, drawn, TOGETHER, agreement)[0] for agreement in (3.0, 0.0))
    said = says(teacher, view)
    spreads = [float((s[:, 1] - s[:, 0]).std()) for s in (said, says(regular, view))]
    expected = {
        "teacher": right(says(teacher, drawn.test.views["teacher"][0]), drawn),
        "no_kd": student(LINEAR, drawn, None, recipe),
        "kd": student(LINEAR, drawn, said, recipe),
        "kd_scaled": student(LINEAR, drawn, said * spreads[1] / spreads[0], recipe),
        "kd_shuffled": student(LINEAR, drawn, said[drawn.order()], recipe),
    }
    assert row[list(expected)].to_dict() == pytest.approx(expected, abs=0.0011)  # one test row
    w = (teacher[0][1] - teacher[0][0]).numpy()
    general = [role == "general" for role in LINEAR.population(DIAGRAM).roles["a"]]
    assert row["preserved"] == pytest.approx((w[general] ** 2).sum() / (w**2).sum(), abs=1e-4)
    fresh = LINEAR.population(DIAGRAM).sample(3200, 11)[1200:]
    target, x = fresh.views["a"] @ w, np.c_[np.ones(2000), fresh.views["b"]]
    left = np.linalg.lstsq(x, target)[1].item() / (2000 - 51)
    assert row["error"] == pytest.approx(left / target.var(ddof=1), abs=1e-4)


def test_agreement_preserves_what_is_general(trained: pd.DataFrame) -> None:
    regular, others = trained[trained["agreement"] == 0], trained[trained["agreement"] > 0]
    assert (regular["kd_scaled"] == regular["kd"]).all()
    assert (others["kd_scaled"] != others["kd"]).any()
    for _, own in trained.groupby("seed"):
        assert list(own["agreement"]) == list(AGREEMENTS)
        assert (np.diff(own["preserved"]) > 0).all()
        assert own["preserved"].iloc[-1] > 0.99
        assert (own["no_kd"] == own["no_kd"].iloc[0]).all()
