"""What trained networks say of rows, and how often they are right."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from analysis.training.groups import Models, count, groups, own, stacked
from analysis.training.kernel import kernel_for
from analysis.training.networks import Parameters, logits
from analysis.training.surroundings import undisturbed
from analysis.training.threads import each


@undisturbed()
def outputs(
    parameters: Parameters, x: Models, device: str = "cpu"
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
    """
    if (compiled := kernel_for(device, parameters)) is None:
        parts = groups((*parameters, x), device)
        return torch.cat([logits(group[:-1], group[-1]).cpu() for group in parts])
    parameters = tuple(tensor.contiguous() for tensor in parameters)
    models = count((*parameters, x))
    shape = models, len(own(x, 0)), parameters[-1].shape[1]
    said = torch.empty(shape, dtype=torch.float32, device="cpu")
    each(lambda i: compiled.predict(parameters, own(x, i).contiguous(), i, said[i]), models)
    return said


class Scores(NamedTuple):
    r"""How each of many models does on its own rows.

    .. math:: \text{accuracy} = \frac{1}{n} \sum_i [\hat y_i = y_i], \qquad
              \text{balanced accuracy} = \frac{1}{|C|} \sum_{c \in C}
              \frac{\sum_i [\hat y_i = y_i = c]}{\sum_i [y_i = c]}

    for answers ŷ and the classes C that labels have: the mean of what is recalled of each class.

    Parameters
    ----------
    accuracy, balanced_accuracy : tensor (model,)
        Fractions in [0, 1].
    constant : tensor (model,)
        Whether a model answers one class to every row; its balanced accuracy is then 1 / \|C\|.
    """

    accuracy: Float[Tensor, " model"]
    balanced_accuracy: Float[Tensor, " model"]
    constant: Bool[Tensor, " model"]


def scores(said: Float[Tensor, "model sample class_"], y: Models) -> Scores:
    """Return how every model does on its own rows, from its logits."""
    answers, labels = said.argmax(-1), stacked(y)
    right = answers == labels
    classes = torch.arange(said.shape[-1], device="cpu")
    of_class = labels[:, None] == classes[:, None]  # (model, class, sample)
    there = of_class.sum(-1)
    recall = (of_class & right[:, None]).sum(-1).double() / there.clamp(min=1)
    return Scores(
        accuracy=right.double().mean(-1),
        balanced_accuracy=recall.sum(-1) / (there > 0).sum(-1),
        constant=(answers == answers[:, :1]).all(-1),
    )


def accuracy(
    parameters: Parameters, x: Models, y: Models, device: str = "cpu"
) -> Float[Tensor, " model"]:
    """Return the share of rows that each model classifies correctly, a fraction in [0, 1]."""
    return scores(outputs(parameters, x, device), y).accuracy
