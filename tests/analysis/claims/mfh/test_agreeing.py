import numpy as np
import pandas as pd
import pytest

from analysis.claims.mfh.agreeing import AGREEMENTS, DIAGRAM, TOGETHER, agreeing
from analysis.verdicts import PAPER
from tests.analysis.claims.plain import DIVERGING, pair, right, says, student

SEEDS = [3, 11]


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    trained: list[int] = []
    found = agreeing(PAPER, SEEDS, trained.append)
    assert sum(trained) == len(SEEDS) * (1 + 5 * len(AGREEMENTS))
    return found


def test_a_seed_is_what_plain_torch_makes_of_it(rows: pd.DataFrame) -> None:
    drawn = PAPER.protocol.trial(DIAGRAM, 11)
    row = rows[(rows["seed"] == 11) & (rows["agreement"] == 3)].iloc[0]
    view, recipe = drawn.train.views["teacher"][0], PAPER.protocol.setup.optimiser
    teacher, regular = (pair(PAPER, drawn, TOGETHER, agreement)[0] for agreement in (3.0, 0.0))
    said = says(teacher, view)
    spreads = [float((s[:, 1] - s[:, 0]).std()) for s in (said, says(regular, view))]
    expected = {
        "teacher": right(says(teacher, drawn.test.views["teacher"][0]), drawn),
        "no_kd": student(PAPER, drawn, None, recipe),
        "kd": student(PAPER, drawn, said, recipe),
        "kd_scaled": student(PAPER, drawn, said * spreads[1] / spreads[0], recipe),
        "kd_shuffled": student(PAPER, drawn, said[drawn.order()], recipe),
    }
    assert row[list(expected)].to_dict() == pytest.approx(expected, abs=0.0011)  # one test row
    w = (teacher[0][1] - teacher[0][0]).numpy()
    general = [role == "general" for role in PAPER.protocol.population(DIAGRAM).roles["a"]]
    assert row["preserved"] == pytest.approx((w[general] ** 2).sum() / (w**2).sum(), abs=1e-4)
    fresh = PAPER.protocol.population(DIAGRAM).sample(3200, 11)[1200:]
    target, x = fresh.views["a"] @ w, np.c_[np.ones(2000), fresh.views["b"]]
    left = np.linalg.lstsq(x, target)[1].item() / (2000 - 51)
    assert row["error"] == pytest.approx(left / target.var(ddof=1), abs=1e-4)


def test_agreement_preserves_what_is_general(rows: pd.DataFrame) -> None:
    regular, others = rows[rows["agreement"] == 0], rows[rows["agreement"] > 0]
    assert (regular["kd_scaled"] == regular["kd"]).all()
    assert (others["kd_scaled"] != others["kd"]).any()
    for _, own in rows.groupby("seed"):
        assert list(own["agreement"]) == list(AGREEMENTS)
        assert (np.diff(own["preserved"]) > 0).all()
        assert own["preserved"].iloc[-1] > 0.99
        assert (own["no_kd"] == own["no_kd"].iloc[0]).all()


def test_a_network_that_diverges_is_an_error() -> None:
    with pytest.raises(FloatingPointError, match="diverged; lower the learning rate"):
        agreeing(DIVERGING, SEEDS, lambda _: None)
