"""What is true of every protocol."""

import json
from typing import Any

import pytest
import torch

from analysis import ARMS, DEFAULT_SEEDS, PROTOCOLS, Synthetic, with_width
from tests.analysis.alone import same
from venn import ArgumentError, VennDiagram, growing_alpha, growing_gamma


@pytest.mark.parametrize("name", PROTOCOLS)
def test_contract_of_every_protocol(name: str) -> None:
    """A draw has one model, the promised sizes, and is a function of the seed alone."""
    protocol, diagram = PROTOCOLS[name], growing_gamma()[2]
    arms = protocol.arms
    protocol.check(diagram, arms)
    trial, again, other = (protocol.draw(diagram, seed, arms) for seed in (7, 7, 8))
    for split, rows in ((trial.train, protocol.n_train), (trial.test, protocol.n_test)):
        assert split.views["teacher"].shape == (1, rows, 25)
        assert split.views["student"].shape == (1, rows, 50)
        assert split.y.shape == (1, rows)
    assert set(trial.initial) == set(arms) <= set(ARMS)
    assert list(arms).index("teacher") < list(arms).index("kd")
    for sight, view in trial.train.views.items():
        assert torch.equal(view, again.train.views[sight])
        assert not torch.equal(view, other.train.views[sight])
        shared = min(protocol.n_train, protocol.n_test)
        assert not torch.equal(view[:, :shared], trial.test.views[sight][:, :shared])
    for arm in arms:
        assert same(trial.initial[arm], again.initial[arm])
        shapes = [tuple(tensor.shape[1:]) for tensor in trial.initial[arm]]
        layers = protocol.network(diagram, arm).layers
        assert shapes == [shape for i, o in layers for shape in ((o, i), (o, 1))]
        assert trial.train.views[ARMS[arm].input].shape[-1] == layers[0][0]
        json.dumps(protocol.data(diagram, arm))


@pytest.mark.parametrize("name", PROTOCOLS)
@pytest.mark.parametrize("path", [growing_gamma(), growing_alpha()], ids=["gamma", "alpha"])
def test_equal_data_are_equal_rows_and_starts(name: str, path: tuple[VennDiagram, ...]) -> None:
    """To the last bit, seed by seed: what is trained on them need be trained once."""
    protocol = PROTOCOLS[name]
    drawn = [protocol.draw(diagram, 1, protocol.arms) for diagram in path]
    for arm in protocol.arms:
        for i, one in enumerate(path):
            for j, other in enumerate(path[:i]):
                sees = ARMS[arm].input
                alike = (
                    torch.equal(drawn[i].train.views[sees], drawn[j].train.views[sees])
                    and torch.equal(drawn[i].test.views[sees], drawn[j].test.views[sees])
                    and torch.equal(drawn[i].train.y, drawn[j].train.y)
                    and same(drawn[i].initial[arm], drawn[j].initial[arm])
                )
                equal = protocol.data(one, arm) == protocol.data(other, arm)
                assert equal <= alike, arm
                assert equal == alike or sees == "general", arm  # what is set to 0 is named too


def test_the_defaults_are_the_papers() -> None:
    assert set(DEFAULT_SEEDS) == set(PROTOCOLS)
    for protocol in PROTOCOLS.values():
        assert (protocol.n_train, protocol.n_test) == (200, 1000)
        assert protocol.distillation.reduction == "mean"
        assert protocol.sum(distillation.weights(2)) == 1.5


def test_a_width_is_that_of_teachers_and_students() -> None:
    narrow = with_width(Synthetic(teacher_width=9), 3)
    assert (narrow.width, narrow.teacher_width) == (3, 3)  # type: ignore[attr-defined]
    linear = with_width(PROTOCOLS["synthetic"], 0).draw(growing_gamma()[0], 0, ["no_kd"])
    assert [tuple(tensor.shape) for tensor in linear.initial["no_kd"]] == [(1, 2, 50), (1, 2, 1)]


BAD: dict[str, tuple[Any, str]] = {
    "width of released": (
        lambda: with_width(PROTOCOLS["released"], 64),
        "width = 64: only the synthetic protocol has a width",
    ),
    "negative width": (
        lambda: with_width(PROTOCOLS["synthetic"], -1),
        "width = -1: must be a whole number of at least 0",
    ),
}


@pytest.mark.parametrize(("call", "message"), BAD.values(), ids=BAD)
def test_bad_widths(call: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        call()
    assert message in str(error.value)
