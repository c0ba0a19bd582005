"""The kernel, as this processor and as others get it, against torch's autograd in float64."""

import math
import platform
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from analysis import MLP, Distillation, Optimiser, Parameters, logits
from analysis.training.course import course
from analysis.training.kernel import Kernel, library
from analysis.training.networks import finite
from analysis.training.objectives import Reduction
from analysis.training.optimiser import OptimiserName
from tests.analysis import plain
from tests.analysis.plain import LABELS, networks
from tests.examples import examples
from venn.compiled import CannotCompileError, compiled

BUILDS = {"native": (), "8 lanes": ("-mno-avx512f",), "4 lanes": ("-mno-avx",)}
"""What is added to the flags, for the vectors that other processors of this kind have."""


SLOW = [name if name == "native" else pytest.param(name, marks=pytest.mark.slow) for name in BUILDS]


@pytest.fixture(scope="session", params=SLOW)
def build(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Kernel:
    name = request.param
    if name != "native" and platform.machine().lower() not in ("x86_64", "amd64"):
        pytest.skip("processors of this kind all have vectors of one width")
    with pytest.MonkeyPatch.context() as patch:
        if name != "native":
            patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        try:
            found = Kernel(compiled(library.SOURCES, *BUILDS[name]))
        except CannotCompileError as error:
            pytest.skip(str(error))
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
    temperature=st.sampled_from([1.0, 0.5, 4.0, 65.0, 1e6, 1e12]),
    reduction=st.sampled_from(get_args(Reduction)),
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
    starts: Sequence[Parameters],
    x: Sequence[Tensor],
    loss: Distillation,
    rest: tuple[Tensor, ...],
    optimiser: Optimiser,
    agreement: float = 0.0,
) -> list[Parameters]:
    """Train one network, or a pair, between two others, beside which nothing is written."""
    many = [tuple(part.repeat(3, 1, 1) for part in start) for start in starts]
    found = [tuple(torch.full_like(part, torch.nan) for part in network) for network in many]
    task = course(optimiser, x, None)
    several = [torch.cat([torch.zeros_like(part), part, part]) for part in rest]
    gradient, rows = loss.logit_gradient(many[0][-1].shape[1], *several), [seen[0] for seen in x]
    if len(many) == 1:
        build.train(many[0], rows[0], gradient, 1, task, "relu", found)
    else:
        pair, both, there = ((part[0], part[1]) for part in (many, rows, found))
        build.train_pair(pair, both, gradient, agreement, 1, task, "relu", there)  # type: ignore[arg-type]  # tensors and networks
    for network, start, after in zip(many, starts, found, strict=True):
        for tensor, before, other in zip(network, start, after, strict=True):
            assert torch.equal(tensor, before.expand(3, -1, -1))
            assert other[::2].isnan().all()
    return [tuple(part[1:2] for part in network) for network in found]


def gradients(
    starts: Sequence[Parameters],
    x: Sequence[Tensor],
    loss: Distillation,
    rest: tuple[Tensor, ...],
    agreement: float = 0.0,
) -> list[tuple[Tensor, ...]]:
    """Differentiate the losses of networks, and what two of them are apart, in float64."""
    leaves = [tuple(part.double().requires_grad_() for part in start) for start in starts]
    said = [logits(network, seen.double()) for network, seen in zip(leaves, x, strict=True)]
    y, *targets = rest
    value = sum(loss(each, y, *(target.double() for target in targets)) for each in said)
    value = value + agreement * nn.MSELoss()(said[0], said[-1])
    return [torch.autograd.grad(value.sum(), network, retain_graph=True) for network in leaves]


UNIT = 2.0**-24
"""How far rounding moves a number of float32, relative to it."""


def rounding(start: Parameters, x: Tensor, slopes: Tensor) -> list[Tensor]:
    """Bound what rounding adds to a step along the gradient, for each parameter.

    What a network says is exact, so a gradient is a sum of products of a slope along a logit, of
    weights and of a unit, none of which but the slope is rounded before it is used.  A slope is at
    most what is given here, and some roundings of that off: of exponentials 4, of the factors and
    sums around them 2 a class and a dozen.  A sum of m terms adds m roundings of the sum of their
    sizes, over rows and then over the units of each layer on the way back; a step adds 2 of where
    it begins.
    """
    seen = [x.double().mT]  # (model, unit, sample)
    for weight, bias in zip(start[:-2:2], start[1:-2:2], strict=True):
        seen.append((weight.double() @ seen[-1] + bias).relu())
    units = sum(bias.shape[1] for bias in start[1::2])
    roundings = 16 + 2 * slopes.shape[2] + len(x[0]) + units
    down, sizes = slopes.double().mT, []  # (model, class, sample)
    for weight, below in zip(start[-2::-2], reversed(seen), strict=True):
        sizes += [down.sum(2, keepdim=True), down @ below.abs().mT]
        down = (weight.double().abs().mT @ down) * (below > 0)
    return [
        UNIT * (roundings * size + 2 * before.abs())
        for size, before in zip(reversed(sizes), start, strict=True)
    ]


@settings(max_examples=examples(100))
@given(problems)
def test_what_a_network_says_is_exact_where_sums_are(build: Kernel, problem: Problem) -> None:
    start, x, _, _ = problem.parts
    said = torch.full((3, problem.rows, problem.classes), torch.nan)
    parameters = tuple(torch.cat([tensor + 1, tensor]) for tensor in start)
    build.predict(parameters, x[0], 1, "relu", said[1])
    expected = logits(tuple(tensor.double() for tensor in start), x.double())
    assert torch.equal(said[1:2], expected.float())
    assert said[::2].isnan().all()  # nothing is written beside it


SHAPES = {
    "linear": Problem(9, 0, 1, 2, 40),
    "one of everything": Problem(1, 1, 1, 2, 1),
    "two blocks": Problem(20, 33, 1, 3, 97),
    "deep": Problem(7, 17, 3, 5, 50),
}


@pytest.mark.parametrize("temperature", [0.01, 1.0, 100.0])
@pytest.mark.parametrize("loss", [Distillation(), Distillation(0.0, 1.0)], ids=["both", "teacher"])
def test_large_logits_and_sharp_or_flat_targets(
    build: Kernel, loss: Distillation, temperature: float
) -> None:
    """Logits of ±1e5: the slope along a bias is that of a softmax of 0 and 1, in float32 too."""
    loss, size = replace(loss, temperature=temperature), 1e5
    generator = torch.Generator().manual_seed(0)
    x = size * torch.randint(-2, 3, (1, 50, 4), generator=generator)
    y = torch.randint(0, 3, (1, 50), generator=generator)
    start = (torch.randint(-1, 2, (1, 3, 4), generator=generator).float(), torch.zeros(1, 3, 1))
    rest = (y, *taught(loss, size * torch.randn(1, 50, 3, generator=generator)))
    (found,) = trained(build, [start], [x], loss, rest, Optimiser("sgd", 1.0, 1))
    (slopes,) = gradients([start], [x], loss, rest)
    for ours, before, slope in zip(found, start, slopes, strict=True):
        expected = (before - slope).float()
        atol = 1e-5 * max(1.0, float(slope.abs().max()))
        torch.testing.assert_close(ours, expected, rtol=1e-5, atol=atol)


@pytest.mark.parametrize("bad", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize("problem", SHAPES.values(), ids=SHAPES)
def test_a_row_that_is_not_finite_is_told(build: Kernel, problem: Problem, bad: float) -> None:
    start, x, y, _ = problem.parts
    x[0, -1, 0] = bad
    (found,) = trained(build, [start], [x], LABELS, (y,), Optimiser("adam", 0.1, 2))
    assert not finite(found)
    said = torch.zeros(problem.rows, problem.classes)
    build.predict(start, x[0], 0, "relu", said)
    assert torch.equal(said[:-1], logits(start, x)[0, :-1])
    assert said[-1].isnan().all() or math.isinf(bad)


@settings(max_examples=examples(300))
@given(
    problems,
    problems,
    distillations,
    st.sampled_from([0.0, 0.7, 3.0]),
    st.sampled_from([0.0, 0.3]),
)
def test_a_step_goes_along_the_gradient_of_the_penalised_loss(
    build: Kernel,
    problem: Problem,
    other: Problem,
    loss: Distillation,
    agreement: float,
    decay: float,
) -> None:
    r"""Of a pair, L_a + L_b + \lambda mean((a - b)^2); if they need not agree, of each alone."""
    other = replace(other, rows=problem.rows, classes=problem.classes, seed=problem.seed ^ 1)
    (first, x, y, teacher), (second, seen, *_) = problem.parts, other.parts
    starts, rows, rest = (first, second), (x, seen), (y, *taught(loss, teacher))
    optimiser = Optimiser("sgd", 0.5, 1, decay)
    found = trained(build, starts, rows, loss, rest, optimiser, agreement)
    a, b = (logits(start, seen) for start, seen in zip(starts, rows, strict=True))
    closed = loss.logit_gradient(problem.classes, *rest)
    own = closed.label_weight + closed.teacher_weight
    largest = (own + 2 * agreement * (a - b).abs() / problem.classes) / problem.rows
    slopes = gradients(starts, rows, loss, rest, agreement)
    for ours, start, seen, along in zip(found, starts, rows, slopes, strict=True):
        bounds = rounding(start, seen, largest)
        for one, before, slope, bound in zip(ours, start, along, bounds, strict=True):
            off = (one - (before - 0.5 * (slope + decay * before))).abs()
            assert (off <= bound).all(), (off / bound).max()
        if agreement == 0:
            (alone,) = trained(build, [start], [seen], loss, rest, optimiser)
            assert all(map(torch.equal, ours, alone))


PAIR = (Problem(20, 0, 1, 3, 97), Problem(7, 17, 3, 3, 97, 1))
"""A linear network and a deep one, on two blocks of rows."""


def smooth() -> tuple[tuple[Parameters, Parameters], tuple[Tensor, Tensor], Tensor]:
    """Return starting points, rows and labels of the pair, drawn from densities."""
    first, second = (
        networks(MLP(of.channels, of.width, of.classes, of.depth), 1, of.seed) for of in PAIR
    )
    x, other = (torch.randn(1, of.rows, of.channels, generator=torch.manual_seed(1)) for of in PAIR)
    return (first, second), (x, other), PAIR[0].parts[2]


@pytest.mark.parametrize("name", get_args(OptimiserName))
def test_many_steps_are_those_of_torch_and_nobody_is_first(build: Kernel, name: Any) -> None:
    """Slopes begin at 0 in each step, moments do not; all parameters are in one optimiser."""
    starts, x, y = smooth()
    how = LABELS, (y,), Optimiser(name, 0.01, 20, 0.1), 1.5
    one, other = trained(build, starts, x, *how)
    turned = trained(build, starts[::-1], x[::-1], *how)
    assert all(map(torch.equal, (*other, *one), (*turned[0], *turned[1])))
    double = [plain.module(start).double() for start in starts]
    expected = plain.fit_pair(double, [seen[0].double() for seen in x], y[0], how[2], 1.5)
    for ours, torchs in zip((*one, *other), expected, strict=True):
        torch.testing.assert_close(ours, torchs.float().reshape(ours.shape), rtol=0, atol=2e-5)


@pytest.mark.parametrize("second", [0, 1], ids=["linear", "deep"])
def test_nothing_is_written_or_read_beyond_the_memory_that_is_asked_for(
    build: Kernel, second: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond it lie numbers that are none; predicting asks for less than half of what training does."""
    starts, x, y = smooth()
    starts, x = (starts[0], starts[second]), (x[0], x[second])
    said, adam = torch.empty(97, 3), Optimiser("adam", 0.01, 3)

    def results() -> list[Tensor]:
        both = trained(build, starts, x, LABELS, (y,), adam, agreement=1.0)
        (alone,) = trained(build, starts[1:], x[1:], LABELS, (y,), adam)
        build.predict(alone, x[1][0], 0, "relu", said)
        return [*both[0], *both[1], *alone, said.clone()]

    expected, given_out = results(), []
    zeros = torch.zeros

    def fenced(size: int, **kind: Any) -> Tensor:
        memory = zeros(size + 256, **kind)
        memory[size:] = torch.nan
        given_out.append((memory, size))
        return memory[:size]

    monkeypatch.setattr("analysis.training.kernel.calls.torch.zeros", fenced)
    found = results()
    monkeypatch.undo()
    assert all(map(torch.equal, found, expected))
    assert all(memory[size:].isnan().all() for memory, size in given_out)
    together, alone, asked = (size for _, size in given_out)
    assert asked < alone / 2 < together / 2
