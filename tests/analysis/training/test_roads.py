"""What is computed of many networks is, for each of them, what torch makes of it alone.

Training and asking have two roads: the kernel's, and torch's, many networks side by side.  On both,
no result depends on which others are computed, in how many threads, or in what groups.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import jaxtyping
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from analysis import MLP, Distillation, Optimiser, Parameters, logits, minimise
from analysis.methods.saliency import saliency
from analysis.training.groups import GROUP_BYTES, Models, stacked
from analysis.training.kernel import kernel, library
from analysis.training.layerwise import OfLayers
from analysis.training.minimise import trajectory
from analysis.training.networks import Activation
from analysis.training.outputs import outputs
from analysis.training.pairs import train_pair
from tests.analysis import plain
from tests.analysis.plain import LABELS
from tests.examples import examples
from venn import ArgumentError

KD = Distillation(0.5, 0.8, temperature=2.0)

AGREEMENT = 2.5

KEPT, BATCH = 20, 7
"""Rows that steps are drawn from, and the rows of a step."""


class Many(NamedTuple):
    """Networks, partners of another shape, what the two see and are taught, and rows of each step."""

    first: Parameters
    second: Parameters
    x: Models
    other: Models
    y: Models
    teacher: Models
    orders: Models
    order: Models
    activation: Activation = "relu"

    def of(self, change: Callable[[Tensor], Models]) -> "Many":
        """Return all of it changed; of networks, only tensors can be made."""
        first, second = (tuple(stacked(change(p)) for p in n) for n in self[:2])
        x, other, y, teacher, orders, order = (change(stacked(part)) for part in self[2:-1])
        return Many(first, second, x, other, y, teacher, orders, order, self.activation)

    def batches(self, optimiser: Optimiser) -> Models | None:
        """Return the rows of each step, where it has some."""
        return None if not optimiser.batch else stacked(self.order)[:, : optimiser.steps]


@dataclass(frozen=True)
class Sizes:
    """Of networks and their rows."""

    width: int = 8
    depth: int = 1
    channels: int = 6
    rows: int = 37
    classes: int = 3
    activation: Activation = "relu"

    def many(self, models: int, dtype: torch.dtype = torch.float32) -> Many:
        """Draw networks, rows, labels that one channel tells, and a teacher's logits."""
        chance = torch.Generator().manual_seed(2)
        first = plain.networks(MLP(self.channels, self.width, self.classes, self.depth), models)
        second = plain.networks(MLP(5, 0, self.classes), models, seed=1)
        x, other = (torch.randn(models, self.rows, c, generator=chance) for c in (self.channels, 5))
        y = (x[..., 0] > 0).long() + (other[..., 1] > 1)
        teacher = torch.randn(models, self.rows, self.classes, generator=chance)
        orders = torch.rand(models, 2, self.channels, self.rows, generator=chance).argsort(-1)
        order = torch.rand(models, 20, self.rows, generator=chance).argsort(-1)
        order = order.clamp(max=KEPT - 1)[..., :BATCH]
        drawn = Many(first, second, x, other, y, teacher, orders, order, self.activation)
        return drawn.of(lambda part: part.to(dtype) if part.is_floating_point() else part)


def trained_by(loss: Distillation) -> Callable[[Many, Optimiser], Parameters]:
    def run(many: Many, optimiser: Optimiser) -> Parameters:
        taught = (loss.soften(stacked(many.teacher)),) if loss.teacher_weight else ()
        return minimise(
            loss,
            many.first,
            (many.x, many.y, *taught),
            optimiser,
            batches=many.batches(optimiser),
            activation=many.activation,
        )

    return run


def own_loss(many: Many, optimiser: Optimiser) -> Parameters:
    def loss(network: Parameters, x: Tensor, y: Tensor, teacher: Tensor) -> Tensor:
        return KD(logits(network, x, many.activation), y, KD.soften(teacher))

    data = many.x, many.y, many.teacher
    return minimise(loss, many.first, data, optimiser, batches=many.batches(optimiser))


def own_loss_of_layers(many: Many, optimiser: Optimiser) -> Parameters:
    def loss(said: Sequence[Tensor], _: Parameters, y: Tensor, teacher: Tensor) -> Tensor:
        return KD(said[-1], y, KD.soften(teacher))

    of_layers = OfLayers(loss, len(many.first), "own loss of layers", many.activation)
    data = many.x, many.y, many.teacher
    return minimise(of_layers, many.first, data, optimiser, batches=many.batches(optimiser))


def paired(many: Many, optimiser: Optimiser) -> Parameters:
    networks, rows = (many.first, many.second), (many.x, many.other)
    a, b = train_pair(
        *networks,
        *rows,
        many.y,
        optimiser,
        agreement=AGREEMENT,
        batches=many.batches(optimiser),
        activation=many.activation,
    )
    return *a, *b


def said(many: Many, _: Optimiser) -> Parameters:
    return (outputs(many.first, many.x, activation=many.activation),)


def permuted(many: Many, _: Optimiser) -> Parameters:
    x, teacher, orders = map(stacked, (many.x, many.teacher, many.orders))
    return (saliency(many.first, x, teacher, orders, many.activation),)


def plainly_trained(kind: Distillation) -> Callable[[Many, Optimiser], Sequence[Tensor]]:
    def run(one: Many, optimiser: Optimiser) -> Sequence[Tensor]:
        network = plain.module(one.first, activation=one.activation)
        soft = (one.teacher[0] / kind.temperature).softmax(-1)
        order = None if not optimiser.batch else list(one.order[0])
        plain.fit(network, one.x[0], one.y[0], optimiser, kind, soft, order)
        return list(network.parameters())

    return run


def plainly_paired(one: Many, optimiser: Optimiser) -> Sequence[Tensor]:
    pair = [plain.module(network, activation=one.activation) for network in one[:2]]
    order = None if not optimiser.batch else list(one.order[0])
    rows = one.x[0], one.other[0]
    return plain.fit_pair(pair, rows, one.y[0], optimiser, AGREEMENT, order)


def plainly_permuted(one: Many, _: Optimiser) -> Sequence[Tensor]:
    network = plain.module(one.first, 0, one.activation)
    return [plain.saliencies(network, one.x[0], one.teacher[0], one.orders[0])]


@dataclass(frozen=True)
class Road:
    """A way from many networks to tensors with a leading model axis, and torch's from one."""

    run: Callable[[Many, Optimiser], Parameters]
    plainly: Callable[[Many, Optimiser], Sequence[Tensor]]
    compiled: bool

    def __call__(
        self, many: Many, optimiser: Optimiser, threads: int = 1, group: int = 2**21
    ) -> Parameters:
        """Go it, with or without a kernel, in some threads and groups of some bytes."""
        if self.compiled and kernel() is None:
            pytest.skip("there is no C++ compiler")
        before = torch.get_num_threads()
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(GROUP_BYTES, "cpu", group)
            if not self.compiled:
                patch.setattr(library, "kernel", lambda: None)
            torch.set_num_threads(threads)
            try:
                return self.run(many, optimiser)
            finally:
                torch.set_num_threads(before)


TWO_WAYS = {
    "labels": (trained_by(LABELS), plainly_trained(LABELS)),
    "distillation": (trained_by(KD), plainly_trained(KD)),
    "pairs": (paired, plainly_paired),
    "outputs": (said, lambda one, _: [plain.module(one.first, 0, one.activation)(one.x[0])]),
}

ROADS = {
    **{f"{name}, kernel": Road(*both, compiled=True) for name, both in TWO_WAYS.items()},
    **{f"{name}, torch": Road(*both, compiled=False) for name, both in TWO_WAYS.items()},
    "a loss of one's own": Road(own_loss, plainly_trained(KD), compiled=False),
    "a loss of layers": Road(own_loss_of_layers, plainly_trained(KD), compiled=True),
    "saliency": Road(permuted, plainly_permuted, compiled=False),
}

roads = pytest.mark.parametrize("road", ROADS.values(), ids=ROADS)

SHAPES = {
    "linear": Sizes(0),
    "one layer": Sizes(8),
    "deep": Sizes(6, depth=3, classes=4),
    "tanh": Sizes(7, depth=2, activation="tanh"),
    "gelu": Sizes(5, classes=4, activation="gelu"),
}

shapes = pytest.mark.parametrize("sizes", SHAPES.values(), ids=SHAPES)

ADAM = Optimiser("adam", 0.01, 20, weight_decay=0.1)
OPTIMISERS = {
    "sgd": Optimiser("sgd", 0.1, 20, 0.02),
    "adam": ADAM,
    "momentum": Optimiser("momentum", 0.02, 20, 0.02),
    "batches": Optimiser("momentum", 0.05, 20, 0.02, batch=BATCH, schedule="step"),
    "clipped": Optimiser("adamw", 0.03, 19, 0.5, clip=0.3, schedule="cosine"),
    "stopped": Optimiser(
        "sgd", 1.5, 20, batch=BATCH, clip=2.0, validation=0.4, validate_every=3, patience=2
    ),
}


@pytest.mark.parametrize("optimiser", OPTIMISERS.values(), ids=OPTIMISERS)
@shapes
@roads
def test_many_at_once_are_what_torch_makes_of_each(
    road: Road, sizes: Sizes, optimiser: Optimiser
) -> None:
    """In float64 to 1e-10; and what was given stays as it was."""
    dtype, tolerance = (torch.float32, 1e-5) if road.compiled else (torch.float64, 1e-10)
    many = sizes.many(3, dtype)
    found = road(many, optimiser)
    for part, before in zip(many[:-1], sizes.many(3, dtype)[:-1], strict=True):
        assert all(map(torch.equal, part, before))
    for model in range(3):
        alone = road.plainly(many.of(lambda part, i=model: part[i : i + 1]), optimiser)  # type: ignore[misc]
        for ours, torchs in zip(found, alone, strict=True):
            assert not ours.requires_grad
            expected = torchs.detach().reshape(ours[model].shape)
            torch.testing.assert_close(ours[model], expected, rtol=0, atol=tolerance)


sizes_of_any_kind = st.builds(
    Sizes,
    width=st.sampled_from([0, 3, 5, 64]),
    depth=st.just(1),
    channels=st.sampled_from([6, 9, 25]),
    rows=st.sampled_from([37, 40, 50, 97]),
) | st.just(Sizes(5, depth=2, rows=50))


@settings(max_examples=examples(16))
@given(
    sizes_of_any_kind,
    st.lists(st.integers(0, 4), min_size=1, max_size=14),
    st.sampled_from([1, 3000, 2**21]),
    st.booleans(),
)
@roads
def test_a_model_is_the_same_to_the_last_bit_in_any_company(
    road: Road, sizes: Sizes, chosen: list[int], group: int, listed: bool
) -> None:
    """Alone, or beside others and itself, at any place; with rows of its own or shared ones."""
    many, optimiser = sizes.many(5), replace(ADAM, steps=4)
    together = road(many, optimiser)

    def some(part: Tensor) -> Models:
        return [part[i : i + 1] for i in chosen] if listed else part[chosen]

    for ours, whole in zip(road(many.of(some), optimiser, group=group), together, strict=True):
        assert torch.equal(ours, whole[chosen])


@pytest.mark.parametrize("models", [1, 3])
@pytest.mark.parametrize("sizes", [Sizes(0, channels=25, rows=200), Sizes(64, 2, 25, 50)])
@roads
def test_the_number_of_threads_changes_no_bit(road: Road, sizes: Sizes, models: int) -> None:
    """Workers have their share of the cores each, and store what one process would."""
    many, optimiser = sizes.many(models), replace(ADAM, steps=4)
    alone = road(many, optimiser)
    for threads in (2, 3):
        assert all(map(torch.equal, road(many, optimiser, threads), alone))


@shapes
@roads
def test_a_model_that_diverges_is_told_and_leaves_the_others_as_they_are(
    road: Road, sizes: Sizes
) -> None:
    many = sizes.many(4)
    expected = road(many, ADAM)
    stacked(many.x)[2, 5] = torch.inf
    found = road(many, ADAM)
    others = [0, 1, 3]
    assert not all(ours[2].isfinite().all() for ours in found)
    for ours, whole in zip(found, expected, strict=True):
        assert torch.equal(ours[others], whole[others])


@roads
def test_nothing_need_lie_in_one_piece(road: Road) -> None:
    many, optimiser = Sizes().many(3), replace(ADAM, steps=6)
    expected = road(many, optimiser)
    apart = many.of(lambda part: part.repeat_interleave(2, -1)[..., ::2])
    across = many.of(lambda part: part.mT.contiguous().mT)
    for lying in (apart, across):
        for ours, whole in zip(road(lying, optimiser), expected, strict=True):
            torch.testing.assert_close(ours, whole, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("road", "name"),
    [(road, "x") for road in ROADS.values() if road.run is not permuted]
    + [(road, "y") for road in ROADS.values() if road.run not in (permuted, said)]
    + [
        (road, name)
        for road in ROADS.values()
        if road.run is paired
        for name in ("second", "other")
    ],
)
@pytest.mark.parametrize("rows", [2, 4])
def test_every_model_has_its_rows(
    road: Road, rows: int, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    many, other = Sizes().many(3), Sizes().many(rows)
    with pytest.raises(ArgumentError, match=r"models = .*: must be as many in each"):
        road(many._replace(**{name: getattr(other, name)}), ADAM)


@pytest.mark.parametrize("validation", [0.0, 0.4])
@pytest.mark.parametrize("compiled", [True, False], ids=["kernel", "torch"])
@pytest.mark.parametrize("layerwise", [False, True], ids=["built in", "own"])
def test_states_on_the_way_are_those_of_shorter_trainings(
    compiled: bool, layerwise: bool, validation: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the last bit; where rows are held out, each is the best until then."""
    if not compiled:
        monkeypatch.setattr(library, "kernel", lambda: None)
    elif kernel() is None:
        pytest.skip("there is no C++ compiler")
    many = Sizes().many(3)

    def loss(said: Sequence[Tensor], _: Parameters, y: Tensor) -> Tensor:
        return LABELS(said[-1], y)

    how = OfLayers(loss, len(many.first), "labels") if layerwise else LABELS
    long = replace(ADAM, learning_rate=0.3, batch=BATCH, validation=validation, validate_every=3)
    given = how, many.first, (many.x, many.y)
    path = trajectory(*given, replace(long, snapshots=4), batches=stacked(many.order))
    for steps, found in zip((5, 10, 15, 20), path, strict=True):
        short = replace(long, steps=steps)
        if validation:  # which looks after the last step too
            short = replace(short, steps=steps - steps % 3 if steps < 20 else 20)
        alone = minimise(*given, short, batches=many.batches(short))
        assert all(map(torch.equal, found, alone))


Call = Callable[[Many], object]

IN_BATCHES = replace(ADAM, batch=BATCH)

MISFITS: dict[str, tuple[Call, str]] = {
    "batches that nobody asked for": (
        lambda many: minimise(LABELS, many.first, (many.x, many.y), ADAM, batches=many.order),
        "batches = 'given': is for an optimiser with a batch",
    ),
    "none where they are asked for": (
        lambda many: minimise(LABELS, many.first, (many.x, many.y), IN_BATCHES),
        r"batches = None: must say the rows of each step: Trial.batches\(optimiser\) draws them",
    ),
    "of another size": (
        lambda many: minimise(
            LABELS, many.first, (many.x, many.y), IN_BATCHES, batches=stacked(many.order)[..., :2]
        ),
        r"batches = '\(20, 2\) of torch.int64 a model': must be \(20, 7\) whole numbers a model",
    ),
    "of rows that are not there": (
        lambda many: minimise(
            LABELS, many.first, (many.x, many.y), IN_BATCHES, batches=stacked(many.order) + 30
        ),
        "batches = '30 to 49': must be numbers of rows that are learned from, 0 to 36",
    ),
    "data of other rows": (
        lambda many: minimise(
            lambda network, x, y: LABELS(logits(network, x), y[:, :37]),
            many.first,
            (many.x, torch.cat([stacked(many.y)] * 2, 1)),
            IN_BATCHES,
            batches=many.order,
        ),
        r"data = \[\[37, 6\], \[74\]\]: must have the same number of rows as second axis",
    ),
    "units of a loss that has its own": (
        lambda many: minimise(
            lambda network, x, y: LABELS(logits(network, x), y),
            many.first,
            (many.x, many.y),
            ADAM,
            activation="tanh",
        ),
        "activation = 'tanh': is for a Distillation or SquaredError",
    ),
}


@pytest.mark.parametrize(("call", "message"), MISFITS.values(), ids=MISFITS)
def test_what_does_not_fit_is_refused(call: Call, message: str) -> None:
    with pytest.raises(ArgumentError, match=f"^{message}"):
        call(Sizes().many(2))
