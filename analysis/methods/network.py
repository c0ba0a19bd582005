"""One network: a fitted model that sees one input of its rows."""

import functools
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from analysis.methods.method import Model, Role, Setup
from analysis.methods.trials import Declared, Input, Split, Trial, batches_of
from analysis.training.minimise import trajectory
from analysis.training.networks import MLP, Activation, Parameters, finite, layers, stack
from analysis.training.objectives import Objective
from analysis.training.optimiser import Optimiser
from analysis.training.outputs import outputs
from venn import ArgumentError, canonical


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
    activation : {"relu", "tanh", "gelu"}
        Of its hidden units.
    path : tuple of such parameters
        Where it was on its way, at each of `Optimiser.stops` but the last; empty without snapshots.
    """

    parameters: Parameters
    sees: Callable[[Split], Float[Tensor, "model sample channel"]]
    activation: Activation = field(default="relu", kw_only=True)
    path: tuple[Parameters, ...] = field(default=(), kw_only=True)

    @functools.cached_property
    def finite(self) -> bool:
        """Whether its parameters are finite."""
        return bool(finite(self.parameters).all())

    def outputs(self, rows: Split) -> Float[Tensor, "model sample class_"]:
        """Return its logits of some rows."""
        return outputs(self.parameters, self.sees(rows), activation=self.activation)

    def hidden(self, rows: Split) -> tuple[Float[Tensor, "model sample unit"], ...]:
        """Return its hidden layers of some rows, after the activation, the first first."""
        return layers(self.parameters, self.sees(rows), self.activation)[:-1]


def trained_form(init_stream: str, network: MLP, optimiser: Optimiser) -> dict[str, Any]:
    """Return, as JSON data, what a trained network depends on beside its rows and its loss."""
    return {
        "init_stream": init_stream,
        "network": canonical(network),
        "optimiser": canonical(optimiser),
    }


def fit_networks(
    loss: Objective,
    trials: Sequence[Trial],
    init_stream: str,
    sees: Sequence[Callable[[Split], Tensor]],
    setup: Setup,
    role: Role,
    targets: Float[Tensor, "trial sample class_"] | None = None,
) -> list[Network]:
    """Train a network a trial on what it sees, on labels and maybe targets; those of a shape together."""
    x = [see(trial.train) for see, trial in zip(sees, trials, strict=True)]
    batches: dict[int, list[int]] = {}
    for i, seen in enumerate(x):
        batches.setdefault(seen.shape[-1], []).append(i)
    found: dict[int, Network] = {}
    for channels, batch in batches.items():
        network = setup.network(role, channels)
        initial = stack([trials[i].start(init_stream, network) for i in batch])
        rows = [x[i] for i in batch], [trials[i].train.y for i in batch]
        data = rows if targets is None else (*rows, targets[batch])
        optimiser = setup.trained(role)
        states = trajectory(
            loss,
            initial,
            data,
            optimiser,
            batches=batches_of([trials[i] for i in batch], optimiser),
            activation=network.activation,
            device=setup.device,
        )
        own = networks(states[-1], [sees[i] for i in batch], network.activation, states[:-1])
        found |= zip(batch, own, strict=True)
    return [found[i] for i in range(len(trials))]


def networks(
    parameters: Parameters,
    sees: Input | Sequence[Callable[[Split], Tensor]],
    activation: Activation = "relu",
    path: Sequence[Parameters] = (),
) -> list[Network]:
    """Return the fitted models that trained parameters are.

    Parameters
    ----------
    parameters : tuple of tensors
        With a model axis, as `minimise` returns them.
    sees : {"student", "teacher", "both"} or sequence of callables
        What all see, or what returns for each what it sees of some rows.
    activation : {"relu", "tanh", "gelu"}
        Of their hidden units.
    path : sequence of such parameters
        Where they were on their way.
    """
    each = [Sees(sees)] * len(parameters[0]) if isinstance(sees, str) else sees
    own = [
        zip(*(torch.split(part, 1) for part in state), strict=True) for state in (parameters, *path)
    ]
    found = [
        Network(last, see, activation=activation, path=(*before,))
        for see, last, *before in zip(each, *own, strict=True)
    ]
    for network, whole in zip(found, finite(parameters).tolist(), strict=True):
        vars(network)["finite"] = whole  # of all at once, which costs as much as of one
    return found


def networks_of(argument: str, models: Sequence[Model]) -> list[Network]:
    """Return models that are networks, or fail if one is of another kind.

    Raises
    ------
    ArgumentError
        It calls what fitted them by the name of the argument.
    """
    own = [model for model in models if isinstance(model, Network)]
    if len(own) < len(models):
        kinds = ", ".join(sorted({type(model).__name__ for model in models}))
        raise ArgumentError(argument, kinds, "must fit networks, as ARMS['teacher'] does")
    return own


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
            shape = model.activation, *(tensor.shape for tensor in model.parameters)
            shapes.setdefault(shape, []).append(i)
        else:
            found[i] = model.outputs(rows[i])[0]
    for indices in shapes.values():
        parameters = stack([networks[i].parameters for i in indices])
        x = [networks[i].sees(rows[i]) for i in indices]
        said = outputs(parameters, x, device, networks[indices[0]].activation)
        found |= zip(indices, said, strict=True)
    return torch.stack([found[i] for i in range(len(models))])
