"""What is ranked, and what it is made of."""

import numpy as np
import pytest

from analysis import PROTOCOLS, Plan, Protocol, refit
from analysis.claims.mfh.ranking import MadeOf, Saliency, mixed
from analysis.measures.measure import Answers, Place
from analysis.methods.agreeing import Agreeing
from analysis.methods.ranked import Ranked, RankedNetwork
from analysis.verdicts import PAPER, worlds
from tests.analysis.claims.plain import short
from venn import VennDiagram

DIAGRAM = VennDiagram({"a": 3, "a&b": 4, "b": 2}, noise={"a": 5, "b": 3})
EVERY = worlds()
SOME = (PAPER, "MLP, hyperplane, as it is", "MLP, hyperplane, rotated")


def test_hidden_units_are_ranked_where_channels_mix_sources() -> None:
    assert {world for world in EVERY if mixed(EVERY[world], DIAGRAM)} == {
        *worlds(views=["rotated"])
    }
    assert not mixed(PROTOCOLS["released"], DIAGRAM)


def answers_of(protocol: Protocol) -> Answers:
    """Return a ranked network, and where it was fitted."""
    ranked = Ranked(teacher=Agreeing(), units=mixed(protocol, DIAGRAM))
    model, trial = refit(Plan([DIAGRAM], protocol, {"it": ranked}, [3]), "it", 3, device="cpu")
    place = Place(protocol, DIAGRAM, 3)
    return Answers([model], model.outputs(trial.test), [trial], {}, [place])


@pytest.mark.parametrize("world", SOME)
def test_features_are_made_of_what_they_show_of_a_source_alone(world: str) -> None:
    """Squares of their responses to a step of one source, a channel's and a hidden unit's."""
    protocol = short(EVERY[world], 20)
    answers = answers_of(protocol)
    population = protocol.population(DIAGRAM)
    roles = population.roles["a"]
    (network,) = answers.models
    assert isinstance(network, RankedNetwork)
    steps = population.shown["a"].show(np.eye(len(roles)))  # a row a source
    first = network.parameters[0][0].double().numpy().T
    squares = (steps @ (first if network.units else np.eye(len(roles)))) ** 2  # (source, feature)
    for role in ("general", "specific"):
        (shares,) = MadeOf(role).of(answers)
        own = squares[[source == role for source in roles.sources]].sum(axis=0)
        np.testing.assert_allclose(shares, own / squares.sum(axis=0), atol=1e-12)
    (saliency,) = Saliency().of(answers)
    np.testing.assert_array_equal(saliency, network.saliency)


def test_a_script_knows_no_roles() -> None:
    answers = answers_of(short(EVERY[PAPER], 1))
    elsewhere = Answers(
        answers.models,
        answers.logits,
        answers.trials,
        {},
        [Place(PROTOCOLS["released"], DIAGRAM, 3)],
    )
    with pytest.raises(ValueError, match="protocol = 'Released': knows no roles of features"):
        MadeOf("general").of(elsewhere)
