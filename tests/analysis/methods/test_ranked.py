"""Rankings, against one network and one permuted feature at a time."""

from dataclasses import replace
from functools import partial

import pytest
import torch

from analysis import ARMS, Method, Optimiser, Plan, Synthetic, refit
from analysis.methods.agreeing import Agreeing
from analysis.methods.algorithm1 import permutations
from analysis.methods.ranked import Ranked, RankedNetwork
from analysis.methods.scaled import Scaled
from synth import Rotation, stream
from tests.analysis import plain
from tests.analysis.claims.plain import pair, says, taught
from venn import VennDiagram

DIAGRAM = VennDiagram({"a": 3, "a&b": 4, "b": 2}, noise={"a": 5, "b": 3})
SHORT = Optimiser("sgd", 0.1, 20)
WORLDS = {
    "linear": Synthetic(width=0, optimiser=SHORT),
    "MLP": Synthetic(width=6, optimiser=SHORT),
    "MLP, rotated": Synthetic(width=6, optimiser=SHORT, teacher_view=(Rotation(seed=1),)),
}
SEED = 11


def ranked(method: Ranked, protocol: Synthetic) -> RankedNetwork:
    plan = Plan([DIAGRAM], protocol, {"it": method}, [SEED])
    model = refit(plan, "it", SEED, device="cpu").model
    assert isinstance(model, RankedNetwork)
    return model


@pytest.mark.parametrize("teacher", [Agreeing(), ARMS["teacher"]], ids=["a pair", "alone"])
@pytest.mark.parametrize("units", [False, True], ids=["channels", "units"])
@pytest.mark.parametrize("protocol", WORLDS.values(), ids=WORLDS)
def test_saliencies_are_those_of_one_feature_at_a_time(
    teacher: Method, units: bool, protocol: Synthetic
) -> None:
    """How far a copy with one permuted feature is driven from what its partner says, or itself."""
    found = ranked(Ranked(teacher=teacher, units=units), protocol).saliency
    trial = protocol.trial(DIAGRAM, SEED)
    x, x_student = (trial.train.views[name][0] for name in ("teacher", "student"))
    if isinstance(teacher, Agreeing):
        network, second = pair(protocol, trial, SHORT)
        reference = says(second, x_student)
    else:
        network = taught(protocol, trial, ARMS["teacher"], None, SHORT)  # type: ignore[arg-type]
        reference = says(network, x)
    if units and len(network) > 2:
        x = torch.nn.functional.linear(x, network[0], network[1].flatten()).relu()
        network = network[2:]
    orders = permutations(stream(SEED, "saliency"), len(x), x.shape[1], 5)
    expected = plain.saliencies(partial(says, network), x, reference, orders)
    expected = (expected - expected.min()) / (expected.max() - expected.min())
    torch.testing.assert_close(found, expected, rtol=0, atol=2e-3)


def test_where_the_teacher_diverges_nothing_is_ranked() -> None:
    steep = replace(WORLDS["MLP"], optimiser=Optimiser("sgd", 1e10, 50, weight_decay=1.0))
    assert not ranked(Ranked(teacher=Agreeing()), steep).finite


def test_what_is_no_network_has_no_features() -> None:
    scaled = Scaled(teacher=ARMS["teacher"], like=ARMS["um_teacher"])
    with pytest.raises(ValueError, match=r"Ranked\.teacher = 'ScaledModel': must fit networks"):
        ranked(Ranked(teacher=scaled), WORLDS["linear"])
