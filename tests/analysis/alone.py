"""The oracle of every arm: one network at a time, with modules and optimisers of torch alone."""

import itertools
import math
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from analysis import ARMS, Parameters, Protocol, Synthetic
from analysis.methods.arms import with_teachers
from analysis.methods.fitting import Task
from synth import Population, stream
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
    cross_entropy = nn.CrossEntropyLoss()

    def fit(sees: str, starts: str, hidden: list[int], loss: Callable[[Tensor], Tensor]) -> Alone:
        chance = stream(seed, "initial", starts)
        layers: list[nn.Module] = []
        for fan_in, fan_out in itertools.pairwise([x[sees].shape[1], *hidden, classes]):
            layer, bound = nn.Linear(fan_in, fan_out), 1 / math.sqrt(fan_in)
            with torch.no_grad():
                for tensor in (layer.weight, layer.bias):
                    drawn = chance.uniform(-bound, bound, tuple(tensor.shape))
                    tensor.copy_(torch.tensor(drawn, dtype=torch.float32))
            layers += [layer, nn.ReLU()]
        network = nn.Sequential(*layers[:-1])
        optimiser = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[protocol.optimiser.name](
            network.parameters(),
            lr=protocol.optimiser.learning_rate,
            weight_decay=protocol.optimiser.weight_decay,
        )
        for _ in range(protocol.optimiser.steps):
            optimiser.zero_grad()
            loss(network(x[sees][:n])).backward()
            optimiser.step()
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
        loss: Tensor = cross_entropy(output, y[:n])
        return loss

    def imitation(probabilities: Tensor) -> Callable[[Tensor], Tensor]:
        """Return w_y CE + w_t T² KL(p || s), p the softened probabilities of the teacher."""
        entries = nn.KLDivLoss(reduction="none")

        def loss(output: Tensor) -> Tensor:
            divergence = entries((output / kind.temperature).log_softmax(1), probabilities)
            imitated = kind.temperature**2 * divergence.sum() / (n * terms)
            both: Tensor = kind.label_weight * labels(output) + kind.teacher_weight * imitated
            return both

        return loss

    def says(teacher: Alone, sees: str) -> Tensor:
        with torch.no_grad():
            output: Tensor = teacher.network(x[sees][:n])
            return (output / kind.temperature).softmax(1)

    terms = classes if kind.reduction == "mean" else 1
    heavier = kind.label_weight + kind.teacher_weight / terms
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
