"""The random streams of the script behind the paper's Table 2, replayed draw by draw."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from analysis.methods.arms import ARMS, NAMES
from analysis.methods.general_teacher import WAYS, Way
from analysis.methods.method import Method, Setup
from analysis.methods.trials import Kept, Ranking, Split, Trial
from analysis.protocols.protocol import Protocol, replay, tensor
from analysis.training.networks import MLP, Parameters
from analysis.training.optimiser import Optimiser
from venn import ArgumentError, VennDiagram, canonical
from venn.checks import instance, one_of, whole

TRAINED = ("teacher", "no_kd", "kd", "general_teacher", "kd_general")
SCRIPT = tuple(ARMS[arm] for arm in TRAINED)
"""The arms of the script."""


@dataclass(frozen=True, kw_only=True)
class ReleasedTable2(Protocol):
    r"""The random streams of the script behind Table 2, replayed draw by draw.

    .. math:: z \sim N(0, I), \quad y = \mathbb{1}[\textstyle\sum_j z_j > 0]

    Linear models.  Seed s seeds numpy's legacy generator, which draws the first training set, the
    test set and the second training set, and the framework's, which draws initial parameters and
    permutations.  A set is drawn as z, then the teacher's channels, of which the first are
    overwritten by all features, then the student's, of which the first are overwritten by the
    general ones.  The regular teacher learns from the first training set, and Algorithm 1 looks at
    it; No-KD student, regular KD student, general teacher and its student learn from the second.

    Parameters
    ----------
    swapped : bool
        Whether the regular KD student learns from the teacher's modality, imitating the teacher fed
        with the student's modality, as in the released script, which passes the two in the wrong
        order; it is tested on the student's.  Otherwise it learns from the student's modality,
        imitating the teacher fed with the teacher's, as the general teacher's student always does.
    general_channels : {"gt", "alg1", "random"}
        The channels that a general teacher sees, and no others, as many as features are general:
        the general ones; those of the largest saliency, by Algorithm 1; any, by chance, some maybe
        twice.  Each is a run of its own from the first draw on, in which all but the regular
        teacher may start elsewhere.
    joint : Optimiser
        How the pair of Algorithm 1 is trained.
    repeats : int
        Permutations of each channel that Algorithm 1 averages over.

    Raises
    ------
    ArgumentError
        If an argument is not allowed.

    Notes
    -----
    Source: the released script of Xue et al. (ICLR 2023), ``gauss/main_modify_gamma.py``.
    """

    swapped: bool
    optimiser: Optimiser = Optimiser("sgd", learning_rate=0.1, steps=1000)
    general_channels: Way = "gt"
    joint: Optimiser = Optimiser("momentum", learning_rate=0.01, steps=1000)
    repeats: int = 100

    largest_seed: ClassVar[int] = 2**32 - 1
    """Numpy's legacy generator takes 32 bits."""

    def __post_init__(self) -> None:
        super().__post_init__()
        instance("swapped", self.swapped, bool, "True")
        one_of("general_channels", self.general_channels, WAYS)
        whole("repeats", self.repeats, at_least=1)

    @property
    def seeds(self) -> range:
        """Those of the script."""
        return range(42, 52)

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms of the script."""
        return TRAINED

    @property
    def setup(self) -> Setup:
        """Linear models of two classes."""
        return Setup(self.optimiser, self.distillation, self.optimiser)

    def check(self, diagram: VennDiagram, methods: Collection[Method]) -> None:
        """Fail where the script's layout has no room for a diagram, or it has no such arm."""
        teacher, student = map(diagram.sees, diagram.modalities[:2])
        channels = {diagram.dim(modality) for modality in diagram.modalities}
        fits = len(diagram.modalities) == 2 and len(channels) == 1
        if not (fits and len(student) > 0 and set(student) <= set(teacher) and not diagram.hidden):
            allowed = (
                "the released script cannot draw it: its student sees some of the features that "
                "its teacher sees, in as many channels, and none is hidden"
            )
            raise ArgumentError("diagram", diagram, allowed)
        self.replayed(methods, "the script of Table 2")

    def channels(self, diagram: VennDiagram, method: Method) -> int:
        """Return the channels that it sees: those that are kept, or all of a modality."""
        general = "general" in method.inputs
        return self._general(diagram) if general else diagram.dim(diagram.modalities[0])

    def draw(
        self, diagram: VennDiagram, seed: int, methods: Collection[Method] = SCRIPT
    ) -> Mapping[Method, Trial]:
        """Replay all draws of a run, in the script's order.

        Raises
        ------
        ArgumentError
            If an argument is not allowed, or the script cannot draw the diagram.
        """
        self.check(diagram, methods)
        seed = whole("seed", seed, at_most=self.largest_seed)
        channels, general = diagram.dim(diagram.modalities[0]), self._general(diagram)
        chance, generator = np.random.RandomState(seed), torch.Generator("cpu").manual_seed(seed)

        def uniform(bound: float, shape: tuple[int, ...]) -> Tensor:
            made = torch.empty(shape, dtype=torch.float32, device="cpu")
            return made.uniform_(-bound, bound, generator=generator)

        def start(channels: int) -> Parameters:
            return MLP(channels, width=0).initial(uniform)

        first, test = (_rows(chance, n, diagram) for n in (self.n_train, self.n_test))
        initial = {"teacher": start(channels)}
        picked: Tensor | Ranking = torch.arange(general, device="cpu")
        if self.general_channels == "alg1":
            pair = start(channels), start(channels)
            picked = Ranking(pair, first, self._orders(generator, channels)[None], self.joint)
        second = _rows(chance, self.n_train, diagram)
        initial |= {arm: start(channels) for arm in ("no_kd", "kd")}
        if self.general_channels == "random":
            picked = torch.from_numpy(chance.randint(0, channels, general))
        initial |= {"general_teacher": start(general), "kd_general": start(channels)}
        rows = dict.fromkeys(TRAINED, second) | {"teacher": first}
        if self.swapped:
            rows["kd"] = Split(
                {"teacher": second.views["student"], "student": second.views["teacher"]}, second.y
            )
        kept = Kept(general, picked, zeroed=False)
        return {
            method: replay(seed, rows[arm], test, initial[arm], lambda: kept)
            for arm, method in zip(TRAINED, SCRIPT, strict=True)
            if method in methods
        }

    def share_kept(self, diagram: VennDiagram, channels: Int[Tensor, " kept"]) -> float:
        """Return the share of the general channels, which come first, that are kept."""
        general = self._general(diagram)
        return len({channel for channel in channels.tolist() if channel < general}) / general

    def numbers(self, diagram: VennDiagram, method: Method) -> int:
        """Return how many numbers its rows hold, with the permutations of Algorithm 1."""
        numbers = super().numbers(diagram, method)
        if self.general_channels == "alg1":
            numbers += self.repeats * self.n_train * 2 * diagram.dim(diagram.modalities[0])
        return numbers

    def data(self, diagram: VennDiagram, method: Method) -> dict[str, Any]:
        """Return all that a method's rows and initial parameters depend on."""
        arm = NAMES[method]
        data: dict[str, Any] = {
            "arm": arm,  # the order of the draws
            "decisive": diagram.decisive,
            "general": self._general(diagram),
            "channels": diagram.dim(diagram.modalities[0]),
        }
        if arm != "teacher":  # which is drawn first
            data["general_channels"] = self.general_channels
            if self.general_channels == "alg1":
                data |= {"repeats": self.repeats, "joint": canonical(self.joint)}
        if arm == "kd":
            data["swapped"] = self.swapped
        return data

    def _general(self, diagram: VennDiagram) -> int:
        return len(diagram.sees(diagram.modalities[1]))

    def _orders(self, generator: torch.Generator, channels: int) -> Tensor:
        """Return the permutations of the teacher's channels; the student's come before them."""
        shape = self.repeats, 2 * channels, self.n_train
        orders = torch.empty(shape, dtype=torch.int32, device="cpu")
        for order in orders.flatten(0, 1):
            order.copy_(torch.randperm(self.n_train, generator=generator, device="cpu"))
        return orders[:, channels:].clone()


def _rows(chance: np.random.RandomState, n: int, diagram: VennDiagram) -> Split:
    z = chance.standard_normal((n, diagram.decisive))

    def view(modality: str) -> Tensor:
        channels = chance.standard_normal((n, diagram.dim(modality)))
        seen = len(diagram.sees(modality))
        channels[:, :seen] = z[:, :seen]
        return tensor(channels)

    teacher, student = map(view, diagram.modalities)
    return Split({"teacher": teacher, "student": student}, tensor((z.sum(1) > 0).astype(np.int64)))
