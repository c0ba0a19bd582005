"""Networks trained on any loss of what they say and of their hidden layers, many as one program.

Layers forward and back, and the steps, are machine code; torch works out the loss and its slopes
along what the networks say, of a group of models at once.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, fx

from analysis.training.groups import Models, count, own, stacked
from analysis.training.kernel import Kernel
from analysis.training.networks import Parameters, copied, layers
from analysis.training.optimiser import Optimiser
from analysis.training.program import largest, recorded, shapes_of, specialised
from analysis.training.progress import LAYERS, trained
from analysis.training.threads import at_once, each
from venn.checks import ArgumentError

UNUSED = "has no part in what the loss returns; leave it out, or mend the loss"

SIDE_BY_SIDE, NUMBERS = 32, 2**17
"""Models whose loss is worked out at once: enough that torch's calls cost little, and no more than so
many numbers in any tensor, so that these stay in the cache."""

_FIT: dict[Hashable, int] = {}
"""How many models may be side by side, by the loss and the shapes of two of them."""

Function = Callable[..., Float[Tensor, " model"]]
"""``function(layers, further, *data)``: one value a model, of every layer's units, the logits last, of
parameters beside those of the networks, and of data."""


@dataclass(frozen=True)
class OfLayers:
    """A loss of what networks say and of their hidden layers.

    Parameters
    ----------
    function : callable
        ``function(layers, further, *data)`` returns one value a model.
    own : int
        How many of the parameters are those of the networks: weight, bias, …  The others are
        `further`, and are trained along.
    key : hashable, optional
        What the function is: those of one key call the same.
    """

    function: Function
    own: int
    key: Hashable = None

    def __call__(self, parameters: Parameters, x: Tensor, *data: Tensor) -> Float[Tensor, " model"]:
        """Return the loss of each model, whose networks see x."""
        said = layers(parameters[: self.own], x)
        return self.function(said, parameters[self.own :], *data)


def train(
    compiled: Kernel,
    loss: OfLayers,
    initial: Parameters,
    data: tuple[Models, ...],
    optimiser: Optimiser,
    checked: Callable[[Any, int], Tensor],
) -> Parameters:
    """Train networks group by group, as many groups at once as there are threads.

    Parameters
    ----------
    compiled : Kernel
        Of layers and steps.
    loss, initial, data, optimiser
        As `minimise` has them; the first of the data is what the networks see.
    checked : callable
        Returns what a loss returned for so many models, or fails.
    """
    models = count((*initial, *data))
    parameters, (x, *rest) = copied(initial), data

    def group(part: slice) -> "_Group":
        mine = tuple(tensor[part] for tensor in parameters)
        seen = [own(x, model).contiguous() for model in range(part.start, part.stop)]
        return _Group(compiled, loss, mine, seen, [stacked(each[part]) for each in rest], optimiser)

    first = group(slice(0, min(2, models)))
    if (at_most := first.known()) is None:
        each(lambda _: first.check(checked), 1)
        at_most = first.known() or 1
    number = max(-(-models // min(SIDE_BY_SIDE, at_most)), at_once())
    number = max(1, min(number, models // 2))  # no model alone, which torch may compute otherwise
    ends = [i * models // number for i in range(number + 1)]

    def descend(i: int) -> None:
        part = slice(ends[i], ends[i + 1])
        group(part).descend()
        trained(part.stop - part.start, LAYERS)

    each(descend, number)
    return parameters


class _Group:
    """Networks that descend side by side, in place."""

    def __init__(
        self,
        compiled: Kernel,
        loss: OfLayers,
        parameters: Parameters,
        x: Sequence[Tensor],
        data: Sequence[Tensor],
        optimiser: Optimiser,
    ) -> None:
        self.parameters, self.loss, self.data, self.optimiser = parameters, loss, data, optimiser
        self.models = len(x)
        self.networks = compiled.together(parameters[: loss.own], x, optimiser)
        self.further = copied(parameters[loss.own :])
        self.said = (*self.networks.hidden, self.networks.logits)

    @property
    def leaves(self) -> list[Tensor]:
        """What slopes are wanted along."""
        return [*self.said, *self.further]

    def values(self, leaves: Sequence[Tensor], data: Sequence[Tensor]) -> Tensor:
        """Return the loss of each model."""
        count = len(self.said)
        return self.loss.function(leaves[:count], tuple(leaves[count:]), *data)

    @property
    def _key(self) -> Hashable:
        return self.loss if self.loss.key is None else self.loss.key

    def record(self) -> fx.GraphModule:
        """Return the loss and its slopes as they are recorded."""
        return recorded(self.values, self._key, self.leaves, self.data)

    def known(self) -> int | None:
        """Return how many models may be side by side, if such a loss was seen before."""
        return _FIT.get((self._key, shapes_of(self.leaves), shapes_of(self.data)))

    def check(self, checked: Callable[[Any, int], Tensor]) -> None:
        """Fail if the loss does not return what a loss returns, or does not depend on a parameter."""
        self.networks.say()
        leaves = [leaf.detach().requires_grad_() for leaf in self.leaves]
        value = checked(self.values(leaves, self.data), self.models).sum()
        slopes: Any = torch.autograd.grad(value, leaves, allow_unused=True)
        count = len(self.said)
        last = max((i for i in range(count) if slopes[i] is not None), default=-1)
        own = range(2 * (last + 1), self.loss.own)  # of the layers after the last that has a part
        further = [i + self.loss.own for i, slope in enumerate(slopes[count:]) if slope is None]
        for i in (*own, *further):
            shape = tuple(self.parameters[i].shape[1:])
            raise ArgumentError(f"initial[{i}]", f"{shape} a model", UNUSED)
        fits = NUMBERS * self.models // max(1, largest(self.record()))
        _FIT[self._key, shapes_of(self.leaves), shapes_of(self.data)] = max(1, fits)

    def descend(self) -> None:
        """Take all steps; what has no value in the end diverged."""
        count = len(self.said)
        further = tuple(tensor.requires_grad_() for tensor in self.further)
        stepper = self.optimiser.build(further) if further else None
        leaves = [leaf.detach() for leaf in self.leaves]
        self.networks.say()
        program = specialised(self.record(), leaves, self.data)
        with torch.no_grad():
            for _ in range(self.optimiser.steps):
                self.networks.say()
                _, *slopes = program(*leaves)
                self.networks.learn(slopes[count - 1], slopes[: count - 1])
                if stepper is not None:
                    for parameter, slope in zip(further, slopes[count:], strict=True):
                        parameter.grad = slope
                    stepper.step()
            self.networks.close()
            self.networks.say()
            whole = program(*leaves)[0].isfinite()
        for place, mine in zip(self.parameters[self.loss.own :], further, strict=True):
            place.copy_(mine.detach())
        for place in self.parameters:
            place[~whole] = torch.nan
