"""The random streams of the paper's released script, replayed draw by draw."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from torch import Tensor

from analysis.methods.arms import ARMS, NAMES
from analysis.methods.method import Method, Role, Setup
from analysis.methods.trials import Split, Trial
from analysis.protocols.protocol import Protocol, replay, tensor
from analysis.training.optimiser import Optimiser
from synth import Hyperplane
from synth.memory import MEMORY
from venn import ArgumentError, VennDiagram
from venn.checks import one_of, whole

ROLES: tuple[Role, ...] = ("teacher", "student")

ORDER = ("teacher", "kd", "no_kd")
"""The arms of the script, in the order in which it draws their initial parameters."""

SCRIPT = tuple(ARMS[arm] for arm in ORDER)

DELTA = 500
"""Normals that the script draws for its weights, of which it takes as many as it needs."""


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

    optimiser: Optimiser = Optimiser("sgd", learning_rate=0.1, steps=1000)
    delta: Literal["normal", "ones"] = "normal"

    largest_seed: ClassVar[int] = 2**32 - 2
    """Numpy's legacy generator takes 32 bits, and the next seed is needed too."""

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("delta", self.delta, ("normal", "ones"))

    @property
    def seeds(self) -> range:
        """Those of the script; of the published curves, which had others, a hundred."""
        return range(10 if self.delta == "normal" else 100)

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms of the script."""
        return ORDER

    @property
    def setup(self) -> Setup:
        """Linear models of two classes."""
        return Setup(self.optimiser, self.distillation, self.optimiser)

    def check(self, diagram: VennDiagram, methods: Collection[Method]) -> None:
        """Fail where the script's layout has no room (channel j shows feature j), or no arm."""
        allowed = "the released script cannot draw it: it puts feature j into channel j"
        for modality in diagram.modalities:
            if max(diagram.sees(modality), default=0) >= diagram.dim(modality):
                raise ArgumentError("diagram", diagram, f"{allowed}, and {modality!r} has too few")
        if len(diagram.modalities) != 2 or diagram.decisive > DELTA:
            allowed = f"{allowed}, for two modalities and {DELTA} features"
            raise ArgumentError("diagram", diagram, allowed)
        self.replayed(methods, "the released script")

    def channels(self, diagram: VennDiagram, method: Method) -> int:
        """Return the channels of its modality."""
        return diagram.dim(diagram.modalities[ROLES.index(method.role)])

    def draw(
        self, diagram: VennDiagram, seed: int, methods: Collection[Method] = SCRIPT
    ) -> Mapping[Method, Trial]:
        """Replay the draws of one run of the released script."""
        self.check(diagram, methods)
        seed = whole("seed", seed, at_most=self.largest_seed)
        width = diagram.decisive + sum(map(diagram.dim, diagram.modalities))
        first = _normals(seed, DELTA + self.n_train * width)
        second = _normals(seed + 1, self.n_test * width)
        train = _parts(diagram, self.n_train, first[DELTA:])
        test = _parts(diagram, self.n_test, second)

        def labels() -> tuple[Tensor, ...]:
            drawn = tuple(first[: diagram.decisive])
            rule = Hyperplane(drawn if self.delta == "normal" else "ones")
            return tuple(tensor(rule.label(diagram, latents)) for latents, *_ in (train, test))

        # They do not depend on who sees what.
        y = MEMORY.recall(("replayed labels", self, diagram.decisive, seed), labels)
        generator = torch.Generator("cpu").manual_seed(seed + 1)

        def uniform(bound: float, shape: tuple[int, ...]) -> Tensor:
            made = torch.empty(shape, dtype=torch.float32, device="cpu")
            return made.uniform_(-bound, bound, generator=generator)

        initial = {each: self.network(diagram, each).initial(uniform) for each in SCRIPT}
        rows = Split(_views(diagram, *train), y[0]), Split(_views(diagram, *test), y[1])
        return {each: replay(seed, *rows, initial[each]) for each in methods}

    def data(self, diagram: VennDiagram, method: Method) -> dict[str, Any]:
        """Return all that a method's rows and initial parameters depend on."""
        dims = [diagram.dim(modality) for modality in diagram.modalities]
        position = ROLES.index(method.role)
        seen = diagram.sees(diagram.modalities[position])
        return {
            "arm": NAMES[method],  # the order of the draws
            "delta": self.delta,
            "decisive": diagram.decisive,
            "channels": dims,
            "position": position,
            "sees": list(seen),
        }


def _normals(seed: int, count: int) -> np.ndarray:
    """Return the first numbers of a stream, kept for the next diagram that is drawn from it."""
    return MEMORY.recall(
        ("legacy", seed, count), lambda: np.random.RandomState(seed).standard_normal(count)
    )


def _parts(diagram: VennDiagram, n: int, normals: np.ndarray) -> list[np.ndarray]:
    """Return the latents of n rows, the student's channels and the teacher's, one after another."""
    teacher, student = (diagram.dim(modality) for modality in diagram.modalities)
    ends = n * np.cumsum([diagram.decisive, student, teacher])
    return [part.reshape(n, -1) for part in np.split(normals, ends[:-1])]


def _views(
    diagram: VennDiagram, latents: np.ndarray, student: np.ndarray, teacher: np.ndarray
) -> dict[str, Tensor]:
    """Return what the modalities show: a seen feature overwrites the channel of its own number."""
    views: dict[str, Tensor] = {}
    for role, modality, channels in zip(ROLES, diagram.modalities, (teacher, student), strict=True):
        view = channels.astype(np.float32)
        seen = diagram.sees(modality)
        run = slice(seen[0], seen[-1] + 1) if seen else slice(0)  # for two modalities it is one
        view[:, run] = latents[:, run]
        views[role] = torch.from_numpy(view)[None]
    return views
