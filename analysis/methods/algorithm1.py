"""Algorithm 1: which features carry decisive information that both modalities see."""

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from analysis.methods.saliency import saliency
from analysis.training.groups import Models, stacked
from analysis.training.networks import Activation, Parameters
from analysis.training.optimiser import Optimiser
from analysis.training.outputs import outputs
from analysis.training.pairs import train_pair


def algorithm1(
    pair: tuple[Parameters, Parameters],
    x: Models,
    x_student: Models,
    y: Models,
    orders: Int[Tensor, "model repeat channel sample"],
    optimiser: Optimiser,
    *,
    batches: Models | None = None,
    activation: Activation = "relu",
    device: str = "cpu",
) -> Float[Tensor, "model channel"]:
    """Train pairs of networks to agree, and return the saliency of the teacher's channels.

    It is large for what is decisive and modality-general; not finite where a pair diverged.

    Parameters
    ----------
    pair : tuple of two Parameters
        Where the networks of the teacher's and of the student's modality start.
    x, x_student : tensor (model, sample, channel), or a tensor (1, sample, channel) a model
        What the modalities show of the same rows.
    y : tensor (model, sample), or a tensor (1, sample) a model
        Labels.
    orders : tensor (model, repeat, channel, sample)
        Permutations of the rows, such as `permutations` draws: the more, the less chance.
    optimiser : Optimiser
        How the pairs are trained.
    batches : tensor (model, step, batch), or a tensor (1, step, batch) a model, optional
        The rows of each step, as `minimise` has them.
    activation : {"relu", "tanh", "gelu"}
        Of hidden units.
    device : {"cpu", "cuda"}
        Where to train.

    Notes
    -----
    The weight of agreement is 1.  Source: Xue et al. (ICLR 2023), Algorithm 1.
    """
    first, second = train_pair(
        *pair,
        x,
        x_student,
        y,
        optimiser,
        batches=batches,
        activation=activation,
        device=device,
    )
    said = outputs(second, x_student, device, activation)
    return saliency(first, stacked(x), said, orders, activation)


def permutations(
    chance: np.random.Generator, rows: int, features: int, repeats: int
) -> Int[Tensor, "repeat feature sample"]:
    """Draw permutations of rows, for each feature and repeat."""
    in_order = np.broadcast_to(np.arange(rows), (repeats, features, rows))
    return torch.from_numpy(chance.permuted(in_order, axis=-1))
