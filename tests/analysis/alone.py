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
    views = {
        "teacher": teacher,
        "student": student,
        "both": np.hstack([teacher, student]),
        "general": population.shown[first].show(sources),
    }
    x = {name: torch.tensor(view, dtype=torch.float32) for name, view in views.items()}
    posterior = population.posterior({first: teacher})
    return x, torch.tensor(sample.y), torch.tensor(posterior, dtype=torch.float32)


def train_alone(protocol: Synthetic, diagram: VennDiagram, seed: int) -> dict[str, Alone]:
    """Train every arm of one diagram and seed, one network after another."""
    x, y, posterior = rows_of(protocol, diagram, seed)
    n, kind = protocol.n_train, protocol.distillation
    classes = posterior.shape[1]

    def fit(sees: str, starts: str, hidden: list[int], loss: Callable[[Tensor], Tensor]) -> Alone:
        chance = stream(seed, "initial", starts)
        parameters = []
        for fan_in, fan_out in itertools.pairwise([x[sees].shape[1], *hidden, classes]):
            for size in ((fan_out, fan_in), (fan_out, 1)):
                drawn = chance.uniform(-1 / math.sqrt(fan_in), 1 / math.sqrt(fan_in), size)
                parameters.append(torch.tensor(drawn, dtype=torch.float32)[None])
        network = plain.module(tuple(parameters))
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
        "kd_general": student(imitation(says(general, "general"))),
        "kd_oracle": student(imitation(softened)),
        "kd_shuffled": student(imitation(says(own, "teacher")[order])),
        "hard_label": student(lambda output: heavier * labels(output)),
    }
