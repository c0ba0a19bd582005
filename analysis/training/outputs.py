"""What trained networks say of rows, and how often they are right."""

import torch
from jaxtyping import Float
from torch import Tensor

from analysis.training.groups import Models, count, groups, own, stacked, taken
from analysis.training.kernel import kernel_for
from analysis.training.networks import Activation, Parameters, logits
from analysis.training.surroundings import undisturbed
from analysis.training.threads import each
from venn.checks import ArgumentError


@undisturbed()
def outputs(
    parameters: Parameters, x: Models, device: str = "cpu", activation: Activation = "relu"
) -> Float[Tensor, "model sample class_"]:
    """Return the logits of every model on its own rows, computed on a device, on the CPU.

    Parameters
    ----------
    parameters : tuple of tensors, each with a leading model axis
        Of networks of one shape.
    x : tensor (model, sample, channel), or a tensor (1, sample, channel) a model
        What each sees.
    device : {"cpu", "cuda"}
        Where.
    activation : {"relu", "tanh", "gelu"}
        Of their hidden units.
    """
    if (compiled := kernel_for(device, parameters)) is None:
        given = *parameters, x
        parts = (taken(given, part, device) for part in groups(given, device))
        return torch.cat([logits(group[:-1], group[-1], activation).cpu() for group in parts])
    parameters = tuple(tensor.contiguous() for tensor in parameters)
    models = count((*parameters, x))
    shape = models, len(own(x, 0)), parameters[-1].shape[1]
    said = torch.empty(shape, dtype=torch.float32, device="cpu")

    def ask(i: int) -> None:
        compiled.predict(parameters, own(x, i).contiguous(), i, activation, said[i])

    each(ask, models)
    return said


def share_right(said: Float[Tensor, "model sample class_"], y: Models) -> Float[Tensor, " model"]:
    """Return the share of its own rows that each model classifies correctly, from its logits."""
    labels = stacked(y)
    if labels.is_floating_point():
        raise ArgumentError("y", labels.dtype, "is a real target, of which no answer is right")
    return (said.argmax(-1) == labels).double().mean(-1)


def accuracy(
    parameters: Parameters,
    x: Models,
    y: Models,
    device: str = "cpu",
    activation: Activation = "relu",
) -> Float[Tensor, " model"]:
    """Return the share of rows that each model classifies correctly, a fraction in [0, 1]."""
    return share_right(outputs(parameters, x, device, activation), y)
