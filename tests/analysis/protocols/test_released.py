"""The released script, replayed."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from analysis import PAPER_ARMS, PROTOCOLS, Optimiser, Released
from analysis.methods.fitting import train
from tests.analysis.alone import tasks_of
from venn import ArgumentError, VennDiagram, growing_alpha, growing_gamma


def script_data(
    delta: np.ndarray, n: int, decisive: int, dims: tuple[int, int], seen: tuple[slice, slice]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """One data set of the released script, from numpy's global generator."""
    z = np.random.randn(n, decisive)
    student = np.random.randn(n, dims[1])
    student[:, seen[1]] = z[:, seen[1]]
    teacher = np.random.randn(n, dims[0])
    teacher[:, seen[0]] = z[:, seen[0]]
    labels = torch.tensor((z @ delta > 0).astype(int))
    return torch.tensor(teacher).float(), torch.tensor(student).float(), labels


def script_run(
    seed: int, decisive: int, dims: tuple[int, int], seen: tuple[slice, slice], steps: int
) -> dict[str, float]:
    """One run as the facts describe it: global generators, torch modules, one network at a time."""
    np.random.seed(seed)
    torch.manual_seed(seed)
    delta = np.random.randn(500)[:decisive]
    train = script_data(delta, 200, decisive, dims, seen)
    np.random.seed(seed + 1)
    torch.manual_seed(seed + 1)
    test = script_data(delta, 1000, decisive, dims, seen)
    results: dict[str, float] = {}
    networks: dict[str, nn.Module] = {}
    for arm in ("teacher", "kd", "no_kd"):
        view = 0 if arm == "teacher" else 1
        networks[arm] = network = nn.Linear(dims[view], 2)
        stepper = torch.optim.SGD(network.parameters(), lr=0.1)
        for _ in range(steps):
            output = network(train[view])
            loss = nn.functional.cross_entropy(output, train[2])
            if arm == "kd":
                with torch.no_grad():
                    soft = networks["teacher"](train[0]).softmax(1)
                loss = loss + nn.KLDivLoss(reduction="none")(output.log_softmax(1), soft).mean()
            stepper.zero_grad()
            loss.backward()
            stepper.step()
        results[arm] = (network(test[view]).argmax(1) == test[2]).double().mean().item()
    return results


CASES = {
    "figure 2, overlap 4": (growing_gamma()[2], 20, (25, 50), (slice(6, 16), slice(0, 10))),
    "figure 3, specific 20": (growing_alpha()[2], 50, (50, 50), (slice(0, 30), slice(0, 10))),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_released_replays_the_script_run_by_run(case: tuple[Any, ...]) -> None:
    """Every single accuracy equals that of the script's own loop, to one test row in 1000."""
    diagram, decisive, dims, seen = case
    protocol = Released(optimiser=Optimiser("sgd", 0.1, steps=300))
    for seed in range(3):
        ours = train(tasks_of(protocol, diagram, seed, PAPER_ARMS))
        for arm, accuracy in script_run(seed, decisive, dims, seen, steps=300).items():
            assert ours[arm].accuracy == pytest.approx(accuracy, abs=0.00101), (seed, arm)


def test_published_differs_from_released_by_the_labels_alone() -> None:
    diagram = growing_gamma()[1]
    released, published = (
        PROTOCOLS[name].draw(diagram, 3, ["no_kd"]) for name in ("released", "published")
    )
    for role in ("teacher", "student"):
        assert torch.equal(released.train.views[role], published.train.views[role])
        assert torch.equal(released.test.views[role], published.test.views[role])
    assert not torch.equal(released.train.y, published.train.y)
    shared = published.train.views["student"][0, :, :10].sum(1)
    agreement = ((shared > 0) == published.train.y[0]).double().mean()
    assert agreement == pytest.approx(0.75, abs=0.1)


def test_a_run_and_the_next_share_a_stream_as_in_the_script() -> None:
    """The test set of seed s and the training set of seed s + 1: one stream, 500 numbers apart."""
    diagram, n = VennDiagram({"a": 1, "b": 1}, noise={"a": 1, "b": 1}), 200
    protocol = Released(delta="ones", n_train=n, n_test=n + 500)
    test = protocol.draw(diagram, 4).test.views["student"][0]
    train_rows = protocol.draw(diagram, 5).train.views["student"][0]
    stream = np.random.RandomState(5).randn(500 + 4 * n + 2000)
    z, noise = stream[: 2 * (n + 500)].reshape(-1, 2), stream[2 * (n + 500) :]
    assert torch.equal(test[:, 0], torch.tensor(z[:, 0]).float())
    assert torch.equal(test[:5, 1], torch.tensor(noise[1:10:2]).float())
    after = stream[500 : 500 + 2 * n].reshape(-1, 2)
    assert torch.equal(train_rows[:, 0], torch.tensor(after[:, 0]).float())


BAD: dict[str, tuple[Any, str]] = {
    "unknown delta": (
        lambda: Released(delta="twos"),  # type: ignore[arg-type]  # a bad call
        "delta = 'twos': is unknown; known: normal, ones",
    ),
    "no room": (
        lambda: Released().draw(VennDiagram({"a": 5, "b": 5}), 0),
        "it puts feature j into channel j, and 'a' has too few",
    ),
    "too many features": (
        lambda: Released().draw(VennDiagram({"a&b": 501}), 0),
        "for two modalities and 500 features",
    ),
    "three modalities": (
        lambda: Released().check(VennDiagram({"a&b&c": 2}, modalities=("a", "b", "c")), ["kd"]),
        "for two modalities and 500 features",
    ),
    "a control": (
        lambda: Released().check(growing_gamma()[0], ["teacher", "hard_label"]),
        "arms = 'hard_label': is not in the released script; the synthetic protocol has it",
    ),
}


@pytest.mark.parametrize(("call", "message"), BAD.values(), ids=BAD)
def test_bad_replays(call: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        call()
    assert message in str(error.value)
