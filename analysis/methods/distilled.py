"""A student that imitates what a teacher says: knowledge distillation and its controls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from analysis.methods.method import Method, Model, Setup
from analysis.methods.network import Sees, fit_networks, outputs_of, trained_form
from analysis.methods.trials import Trial
from analysis.training.networks import MLP
from venn import FrozenMapping
from venn.checks import instance

POSTERIOR: Literal["posterior"] = "posterior"
"""The best teacher there can be: the exact distribution of the label given the teacher's side.

Of a real target its mean.
"""


@dataclass(frozen=True, kw_only=True)
class Distilled(Method):
    r"""A student is trained on labels and on what its teacher says of the same rows.

    .. math:: L = w_y \, \mathrm{CE}(y, s) + w_t T^2 \, \mathrm{KL}(t \,\|\, s) / k

    with the weights, the temperature T and the divisor k of the setup's `Distillation`; or, of a real
    target, the two squared errors of `SquaredError`.

    Parameters
    ----------
    teacher : Method or "posterior"
        Whose outputs t it imitates.
    shuffled : bool
        Whether those outputs are permuted across training rows: a control without knowledge.
    init_stream : str
        The stream of its initial parameters.
    """

    teacher: Method | Literal["posterior"]
    shuffled: bool = False
    init_stream: str = "student"

    def __post_init__(self) -> None:
        if self.teacher != POSTERIOR:
            instance("teacher", self.teacher, Method, "ARMS['teacher']")

    @property
    def needs(self) -> Mapping[str, Method]:
        """Its teacher, unless that is the posterior."""
        return FrozenMapping({} if isinstance(self.teacher, str) else {"teacher": self.teacher})

    @property
    def inputs(self) -> tuple[str, ...]:
        """What the student sees, and the posterior where it imitates that."""
        return ("student", POSTERIOR) if self.teacher == POSTERIOR else ("student",)

    def depends_on(self, setup: Setup, network: MLP) -> dict[str, Any]:
        """Return its network, its start, how it is trained, and its loss."""
        return {
            "loss": setup.distillation.form(setup.classes),
            "shuffled": self.shuffled,
            **trained_form(self.init_stream, network, setup.optimiser),
        }

    def fit(
        self, trials: Sequence[Trial], needed: Mapping[str, Sequence[Model]], setup: Setup
    ) -> Sequence[Model]:
        """Train a student a trial."""
        sees, stream = [Sees("student")] * len(trials), self.init_stream
        targets = self._targets(trials, needed, setup)
        return fit_networks(setup.distillation, trials, stream, sees, setup, self.role, targets)

    def _targets(
        self, trials: Sequence[Trial], needed: Mapping[str, Sequence[Model]], setup: Setup
    ) -> Float[Tensor, "model sample class_"]:
        """Return what each imitates on its training rows, softened, in its order."""
        if self.teacher == POSTERIOR:
            said = torch.cat([trial.posterior() for trial in trials])
        else:
            said = outputs_of(needed["teacher"], [trial.train for trial in trials], setup.device)
        softened = setup.distillation.soften(said)
        if not self.shuffled:
            return softened
        orders = [trial.order() for trial in trials]
        return torch.stack([own[order] for own, order in zip(softened, orders, strict=True)])
