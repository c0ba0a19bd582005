"""The oracle of every arm: one network at a time, with modules and optimisers of torch alone."""

import itertools
import math
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from analysis import ARMS, Distillation, Parameters, Protocol, Synthetic
from analysis.methods.arms import with_teachers
from analysis.methods.fitting import Task
from synth import Population, stream
from tests.analysis import plain
from venn import VennDiagram


def tasks_of(
    protocol: Protocol, diagram: VennDiagram, seed: int, arms: Collection[str] = tuple(ARMS)
) -> dict[str, Task]:
    """Return what `train` takes for some arms of one diagram and seed, and their teachers."""
    arms = with_teachers(arms)
    trial = protocol.draw(diagram, seed, arms)
    return {
        arm: Task(arm, trial, protocol.optimiser, protocol.distillation, ARMS[arm].teacher)
        for arm in arms
    }


def same(one: Parameters, other: Parameters) -> bool:
    """Return whether two networks are the same to the last bit."""
    return len(one) == len(other) and all(map(torch.equal, one, other))


@dataclass(frozen=True)
class Alone:
    """A network trained by itself, and its accuracy on the test rows."""

    network: nn.Sequential
    accuracy: float

    @property
    def parameters(self) -> list[Tensor]:
        """Weight, bias, weight, bias, …"""
        return [parameter.detach() for parameter in self.network.parameters()]


def rows_of(
    protocol: Synthetic, diagram: VennDiagram, seed: int
) -> tuple[dict[str, Tensor], Tensor, Tensor]:
    """Return what networks see, labels, and the posterior given the teacher's modality."""
    first, second = diagram.modalities
    shown = {first: protocol.teacher_view, second: protocol.student_view}
    population = Population(diagram, protocol.rule, shown)
    sample = population.sample(protocol.n_train + protocol.n_test, seed)
    teacher, student = sample.views[first], sample.views[second]
    sources = population.shown[first].invert(teacher).copy()
    own = diagram.sees(first)
    for source in range(sources.shape[1]):
        if source >= len(own) or own[source] not in diagram.sees(second):
            sources[:, source] = 0
    general = population.shown[first].show(sources)
    if protocol.general_channels != "gt":
        kept = picked(protocol, diagram, seed, population, teacher, student, sample.y)
        general = np.where(np.isin(np.arange(teacher.shape[1]), kept), teacher, 0)
    views = {
        "teacher": teacher,
        "student": student,
        "both": np.hstack([teacher, student]),
        "general": general,
    }
    x = {name: torch.tensor(view, dtype=torch.float32) for name, view in views.items()}
    posterior = population.posterior({first: teacher})
    return x, torch.tensor(sample.y), torch.tensor(posterior, dtype=torch.float32)


def picked(
    protocol: Synthetic,
    diagram: VennDiagram,
    seed: int,
    population: Population,
    teacher: np.ndarray,
    student: np.ndarray,
    y: np.ndarray,
) -> list[int]:
    """Return channels by chance, or those that Algorithm 1 ranks first, by a plain loop."""
    channels = teacher.shape[1]
    count = population.roles[diagram.modalities[0]].sources.count("general")
    if protocol.general_channels == "random":
        return list(stream(seed, "random channels").permutation(channels)[:count])
    n, classes = protocol.n_train, len(protocol.rule.prior or ())
    hidden = [protocol.teacher_width or 0] * (protocol.teacher_depth or 0)
    hidden = hidden if protocol.teacher_width else []
    views = [torch.tensor(view[:n], dtype=torch.float32) for view in (teacher, student)]
    pair = [
        started(seed, name, [view.shape[1], *hidden, classes])
        for name, view in zip(("teacher", "um_teacher"), views, strict=True)
    ]
    labels = torch.tensor(y[:n])

    def loss() -> Tensor:
        one, other = (network(view) for network, view in zip(pair, views, strict=True))
        right = nn.functional.cross_entropy(one, labels) + nn.functional.cross_entropy(
            other, labels
        )
        both: Tensor = right + (one - other).square().mean()
        return both

    both = [*pair[0].parameters(), *pair[1].parameters()]
    plain.descend(loss, both, protocol.optimiser)
    rows = np.broadcast_to(np.arange(n), (20, channels, n))
    orders = torch.tensor(stream(seed, "saliency").permuted(rows, axis=-1))
    found = torch.zeros(20, channels)
    with torch.no_grad():
        said = pair[1](views[1])
        for repeat, channel in itertools.product(range(20), range(channels)):
            permuted = views[0].clone()
            permuted[:, channel] = views[0][orders[repeat, channel], channel]
            found[repeat, channel] = (pair[0](permuted) - said).square().mean()
    return found.mean(0).argsort(descending=True)[:count].tolist()


def started(seed: int, name: str, sizes: list[int]) -> nn.Sequential:
    """Return a network that starts from a stream of its own, as torch's layers do."""
    chance = stream(seed, "initial", name)
    parameters = []
    for fan_in, fan_out in itertools.pairwise(sizes):
        for size in ((fan_out, fan_in), (fan_out, 1)):
            drawn = chance.uniform(-1 / math.sqrt(fan_in), 1 / math.sqrt(fan_in), size)
            parameters.append(torch.tensor(drawn, dtype=torch.float32)[None])
    return plain.module(tuple(parameters))


def train_alone(protocol: Synthetic, diagram: VennDiagram, seed: int) -> dict[str, Alone]:
    """Train every arm of one diagram and seed, one network after another."""
    x, y, posterior = rows_of(protocol, diagram, seed)
    n, kind = protocol.n_train, protocol.distillation
    classes = posterior.shape[1]

    def fit(sees: str, starts: str, hidden: list[int], loss: Callable[[Tensor], Tensor]) -> Alone:
        network = started(seed, starts, [x[sees].shape[1], *hidden, classes])
        plain.descend(lambda: loss(network(x[sees][:n])), network.parameters(), protocol.optimiser)
        with torch.no_grad():
            correct = network(x[sees][n:]).argmax(1) == y[n:]
        return Alone(network, correct.double().mean().item())

    def teacher(sees: str, starts: str) -> Alone:
        hidden = [protocol.teacher_width or 0] * (protocol.teacher_depth or 0)
        hidden = hidden if protocol.teacher_width else []
        return fit(sees, starts, hidden, labels)

    def student(loss: Callable[[Tensor], Tensor]) -> Alone:
        hidden = [protocol.width] * protocol.depth if protocol.width else []
        return fit("student", "student", hidden, loss)

    def labels(output: Tensor) -> Tensor:
        return plain.loss(Distillation(teacher_weight=0.0), output, y[:n])

    def imitation(probabilities: Tensor) -> Callable[[Tensor], Tensor]:
        """Return the loss of a student whose teacher's softened outputs are these."""
        return lambda output: plain.loss(kind, output, y[:n], probabilities)

    def says(teacher: Alone, sees: str) -> Tensor:
        with torch.no_grad():
            output: Tensor = teacher.network(x[sees][:n])
            return (output / kind.temperature).softmax(1)

    heavier = kind.label_weight + kind.teacher_weight / (classes if kind.reduction == "mean" else 1)
    softened = posterior[:n] ** (1 / kind.temperature)
    softened = softened / softened.sum(1, keepdim=True)
    own, same_modality = teacher("teacher", "teacher"), teacher("student", "um_teacher")
    multimodal = teacher("both", "multimodal_teacher")
    general = teacher("general", "teacher")
    order = stream(seed, "shuffled").permutation(n)
    return {
        "teacher": own,
        "um_teacher": same_modality,
        "multimodal_teacher": multimodal,
        "general_teacher": general,
        "no_kd": student(labels),
        "kd": student(imitation(says(own, "teacher"))),
        "um_kd": student(imitation(says(same_modality, "student"))),
        "kd_multimodal": student(imitation(says(multimodal, "both"))),
        "kd_multimodal_shuffled": student(imitation(says(multimodal, "both")[order])),
        "kd_general": student(imitation(says(general, "general"))),
        "kd_oracle": student(imitation(softened)),
        "kd_shuffled": student(imitation(says(own, "teacher")[order])),
        "hard_label": student(lambda output: heavier * labels(output)),
    }
