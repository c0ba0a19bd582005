"""What is true of every protocol."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from analysis import ARMS, PROTOCOLS, Distillation, Optimiser, Protocol
from analysis.reproductions.table2 import diagram
from tests.analysis.alone import same
from venn import ArgumentError, VennDiagram, growing_alpha, growing_gamma

TABLE2 = (diagram(10, 5), diagram(10, 30), diagram(15, 5))
CASES: dict[str, tuple[Protocol, tuple[VennDiagram, ...]]] = {
    name: (protocol, TABLE2 if name.endswith("table2") else (*growing_gamma(), *growing_alpha()))
    for name, protocol in PROTOCOLS.items()
}
CASES |= {
    f"{name}, {way}": (replace(PROTOCOLS[name], general_channels=way), TABLE2)  # type: ignore[call-arg]
    for name in ("synthetic", "released_table2")
    for way in ("alg1", "random")
}
cases = pytest.mark.parametrize(("protocol", "path"), CASES.values(), ids=CASES)


@cases
def test_contract_of_every_protocol(protocol: Protocol, path: tuple[VennDiagram, ...]) -> None:
    """A draw has one model, the promised sizes, and is a function of the seed alone."""
    diagram, arms = path[1], protocol.arms
    protocol.check(diagram, arms)
    np.random.seed(1)
    torch.manual_seed(1)
    expected = np.random.random(), torch.rand(1).item()
    np.random.seed(1)
    torch.manual_seed(1)
    trial, again, other = (protocol.draw(diagram, seed, arms) for seed in (7, 7, 8))
    assert (np.random.random(), torch.rand(1).item()) == expected  # of the generators of all
    assert set(trial.initial) == set(arms) <= set(ARMS)
    for role, modality in zip(("teacher", "student"), diagram.modalities, strict=True):
        for split, rows in ((trial.train, protocol.n_train), (trial.test, protocol.n_test)):
            assert split.views[role].shape == (1, rows, diagram.dim(modality))  # type: ignore[index]
            assert split.y.shape == (1, rows)
    for name, view in trial.train.views.items():
        assert view.dtype == torch.float32
        assert torch.equal(view, again.train.views[name])
        assert not torch.equal(view, other.train.views[name])
        assert not torch.equal(view, trial.test.views[name][:, : protocol.n_train])
    for arm in arms:
        assert same(trial.initial[arm], again.initial[arm])
        shapes = [tuple(tensor.shape[1:]) for tensor in trial.initial[arm]]
        layers = protocol.network(diagram, arm).layers
        assert shapes == [shape for i, o in layers for shape in ((o, i), (o, 1))]
        assert same(protocol.draw(diagram, 7, [arm]).initial[arm], trial.initial[arm])
        json.dumps(protocol.data(diagram, arm))
        assert protocol.numbers(diagram, arm) > protocol.n_train * layers[0][0]


@cases
def test_equal_data_are_equal_rows_and_starts(
    protocol: Protocol, path: tuple[VennDiagram, ...]
) -> None:
    """To the last bit, seed by seed: what is trained on them need be trained once."""
    drawn = [protocol.draw(diagram, 1, protocol.arms) for diagram in path]
    for arm in protocol.arms:
        input = ARMS[arm].input
        for i, one in enumerate(path):
            for j, other in enumerate(path[:i]):
                if protocol.data(one, arm) != protocol.data(other, arm):
                    continue
                for first, second in (
                    (drawn[i].rows(arm), drawn[j].rows(arm)),
                    (drawn[i].test, drawn[j].test),
                ):
                    assert torch.equal(first.y, second.y), arm
                    if input in first.views:
                        assert torch.equal(first.views[input], second.views[input]), arm
                assert same(drawn[i].initial[arm], drawn[j].initial[arm]), arm


@cases
def test_how_networks_are_trained_is_no_draw(
    protocol: Protocol, path: tuple[VennDiagram, ...]
) -> None:
    """Points that differ in this alone are drawn once."""
    other = replace(
        protocol, optimiser=Optimiser("adam", 0.5, 3), distillation=Distillation(1, 2, 3)
    )
    assert other.drawing == protocol.drawing
    one, two = (each.draw(path[0], 3, protocol.arms) for each in (protocol, protocol.drawing))
    assert all(torch.equal(view, two.train.views[name]) for name, view in one.train.views.items())
    assert all(same(one.initial[arm], two.initial[arm]) for arm in protocol.arms)


def test_the_defaults_are_the_papers() -> None:
    seeds = {"published": range(100), "released": range(10), "synthetic": range(100)}
    for name, protocol in PROTOCOLS.items():
        assert (protocol.n_train, protocol.n_test) == (200, 1000)
        assert protocol.distillation.weights(2) == (1.0, 0.5)
        assert protocol.seeds == seeds.get(name, range(42, 52))


@cases
def test_a_draw_refuses_seeds_that_it_cannot_take(
    protocol: Protocol, path: tuple[VennDiagram, ...]
) -> None:
    with pytest.raises(ArgumentError, match="seed = -1: must be a whole number of at least 0"):
        protocol.draw(path[0], -1, protocol.arms)
    if protocol.largest_seed < 2**63 - 1:
        with pytest.raises(ArgumentError, match=f"must be at most {protocol.largest_seed}"):
            protocol.draw(path[0], protocol.largest_seed + 1, protocol.arms)
