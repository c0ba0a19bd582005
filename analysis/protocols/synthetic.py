"""The project's own protocol: data from `synth.Population`, small networks of any shape."""

import functools
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from analysis.methods.arms import ARMS, POSTERIOR, Sight, with_teachers
from analysis.methods.distillation import Split, Trial
from analysis.protocols.protocol import Protocol, tensor
from analysis.training.networks import MLP, Parameters, check_depth
from analysis.training.optimiser import Optimiser
from synth import Hyperplane, ObservationNoise, Population, Rule, View, stream
from synth.memory import MEMORY
from synth.mixing import mix
from synth.rows import Rows
from venn import ArgumentError, VennDiagram
from venn.checks import instance, whole

Views = Sequence[View | ObservationNoise]


@dataclass(frozen=True, kw_only=True)
class Native(Protocol):
    """The project's own generator and small networks.

    Views and labels come from `synth.Population`; initial parameters from streams keyed by what
    starts from them, so that the students of one seed start from the same point and differ by
    their loss alone.

    Parameters
    ----------
    width : int
        Hidden units a layer of every network; 0 means linear models.
    depth : int
        Hidden layers; 1 for linear models.
    teacher_width, teacher_depth : int, optional
        Of teachers, where they are not as students.  They are settled here: to change the width
        of both later, use `with_width`.
    rule : Rule
        How decisive features make the label; one with classes.
    teacher_view, student_view : sequence of views
        How each modality shows its features; none means as they are.

    Notes
    -----
    The defaults, and why they were chosen, are in ``docs/native.md``: the weight decay by the
    accuracy of teachers and No-KD students on seeds that no figure uses, never by the gain; the
    loss is the paper's own.
    """

    width: int = 64
    depth: int = 1
    teacher_width: int | None = None
    teacher_depth: int | None = None
    optimiser: Optimiser = Optimiser("adam", learning_rate=0.01, steps=200, weight_decay=0.1)
    rule: Rule = Hyperplane()
    teacher_view: Views = ()
    student_view: Views = ()

    def __post_init__(self) -> None:
        """Check the sizes, and that the rule has classes."""
        super().__post_init__()
        for name, default in (("teacher_width", self.width), ("teacher_depth", self.depth)):
            if getattr(self, name) is None:
                object.__setattr__(self, name, default)
        for name in ("width", "teacher_width"):
            object.__setattr__(self, name, whole(name, getattr(self, name)))
        for prefix in ("", "teacher_"):
            depth, width = (getattr(self, f"{prefix}{name}") for name in ("depth", "width"))
            check_depth(f"{prefix}depth", depth, width)
        instance("rule", self.rule, Rule, "Hyperplane()")
        if self.rule.prior is None:
            raise ArgumentError("rule", self.rule, "has a real target; networks here learn classes")
        for name in ("teacher_view", "student_view"):
            view = getattr(self, name)
            object.__setattr__(self, name, tuple(view) if isinstance(view, list) else view)
            instance(name, getattr(self, name), tuple, "(Rotation(seed=1),)")

    @property
    def arms(self) -> tuple[str, ...]:
        """All arms."""
        return tuple(ARMS)

    def population(self, diagram: VennDiagram) -> Population:
        """Return what data of a diagram are drawn from."""
        return _population(diagram, self.rule, self.teacher_view, self.student_view)

    def check(self, diagram: VennDiagram, arms: Collection[str]) -> None:
        """Fail if there are not two modalities, the rule does not fit, or a view hides roles."""
        if len(diagram.modalities) != 2:
            raise ArgumentError("diagram", diagram, "must have two modalities, teacher and student")
        teacher = diagram.modalities[0]
        roles = self.population(diagram).roles[teacher]
        if roles.matrix is None and any(ARMS[arm].sees == "general" for arm in with_teachers(arms)):
            allowed = "mixes features in a way that cannot be undone part by part: leave kd_general"
            raise ArgumentError("teacher_view", self.teacher_view, allowed)

    def network(self, diagram: VennDiagram, arm: str) -> MLP:
        """Return the shape of an arm's network: channels that it sees, a logit a class."""
        teacher, student = (diagram.dim(modality) for modality in diagram.modalities)
        channels = {"student": student, "both": teacher + student}.get(ARMS[arm].sees, teacher)
        classes = len(self.rule.prior or ())
        if ARMS[arm].role == "student":
            return MLP(channels, self.width, classes, self.depth)
        return MLP(channels, self.teacher_width or 0, classes, self.teacher_depth or 1)

    def draw(self, diagram: VennDiagram, seed: int, arms: Collection[str] = tuple(ARMS)) -> Trial:
        """Draw one sample, split into training and test rows, and the initial parameters."""
        population = self.population(diagram)
        rows = population.rows(self.n_train + self.n_test, seed)
        views = {
            sight: _view(population, rows, sight) for sight in {ARMS[arm].sees for arm in arms}
        }
        y = torch.from_numpy(rows.y)[None]
        train, test = slice(0, self.n_train), slice(self.n_train, None)
        posterior = None
        if any(ARMS[arm].imitates == POSTERIOR for arm in arms):
            teacher = diagram.modalities[0]
            law = population.posterior({teacher: rows.view(teacher)[train]})
            with np.errstate(divide="ignore"):  # the logarithm of 0 is a target's -inf
                posterior = tensor(np.log(law))
        order = None
        if any(ARMS[arm].shuffled for arm in arms):
            order = tensor(stream(seed, "shuffled").permutation(self.n_train))
        return Trial(
            train=Split({s: view[:, train] for s, view in views.items()}, y[:, train]),
            test=Split({s: view[:, test] for s, view in views.items()}, y[:, test]),
            initial=self._initial(diagram, seed, arms),
            posterior=posterior,
            order=order,
        )

    def data(self, diagram: VennDiagram, arm: str) -> dict[str, Any]:
        """Return all that an arm's rows and initial parameters depend on."""
        teacher, student = diagram.modalities
        sees = ARMS[arm].sees
        modalities = {"student": (student,), "both": (teacher, student)}.get(sees, (teacher,))
        population = self.population(diagram)
        data: dict[str, Any] = {
            "rows": population.form(modalities),
            "starts": ARMS[arm].starts,
        }
        if sees == "general":
            data["general"] = [source == "general" for source in population.roles[teacher].sources]
        return data

    def _initial(
        self, diagram: VennDiagram, seed: int, arms: Collection[str]
    ) -> dict[str, Parameters]:
        """Draw the initial parameters of each arm; those of one stream and shape, once."""
        keys = {arm: (seed, ARMS[arm].starts, self.network(diagram, arm)) for arm in arms}
        return {
            arm: MEMORY.recall(("initial", *key), functools.partial(_start, *key))
            for arm, key in keys.items()
        }


@functools.lru_cache(maxsize=4096)
def _population(
    diagram: VennDiagram, rule: Rule, teacher_view: Views, student_view: Views
) -> Population:
    teacher, student = diagram.modalities
    return Population(diagram, rule, {teacher: teacher_view, student: student_view})


def _start(seed: int, starts: str, network: MLP) -> Parameters:
    generator = stream(seed, "initial", starts)

    def uniform(bound: float, shape: tuple[int, ...]) -> Tensor:
        return torch.from_numpy(generator.uniform(-bound, bound, shape).astype(np.float32))

    return network.initial(uniform)


def _view(population: Population, rows: Rows, sight: Sight) -> Tensor:
    teacher, student = population.diagram.modalities
    if sight == "general":
        return tensor(_general(population, teacher, rows.view(teacher)))
    seen = {"teacher": [teacher], "student": [student], "both": [teacher, student]}[sight]
    views = [torch.from_numpy(rows.view(modality, np.float32))[None] for modality in seen]
    return torch.cat(views, -1) if len(views) > 1 else views[0]


def _general(population: Population, modality: str, view: np.ndarray) -> np.ndarray:
    r"""Return :math:`x M^{-\top} G M^\top`: the channels if all but general sources were zero.

    Views that are linear are orthogonal, so that the inverse of M is its transpose.
    """
    roles = population.roles[modality]
    if "mixed" not in roles.channels:
        return np.where([role == "general" for role in roles.channels], view, 0.0)
    if roles.matrix is None:
        raise ArgumentError("view", population.shown[modality], "is not linear in its sources")
    general = np.array([source == "general" for source in roles.sources])
    return mix(np.where(general, mix(view, roles.matrix.T), 0.0), roles.matrix)
