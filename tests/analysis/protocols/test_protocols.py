"""What is true of every protocol."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from analysis import ARMS, PROTOCOLS, Distillation, Optimiser, Protocol
from analysis.reproductions.table2 import diagram
from tests.analysis.alone import same, start_of
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
    diagram, methods = path[1], [ARMS[arm] for arm in protocol.arms]
    protocol.check(diagram, methods)
    np.random.seed(1)
    torch.manual_seed(1)
    expected = np.random.random(), torch.rand(1).item()
    np.random.seed(1)
    torch.manual_seed(1)
    drawn, again, other = (protocol.draw(diagram, seed, methods) for seed in (7, 7, 8))
    views = {
        (method, name): view
        for method in methods
        for name, view in drawn[method].train.views.items()
    }
    assert (np.random.random(), torch.rand(1).item()) == expected  # of the generators of all
    assert set(drawn) == set(methods)
    for method, trial in drawn.items():
        for role, modality in zip(("teacher", "student"), diagram.modalities, strict=True):
            for split, rows in ((trial.train, protocol.n_train), (trial.test, protocol.n_test)):
                assert split.views[role].shape == (1, rows, diagram.dim(modality))
                assert split.y.shape == (1, rows)
        start = start_of(protocol, diagram, method, trial)
        assert same(start, start_of(protocol, diagram, method, again[method]))
        alone = protocol.draw(diagram, 7, [method])[method]
        assert same(start, start_of(protocol, diagram, method, alone))
        layers = protocol.network(diagram, method).layers
        shapes = [tuple(tensor.shape[1:]) for tensor in start]
        assert shapes == [shape for i, o in layers for shape in ((o, i), (o, 1))]
        json.dumps(protocol.data(diagram, method))
        assert protocol.numbers(diagram, method) > protocol.n_train * layers[0][0]
    for (method, name), view in views.items():
        assert view.dtype == torch.float32
        assert torch.equal(view, again[method].train.views[name])
        assert not torch.equal(view, other[method].train.views[name])
        assert not torch.equal(view, drawn[method].test.views[name][:, : protocol.n_train])


@cases
def test_equal_data_are_equal_rows_and_starts(
    protocol: Protocol, path: tuple[VennDiagram, ...]
) -> None:
    """To the last bit, seed by seed: what is trained on them need be trained once."""
    methods = [ARMS[arm] for arm in protocol.arms]
    drawn = [protocol.draw(diagram, 1, methods) for diagram in path]
    for method in methods:
        for i, one in enumerate(path):
            for j, other in enumerate(path[:i]):
                if protocol.data(one, method) != protocol.data(other, method):
                    continue
                first, second = drawn[i][method], drawn[j][method]
                for ours, theirs in ((first.train, second.train), (first.test, second.test)):
                    assert torch.equal(ours.y, theirs.y), method
                    for input in set(method.inputs) & set(ours.views):
                        assert torch.equal(ours.views[input], theirs.views[input]), method
                starts = start_of(protocol, one, method, first)
                assert same(starts, start_of(protocol, other, method, second)), method


@cases
def test_how_networks_are_trained_is_no_draw(
    protocol: Protocol, path: tuple[VennDiagram, ...]
) -> None:
    """Points that differ in this alone are drawn once."""
    other = replace(
        protocol, optimiser=Optimiser("adam", 0.5, 3), distillation=Distillation(1, 2, 3)
    )
    assert other.drawing == protocol.drawing
    methods = [ARMS[arm] for arm in protocol.arms]
    one, two = (each.draw(path[0], 3, methods) for each in (protocol, protocol.drawing))
    for method in methods:
        views = two[method].train.views
        for name, view in one[method].train.views.items():
            assert torch.equal(view, views[name])
        starts = [start_of(protocol, path[0], method, each[method]) for each in (one, two)]
        assert same(*starts)


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
    methods = [ARMS[arm] for arm in protocol.arms]
    with pytest.raises(ArgumentError, match="seed = -1: must be a whole number of at least 0"):
        protocol.draw(path[0], -1, methods)
    if protocol.largest_seed < 2**63 - 1:
        with pytest.raises(ArgumentError, match=f"must be at most {protocol.largest_seed}"):
            protocol.draw(path[0], protocol.largest_seed + 1, methods)
