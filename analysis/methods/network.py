"""One network: a fitted model that sees one input of its rows."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from analysis.methods.method import Model, Role, Setup
from analysis.methods.trials import Declared, Input, Split, Trial
from analysis.training.minimise import minimise
from analysis.training.networks import Parameters, finite, layers, stack
from analysis.training.objectives import Distillation
from analysis.training.outputs import outputs


@dataclass(frozen=True)
class Sees:
    """What a network sees of some rows: one of their views.

    Parameters
    ----------
    input : {"teacher", "student", "both", "general"}
        Which.
    """

    input: Input

    def __call__(self, rows: Split) -> Float[Tensor, "model sample channel"]:
        """Return it, whoever's rows they are."""
        views = rows.views
        return (views.whole if isinstance(views, Declared) else views)[self.input]


@dataclass(frozen=True, eq=False)
class Network(Model):
    """A trained network.

    Parameters
    ----------
    parameters : tuple of tensors
        With a model axis of length 1.
    sees : callable
        Returns what it sees of some rows, with a model axis of length 1.
    """

    parameters: Parameters
    sees: Callable[[Split], Float[Tensor, "model sample channel"]]

    @property
    def finite(self) -> bool:
        """Whether its parameters are finite."""
        return bool(finite(self.parameters).all())

    def outputs(self, rows: Split) -> Float[Tensor, "model sample class_"]:
        """Return its logits of some rows."""
        return outputs(self.parameters, self.sees(rows))

    def hidden(self, rows: Split) -> tuple[Float[Tensor, "model sample unit"], ...]:
        """Return its hidden layers of some rows, after the activation, the first first."""
        return layers(self.parameters, self.sees(rows))[:-1]


def fit_networks(
    loss: Distillation,
    trials: Sequence[Trial],
    initial: Sequence[Parameters],
    sees: Sequence[Callable[[Split], Tensor]],
    setup: Setup,
    role: Role,
    targets: Float[Tensor, "trial sample class_"] | None = None,
) -> list[Network]:
    """Train a network a trial, all of one shape, on what it sees, on labels and maybe targets."""
    x = [see(trial.train) for see, trial in zip(sees, trials, strict=True)]
    data = (x, [trial.train.y for trial in trials], *(() if targets is None else (targets,)))
    found = minimise(loss, stack(initial), data, setup.trained(role), device=setup.device)
    return networks(found, sees)


def networks(
    parameters: Parameters, sees: Input | Sequence[Callable[[Split], Tensor]]
) -> list[Network]:
    """Return the fitted models that trained parameters are.

    Parameters
    ----------
    parameters : tuple of tensors
        With a model axis, as `minimise` returns them.
    sees : {"student", "teacher", "both"} or sequence of callables
        What all see, or what returns for each what it sees of some rows.
    """
    count = len(parameters[0])
    each = [Sees(sees)] * count if isinstance(sees, str) else sees
    own = [tuple(part[i : i + 1] for part in parameters) for i in range(count)]
    return [Network(*pair) for pair in zip(own, each, strict=True)]


def outputs_of(
    models: Sequence[Model], rows: Sequence[Split], device: str = "cpu"
) -> Float[Tensor, "model sample class_"]:
    """Return the logits of models of any kind, each of its own rows; networks of a shape together."""
    found: dict[int, Tensor] = {}
    networks: dict[int, Network] = {}
    shapes: dict[Hashable, list[int]] = {}
    for i, model in enumerate(models):
        if isinstance(model, Network):
            networks[i] = model
            shape = tuple(tensor.shape for tensor in model.parameters)
            shapes.setdefault(shape, []).append(i)
        else:
            found[i] = model.outputs(rows[i])[0]
    for indices in shapes.values():
        parameters = stack([networks[i].parameters for i in indices])
        x = [networks[i].sees(rows[i]) for i in indices]
        found |= zip(indices, outputs(parameters, x, device), strict=True)
    return torch.stack([found[i] for i in range(len(models))])
