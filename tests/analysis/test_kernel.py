"""The kernel, as this processor and as others get it, against torch's autograd in float64."""

import math
import platform
from dataclasses import dataclass, replace
from typing import Any, get_args

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from analysis import MLP, Distillation, Optimiser, Parameters, logits
from analysis.kernel import Kernel, library
from analysis.networks import finite
from analysis.objectives import Average
from tests.examples import examples

BUILDS = {"native": (), "8 lanes": ("-mno-avx512f",), "4 lanes": ("-mno-avx",)}
"""What is added to the flags, for the vectors that other processors of this kind have."""


@pytest.fixture(scope="session", params=BUILDS)
def build(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Kernel:
    name = request.param
    if name != "native" and platform.machine().lower() not in ("x86_64", "amd64"):
        pytest.skip("processors of this kind all have vectors of one width")
    with pytest.MonkeyPatch.context() as patch:
        if name != "native":
            patch.setattr(library, "FLAGS", (*library.FLAGS, *BUILDS[name]))
            patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
            library.kernel.cache_clear()
        found = library.kernel()
        library.kernel.cache_clear()
    if found is None:
        pytest.skip("there is no C++ compiler")
    assert name == "native" or found.lanes <= int(name[0])
    return found


@dataclass(frozen=True)
class Problem:
    """A network of some shape and its rows, such that rounding changes nothing before a softmax.

    Every number is a small multiple of a power of 2, so that sums are exact in any order: a unit is
    above 0 in float32 where it is in float64, and where it is 0, it is so in both.
    """

    channels: int
    width: int
    depth: int
    classes: int
    rows: int
    seed: int = 0

    @property
    def parts(self) -> tuple[Parameters, Tensor, Tensor, Tensor]:
        """Parameters of one model, x, y and a teacher's logits."""
        generator = torch.Generator().manual_seed(self.seed)

        def halves(*shape: int) -> Tensor:
            return torch.randint(-2, 3, shape, generator=generator) / 2

        shape = MLP(self.channels, self.width, self.classes, self.depth if self.width else 1)
        parameters = shape.initial(lambda _, size: halves(*size))
        head = 2.0 ** -(len(parameters) - 1)  # logits of a few units
        y = torch.randint(0, self.classes, (1, self.rows), generator=generator)
        return (
            (*parameters[:-2], parameters[-2] * head, parameters[-1] * head),
            halves(1, self.rows, self.channels),
            y,
            torch.randn(1, self.rows, self.classes, generator=generator),
        )


problems = st.builds(
    Problem,
    channels=st.integers(1, 70) | st.sampled_from([1, 15, 16, 17, 32, 33]),
    width=st.sampled_from([0, 1, 5, 16, 17, 33, 64]),
    depth=st.integers(1, 3),
    classes=st.sampled_from([2, 3, 5, 17]),
    rows=st.sampled_from([1, 7, 95, 96, 97, 193, 200]),
    seed=st.integers(0, 2**32 - 1),
)

distillations = st.builds(
    Distillation,
    label_weight=st.sampled_from([0.5, 1.0]),
    teacher_weight=st.sampled_from([0.0, 0.8, 2.0]),
    temperature=st.sampled_from([1.0, 0.5, 4.0]),
    average=st.sampled_from(get_args(Average)),
) | st.builds(
    Distillation,
    label_weight=st.just(0.0),
    teacher_weight=st.just(1.5),
    temperature=st.sampled_from([1.0, 3.0]),
)


def taught(loss: Distillation, teacher: Tensor) -> tuple[Tensor, ...]:
    return (loss.soften(teacher),) if loss.teacher_weight else ()


def trained(
    build: Kernel,
    start: Parameters,
    x: Tensor,
    loss: Distillation,
    rest: tuple[Tensor, ...],
    optimiser: Optimiser,
) -> Parameters:
    """Train one model between two others, which stay as they are."""
    parameters = tuple(tensor.repeat(3, 1, 1) for tensor in start)
    several = [torch.cat([torch.zeros_like(part), part, part]) for part in rest]
    slope = loss.slope(parameters[-1].shape[1], *several)
    build.train(parameters, x[0], slope, 1, optimiser)
    for tensor, before in zip(parameters, start, strict=True):
        assert torch.equal(tensor[::2], before.expand(2, -1, -1))
    return tuple(tensor[1:2] for tensor in parameters)


def gradient(
    start: Parameters, x: Tensor, loss: Distillation, rest: tuple[Tensor, ...]
) -> tuple[Tensor, ...]:
    """Differentiate the loss in float64."""
    leaves = tuple(tensor.double().requires_grad_() for tensor in start)
    y, *targets = rest
    value = loss(logits(leaves, x.double()), y, *(target.double() for target in targets))
    return torch.autograd.grad(value.sum(), leaves)


# The same examples each time: a rare one has a slope that cancels, of probabilities
# whose last bit, times a large activation, is more than the bound.
@settings(max_examples=examples(500), derandomize=True)
@given(problems, distillations, st.sampled_from([0.0, 0.3]))
def test_a_step_goes_along_the_gradient_of_the_penalised_loss(
    build: Kernel, problem: Problem, loss: Distillation, decay: float
) -> None:
    r"""\theta - r (\nabla L + \lambda \theta)."""
    start, x, y, teacher = problem.parts
    rest = (y, *taught(loss, teacher))
    found = trained(build, start, x, loss, rest, Optimiser("sgd", 0.5, 1, decay))
    for ours, before, slope in zip(found, start, gradient(start, x, loss, rest), strict=True):
        expected = before - 0.5 * (slope + decay * before)
        atol = 1e-5 * max(1.0, float(slope.abs().max()))
        torch.testing.assert_close(ours, expected.float(), rtol=0, atol=atol)


@settings(max_examples=examples(300))
@given(problems)
def test_what_a_network_says_is_exact_where_sums_are(build: Kernel, problem: Problem) -> None:
    start, x, _, _ = problem.parts
    said = torch.full((3, problem.rows, problem.classes), torch.nan)
    parameters = tuple(torch.cat([tensor + 1, tensor]) for tensor in start)
    build.predict(parameters, x[0], 1, said[1])
    expected = logits(tuple(tensor.double() for tensor in start), x.double())
    assert torch.equal(said[1:2], expected.float())
    assert said[::2].isnan().all()  # nothing is written beside it


SHAPES = {
    "linear": Problem(9, 0, 1, 2, 40),
    "one of everything": Problem(1, 1, 1, 2, 1),
    "two blocks": Problem(20, 33, 1, 3, 97),
    "deep": Problem(7, 17, 3, 5, 50),
}


@pytest.mark.parametrize("problem", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("temperature", [1.0, 2.0])
@pytest.mark.parametrize("name", ["sgd", "adam"])
def test_many_steps_are_those_of_torch(
    build: Kernel, problem: Problem, name: Any, temperature: float, decay: float
) -> None:
    """Twenty steps of `torch.optim` in float64: slopes begin at 0 in each, moments do not."""
    start, x, y, teacher = problem.parts
    chance = torch.Generator().manual_seed(1)
    start = tuple((torch.rand(p.shape, generator=chance) - 0.5) * p.shape[1] ** -0.5 for p in start)
    x = torch.randn(x.shape, generator=chance)
    loss, optimiser = Distillation(0.5, 0.8, temperature), Optimiser(name, 0.01, 20, decay)
    rest = (y, *taught(loss, teacher))
    found = trained(build, start, x, loss, rest, optimiser)
    leaves = [nn.Parameter(tensor.double()) for tensor in start]
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[name]
    stepper = kind(leaves, lr=optimiser.learning_rate, weight_decay=decay)
    for _ in range(optimiser.steps):
        for leaf, slope in zip(leaves, gradient(tuple(leaves), x, loss, rest), strict=True):
            leaf.grad = slope
        stepper.step()
    for ours, torchs in zip(found, leaves, strict=True):
        torch.testing.assert_close(ours, torchs.detach().float(), rtol=0, atol=1e-5)


@settings(max_examples=examples(30))
@given(problems, st.integers(1, 4), st.integers(1, 4))
def test_steps_go_on_from_where_others_ended(
    build: Kernel, problem: Problem, first: int, second: int
) -> None:
    """Plain descent has no memory: a + b steps are a steps and then b, to the last bit."""
    start, x, y, teacher = problem.parts
    loss, optimiser = Distillation(), Optimiser("sgd", 0.1, first + second)
    rest = (y, *taught(loss, teacher))
    whole = trained(build, start, x, loss, rest, optimiser)
    part = trained(build, start, x, loss, rest, replace(optimiser, steps=first))
    part = trained(build, part, x, loss, rest, replace(optimiser, steps=second))
    assert all(map(torch.equal, whole, part))


@pytest.mark.parametrize("temperature", [0.01, 1.0, 100.0])
@pytest.mark.parametrize("size", [1.0, 1e5])
@pytest.mark.parametrize("loss", [Distillation(), Distillation(0.0, 1.0)], ids=["both", "teacher"])
def test_large_logits_and_sharp_or_flat_targets(
    build: Kernel, loss: Distillation, size: float, temperature: float
) -> None:
    """Logits of ±1e5: the slope along a bias is that of a softmax of 0 and 1, in float32 too."""
    loss = replace(loss, temperature=temperature)
    generator = torch.Generator().manual_seed(0)
    x = size * torch.randint(-2, 3, (1, 50, 4), generator=generator)
    y = torch.randint(0, 3, (1, 50), generator=generator)
    start = (torch.randint(-1, 2, (1, 3, 4), generator=generator).float(), torch.zeros(1, 3, 1))
    rest = (y, *taught(loss, size * torch.randn(1, 50, 3, generator=generator)))
    found = trained(build, start, x, loss, rest, Optimiser("sgd", 1.0, 1))
    for ours, before, slope in zip(found, start, gradient(start, x, loss, rest), strict=True):
        expected = (before - slope).float()
        atol = 1e-5 * max(1.0, float(slope.abs().max()))
        torch.testing.assert_close(ours, expected, rtol=1e-5, atol=atol)


@pytest.mark.parametrize("bad", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize("name", ["sgd", "adam"])
@pytest.mark.parametrize("problem", SHAPES.values(), ids=SHAPES)
def test_a_row_that_is_not_finite_is_told(
    build: Kernel, problem: Problem, name: Any, bad: float
) -> None:
    start, x, y, teacher = problem.parts
    x[0, -1, 0] = bad
    loss = Distillation()
    found = trained(build, start, x, loss, (y, *taught(loss, teacher)), Optimiser(name, 0.1, 2))
    assert not finite(found)
    said = torch.zeros(problem.rows, problem.classes)
    build.predict(start, x[0], 0, said)
    assert torch.equal(said[:-1], logits(start, x)[0, :-1])
    assert said[-1].isnan().all() or math.isinf(bad)


def test_a_step_too_large_is_told(build: Kernel) -> None:
    start, x, y, _ = SHAPES["deep"].parts
    found = trained(build, start, x, Distillation(1.0, 0.0), (y,), Optimiser("sgd", 1e6, 20))
    assert not finite(found)


def test_the_rows_of_one_block_leave_nothing_to_those_of_the_next(build: Kernel) -> None:
    """A loss that is a mean over rows does not change when every row is there twice."""
    start, x, y, _ = Problem(6, 17, 2, 3, 83).parts
    loss, optimiser = Distillation(1.0, 0.0), Optimiser("sgd", 0.5, 1)
    once = trained(build, start, x, loss, (y,), optimiser)
    twice = trained(build, start, x.repeat(1, 2, 1), loss, (y.repeat(1, 2),), optimiser)
    for one, two in zip(once, twice, strict=True):
        torch.testing.assert_close(one, two, rtol=0, atol=1e-5)
