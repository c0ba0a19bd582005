"""Steps of torch's road: parameters of many models, each moved along its own gradient."""

from collections.abc import Sequence

import torch
from torch import Tensor

from analysis.training.networks import Parameters
from analysis.training.optimiser import Optimiser


class Descent:
    """Many models on their way, each as if it were alone.

    Every operation is on elements by themselves, and nothing is taken from the host, so that a step
    can be recorded on a GPU.  Torch's own optimisers cannot: their rates are numbers of the host.

    Parameters
    ----------
    parameters : tuple of tensors, each with a leading model axis
        Changed in place.
    optimiser : Optimiser
        Rule, rates, decay, and how long a gradient may be.
    """

    def __init__(self, parameters: Parameters, optimiser: Optimiser) -> None:
        first = parameters[0]
        self._all, self._how = list(parameters), optimiser
        self._step = torch.zeros(1, dtype=torch.int64, device=first.device)
        self._rates = torch.tensor(optimiser.rates, dtype=first.dtype, device=first.device)
        self._mean = [torch.zeros_like(each) for each in parameters]
        self._square = [torch.zeros_like(each) for each in parameters]

    @property
    def step(self) -> Tensor:
        """Which step is the next one, from 0; a tensor (1,) where the parameters are."""
        return self._step

    @torch.no_grad()
    def take(self, slopes: Sequence[Tensor]) -> None:
        """Take a step down the gradient of each model along every parameter."""
        how, given = self._how, list(slopes)
        if how.clip:
            lengths = torch.stack([each.square().flatten(1).sum(1) for each in given]).sum(0)
            share = (how.clip / (lengths.sqrt() + 1e-6)).clamp(max=1)
            given = [each * share.view(-1, *[1] * (each.dim() - 1)) for each in given]
        rate = self._rates.index_select(0, self._step).view(())
        self._step += 1
        if how.name == "adamw":
            torch._foreach_mul_(self._all, 1 - rate * how.decay)
        elif how.decay:
            given = [*torch._foreach_add(given, self._all, alpha=how.decay)]
        moves = given
        if how.name in {"adam", "adamw"}:
            moves, rate = self._adam(given), rate / self._known(0.9)
        elif how.momentum:
            torch._foreach_mul_(self._mean, how.momentum)
            torch._foreach_add_(self._mean, given)
            moves = self._mean
        torch._foreach_sub_(self._all, [*torch._foreach_mul(moves, rate)])

    def _known(self, kept: float) -> Tensor:
        """Return the share of an average that is of slopes, and not of the 0 with which it begins."""
        return (1 - kept ** self._step.double()).to(self._rates.dtype).view(())

    def _adam(self, slopes: list[Tensor]) -> list[Tensor]:
        """Return the averages of slopes, each divided by its size."""
        torch._foreach_lerp_(self._mean, slopes, 0.1)
        torch._foreach_mul_(self._square, 0.999)
        torch._foreach_addcmul_(self._square, slopes, slopes, value=0.001)
        sizes = [*torch._foreach_sqrt(self._square)]
        torch._foreach_div_(sizes, self._known(0.999).sqrt())
        torch._foreach_add_(sizes, 1e-8)
        return [*torch._foreach_div(self._mean, sizes)]
