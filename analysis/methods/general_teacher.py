"""The general teacher: it sees what is general of its modality, or some channels of it.

Which channels is given, drawn by chance or ranked by Algorithm 1.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import torch
from jaxtyping import Float, Int
from torch import Tensor

from analysis.methods.algorithm1 import algorithm1
from analysis.methods.method import Method, Model, Role, Setup
from analysis.methods.network import Sees, fit_networks, trained_form
from analysis.methods.trials import Kept, Ranking, Split, Trial
from analysis.training.networks import MLP, stack
from analysis.training.optimiser import Optimiser

Way = Literal["gt", "alg1", "random"]
WAYS: tuple[Way, ...] = get_args(Way)
"""How channels are picked: by the truth, by Algorithm 1, by chance."""


@dataclass(frozen=True, kw_only=True)
class GeneralTeacher(Method):
    """A network is trained on labels, of what the protocol says that a general teacher sees.

    Parameters
    ----------
    init_stream : str
        The stream of its initial parameters.
    """

    init_stream: str = "teacher"

    @property
    def inputs(self) -> tuple[str, ...]:
        """What is general."""
        return ("general",)

    @property
    def role(self) -> Role:
        """A teacher's."""
        return "teacher"

    def depends_on(self, setup: Setup, network: MLP) -> dict[str, Any]:
        """Return its network, its start, and how it is trained."""
        return {
            "loss": "labels",
            "label_weight": 1.0,
            **trained_form(self.init_stream, network, setup.teacher_optimiser),
        }

    def fit(
        self,
        trials: Sequence[Trial],
        needed: Mapping[str, Sequence[Model]],  # noqa: ARG002  # it needs no one
        setup: Setup,
    ) -> Sequence[Model]:
        """Train a network a trial, after Algorithm 1 where it says which channels are kept."""
        labels, sees = setup.distillation.of_labels(1.0), _sees(trials, setup)
        return fit_networks(labels, trials, self.init_stream, sees, setup, self.role)


@dataclass(frozen=True, eq=False)
class SeesKept:
    """What a general teacher sees of some rows: channels of the teacher's modality.

    Where nobody knows which, nothing is shown: NaN, of which no network comes back.

    Parameters
    ----------
    count : int
        How many channels are kept.
    channels : tensor (kept,) or None
        Which; None where Algorithm 1 diverged.
    zeroed : bool
        Whether the others are there as zeros.
    """

    count: int
    channels: Int[Tensor, " kept"] | None
    zeroed: bool

    def __call__(self, rows: Split) -> Float[Tensor, "model sample channel"]:
        """Return it."""
        view = Sees("teacher")(rows)
        if self.channels is None:
            return torch.full_like(view if self.zeroed else view[..., : self.count], torch.nan)
        if not self.zeroed:
            return view[..., self.channels]
        others = torch.ones(view.shape[-1], dtype=torch.bool, device="cpu")
        others[self.channels] = False
        return view.masked_fill(others, 0.0)


def _sees(trials: Sequence[Trial], setup: Setup) -> Sequence[Sees | SeesKept]:
    kept = [None if trial.kept is None else trial.kept() for trial in trials]
    chosen = [own for own in kept if own is not None]
    found = iter(channels_kept(chosen, setup.teacher_optimiser, setup.device))
    return [
        Sees("general") if own is None else SeesKept(own.count, next(found), own.zeroed)
        for own in kept
    ]


def channels_kept(
    kept: Sequence[Kept], optimiser: Optimiser, device: str = "cpu"
) -> list[Int[Tensor, " kept"] | None]:
    """Return the channels that general teachers keep.

    Parameters
    ----------
    kept : sequence of Kept
        How many each keeps, and which, or what ranks them.
    optimiser : Optimiser
        With which the general teachers are trained, and pairs that do not say otherwise.
    device : {"cpu", "cuda"}
        Where the pairs of Algorithm 1 are trained, those that share a shape side by side.

    Returns
    -------
    list of tensor (kept,) or None
        In the order in which they are picked; None where a pair diverged.
    """
    found: dict[int, Tensor | None] = {}
    batches: dict[tuple[Hashable, Hashable, Optimiser], list[int]] = {}
    for i, ranking in enumerate(each.channels for each in kept):
        if isinstance(ranking, Ranking):
            shapes = *(part.shape for each in ranking.pair for part in each), ranking.orders.shape
            batches.setdefault(
                (ranking.activation, shapes, ranking.optimiser or optimiser), []
            ).append(i)
        else:
            found[i] = ranking
    for (*_, own), batch in batches.items():
        found |= zip(batch, _ranked([kept[i] for i in batch], own, device), strict=True)
    return [found[i] for i in range(len(kept))]


def _ranked(
    kept: Sequence[Kept], optimiser: Optimiser, device: str
) -> list[Int[Tensor, " kept"] | None]:
    """Return the channels that Algorithm 1 ranks highest."""
    rankings = [each.channels for each in kept if isinstance(each.channels, Ranking)]
    rows = [ranking.rows for ranking in rankings]
    first, second = (stack([ranking.pair[i] for ranking in rankings]) for i in (0, 1))
    drawn = [ranking.batches(optimiser) for ranking in rankings]
    found = [each for each in drawn if each is not None]
    saliency = algorithm1(
        (first, second),
        [split.views["teacher"] for split in rows],
        [split.views["student"] for split in rows],
        [split.y for split in rows],
        torch.cat([ranking.orders for ranking in rankings]),
        optimiser,
        batches=found or None,
        activation=rankings[0].activation,
        device=device,
    )
    orders = saliency.argsort(dim=1, descending=True, stable=True)
    known = saliency.isfinite().all(1).tolist()
    return [
        order[: each.count] if whole else None
        for order, each, whole in zip(orders, kept, known, strict=True)
    ]
