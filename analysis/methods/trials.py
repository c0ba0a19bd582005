"""What chance gives one diagram and seed: rows to learn from, rows to be judged on, and where to start."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from jaxtyping import Float, Int
from torch import Tensor

from analysis.methods.arms import Input
from analysis.training.networks import Parameters
from analysis.training.optimiser import Optimiser
from venn import FrozenMapping


@dataclass(frozen=True)
class Split:
    """Rows to train or to test on.

    Parameters
    ----------
    views : mapping of input to tensor (1, sample, channel)
        What networks see: a modality, both, or what a general teacher keeps.
    y : tensor (1, sample)
        Labels.
    """

    views: Mapping[Input, Float[Tensor, "model sample _"]]
    y: Int[Tensor, "model sample"]


@dataclass(frozen=True)
class Ranking:
    """What Algorithm 1 needs to rank the channels of the teacher's modality.

    Parameters
    ----------
    pair : tuple of two Parameters
        Where the networks of the teacher's and of the student's modality start, each with a model
        axis of length 1.
    orders : tensor (1, repeat, channel, sample)
        Permutations of the training rows, for each channel.
    optimiser : Optimiser, optional
        How the pair is trained; as the general teacher is, unless told otherwise.
    """

    pair: tuple[Parameters, Parameters]
    orders: Int[Tensor, "model repeat channel sample"]
    optimiser: Optimiser | None = None


@dataclass(frozen=True)
class Kept:
    """Which channels of the teacher's modality a general teacher sees.

    Parameters
    ----------
    count : int
        How many.
    channels : tensor (kept,) or Ranking
        Their numbers, or what ranks them: those of the largest saliency are kept.
    zeroed : bool
        Whether the others are there as zeros; else the channels that are kept come alone, in order.
    """

    count: int
    channels: Int[Tensor, " kept"] | Ranking
    zeroed: bool


@dataclass(frozen=True)
class Trial:
    """What chance gives one diagram and seed.

    Parameters
    ----------
    train, test : Split
        Rows to learn from and rows to be judged on.
    initial : mapping of arm to parameters
        Initial parameters, each with a model axis of length 1.
    posterior : tensor (1, sample, class), optional
        Log-probabilities of the label given what the teacher's modality shows of training rows.
    order : tensor (1, sample), optional
        A permutation of the training rows.
    own : mapping of arm to Split
        The training rows of arms that do not learn from `train`.
    kept : Kept, optional
        What a general teacher keeps, where its view is not among `views`.
    """

    train: Split
    test: Split
    initial: Mapping[str, Parameters]
    posterior: Float[Tensor, "model sample class_"] | None = None
    order: Int[Tensor, "model sample"] | None = None
    own: Mapping[str, Split] = field(default_factory=lambda: FrozenMapping[Split]({}))
    kept: Kept | None = None

    def rows(self, arm: str) -> Split:
        """Return the rows that an arm learns from."""
        return self.own.get(arm, self.train)
