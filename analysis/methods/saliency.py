"""How far permuting a channel, or a hidden feature, drives a network's outputs from given ones."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from analysis.training.networks import UNITS, Activation, Parameters, layers, logits
from analysis.training.surroundings import undisturbed
from venn.checks import ArgumentError


@undisturbed()
def saliency(
    parameters: Parameters,
    x: Float[Tensor, "model sample channel"],
    reference: Float[Tensor, "model sample class_"],
    orders: Int[Tensor, "model repeat channel sample"],
    activation: Activation = "relu",
) -> Float[Tensor, "model channel"]:
    r"""Return how far permuting each channel drives a network's outputs from the other network's.

    .. math:: S_j = \frac{1}{R n k} \sum_{r, i, c}
              \bigl( f(x^{(j, r)})_{ic} - t_{ic} \bigr)^2, \qquad
              x^{(j, r)}_{ij'} = x_{\pi_{rj}(i) j} \text{ if } j' = j, \text{ else } x_{ij'}

    for n rows, k classes, R permutations :math:`\pi_{rj}` of the rows and the other network's
    logits t.  Of two networks that were trained to agree, a high value marks a channel that is
    decisive and modality-general.

    Parameters
    ----------
    parameters : tuple of tensors, each with a leading model axis
        Of networks f of one shape.
    x : tensor (model, sample, channel)
        What each sees.
    reference : tensor (model, sample, class)
        t, what the other network of each pair says of the same rows, none of them permuted.
    orders : tensor (model, repeat, channel, sample)
        :math:`\pi`, the rows that permuted values come from, each row once.
    activation : {"relu", "tanh", "gelu"}
        Of their hidden units.

    Returns
    -------
    tensor (model, channel)
        S, squared logits; not finite where a network diverged.  No model's depends on another's.

    Raises
    ------
    ArgumentError
        If shapes do not fit, or an order is no permutation of the rows.

    Notes
    -----
    Source: Xue et al. (ICLR 2023), Algorithm 1, step 2.
    """
    _check(parameters, x, reference, orders)
    if len(parameters) == 2:
        return _linear(parameters, x, reference, orders)
    found = [
        _deep(tuple(part[model : model + 1] for part in parameters), *own, activation)
        for model, own in enumerate(zip(x, reference, orders, strict=True))
    ]
    return torch.stack(found)


def _linear(parameters: Parameters, x: Tensor, reference: Tensor, orders: Tensor) -> Tensor:
    r"""Return S without the permuted outputs.

    With :math:`d_i = x_{\pi(i) j} - x_{ij}` and :math:`e = f(x) - t` the outputs are apart by
    :math:`e_{ic} + w_{cj} d_i`, and the squares add up to
    :math:`\lVert e \rVert^2 + \sum_i d_i (2 \sum_c w_{cj} e_{ic} + d_i \lVert w_j \rVert^2)`.
    """
    weight = parameters[0]  # (model, class, channel)
    apart = logits(parameters, x) - reference
    along = 2 * apart @ weight  # (model, sample, channel)
    energy = weight.square().sum(1)  # (model, channel)
    added = []
    for j in range(x.shape[2]):
        moved = _moved(x[..., j], orders[:, :, j])  # (model, repeat, sample)
        slope = along[:, None, :, j] + energy[:, None, None, j] * moved
        added.append((moved * slope).mean(-1).mean(-1))
    base = apart.square().mean((1, 2))
    return base[:, None] + torch.stack(added, 1) / weight.shape[1]


def _deep(
    network: Parameters, x: Tensor, reference: Tensor, orders: Tensor, activation: Activation
) -> Tensor:
    """Return S of one network with hidden layers, one channel at a time.

    Permuting one channel adds a product of one column and one row to what the first layer says.
    """
    repeats = len(orders)
    said = logits(network[:2], x[None]).mT.expand(repeats, -1, -1)  # (repeat, unit, sample)
    after = tuple(part.expand(repeats, -1, -1) for part in network[2:])
    found = []
    for j in range(x.shape[1]):
        column = network[0][..., j, None].expand(repeats, -1, -1)  # (repeat, unit, 1)
        moved = _moved(x[None, :, j], orders[None, :, j])[0, :, None]  # (repeat, 1, sample)
        seen = UNITS[activation](torch.baddbmm(said, column, moved))
        apart = logits(after, seen.mT, activation) - reference
        found.append(apart.square().mean((1, 2)).mean())
    return torch.stack(found)


def _moved(
    x: Float[Tensor, "model sample"], order: Int[Tensor, "model repeat sample"]
) -> Float[Tensor, "model repeat sample"]:
    """Return what permuting one channel adds to it."""
    return x[:, None].expand(order.shape).gather(-1, order.long()) - x[:, None]


def normalised(saliency: Float[Tensor, "model channel"]) -> Float[Tensor, "model channel"]:
    r"""Return :math:`(S_j - \min S) / (\max S - \min S)` of each model.

    Zeros where all channels of a model are equal: none stands out.  Not finite where S is not.
    """
    least, most = saliency.aminmax(dim=1, keepdim=True)
    spread = most - least
    return (saliency - least) / spread.where(spread != 0, 1)


@undisturbed()
def hidden(
    parameters: Parameters,
    x: Float[Tensor, "model sample channel"],
    activation: Activation = "relu",
) -> tuple[Parameters, Float[Tensor, "model sample unit"]]:
    """Return the last layer as a linear network, and the activations that it sees.

    So ``saliency(head, activations, reference, orders)`` ranks hidden features; of a linear network
    these are its channels.
    """
    return parameters[-2:], (x, *layers(parameters, x, activation)[:-1])[-1]


def _check(parameters: Parameters, x: Tensor, reference: Tensor, orders: Tensor) -> None:
    models, rows, channels = x.shape
    shapes = {
        "parameters[0]": (parameters[0], (models, parameters[0].shape[1], channels)),
        "reference": (reference, (models, rows, parameters[-1].shape[1])),
        "orders": (orders, (models, max(1, orders.shape[1]), channels, rows)),
    }
    for name, (tensor, shape) in shapes.items():
        if tensor.shape != shape:
            raise ArgumentError(name, tuple(tensor.shape), f"must be of shape {shape}")
    least, most = orders.aminmax()
    seen = torch.zeros_like(orders, dtype=torch.bool)
    if least < 0 or most >= rows or not seen.scatter_(-1, orders.long(), True).all():
        wrong = (orders.sort(-1).values != torch.arange(rows, device=x.device)).any(-1)
        at = wrong.nonzero()[0].tolist()
        allowed = f"must have every row of 0 to {rows - 1} once"
        raise ArgumentError(f"orders{at}", orders[tuple(at)].tolist(), allowed)
