"""A teacher as confident as another: its logits are scaled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jaxtyping import Float
from torch import Tensor

from analysis.methods.method import Method, Model, Role, Setup
from analysis.methods.network import outputs_of
from analysis.methods.trials import Split, Trial
from analysis.training.networks import MLP
from venn import FrozenMapping
from venn.checks import instance


@dataclass(frozen=True, eq=False)
class ScaledModel(Model):
    """A model whose logits are multiplied by one spread and divided by another.

    Parameters
    ----------
    model : Model
        Whose logits.
    wanted, own : tensor (1, 1, 1)
        The spreads.
    """

    model: Model
    wanted: Float[Tensor, "1 1 1"]
    own: Float[Tensor, "1 1 1"]

    @property
    def finite(self) -> bool:
        """Whether the model is, and its factor."""
        return self.model.finite and bool((self.wanted / self.own).isfinite())

    def outputs(self, rows: Split) -> Float[Tensor, "model sample class_"]:
        """Return its logits of some rows."""
        return self.model.outputs(rows) * self.wanted / self.own

    def hidden(self, rows: Split) -> tuple[Float[Tensor, "model sample unit"], ...]:
        """Return the model's hidden layers."""
        return self.model.hidden(rows)


@dataclass(frozen=True, kw_only=True)
class Scaled(Method):
    r"""A teacher whose logits are scaled until they spread over the training rows as another's.

    The spread of logits is the standard deviation over rows of each class's logit less that of the
    first, averaged over classes; of a real target, that of the output.

    Parameters
    ----------
    teacher : Method
        Whose logits are scaled.
    like : Method
        Whose spread they get.
    """

    teacher: Method
    like: Method

    def __post_init__(self) -> None:
        for name in ("teacher", "like"):
            instance(name, getattr(self, name), Method, "ARMS['teacher']")

    @property
    def needs(self) -> Mapping[str, Method]:
        """Both."""
        return FrozenMapping({"teacher": self.teacher, "like": self.like})

    @property
    def inputs(self) -> tuple[str, ...]:
        """What the teacher reads."""
        return self.teacher.inputs

    @property
    def role(self) -> Role:
        """The teacher's."""
        return self.teacher.role

    def depends_on(self, setup: Setup, network: MLP) -> dict[str, Any]:  # noqa: ARG002  # its needs do
        """Return that it is scaled."""
        return {"scaled": "by the spread of logits over training rows"}

    def fit(
        self, trials: Sequence[Trial], needed: Mapping[str, Sequence[Model]], setup: Setup
    ) -> Sequence[ScaledModel]:
        """Scale each trial's teacher."""
        rows = [trial.train for trial in trials]
        own, wanted = (
            _spread(outputs_of(needed[who], rows, setup.device)) for who in ("teacher", "like")
        )
        return [ScaledModel(*each) for each in zip(needed["teacher"], wanted, own, strict=True)]


def _spread(said: Float[Tensor, "model sample class_"]) -> Float[Tensor, "model 1 1 1"]:
    apart = said[..., 1:] - said[..., :1] if said.shape[-1] > 1 else said
    return apart.std(1).mean(-1)[:, None, None, None]
