"""The project's own protocol: data from `synth.Population`, small networks of any shape."""

import functools
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, get_args

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from analysis.methods.algorithm1 import permutations
from analysis.methods.arms import ARMS, TEACHER, UM_TEACHER
from analysis.methods.general_teacher import WAYS, Way
from analysis.methods.method import Method, Setup
from analysis.methods.trials import Input, Kept, Ranking, Split, Trial, Views
from analysis.protocols.protocol import Protocol, tensor
from analysis.training.networks import MLP, Parameters, check_depth
from analysis.training.optimiser import Optimiser
from synth import Hyperplane, ObservationNoise, Population, Rule, View, stream
from synth.memory import MEMORY
from synth.mixing import mix
from synth.rows import Rows
from venn import ArgumentError, VennDiagram, canonical
from venn.checks import instance, one_of, whole

Shows = Sequence[View | ObservationNoise]

INPUTS: tuple[Input, ...] = get_args(Input)

REPEATS = 20
"""Permutations of each channel that Algorithm 1 averages over."""

PAIR = (TEACHER, UM_TEACHER)
"""Where the two networks of Algorithm 1 start."""


@dataclass(frozen=True, kw_only=True)
class Synthetic(Protocol):
    r"""The project's own generator and small networks.

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
        of both later, use the setting ``width``.
    rule : Rule
        How decisive features make the label; one with classes.
    teacher_view, student_view : sequence of views
        How each modality shows its features; none means as they are.
    general_channels : {"gt", "alg1", "random"}
        What a general teacher sees of its modality, everything else set to zero.  ``"gt"``: the
        general channels.  Where channels mix sources there are none; the view then is
        :math:`x^a M^{-\top} G M^\top`, what the channels would be if only general sources were not
        0.  The others keep as many channels as features are general, mixed or not: ``"random"`` by
        chance, ``"alg1"`` those of the largest saliency, by Algorithm 1 on the training rows, whose
        two networks start where the teachers of the two modalities start.

    Notes
    -----
    The defaults, and why they were chosen, are in ``docs/defaults.md``: the weight decay by the
    accuracy of teachers and No-KD students on seeds that no figure uses, never by the gain; the
    loss is the paper's own.
    """

    width: int = 64
    depth: int = 1
    teacher_width: int | None = None
    teacher_depth: int | None = None
    optimiser: Optimiser = Optimiser("adam", learning_rate=0.01, steps=200, weight_decay=None)
    rule: Rule = Hyperplane()
    teacher_view: Shows = ()
    student_view: Shows = ()
    general_channels: Way = "gt"

    def __post_init__(self) -> None:
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
        one_of("general_channels", self.general_channels, WAYS)

    @property
    def arms(self) -> tuple[str, ...]:
        """All arms."""
        return tuple(ARMS)

    @property
    def setup(self) -> Setup:
        """Optimiser, loss, and the width and depth of networks."""
        return Setup(
            self.optimiser.settled(self.depth),
            self.distillation,
            self.optimiser.settled(self.teacher_depth or 1),
            student=(self.width, self.depth),
            teacher=(self.teacher_width or 0, self.teacher_depth or 1),
            classes=len(self.rule.prior or ()),
        )

    def population(self, diagram: VennDiagram) -> Population:
        """Return what data of a diagram are drawn from."""
        return _population(diagram, self.rule, self.teacher_view, self.student_view)

    def check(self, diagram: VennDiagram, methods: Collection[Method]) -> None:
        """Fail if there are not two modalities, the rule does not fit, or a view hides roles."""
        if len(diagram.modalities) != 2:
            raise ArgumentError("diagram", diagram, "must have two modalities, teacher and student")
        roles = self.population(diagram).roles[diagram.modalities[0]]
        general = any("general" in method.inputs for method in methods)
        if roles.matrix is None and general and self.general_channels == "gt":
            allowed = "mixes features in a way that cannot be undone part by part: leave kd_general"
            raise ArgumentError("teacher_view", self.teacher_view, allowed)

    def channels(self, diagram: VennDiagram, method: Method) -> int:
        """Return the channels of what a method's network sees."""
        teacher, student = (diagram.dim(modality) for modality in diagram.modalities)
        return {"student": student, "both": teacher + student}.get(method.inputs[0], teacher)

    def draw(
        self, diagram: VennDiagram, seed: int, methods: Collection[Method]
    ) -> Mapping[Method, Trial]:
        """Return one trial for all methods."""
        return dict.fromkeys(methods, self.trial(diagram, seed))

    def trial(self, diagram: VennDiagram, seed: int) -> Trial:
        """Return one sample, split into training and test rows; each part is drawn when asked for."""
        population = self.population(diagram)
        rows = population.rows(self.n_train + self.n_test, seed)
        picks = self.general_channels != "gt"
        inputs = [each for each in INPUTS if not (picks and each == "general")]
        views = Views({each: partial(_view, population, rows, each) for each in inputs})
        drawn = Split(views, torch.from_numpy(rows.y)[None])
        train, test = slice(0, self.n_train), slice(self.n_train, None)
        learning = drawn.part(train)

        def posterior() -> Tensor:
            teacher = diagram.modalities[0]
            exact = population.posterior({teacher: rows.view(teacher)[train]})
            with np.errstate(divide="ignore"):  # the logarithm of 0 is a target's -inf
                return tensor(np.log(exact))

        return Trial(
            train=learning,
            test=drawn.part(test),
            start=partial(start, seed),
            stream=partial(stream, seed, "method"),
            posterior=posterior,
            order=lambda: torch.from_numpy(stream(seed, "shuffled").permutation(self.n_train)),
            kept=partial(self._kept, diagram, seed, learning) if picks else None,
        )

    def _kept(self, diagram: VennDiagram, seed: int, rows: Split) -> Kept:
        """Return what a general teacher keeps: channels by chance, or what ranks them."""
        count, channels = self._general(diagram), diagram.dim(diagram.modalities[0])
        if self.general_channels == "random":
            drawn = stream(seed, "random channels").permutation(channels)[:count]
            return Kept(count, torch.from_numpy(drawn), zeroed=True)
        first, second = (
            start(seed, each.init_stream, self.network(diagram, each)) for each in PAIR
        )
        orders = permutations(seed, self.n_train, channels, REPEATS)[None]
        return Kept(count, Ranking((first, second), rows, orders), zeroed=True)

    def _general(self, diagram: VennDiagram) -> int:
        """Return how many channels a general teacher keeps."""
        return self.population(diagram).roles[diagram.modalities[0]].sources.count("general")

    def share_kept(self, diagram: VennDiagram, channels: Int[Tensor, " kept"]) -> float:
        r"""Return the share of what is general that some of the teacher's channels hold.

        .. math:: \sum_{j \in K} \sum_{s \in G} M_{js}^2 \Big/ \sum_j \sum_{s \in G} M_{js}^2

        for the kept channels K, the general sources G and their weights M in the channels: where
        channels are not mixed, the share of the general ones that are kept; nan where nothing is
        general.

        Raises
        ------
        ArgumentError
            If the view is not linear in its sources.
        """
        roles = self.population(diagram).roles[diagram.modalities[0]]
        if roles.matrix is None:
            raise ArgumentError("teacher_view", self.teacher_view, "is not linear in its sources")
        energy = roles.matrix[:, [source == "general" for source in roles.sources]] ** 2
        return float(energy[channels.numpy()].sum() / energy.sum()) if energy.size else math.nan

    def numbers(self, diagram: VennDiagram, method: Method) -> int:
        """Return how many numbers its rows hold, with the permutations of Algorithm 1."""
        numbers = super().numbers(diagram, method)
        if "general" in method.inputs and self.general_channels == "alg1":
            channels = diagram.dim(diagram.modalities[0])
            numbers += 2 * REPEATS * self.n_train * channels  # an index is as long as two numbers
        return numbers

    def data(self, diagram: VennDiagram, method: Method) -> dict[str, Any]:
        """Return all that a method's rows and initial parameters depend on."""
        teacher, student = diagram.modalities
        seen = set(method.inputs)
        population = self.population(diagram)
        data: dict[str, Any] = {}
        if "general" in seen and self.general_channels == "gt":
            data["general"] = [source == "general" for source in population.roles[teacher].sources]
        elif "general" in seen:
            data["general"] = {self.general_channels: self._general(diagram)}
            if self.general_channels == "alg1":
                seen |= {"both"}
                data["pair"] = [canonical(self.network(diagram, each)) for each in PAIR]
                data["repeats"] = REPEATS
        modalities = [
            *([teacher] if seen & {"teacher", "both", "general", "posterior"} else []),
            *([student] if seen & {"student", "both"} else []),
        ]
        return {"rows": population.form(modalities), **data}


@functools.lru_cache(maxsize=4096)
def _population(
    diagram: VennDiagram, rule: Rule, teacher_view: Shows, student_view: Shows
) -> Population:
    teacher, student = diagram.modalities
    return Population(diagram, rule, {teacher: teacher_view, student: student_view})


def start(seed: int, init_stream: str, network: MLP) -> Parameters:
    """Draw where a network starts; what starts in one stream with one shape starts from one point."""
    key = seed, init_stream, network

    def drawn() -> Parameters:
        generator = stream(seed, "initial", init_stream)

        def uniform(bound: float, shape: tuple[int, ...]) -> Tensor:
            return torch.from_numpy(generator.uniform(-bound, bound, shape).astype(np.float32))

        return network.initial(uniform)

    return MEMORY.recall(("initial", *key), drawn)


def _view(population: Population, rows: Rows, input: Input) -> Tensor:
    teacher, student = population.diagram.modalities
    if input == "general":
        return tensor(_general(population, teacher, rows.view(teacher)))
    seen = {"teacher": [teacher], "student": [student], "both": [teacher, student]}[input]
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


LINEAR = Synthetic(width=0, optimiser=Optimiser("sgd", learning_rate=0.1, steps=1000))
"""The paper's linear models and their training, on the project's own data."""
