"""Protocols: how data and initial parameters are drawn, and how the networks are trained."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from analysis.distillation import ARMS, Split, Trials
from analysis.networks import MLP, Uniform
from analysis.objectives import Distillation
from analysis.training import Optimiser
from synth import Hyperplane, Population, Rule, Sample, stream
from venn import ArgumentError, VennDiagram
from venn.checks import instance, one_of, whole


@dataclass(frozen=True, kw_only=True)
class Protocol(ABC):
    """How an experiment draws and trains.

    Parameters
    ----------
    n_train, n_test : int
        Rows to train and to test on.
    width : int
        Hidden units of every network; 0 means linear models.
    optimiser : Optimiser
        How every network is trained.
    distillation : Distillation
        The loss of arms that imitate a teacher.
    """

    n_train: int = 200
    n_test: int = 1000
    width: int
    optimiser: Optimiser
    distillation: Distillation = Distillation(average="samples and classes")

    def __post_init__(self) -> None:
        """Check the sizes."""
        for name, least in (("n_train", 1), ("n_test", 1), ("width", 0)):
            object.__setattr__(self, name, whole(name, getattr(self, name), at_least=least))

    @property
    def classes(self) -> int:
        """Logits of every network."""
        return 2

    @abstractmethod
    def draw(self, diagram: VennDiagram, seed: int) -> Trials:
        """Draw the data and initial parameters of one diagram and seed (one model)."""

    def network(self, diagram: VennDiagram, arm: str) -> MLP:
        """Return the shape of an arm's network: its modality's channels in, a logit a class out."""
        position = ("teacher", "student").index(ARMS[arm].sees)
        return MLP(diagram.dim(diagram.modalities[position]), self.width, self.classes)


@dataclass(frozen=True, kw_only=True)
class Released(Protocol):
    r"""The random streams of the paper's released script, replayed draw by draw.

    .. math:: z \sim N(0, I), \quad y = \mathbb{1}[\langle \delta, z \rangle > 0]

    Linear models, 1000 steps of gradient descent at rate 0.1.  Seed s seeds numpy's legacy
    generator, which draws 500 normals, of which :math:`\delta` takes the first, then the training
    set; seed s + 1 seeds it anew for the test set, and the framework's generator, which draws the
    initial parameters of teacher, KD student and No-KD student in this order.  A data set is drawn
    as z, then the student's channels, then the teacher's; a seen feature overwrites the channel of
    its own number.

    Parameters
    ----------
    delta : {"normal", "ones"}
        ``"normal"`` is what the released script does; ``"ones"`` replaces :math:`\delta` by ones,
        all other draws the same, and is what reproduces the published curves.

    Notes
    -----
    Runs of neighbouring seeds are not quite independent: the test set of seed s and the weights
    and training set of seed s + 1 come from the same stream, 500 numbers apart.

    Source: the released script of Xue et al. (ICLR 2023), ``gauss/main.py``.
    """

    width: int = 0
    optimiser: Optimiser = Optimiser("sgd", learning_rate=0.1, steps=1000)
    delta: Literal["normal", "ones"] = "normal"

    def __post_init__(self) -> None:
        """Check the sizes and delta."""
        super().__post_init__()
        one_of("delta", self.delta, ("normal", "ones"))

    def draw(self, diagram: VennDiagram, seed: int) -> Trials:
        """Replay the draws of one run of the released script."""
        _check_replayable(diagram)
        seed = whole("seed", seed, at_most=2**32 - 2)  # numpy's legacy generator takes 32 bits
        first = np.random.RandomState(seed)
        drawn = first.randn(500)[: diagram.decisive]
        rule = Hyperplane(tuple(drawn) if self.delta == "normal" else "ones")
        generator = torch.Generator().manual_seed(seed + 1)

        def uniform(bound: float, shape: tuple[int, ...]) -> Tensor:
            return torch.empty(shape).uniform_(-bound, bound, generator=generator)

        return Trials(
            train=_split(_replay(diagram, rule, self.n_train, first), diagram),
            test=_split(
                _replay(diagram, rule, self.n_test, np.random.RandomState(seed + 1)), diagram
            ),
            initial={
                arm: self.network(diagram, arm).initial(uniform)
                for arm in ("teacher", "kd", "no_kd")
            },
        )


@dataclass(frozen=True, kw_only=True)
class Native(Protocol):
    """The project's own generator and small networks.

    Views and labels come from `synth.Population`; initial parameters from streams keyed by the
    modality that a network sees, so that the students of one seed start from the same point and
    differ by their loss alone.

    Parameters
    ----------
    rule : Rule
        How decisive features make the label; one with classes.

    Notes
    -----
    The defaults, and why they were chosen, are in ``docs/native.md``: the weight decay by the
    accuracy of teachers and No-KD students on seeds that no figure uses, never by the gain; the
    loss is the paper's own.
    """

    width: int = 64
    optimiser: Optimiser = Optimiser("adam", learning_rate=0.01, steps=200, weight_decay=0.1)
    rule: Rule = Hyperplane()

    def __post_init__(self) -> None:
        """Check the sizes, and that the rule has classes."""
        super().__post_init__()
        instance("rule", self.rule, Rule, "Hyperplane()")
        if self.rule.prior is None:
            raise ArgumentError("rule", self.rule, "has a real target; networks here learn classes")

    @property
    def classes(self) -> int:
        """Logits of every network: the classes of the rule."""
        return len(self.rule.prior or ())

    def draw(self, diagram: VennDiagram, seed: int) -> Trials:
        """Draw one sample, split into training and test rows, and the initial parameters."""
        sample = Population(diagram, self.rule).sample(self.n_train + self.n_test, seed)
        return Trials(
            train=_split(sample[: self.n_train], diagram),
            test=_split(sample[self.n_train :], diagram),
            initial={
                name: self.network(diagram, name).initial(_uniform(seed, arm.sees))
                for name, arm in ARMS.items()
            },
        )


PROTOCOLS: Mapping[str, Protocol] = {
    "native": Native(),
    "published": Released(delta="ones"),
    "released": Released(),
}
"""Every protocol by its name."""

DEFAULT_SEEDS: Mapping[str, int] = {"native": 100, "published": 100, "released": 10}
"""Seeds that each protocol runs unless told otherwise; the released script has 10."""


def with_width(protocol: Protocol, width: int) -> Protocol:
    """Return the protocol with another number of hidden units.

    Raises
    ------
    ArgumentError
        If the width is not a whole number of at least 0, or the protocol replays linear models.
    """
    if isinstance(protocol, Released):
        allowed = "only the native protocol has a width; the released script's models are linear"
        raise ArgumentError("width", width, allowed)
    return replace(protocol, width=whole("width", width))


def _uniform(seed: int, role: str) -> Uniform:
    generator = stream(seed, "initial", role)

    def uniform(bound: float, shape: tuple[int, ...]) -> Tensor:
        return torch.from_numpy(generator.uniform(-bound, bound, shape).astype(np.float32))

    return uniform


def _split(sample: Sample, diagram: VennDiagram) -> Split:
    teacher, student = (
        torch.from_numpy(sample.views[modality].astype(np.float32))[None]
        for modality in diagram.modalities
    )
    return Split({"teacher": teacher, "student": student}, torch.from_numpy(sample.y)[None])


def _replay(
    diagram: VennDiagram, rule: Hyperplane, n: int, generator: np.random.RandomState
) -> Sample:
    latents = generator.randn(n, diagram.decisive)
    views = {}
    for modality in reversed(diagram.modalities):
        seen = diagram.sees(modality)
        views[modality] = generator.randn(n, diagram.dim(modality))
        views[modality][:, seen] = latents[:, seen]
    return Sample(views, rule.label(diagram, latents), latents)


def _check_replayable(diagram: VennDiagram) -> None:
    """Fail where the released script's layout has no room: channel j shows feature j."""
    allowed = "the released script cannot draw it: it puts feature j into channel j"
    for modality in diagram.modalities:
        if max(diagram.sees(modality), default=0) >= diagram.dim(modality):
            raise ArgumentError("diagram", diagram, f"{allowed}, and {modality!r} has too few")
    if len(diagram.modalities) != 2 or diagram.decisive > 500:
        raise ArgumentError("diagram", diagram, f"{allowed}, for two modalities and 500 features")
