"""Two networks trained as one: each knows the labels, and they agree."""

import torch
from torch import Tensor

from analysis.training.course import Course, course
from analysis.training.groups import Models, count, own, stacked
from analysis.training.kernel import Kernel, kernel_for
from analysis.training.minimise import minimise
from analysis.training.networks import Activation, Parameters, logits
from analysis.training.objectives import Distillation, cross_entropy, squared_error
from analysis.training.optimiser import Optimiser
from analysis.training.progress import MACHINE_CODE, trained
from analysis.training.surroundings import undisturbed
from analysis.training.threads import each
from venn.checks import ArgumentError, number


@undisturbed()
def train_pair(
    first: Parameters,
    second: Parameters,
    x_first: Models,
    x_second: Models,
    y: Models,
    optimiser: Optimiser,
    *,
    agreement: float = 1.0,
    batches: Models | None = None,
    activation: Activation = "relu",
    device: str = "cpu",
) -> tuple[Parameters, Parameters]:
    r"""Train pairs of networks, each on its own modality, to know the labels and to agree.

    .. math:: L = \mathrm{CE}(y, s^a) + \mathrm{CE}(y, s^b)
              + \frac{\lambda}{n k} \sum_{i=1}^{n} \sum_{c=1}^{k} (s^a_{ic} - s^b_{ic})^2

    for the logits s of two networks on the same n rows of k classes; of a real target, for which k
    is 1, the squared error in the place of CE.  All parameters of both descend on this one loss.  No pair's result depends on which others are trained.

    Parameters
    ----------
    first, second : tuple of tensors, each with a leading model axis
        Parameters of the a-networks and of the b-networks to start from, a model axis entry a
        pair; not changed.  The two may differ in channels, width and depth, not in classes.
    x_first, x_second : tensor (model, sample, channel), or a tensor (1, sample, channel) a model
        What the two of each pair see of the same rows.
    y : tensor (model, sample), or a tensor (1, sample) a model
        Labels: classes, or floats of a real target.
    optimiser : Optimiser
        Rule, learning rate and steps.
    agreement : float
        :math:`\lambda`, multiplies the mean squared difference of logits; at least 0.
    batches : tensor (model, step, batch), or a tensor (1, step, batch) a model, optional
        The rows of each step, as `minimise` has them.
    activation : {"relu", "tanh", "gelu"}
        Of hidden units.
    device : {"cpu", "cuda"}
        Where to train.

    Returns
    -------
    tuple of two Parameters
        The trained networks of a and of b, on the CPU; not finite where a pair diverged.

    Raises
    ------
    ArgumentError
        If the agreement is negative or the two have other classes.

    Notes
    -----
    Source: Xue et al. (ICLR 2023), Algorithm 1, step 1; their script has λ = 1 and 1000 steps of
    gradient descent with momentum 0.9 and rate 0.01.
    """
    weight = number("agreement", agreement)
    classes = first[-1].shape[1], second[-1].shape[1]
    if classes[0] != classes[1]:
        raise ArgumentError("classes", classes, "must be as many for both networks of a pair")
    kind = own(y, 0).dtype
    real = kind.is_floating_point
    if real != (classes[0] == 1):
        raise ArgumentError("y", kind, "must be floats for 1 output, and else classes")
    if not real and (compiled := kernel_for(device, (*first, *second))) is not None:
        x, task = (x_first, x_second), course(optimiser, (x_first, x_second, y), batches)
        return _compiled(compiled, (first, second), x, y, task, weight, activation)

    def loss(both: Parameters, x_a: Tensor, x_b: Tensor, labels: Tensor) -> Tensor:
        a = logits(both[: len(first)], x_a, activation)
        b = logits(both[len(first) :], x_b, activation)
        apart = (a - b).square().mean((1, 2))
        known = squared_error if real else cross_entropy
        return known(a, labels) + known(b, labels) + weight * apart

    data = x_first, x_second, y
    both = minimise(loss, (*first, *second), data, optimiser, batches=batches, device=device)
    return both[: len(first)], both[len(first) :]


def _compiled(
    compiled: Kernel,
    pairs: tuple[Parameters, Parameters],
    x: tuple[Models, Models],
    y: Models,
    task: Course,
    agreement: float,
    activation: Activation,
) -> tuple[Parameters, Parameters]:
    first, second = (tuple(part.contiguous() for part in start) for start in pairs)
    found = tuple(map(torch.empty_like, first)), tuple(map(torch.empty_like, second))
    gradient = Distillation(teacher_weight=0.0).logit_gradient(first[-1].shape[1], stacked(y))

    def train(model: int) -> None:
        a, b = (own(part, model).contiguous() for part in x)
        compiled.train_pair(
            (first, second), (a, b), gradient, agreement, model, task, activation, found
        )
        trained(1, MACHINE_CODE)

    each(train, count((*first, *second, *x, y)))
    return found
