"""The oracle of every arm: one network at a time, with modules and optimisers of torch alone."""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from analysis import ARMS, Distillation, Method, Model, Parameters, Protocol, Synthetic
from analysis.methods.arms import Arms, named
from analysis.methods.fitting import Task
from analysis.methods.method import Role
from analysis.methods.network import Network
from analysis.methods.trials import Trial
from synth import Population, Sample, stream
from tests.analysis import plain
from venn import VennDiagram


def tasks_of(
    protocol: Protocol, diagram: VennDiagram, seed: int, arms: Arms = tuple(ARMS)
) -> dict[str, Task]:
    """Return what `fit` takes for some arms of one diagram and seed, and all that they need."""
    methods = named(arms)
    names = {method: name for name, method in methods.items()}
    trials = protocol.draw(diagram, seed, list(names))
    return {
        name: Task(
            method,
            trials[method],
            protocol.setup,
            {what: names[needed] for what, needed in method.needs.items()},
        )
        for name, method in methods.items()
    }


def crowd_of(sets: Mapping[Any, Mapping[str, Task]]) -> dict[tuple[Any, str], Task]:
    """Return many sets of tasks as one, each task under its set's key and its name."""
    return {
        (key, name): replace(
            task, needs={what: (key, needed) for what, needed in task.needs.items()}
        )
        for key, tasks in sets.items()
        for name, task in tasks.items()
    }


def parameters_of(fitted: Model) -> Parameters:
    """Return the parameters of a network that was trained."""
    assert isinstance(fitted, Network)
    return fitted.parameters


def right(model: Model, trial: Trial) -> float:
    """Return the share of test rows that a model classifies correctly."""
    return (model.outputs(trial.test).argmax(-1) == trial.test.y).double().mean().item()


def start_of(protocol: Protocol, diagram: VennDiagram, method: Method, trial: Trial) -> Parameters:
    """Return where the network of a method starts."""
    return trial.start(method.init_stream, protocol.network(diagram, method))  # type: ignore[attr-defined]  # all arms have one


def same(one: Parameters, other: Parameters) -> bool:
    """Return whether two networks are the same to the last bit."""
    return len(one) == len(other) and all(map(torch.equal, one, other))


@dataclass(frozen=True)
class Alone:
    """A network trained by itself, and its accuracy on the test rows (of no meaning for real ones)."""

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
    first, second = sides_of(protocol, diagram)
    shown = dict.fromkeys(first, protocol.teacher_view)
    shown |= dict.fromkeys(second, protocol.student_view)
    population = Population(diagram, protocol.rule, shown)
    sample = population.sample(protocol.n_train + protocol.n_test, seed)
    parts, count = [], 0
    for modality in first:
        sources = population.shown[modality].invert(sample.views[modality]).copy()
        for source in range(sources.shape[1]):
            own = diagram.sees(modality)[source : source + 1]
            if any(own[:1] == (other,) for name in second for other in diagram.sees(name)):
                count += 1
            else:
                sources[:, source] = 0
        parts.append(population.shown[modality].show(sources))
    together = [name for name in diagram.modalities if name in first + second]
    sights = {"teacher": first, "student": second, "both": together}
    views = {
        name: np.hstack([sample.views[each] for each in seen]) for name, seen in sights.items()
    }
    views["general"] = np.hstack(parts)
    if protocol.general_channels != "gt":
        kept = picked(protocol, views, sample, seed, count)
        teacher = views["teacher"]
        views["general"] = np.where(np.isin(np.arange(teacher.shape[1]), kept), teacher, 0)
    x = {name: torch.tensor(view, dtype=torch.float32) for name, view in views.items()}
    posterior = population.posterior({each: sample.views[each] for each in first})
    y = torch.tensor(sample.y)
    if protocol.rule.prior is None:
        y, posterior = y.float(), posterior[:, :1]
    return x, y, torch.tensor(posterior, dtype=torch.float32)


def sides_of(protocol: Synthetic, diagram: VennDiagram) -> list[list[str]]:
    """Return who teaches and who learns, in the diagram's order."""
    given = protocol.teacher or diagram.modalities[:1], protocol.student or diagram.modalities[1:]
    return [[name for name in diagram.modalities if name in side] for side in given]


def picked(
    protocol: Synthetic, rows: Mapping[str, Any], sample: Sample, seed: int, count: int
) -> list[int]:
    """Return channels by chance, or those that Algorithm 1 ranks first, by a plain loop."""
    channels = rows["teacher"].shape[1]
    if protocol.general_channels == "random":
        return list(stream(seed, "random channels").permutation(channels)[:count])
    n, classes = protocol.n_train, len(protocol.rule.prior or "1")
    views = [torch.tensor(rows[each][:n], dtype=torch.float32) for each in ("teacher", "student")]
    pair = [
        started(seed, name, [view.shape[1], *hidden_of(protocol, "teacher"), classes])
        for name, view in zip(("teacher", "um_teacher"), views, strict=True)
    ]
    y = torch.tensor(sample.y[:n])
    y = y.float() if classes == 1 else y
    plain.fit_pair(pair, views, y, protocol.setup.teacher_optimiser)
    in_order = np.broadcast_to(np.arange(n), (20, channels, n))
    orders = torch.tensor(stream(seed, "saliency").permuted(in_order, axis=-1))
    found = plain.saliencies(pair[0], views[0], pair[1](views[1]), orders)
    return found.argsort(descending=True)[:count].tolist()


def hidden_of(protocol: Synthetic, role: str) -> list[int]:
    """Return the widths of the hidden layers of teachers or students."""
    width, depth = protocol.width, protocol.depth
    if role == "teacher":
        width, depth = protocol.teacher_width or 0, protocol.teacher_depth or 0
    return [width] * depth if width else []


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

    def fit(
        sees: str, starts: str, loss: Distillation = plain.PAPER, soft: Tensor | None = None
    ) -> Alone:
        role: Role = "student" if starts == "student" else "teacher"
        hidden = hidden_of(protocol, role)
        network = started(seed, starts, [x[sees].shape[1], *hidden, classes])
        plain.fit(network, x[sees][:n], y[:n], protocol.setup.trained(role), loss, soft)
        with torch.no_grad():
            correct = network(x[sees][n:]).argmax(1) == y[n:]
        return Alone(network, correct.double().mean().item())

    def imitating(probabilities: Tensor) -> Alone:
        """Return a student whose teacher's softened outputs are these."""
        return fit("student", "student", kind, probabilities)

    def says(teacher: Alone, sees: str) -> Tensor:
        with torch.no_grad():
            output: Tensor = teacher.network(x[sees][:n])
            return output if classes == 1 else (output / kind.temperature).softmax(1)

    heavier = kind.label_weight + kind.teacher_weight / (classes if kind.reduction == "mean" else 1)
    softened = posterior[:n] ** (1 / kind.temperature)
    softened = posterior[:n] if classes == 1 else softened / softened.sum(1, keepdim=True)
    own, same_modality = fit("teacher", "teacher"), fit("student", "um_teacher")
    multimodal = fit("both", "multimodal_teacher")
    general = fit("general", "teacher")
    order = stream(seed, "shuffled").permutation(n)
    return {
        "teacher": own,
        "um_teacher": same_modality,
        "multimodal_teacher": multimodal,
        "general_teacher": general,
        "no_kd": fit("student", "student"),
        "kd": imitating(says(own, "teacher")),
        "um_kd": imitating(says(same_modality, "student")),
        "kd_multimodal": imitating(says(multimodal, "both")),
        "kd_multimodal_shuffled": imitating(says(multimodal, "both")[order]),
        "kd_general": imitating(says(general, "general")),
        "kd_oracle": imitating(softened),
        "kd_shuffled": imitating(says(own, "teacher")[order]),
        "hard_label": fit("student", "student", Distillation(heavier, 0.0)),
    }
