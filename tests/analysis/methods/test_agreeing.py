"""Teachers that agree, against one pair at a time in plain torch."""

from dataclasses import replace

import pytest
import torch

from analysis import Optimiser, Plan, Synthetic, refit
from analysis.methods.agreeing import Agreed, Agreeing
from analysis.methods.trials import Trial
from tests.analysis.claims.plain import pair, says
from venn import VennDiagram

DIAGRAM = VennDiagram({"a": 3, "a&b": 4, "b": 2}, noise={"a": 5, "b": 3})
PROTOCOL = Synthetic(n_train=60, n_test=40, width=5, teacher_width=6)
OWN = Optimiser("momentum", 0.02, 15)
METHODS = {
    "as teachers are": Agreeing(),
    "as it says": Agreeing(agreement=3.0, optimiser=OWN),
    "unpaired": Agreeing(unpaired=True, optimiser=OWN),
}


def agreed(method: Agreeing, protocol: Synthetic = PROTOCOL, seed: int = 4) -> tuple[Agreed, Trial]:
    plan = Plan([DIAGRAM], protocol, {"it": method}, [seed])
    model, trial = refit(plan, "it", seed, device="cpu")
    assert isinstance(model, Agreed)
    return model, trial


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
@pytest.mark.parametrize("width", [0, 6])
def test_both_networks_are_those_of_one_pair(method: Agreeing, width: int) -> None:
    protocol = replace(PROTOCOL, teacher_width=width, optimiser=Optimiser("sgd", 0.1, 20))
    model, trial = agreed(method, protocol)
    own = trial
    if method.unpaired:
        views = {"teacher": trial.train.views["teacher"]}
        views["student"] = trial.train.views["student"][:, trial.order()]
        own = replace(trial, train=replace(trial.train, views=views))
    recipe = method.optimiser or protocol.setup.teacher_optimiser
    for network, name, expected in zip(
        (model, model.partner),
        ("teacher", "student"),
        pair(protocol, own, recipe, method.agreement),
        strict=True,
    ):
        found = network.outputs(trial.train)[0]
        torch.testing.assert_close(
            found, says(expected, own.train.views[name][0]), rtol=0, atol=2e-4
        )


def test_the_more_it_is_to_agree_the_less_the_two_are_apart() -> None:
    apart = []
    for agreement in (0.0, 1.0, 30.0):
        model, trial = agreed(Agreeing(agreement=agreement, optimiser=OWN))
        said, heard = (each.outputs(trial.train) for each in (model, model.partner))
        apart.append(float((said - heard).square().mean()))
    assert apart == sorted(apart, reverse=True)


def test_where_one_of_them_diverges_there_is_no_model() -> None:
    steep = Optimiser("sgd", 1e10, 50, weight_decay=1.0)
    assert not agreed(Agreeing(optimiser=steep))[0].finite
    with pytest.raises(ValueError, match="agreement = -1"):
        Agreeing(agreement=-1)
