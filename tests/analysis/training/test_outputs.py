from typing import Any

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, balanced_accuracy_score
from torch import Tensor

import analysis.training.outputs
from analysis import MLP, Parameters, accuracy, logits, stack
from analysis.training.groups import GROUP_BYTES, groups
from analysis.training.outputs import outputs, scores
from venn import ArgumentError

MODELS, ROWS, CHANNELS = 5, 37, 9

SHAPES = {
    "linear": MLP(CHANNELS, 0),
    "one layer": MLP(CHANNELS, 20),
    "deep": MLP(CHANNELS, 6, classes=4, depth=3),
}


@pytest.fixture(params=SHAPES.values(), ids=list(SHAPES))
def networks(request: pytest.FixtureRequest) -> Parameters:
    """Return several networks of one shape."""
    generator = torch.Generator().manual_seed(0)

    def uniform(bound: float, shape: tuple[int, ...]) -> Tensor:
        return torch.empty(shape).uniform_(-bound, bound, generator=generator)

    return stack([request.param.initial(uniform) for _ in range(MODELS)])


@pytest.fixture
def x() -> Tensor:
    return torch.randn(MODELS, ROWS, CHANNELS, generator=torch.Generator().manual_seed(1))


def one(parameters: Parameters, model: int) -> Parameters:
    return tuple(tensor[model : model + 1] for tensor in parameters)


def test_outputs_are_the_logits(networks: Parameters, x: Tensor) -> None:
    said = outputs(networks, x)
    assert not said.requires_grad
    torch.testing.assert_close(said, logits(networks, x), rtol=0, atol=1e-6)
    double = tuple(tensor.double() for tensor in networks)
    assert outputs(double, x.double()).dtype == torch.float64
    torch.testing.assert_close(outputs(double, x.double()), said.double(), rtol=0, atol=1e-6)


def test_what_a_network_says_does_not_depend_on_its_company(
    networks: Parameters, x: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor on the number of threads, its place, or how its rows are given: to the last bit."""
    together = outputs(networks, x)
    listed = outputs(networks, [x[i : i + 1] for i in range(MODELS)])
    backwards = outputs(tuple(tensor.flip(0) for tensor in networks), x.flip(0)).flip(0)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 3)
    for found in (listed, backwards, outputs(networks, x)):
        assert torch.equal(found, together)
    for model in range(MODELS):
        assert torch.equal(outputs(one(networks, model), x[model : model + 1])[0], together[model])


def test_models_may_share_their_rows(networks: Parameters, x: Tensor) -> None:
    """As one tensor in a list, or one that is repeated without a copy."""
    first = x[:1]
    expected = torch.cat([outputs(one(networks, model), first) for model in range(MODELS)])
    assert torch.equal(outputs(networks, [first] * MODELS), expected)
    assert torch.equal(outputs(networks, first.expand(MODELS, -1, -1)), expected)


def test_neither_networks_nor_rows_need_lie_in_one_piece(networks: Parameters, x: Tensor) -> None:
    across = x.mT.contiguous().mT
    apart = tuple(tensor.repeat_interleave(2, -1)[..., ::2] for tensor in networks)
    assert not across.is_contiguous()
    assert torch.equal(outputs(apart, across), outputs(networks, x))


@pytest.mark.parametrize("listed", [False, True], ids=["one tensor", "a list"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_accuracy_is_the_share_of_rows_that_are_right(
    networks: Parameters, x: Tensor, dtype: torch.dtype, listed: bool
) -> None:
    networks, x = tuple(tensor.to(dtype) for tensor in networks), x.to(dtype)
    said = logits(networks, x).argmax(-1)
    y = torch.where(torch.arange(ROWS) % 3 == 0, (said + 1) % 2, said)
    y[2] = said[2]
    parts: list[Any] = [
        [part[i : i + 1] for i in range(MODELS)] if listed else part for part in (x, y)
    ]
    measured = accuracy(networks, *parts)
    assert measured.dtype == torch.float64
    expected = [(said[i] == y[i]).sum().item() / ROWS for i in range(MODELS)]
    assert measured.tolist() == expected
    assert measured[2] == 1
    assert 0.5 < measured[0] < 1


@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true:UserWarning")
def test_scores_are_those_of_a_library(networks: Parameters, x: Tensor) -> None:
    """Balanced accuracy is over the classes that labels have; a constant answer recalls one."""
    networks[-1][3, 0] += 1e4  # one class to every row
    said = outputs(networks, x)
    generator = torch.Generator().manual_seed(2)
    y = torch.randint(0, said.shape[-1], (MODELS, ROWS), generator=generator)
    y[0] = y[0].clamp(max=1)  # classes that no label has
    y[1] = 1
    found = scores(networks, x, y)
    answers = said.argmax(-1)
    for i, (labels, own) in enumerate(zip(y.numpy(), answers.numpy(), strict=True)):
        assert found.accuracy[i] == accuracy_score(labels, own)
        assert np.isclose(found.balanced_accuracy[i], balanced_accuracy_score(labels, own))
        assert found.constant[i] == (len(set(own)) == 1)
    assert found.constant[3]
    assert found.balanced_accuracy[3] == 1 / len(set(y[3].tolist()))


def test_a_network_that_diverged_leaves_the_others_as_they_are(
    networks: Parameters, x: Tensor
) -> None:
    expected = outputs(networks, x)
    networks[0][1] = torch.nan
    found = outputs(networks, x)
    assert found[1].isnan().all()
    others = [0, 2, 3, 4]
    assert torch.equal(found[others], expected[others])


@pytest.mark.parametrize("rows", [MODELS - 1, MODELS + 1])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_each_network_needs_its_rows(rows: int, dtype: torch.dtype, networks: Parameters) -> None:
    """With or without the kernel."""
    networks = tuple(tensor.to(dtype) for tensor in networks)
    with pytest.raises(ArgumentError, match=f"models = .*5, {rows}.*: must be as many in each"):
        outputs(networks, torch.zeros(rows, ROWS, CHANNELS, dtype=dtype))


def test_a_gpu_is_given_groups_and_the_kernel_nothing(
    networks: Parameters, x: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices: list[str] = []

    def here(parts: Any, device: str) -> Any:
        devices.append(device)
        return groups(parts, "cpu")

    expected = outputs(networks, x)
    monkeypatch.setattr(analysis.training.outputs, "groups", here)
    monkeypatch.setattr(
        analysis.training.outputs, "kernel", lambda: pytest.fail("the kernel was asked")
    )
    for size in (1, 2**20):
        monkeypatch.setitem(GROUP_BYTES, "cpu", size)
        found = outputs(networks, x, "cuda")
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)
    assert devices == ["cuda"] * 2
