from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from analysis import Optimiser
from analysis.claims.mfh.agreeing import AGREEMENTS, DIAGRAM, TOGETHER, agreeing
from analysis.methods.trials import Trial
from analysis.protocols.synthetic import Synthetic
from analysis.verdicts import PAPER, World

SEEDS = [3, 11]


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    trained: list[int] = []
    found = agreeing(PAPER, SEEDS, trained.append)
    assert sum(trained) == len(SEEDS) * (1 + 5 * len(AGREEMENTS))
    return found


def at(rows: pd.DataFrame, seed: int, agreement: float) -> pd.Series:
    own = rows[(rows["seed"] == seed) & (rows["agreement"] == agreement)]
    return own.iloc[0]


def trial(seed: int) -> Trial:
    return PAPER.protocol.draw(DIAGRAM, seed, ("teacher", "um_teacher", "no_kd", "kd_shuffled"))


def started(drawn: Trial, arm: str) -> list[Tensor]:
    return [part[0].clone().requires_grad_() for part in drawn.initial[arm]]


def say(network: list[Tensor], x: Tensor) -> Tensor:
    return x @ network[0].T + network[1].T


def pair(drawn: Trial, agreement: float) -> list[Tensor]:
    """Return a teacher that was trained beside a network of the other modality, in plain torch."""
    teacher, other = started(drawn, "teacher"), started(drawn, "um_teacher")
    views, y = drawn.train.views, drawn.train.y[0]
    descent = torch.optim.SGD([*teacher, *other], lr=TOGETHER.learning_rate)
    for _ in range(TOGETHER.steps):
        descent.zero_grad()
        a, b = say(teacher, views["teacher"][0]), say(other, views["student"][0])
        labels = functional.cross_entropy(a, y) + functional.cross_entropy(b, y)
        (labels + agreement * functional.mse_loss(a, b)).backward()
        descent.step()
    return [part.detach() for part in teacher]


def student(drawn: Trial, said: Tensor) -> float:
    """Return the accuracy of a student of these logits, trained in plain torch."""
    network, x, y = started(drawn, "no_kd"), drawn.train.views["student"][0], drawn.train.y[0]
    descent = torch.optim.SGD(network, lr=0.1)
    for _ in range(1000):
        descent.zero_grad()
        logits = say(network, x)
        apart = functional.kl_div(logits.log_softmax(1), said.softmax(1), reduction="batchmean")
        (functional.cross_entropy(logits, y) + apart / 2).backward()
        descent.step()
    with torch.no_grad():
        right = say(network, drawn.test.views["student"][0]).argmax(1) == drawn.test.y[0]
    return float(right.double().mean())


def test_a_seed_is_what_plain_torch_makes_of_it(rows: pd.DataFrame) -> None:
    drawn, row = trial(11), at(rows, 11, 3.0)
    view = drawn.train.views["teacher"][0]
    teacher, regular = pair(drawn, 3.0), pair(drawn, 0.0)
    said = say(teacher, view)
    spreads = [float((s[:, 1] - s[:, 0]).std()) for s in (said, say(regular, view))]
    right = say(teacher, drawn.test.views["teacher"][0]).argmax(1) == drawn.test.y[0]
    assert row["teacher"] == pytest.approx(float(right.double().mean()), abs=0.0011)
    assert row["kd"] == pytest.approx(student(drawn, said), abs=0.0011)
    scaled = student(drawn, said * spreads[1] / spreads[0])
    assert row["kd_scaled"] == pytest.approx(scaled, abs=0.0011)
    assert drawn.order is not None
    shuffled = student(drawn, said[drawn.order[0]])
    assert row["kd_shuffled"] == pytest.approx(shuffled, abs=0.0011)
    w = (teacher[0][1] - teacher[0][0]).numpy()
    general = [role == "general" for role in PAPER.protocol.population(DIAGRAM).roles["a"]]
    assert row["preserved"] == pytest.approx((w[general] ** 2).sum() / (w**2).sum(), abs=1e-4)
    fresh = PAPER.protocol.population(DIAGRAM).sample(3200, 11)[1200:]
    target, x = fresh.views["a"] @ w, np.c_[np.ones(2000), fresh.views["b"]]
    left = np.linalg.lstsq(x, target)[1].item() / (2000 - 51)
    assert row["error"] == pytest.approx(left / target.var(ddof=1), abs=1e-4)


def test_the_regular_teacher_is_as_confident_as_itself(rows: pd.DataFrame) -> None:
    regular = rows[rows["agreement"] == 0]
    assert (regular["kd_scaled"] == regular["kd"]).all()
    others = rows[rows["agreement"] > 0]
    assert (others["kd_scaled"] != others["kd"]).any()


def test_agreement_preserves_what_is_general(rows: pd.DataFrame) -> None:
    for seed in SEEDS:
        preserved = [at(rows, seed, agreement)["preserved"] for agreement in AGREEMENTS]
        assert np.all(np.diff(preserved) > 0)
        assert preserved[-1] > 0.99


def test_the_no_kd_student_does_not_depend_on_the_teacher(rows: pd.DataFrame) -> None:
    assert len(rows[["seed", "no_kd"]].drop_duplicates()) == len(SEEDS)


def test_a_network_that_diverges_is_an_error() -> None:
    class Fast(World):
        @property
        def protocol(self) -> Synthetic:
            return replace(super().protocol, optimiser=Optimiser("sgd", 10, 50, weight_decay=10))

    with pytest.raises(FloatingPointError, match="diverged; lower the learning rate"):
        agreeing(Fast(PAPER.models, PAPER.rule, PAPER.view), SEEDS, lambda _: None)
