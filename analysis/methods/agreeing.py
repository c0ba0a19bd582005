"""A teacher trained beside a network of the student's modality, so that the two agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jaxtyping import Float, Int
from torch import Tensor

from analysis.methods.arms import TEACHER, UM_TEACHER
from analysis.methods.labels import Labels
from analysis.methods.method import Method, Model, Role, Setup
from analysis.methods.network import Network, Sees, networks, trained_form
from analysis.methods.trials import Split, Trial, batches_of
from analysis.training.networks import MLP, Parameters, stack
from analysis.training.optimiser import Optimiser
from analysis.training.pairs import train_pair
from venn.checks import ArgumentError, number


@dataclass(frozen=True, eq=False)
class Agreed(Network):
    """A teacher that was trained to agree.

    Parameters
    ----------
    partner : Network
        What it was to agree with, which sees the student's modality.
    """

    partner: Network

    @property
    def finite(self) -> bool:
        """Whether its parameters and its partner's are finite."""
        return super().finite and self.partner.finite


@dataclass(frozen=True, eq=False)
class SeesOthers:
    """The student's modality of other training rows than it is shown.

    Parameters
    ----------
    order : tensor (sample,)
        Which row is shown in the place of each.
    """

    order: Int[Tensor, " sample"]

    def __call__(self, rows: Split) -> Float[Tensor, "model sample channel"]:
        """Return it."""
        return Sees("student")(rows)[:, self.order]


@dataclass(frozen=True, kw_only=True)
class Agreeing(Method):
    r"""A teacher and a network of the student's modality know the labels, and agree.

    The loss is that of `train_pair`; the two start where the teachers of their modalities start.

    Parameters
    ----------
    agreement : float
        :math:`\lambda`, how much logits that differ cost.
    optimiser : Optimiser, optional
        How the two are trained; as teachers are, unless told otherwise.
    unpaired : bool
        Whether the second network sees the training rows in another order, so that nothing is
        shared: a control.
    """

    agreement: float = 1.0
    optimiser: Optimiser | None = None
    unpaired: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "agreement", number("agreement", self.agreement))

    @property
    def inputs(self) -> tuple[str, ...]:
        """Both modalities."""
        return ("teacher", "student")

    @property
    def role(self) -> Role:
        """A teacher's."""
        return "teacher"

    def depends_on(self, setup: Setup, network: MLP) -> dict[str, Any]:
        """Return its network, its start, how it is trained, and its loss."""
        return {
            "loss": "agreeing",
            "agreement": self.agreement,
            "unpaired": self.unpaired,
            "partner": UM_TEACHER.init_stream,
            **trained_form(TEACHER.init_stream, network, self._optimiser(setup)),
        }

    def fit(
        self,
        trials: Sequence[Trial],
        needed: Mapping[str, Sequence[Model]],  # noqa: ARG002  # it needs no one
        setup: Setup,
    ) -> Sequence[Agreed]:
        """Train a pair a trial."""
        if setup.classes == 1:
            raise ArgumentError("Agreeing", "a real target", "learns classes; leave it out here")
        own = [Sees("teacher")] * len(trials)
        other = [SeesOthers(t.order()) if self.unpaired else Sees("student") for t in trials]
        x, x_other = (
            [see(t.train) for see, t in zip(s, trials, strict=True)] for s in (own, other)
        )
        first, second = train_pair(
            self._starts(TEACHER, x, trials, setup),
            self._starts(UM_TEACHER, x_other, trials, setup),
            x,
            x_other,
            [trial.train.y for trial in trials],
            self._optimiser(setup),
            agreement=self.agreement,
            batches=batches_of(trials, self._optimiser(setup)),
            activation=setup.activation,
            device=setup.device,
        )
        pairs = zip(
            networks(first, own, setup.activation),
            networks(second, other, setup.activation),
            strict=True,
        )
        return [
            Agreed(each.parameters, each.sees, partner, activation=setup.activation)
            for each, partner in pairs
        ]

    def _starts(
        self, method: Labels, x: Sequence[Tensor], trials: Sequence[Trial], setup: Setup
    ) -> Parameters:
        """Return where networks start that see some rows: where those of a method do."""
        shape = setup.network(self.role, x[0].shape[-1])
        return stack([trial.start(method.init_stream, shape) for trial in trials])

    def _optimiser(self, setup: Setup) -> Optimiser:
        return self.optimiser or setup.trained(self.role)
