"""The project's own protocol: data from `synth.Population`, small networks of any shape."""

import functools
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, get_args

import numpy as np
import torch
from jaxtyping import Bool, Int
from scipy.linalg import block_diag
from torch import Tensor

from analysis.methods.algorithm1 import permutations
from analysis.methods.arms import ARMS, TEACHER, UM_TEACHER
from analysis.methods.distilled import POSTERIOR
from analysis.methods.general_teacher import WAYS, Way
from analysis.methods.method import Method, Setup
from analysis.methods.trials import Input, Kept, Ranking, Split, Trial, Views, batches
from analysis.protocols.protocol import Protocol, tensor
from analysis.training.networks import MLP, Activation, Parameters, check_depth
from analysis.training.optimiser import Optimiser
from synth import Hyperplane, ObservationNoise, Population, Rule, View, stream
from synth.memory import MEMORY
from synth.mixing import mix
from synth.rows import Rows
from venn import ArgumentError, VennDiagram, canonical
from venn.canonical import LATER
from venn.checks import instance, one_of, whole
from venn.regions import side, sides

Shows = Sequence[View | ObservationNoise]

INPUTS: tuple[Input, ...] = get_args(Input)

REPEATS = 20
"""Permutations of each channel that Algorithm 1 averages over."""

PLACES = {"teacher": [0], "general": [0], POSTERIOR: [0], "both": [0, 1], "student": [1]}
"""Whose modalities are whose, where one teaches and the next one learns."""

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
        How decisive features make the label.  Of a real target networks have one output and learn
        by `SquaredError`, with the weights of `distillation`, whose temperature is then 1.
    teacher, student : str or sequence of str, optional
        The modalities that teach and that learn, such as ``teacher=("a", "b"), student="c"``, or
        ``"a&b"`` for the first; of diagrams of two the first teaches and the second learns unless
        told otherwise.  A side sees its modalities' views side by side, in the diagram's order.  One
        modality may be on both sides, such as the student's with a multimodal teacher.
    teacher_view, student_view : sequence of views
        How each modality of a side shows its features; none means as they are.
    general_channels : {"gt", "alg1", "random"}
        What a general teacher sees of its side, everything else set to zero.  General is what the
        student's side sees too.  ``"gt"``: the
        general channels.  Where channels mix sources there are none; the view then is
        :math:`x^a M^{-\top} G M^\top`, what the channels would be if only general sources were not
        0.  The others keep as many channels as features are general, mixed or not: ``"random"`` by
        chance, ``"alg1"`` those of the largest saliency, by Algorithm 1 on the training rows, whose
        two networks start where the teachers of the two modalities start.
    activation : {"relu", "tanh", "gelu"}
        What a hidden unit makes of its sum.

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
    teacher: str | Sequence[str] | None = None
    student: str | Sequence[str] | None = None
    teacher_view: Shows = ()
    student_view: Shows = ()
    general_channels: Way = "gt"
    activation: Activation = field(default="relu", metadata=LATER)

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
        for name in ("teacher", "student"):
            if (given := getattr(self, name)) is not None:
                object.__setattr__(self, name, side(name, given))
        for name in ("teacher_view", "student_view"):
            view = getattr(self, name)
            object.__setattr__(self, name, tuple(view) if isinstance(view, list) else view)
            instance(name, getattr(self, name), tuple, "(Rotation(seed=1),)")
        one_of("general_channels", self.general_channels, WAYS)
        one_of("activation", self.activation, get_args(Activation))

    @property
    def arms(self) -> tuple[str, ...]:
        """All arms."""
        return tuple(ARMS)

    @property
    def setup(self) -> Setup:
        """Optimiser, loss, and the width and depth of networks."""
        real = self.rule.prior is None
        teacher_width, teacher_depth = self.teacher_width, self.teacher_depth
        assert teacher_width is not None  # they are settled
        assert teacher_depth is not None
        return Setup(
            self.optimiser.settled(self.depth),
            self.distillation.of_real_targets() if real else self.distillation,
            self.optimiser.settled(teacher_depth),
            student=(self.width, self.depth),
            teacher=(teacher_width, teacher_depth),
            classes=len(self.rule.prior or (1.0,)),
            activation=self.activation,
        )

    def sides(self, diagram: VennDiagram) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the modalities that teach, and those that learn, in the diagram's order."""
        known = diagram.modalities
        if len(known) > 2 and None in (self.teacher, self.student):
            allowed = (
                "has more than two modalities; say which teach and which learn, such as "
                f"teacher={'&'.join(known[:-1])!r}, student={known[-1]!r}"
            )
            raise ArgumentError("diagram", diagram, allowed)
        teacher, student = sides(self.teacher or known[0], self.student or known[1], known)
        for modality in {*teacher} & {*student}:
            if self.teacher_view != self.student_view:
                allowed = f"must be the teacher_view too: {modality!r} teaches and learns"
                raise ArgumentError("student_view", self.student_view, allowed)
        return teacher, student

    def shown(self, diagram: VennDiagram) -> Mapping[str, tuple[str, ...]]:
        """Return the modalities that each input of a method shows, in the diagram's order."""
        teacher, student = self.sides(diagram)
        both = tuple(name for name in diagram.modalities if name in {*teacher, *student})
        seen = {"teacher": teacher, "general": teacher, POSTERIOR: teacher}
        return {**seen, "both": both, "student": student}

    def population(self, diagram: VennDiagram) -> Population:
        """Return what data of a diagram are drawn from."""
        shows = zip(self.sides(diagram), (self.teacher_view, self.student_view), strict=True)
        views = {name: view for names, view in shows for name in names}
        return _population(diagram, self.rule, tuple(views.items()))

    def check(self, diagram: VennDiagram, methods: Collection[Method]) -> None:
        """Fail if the sides, the rule or the loss do not fit, or a view hides roles."""
        _ = self.setup  # fails where a real target has no such loss
        teacher, student = self.sides(diagram)
        diagram.overlap(teacher, student)  # fails if they see nothing that is decisive
        roles = self.population(diagram).roles
        hides = any(roles[name].matrix is None for name in teacher)
        general = any("general" in method.inputs for method in methods)
        if hides and general and self.general_channels == "gt":
            allowed = "mixes features in a way that cannot be undone part by part: leave kd_general"
            raise ArgumentError("teacher_view", self.teacher_view, allowed)

    def channels(self, diagram: VennDiagram, method: Method) -> int:
        """Return the channels of what a method's network sees."""
        return sum(map(diagram.dim, self.shown(diagram)[method.inputs[0]]))

    def draw(
        self, diagram: VennDiagram, seed: int, methods: Collection[Method]
    ) -> Mapping[Method, Trial]:
        """Return one trial for all methods."""
        return dict.fromkeys(methods, self.trial(diagram, seed))

    def trial(self, diagram: VennDiagram, seed: int) -> Trial:
        """Return one sample, split into training and test rows; each part is drawn when asked for."""
        population, shown = self._known(diagram)
        rows = population.rows(self.n_train + self.n_test, seed)
        picks = self.general_channels != "gt"
        views: dict[str, Callable[[], Tensor]] = {
            each: partial(_view, rows, shown[each]) for each in INPUTS if each != "general"
        }
        if not picks:
            views["general"] = lambda: _general(population, rows, self._general(diagram))
        numbers = torch.arange(self.n_train + self.n_test, device="cpu")
        drawn = Split(Views(views), tensor(rows.y), numbers)
        train, test = slice(0, self.n_train), slice(self.n_train, None)
        learning = drawn.part(train)

        def posterior() -> Tensor:
            first = replace(rows, n=self.n_train)  # a long sample begins with the short one
            seen = {name: first.view(name) for name in shown[POSTERIOR]}
            exact = population.posterior(seen)
            if self.rule.prior is None:
                return tensor(exact[:, :1])  # the mean; its standard deviation is the same for all
            with np.errstate(divide="ignore"):  # the logarithm of 0 is a target's -inf
                return tensor(np.log(exact))

        return Trial(
            train=learning,
            test=drawn.part(test),
            start=partial(start, seed),
            chance=partial(stream, seed),
            posterior=posterior,
            order=lambda: torch.from_numpy(stream(seed, "shuffled").permutation(self.n_train)),
            kept=partial(self._kept, diagram, seed, learning) if picks else None,
        )

    def _known(self, diagram: VennDiagram) -> tuple[Population, Mapping[str, tuple[str, ...]]]:
        """Return what all trials of a diagram have in common, worked out once."""
        if diagram not in self._diagrams:
            self._diagrams[diagram] = self.population(diagram), self.shown(diagram)
        return self._diagrams[diagram]

    @functools.cached_property
    def _diagrams(self) -> dict[VennDiagram, tuple[Population, Mapping[str, tuple[str, ...]]]]:
        return {}

    def _kept(self, diagram: VennDiagram, seed: int, rows: Split) -> Kept:
        """Return what a general teacher keeps: channels by chance, or what ranks them."""
        count, channels = self._count(diagram), self.channels(diagram, TEACHER)
        if self.general_channels == "random":
            drawn = stream(seed, "random channels").permutation(channels)[:count]
            return Kept(count, torch.from_numpy(drawn), zeroed=True)
        first, second = (
            start(seed, each.init_stream, self.network(diagram, each)) for each in PAIR
        )
        chance = stream(seed, "saliency")
        orders = permutations(chance, self.n_train, channels, REPEATS)[None]
        ranking = Ranking(
            (first, second),
            rows,
            orders,
            batches=lambda optimiser: batches(stream(seed, "batches"), optimiser, self.n_train),
            activation=self.activation,
        )
        return Kept(count, ranking, zeroed=True)

    def _general(self, diagram: VennDiagram) -> dict[str, Bool[np.ndarray, " source"]]:
        """Return which sources of each modality that teaches the student's side sees too."""
        teacher, student = self.sides(diagram)
        known = {feature for name in student for feature in diagram.sees(name)}
        roles = self.population(diagram).roles
        return {
            name: np.array([feature in known for feature in roles[name].features])
            for name in teacher
        }

    def _count(self, diagram: VennDiagram) -> int:
        """Return how many channels a general teacher keeps: as many as sources are general."""
        return int(sum(general.sum() for general in self._general(diagram).values()))

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
        general, matrices = self._general(diagram), []
        for name in general:
            if (matrix := self.population(diagram).roles[name].matrix) is None:
                allowed = "is not linear in its sources"
                raise ArgumentError("teacher_view", self.teacher_view, allowed)
            matrices.append(matrix)
        whole_side = block_diag(*matrices)
        energy = whole_side[:, np.concatenate([*general.values()])] ** 2
        return float(energy[channels.numpy()].sum() / energy.sum()) if energy.size else math.nan

    def numbers(self, diagram: VennDiagram, method: Method) -> int:
        """Return how many numbers its rows hold, with the permutations of Algorithm 1."""
        numbers = super().numbers(diagram, method)
        if "general" in method.inputs and self.general_channels == "alg1":
            channels = self.channels(diagram, TEACHER)
            numbers += 2 * REPEATS * self.n_train * channels  # an index is as long as two numbers
        return numbers

    def data(self, diagram: VennDiagram, method: Method) -> dict[str, Any]:
        """Return all that a method's rows and initial parameters depend on."""
        inputs, data = set(method.inputs), dict[str, Any]()
        if "general" in inputs and self.general_channels == "gt":
            general = np.concatenate([*self._general(diagram).values()])
            data["general"] = general.tolist()
        elif "general" in inputs:
            data["general"] = {self.general_channels: self._count(diagram)}
            if self.general_channels == "alg1":
                inputs |= {"teacher", "student"}
                data["pair"] = [canonical(self.network(diagram, each)) for each in PAIR]
                data["repeats"] = REPEATS
        shown = self.shown(diagram)
        used = {each: names for each, names in shown.items() if each in inputs}
        rows = list(dict.fromkeys(name for names in used.values() for name in names))
        places = {each: [*map(rows.index, names)] for each, names in used.items()}
        if len(used) > 1 and places != {each: PLACES[each] for each in used}:
            data["shown"] = places
        return {"rows": self.population(diagram).form(rows), **data}


@functools.lru_cache(maxsize=4096)
def _population(
    diagram: VennDiagram, rule: Rule, views: tuple[tuple[str, Shows], ...]
) -> Population:
    return Population(diagram, rule, dict(views))


def start(seed: int, init_stream: str, network: MLP) -> Parameters:
    """Draw where a network starts; what starts in one stream with one shape starts from one point."""
    key = seed, init_stream, network

    def drawn() -> Parameters:
        generator = stream(seed, "initial", init_stream)

        def uniform(bound: float, shape: tuple[int, ...]) -> Tensor:
            return torch.from_numpy(generator.uniform(-bound, bound, shape).astype(np.float32))

        return network.initial(uniform)

    return MEMORY.recall(("initial", *key), drawn)


def _view(rows: Rows, modalities: Sequence[str]) -> Tensor:
    """Return views side by side."""
    views = [torch.from_numpy(rows.view(name, np.float32))[None] for name in modalities]
    return torch.cat(views, -1) if len(views) > 1 else views[0]


def _general(
    population: Population, rows: Rows, general: Mapping[str, Bool[np.ndarray, " source"]]
) -> Tensor:
    r"""Return :math:`x M^{-\top} G M^\top`: the channels if all but general sources were zero.

    Views that are linear are orthogonal, so that the inverse of M is its transpose.
    """
    views = []
    for name, own in general.items():
        view, roles = rows.view(name), population.roles[name]
        if roles.matrix is None:
            raise ArgumentError("view", population.shown[name], "is not linear in its sources")
        if "mixed" in roles.channels:
            views.append(mix(np.where(own, mix(view, roles.matrix.T), 0.0), roles.matrix))
        else:
            views.append(np.where(roles.matrix[:, own].any(1), view, 0.0))
    return tensor(np.concatenate(views, -1))


LINEAR = Synthetic(width=0, optimiser=Optimiser("sgd", learning_rate=0.1, steps=1000))
"""The paper's linear models and their training, on the project's own data."""
