"""The random streams of the script behind the paper's Table 2, replayed draw by draw."""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from analysis.protocols.protocol import tensor
from analysis.reproductions.picks import WAYS, Way
from analysis.training.networks import MLP, Parameters
from analysis.training.optimiser import Optimiser
from venn import ArgumentError, VennDiagram
from venn.checks import instance, one_of, whole


class Rows(NamedTuple):
    """A set of rows, with a model axis of length 1.

    Parameters
    ----------
    teacher, student : tensor (1, sample, channel)
        What the modalities show.
    y : tensor (1, sample)
        Labels.
    """

    teacher: Float[Tensor, "model sample channel"]
    student: Float[Tensor, "model sample channel"]
    y: Int[Tensor, "model sample"]


class Draws(NamedTuple):
    """What chance gives one run of the script.

    Parameters
    ----------
    first, test, second : Rows
        The teacher's training rows, the test rows, and the training rows of all others.
    initial : dict of str to parameters
        Initial parameters of each arm and, for Algorithm 1, of ``"pair"`` and ``"pair_student"``.
    picked : array (kept,) or None
        The channels that the general teacher keeps, in its order; None for Algorithm 1, which finds
        them.
    orders : tensor (repeat, channel, sample) or None
        The permutations with which it does; None for the others.
    """

    first: Rows
    test: Rows
    second: Rows
    initial: dict[str, Parameters]
    picked: Int[np.ndarray, " kept"] | None
    orders: Int[Tensor, "repeat channel sample"] | None


@dataclass(frozen=True, kw_only=True)
class ReleasedTable2:
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
    n_train, n_test : int
        Rows of each training set and of the test set.
    optimiser, joint : Optimiser
        How networks are trained, and how the pair of Algorithm 1 is.
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
    n_train: int = 200
    n_test: int = 1000
    optimiser: Optimiser = Optimiser("sgd", learning_rate=0.1, steps=1000)
    joint: Optimiser = Optimiser("momentum", learning_rate=0.01, steps=1000)
    repeats: int = 100

    largest_seed: ClassVar[int] = 2**32 - 1
    """Numpy's legacy generator takes 32 bits."""

    def __post_init__(self) -> None:
        """Check the sizes."""
        instance("swapped", self.swapped, bool, "True")
        for name in ("n_train", "n_test", "repeats"):
            whole(name, getattr(self, name), at_least=1)

    def check(self, diagram: VennDiagram) -> None:
        """Fail where the script's layout has no room for a diagram."""
        instance("diagram", diagram, VennDiagram, "PATH[0]")
        teacher, student = map(diagram.sees, diagram.modalities[:2])
        channels = {diagram.dim(modality) for modality in diagram.modalities}
        fits = len(diagram.modalities) == 2 and len(channels) == 1
        if not (fits and len(student) > 0 and set(student) <= set(teacher) and not diagram.hidden):
            allowed = (
                "the released script cannot draw it: its student sees some of the features that "
                "its teacher sees, in as many channels, and none is hidden"
            )
            raise ArgumentError("diagram", diagram, allowed)

    def draw(self, diagram: VennDiagram, seed: int, way: Way) -> Draws:
        """Replay, in the script's order, all draws of a run that picks channels in one way.

        The other ways' runs draw the same up to where one of them draws what they do not.

        Raises
        ------
        ArgumentError
            If an argument is not allowed, or the script cannot draw the diagram.
        """
        self.check(diagram)
        seed = whole("seed", seed, at_most=self.largest_seed)
        one_of("way", way, WAYS)
        teacher, student = diagram.modalities
        channels, general = diagram.dim(teacher), len(diagram.sees(student))
        chance, generator = np.random.RandomState(seed), torch.Generator("cpu").manual_seed(seed)

        def uniform(bound: float, shape: tuple[int, ...]) -> Tensor:
            made = torch.empty(shape, dtype=torch.float32, device="cpu")
            return made.uniform_(-bound, bound, generator=generator)

        def start(channels: int) -> Parameters:
            return MLP(channels, width=0).initial(uniform)

        first, test = (_rows(chance, n, diagram) for n in (self.n_train, self.n_test))
        initial = {"teacher": start(channels)}
        picked: np.ndarray | None = np.arange(general)
        orders = None
        if way == "alg1":
            initial |= {name: start(channels) for name in ("pair", "pair_student")}
            picked, orders = None, self._orders(generator, channels)
        second = _rows(chance, self.n_train, diagram)
        initial |= {arm: start(channels) for arm in ("no_kd", "kd")}
        if way == "random":
            picked = chance.randint(0, channels, general)
        initial |= {"general_teacher": start(general), "kd_general": start(channels)}
        return Draws(first, test, second, initial, picked, orders)

    def _orders(self, generator: torch.Generator, channels: int) -> Tensor:
        """Return the permutations of the teacher's channels; the student's come before them."""
        shape = self.repeats, 2 * channels, self.n_train
        orders = torch.empty(shape, dtype=torch.int32, device="cpu")
        for order in orders.flatten(0, 1):
            order.copy_(torch.randperm(self.n_train, generator=generator, device="cpu"))
        return orders[:, channels:].clone()


def _rows(chance: np.random.RandomState, n: int, diagram: VennDiagram) -> Rows:
    z = chance.standard_normal((n, diagram.decisive))

    def view(modality: str) -> Tensor:
        channels = chance.standard_normal((n, diagram.dim(modality)))
        seen = len(diagram.sees(modality))
        channels[:, :seen] = z[:, :seen]
        return tensor(channels)

    teacher, student = map(view, diagram.modalities)
    return Rows(teacher, student, tensor((z.sum(1) > 0).astype(np.int64)))
