"""The released script, replayed."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from analysis import PAPER_ARMS, PROTOCOLS, Optimiser, Released
from analysis.methods.arms import ARMS, TEACHER
from analysis.methods.fitting import fit
from tests.analysis import plain
from tests.analysis.alone import right, tasks_of
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
    seed: int,
    decisive: int,
    dims: tuple[int, int],
    seen: tuple[slice, slice],
    steps: int,
    *,
    ones: bool,
) -> dict[str, float]:
    """One run as the facts describe it: global generators, torch modules, one network at a time."""
    np.random.seed(seed)
    torch.manual_seed(seed)
    drawn = np.random.randn(500)[:decisive]
    delta = np.ones(decisive) if ones else drawn
    train = script_data(delta, 200, decisive, dims, seen)
    np.random.seed(seed + 1)
    torch.manual_seed(seed + 1)
    test = script_data(delta, 1000, decisive, dims, seen)
    results: dict[str, float] = {}
    networks: dict[str, nn.Module] = {}
    for arm in ("teacher", "kd", "no_kd"):
        view = 0 if arm == "teacher" else 1
        soft = networks["teacher"](train[0]).softmax(1).detach() if arm == "kd" else None
        networks[arm] = network = nn.Linear(dims[view], 2)
        plain.fit(network, train[view], train[2], Optimiser("sgd", 0.1, steps), soft=soft)
        results[arm] = (network(test[view]).argmax(1) == test[2]).double().mean().item()
    return results


CASES = {
    "figure 2, overlap 4": (growing_gamma()[2], 20, (25, 50), (slice(6, 16), slice(0, 10))),
    "figure 3, specific 20": (growing_alpha()[2], 50, (50, 50), (slice(0, 30), slice(0, 10))),
}


@pytest.mark.parametrize("name", ["released", "published"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_script_is_replayed_run_by_run(case: tuple[Any, ...], name: str) -> None:
    """Every single accuracy equals that of the script's own loop, to one test row in 1000."""
    diagram, decisive, dims, seen = case
    protocol = replace(PROTOCOLS[name], optimiser=Optimiser("sgd", 0.1, steps=300))
    for seed in range(3):
        tasks = tasks_of(protocol, diagram, seed, PAPER_ARMS)
        ours = fit(tasks)
        runs = script_run(seed, decisive, dims, seen, 300, ones=name == "published")
        for arm, accuracy in runs.items():
            found = right(ours[arm], tasks[arm].trial)
            assert found == pytest.approx(accuracy, abs=0.00101), (seed, arm)


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
        lambda: Released().check(
            VennDiagram({"a&b&c": 2}, modalities=("a", "b", "c")), [ARMS["kd"]]
        ),
        "for two modalities and 500 features",
    ),
    "a control": (
        lambda: Released().check(growing_gamma()[0], [TEACHER, ARMS["hard_label"]]),
        "arms = 'hard_label': is not in the released script; the synthetic protocol has it",
    ),
}


@pytest.mark.parametrize(("call", "message"), BAD.values(), ids=BAD)
def test_bad_replays(call: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        call()
