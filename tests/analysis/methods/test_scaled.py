"""Scaled teachers spread as others, and answer as they did."""

import pytest
import torch

from analysis import ARMS, Plan, Synthetic, refit
from analysis.methods.scaled import Scaled
from synth import Hyperplane
from venn import VennDiagram

DIAGRAM = VennDiagram({"a": 3, "a&b": 4, "b": 2})
SCALED = Scaled(teacher=ARMS["teacher"], like=ARMS["um_teacher"])


@pytest.mark.parametrize("classes", [2, 3])
def test_logits_spread_as_those_of_another_and_say_the_same(classes: int) -> None:
    protocol = Synthetic(n_train=50, n_test=30, width=4, rule=Hyperplane(classes=classes))
    plan = Plan(
        [DIAGRAM], protocol, {"it": SCALED, **{n: ARMS[n] for n in ("teacher", "um_teacher")}}, [3]
    )
    (model, trial), (teacher, _), (other, _) = (
        refit(plan, arm, 3, device="cpu") for arm in ("it", "teacher", "um_teacher")
    )

    def spread(said: torch.Tensor) -> float:
        (one,) = said
        return float(torch.stack([(one[:, c] - one[:, 0]).std() for c in range(1, classes)]).mean())

    found, own, wanted = (each.outputs(trial.train) for each in (model, teacher, other))
    assert spread(found) == pytest.approx(spread(wanted), rel=1e-5)
    assert spread(own) != pytest.approx(spread(wanted), rel=1e-2)
    torch.testing.assert_close(found / own, torch.full_like(own, spread(wanted) / spread(own)))
    assert torch.equal(model.outputs(trial.test).argmax(-1), teacher.outputs(trial.test).argmax(-1))
    hidden, expected = (each.hidden(trial.test) for each in (model, teacher))
    assert all(map(torch.equal, hidden, expected))
