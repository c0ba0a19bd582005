"""A network that learns from labels alone: teachers, and the student without one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from analysis.methods.method import Method, Model, Role, Setup
from analysis.methods.network import Sees, fit_networks, trained_form
from analysis.methods.trials import Input, Trial
from analysis.training.networks import MLP
from analysis.training.objectives import Objective
from venn.checks import one_of


@dataclass(frozen=True, kw_only=True)
class Labels(Method):
    r"""A network is trained on labels.

    .. math:: L = c \, \mathrm{CE}(y, s), \qquad c = 1 \text{ or, if heavier, } w_y + w_t / k

    with the weights and the divisor k of the setup's `Distillation`; of a real target, for which k is
    1, the squared error in the place of CE.

    Parameters
    ----------
    input : {"teacher", "student", "both"}
        What it sees: a modality, or both side by side.
    init_stream : str
        The stream of its initial parameters; networks of one shape and stream start from one point.
    role : {"teacher", "student"}
        Whose width and depth it has.
    heavier : bool
        Whether labels have the total weight of a distillation.
    """

    input: Input = "student"
    init_stream: str = "student"
    role: Role = "student"
    heavier: bool = False

    def __post_init__(self) -> None:
        one_of("input", self.input, ("teacher", "student", "both"))
        one_of("role", self.role, get_args(Role))

    @property
    def inputs(self) -> tuple[str, ...]:
        """What it sees."""
        return (self.input,)

    def depends_on(self, setup: Setup, network: MLP) -> dict[str, Any]:
        """Return its network, its start, how it is trained, and the weight of its labels."""
        return {
            "loss": "labels",
            "label_weight": self._loss(setup).label_weight,
            **trained_form(self.init_stream, network, setup.trained(self.role)),
        }

    def _loss(self, setup: Setup) -> Objective:
        weight = sum(setup.distillation.weights(setup.classes)) if self.heavier else 1.0
        return setup.distillation.of_labels(weight)

    def fit(
        self,
        trials: Sequence[Trial],
        needed: Mapping[str, Sequence[Model]],  # noqa: ARG002  # it needs no one
        setup: Setup,
    ) -> Sequence[Model]:
        """Train a network a trial."""
        sees = [Sees(self.input)] * len(trials)
        return fit_networks(self._loss(setup), trials, self.init_stream, sees, setup, self.role)
