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

from analysis.training.course import Course, picked, undefined
from analysis.training.groups import Models, count, own, stacked
from analysis.training.kernel import Kernel
from analysis.training.networks import Activation, Parameters, copied, layers
from analysis.training.program import largest, recorded, shapes_of, specialised
from analysis.training.progress import LAYERS, trained
from analysis.training.threads import at_once, each
from venn.checks import ArgumentError

UNUSED = "has no part in what the loss returns; leave it out, or mend the loss"

SIDE_BY_SIDE, NUMBERS = 32, 2**18
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
    activation : {"relu", "tanh", "gelu"}
        Of the networks.
    """

    function: Function
    own: int
    key: Hashable = None
    activation: Activation = "relu"

    def __call__(self, parameters: Parameters, x: Tensor, *data: Tensor) -> Float[Tensor, " model"]:
        """Return the loss of each model, whose networks see x."""
        said = layers(parameters[: self.own], x, self.activation)
        return self.function(said, parameters[self.own :], *data)


def train(
    compiled: Kernel,
    loss: OfLayers,
    initial: Parameters,
    data: tuple[Models, ...],
    task: Course,
    checked: Callable[[Any, int], Tensor],
) -> tuple[Parameters, ...]:
    """Train networks group by group, as many groups at once as there are threads.

    Parameters
    ----------
    compiled : Kernel
        Of layers and steps.
    loss, initial, data
        As `trajectory` has them; the first of the data is what the networks see.
    task : Course
        The course of the training.
    checked : callable
        Returns what a loss returned for so many models, or fails.
    """
    models = count((*initial, *data))

    def group(part: slice) -> "_Group":
        return _Group(compiled, loss, initial, data, task, part)

    first = group(slice(0, min(2, models)))
    if (at_most := first.known()) is None:
        each(lambda _: first.check(checked), 1)
        at_most = first.known() or 1
    number = max(-(-models // min(SIDE_BY_SIDE, at_most)), at_once())
    number = max(1, min(number, models // 2))  # no model alone, which torch may compute otherwise
    ends = [i * models // number for i in range(number + 1)]

    def descend(i: int) -> Sequence[Parameters]:
        part = slice(ends[i], ends[i + 1])
        found = group(part).descend()
        trained(part.stop - part.start, LAYERS)
        return found

    done = each(descend, number)
    return tuple(
        tuple(torch.cat(tensors) for tensors in zip(*stop, strict=True))
        for stop in zip(*done, strict=True)
    )


class _Group:
    """Networks that descend side by side."""

    def __init__(
        self,
        compiled: Kernel,
        loss: OfLayers,
        initial: Parameters,
        data: tuple[Models, ...],
        task: Course,
        part: slice,
    ) -> None:
        self.loss, self.task, self.models = loss, task, part.stop - part.start
        self.parameters = copied(tuple(tensor[part] for tensor in initial))
        x, *rest = data
        self.x = [own(x, model) for model in range(part.start, part.stop)]
        self.rest = [stacked(each[part]) for each in rest]
        self.learned = self.data = [task.learned(each) for each in self.rest]
        self.order = None if task.batches is None else stacked(task.batches[part]).int()
        seen = [each[: task.kept].contiguous() for each in self.x]
        self.networks = compiled.together(
            self.parameters[: loss.own], self.parameters[loss.own :], seen, task, loss.activation
        )
        self.multiply = compiled.multiply
        self.said = (*self.networks.hidden, self.networks.logits)
        self.step = 0
        self.draw()

    def close(self) -> None:
        """Write down where the models are."""
        self.networks.close()
        further = self.parameters[self.loss.own :]
        for place, now in zip(further, self.networks.further, strict=True):
            place.copy_(now)

    def draw(self) -> None:
        """Turn to the rows of the next step."""
        if self.order is not None:
            which = self.order[:, self.step].contiguous()
            self.networks.draw(which)
            self.data = [picked(each, which) for each in self.learned]

    @property
    def leaves(self) -> list[Tensor]:
        """What slopes are wanted along."""
        return [*self.said, *self.networks.further]

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

    def descend(self) -> Sequence[Parameters]:
        """Take all steps and return where they are at each stop; what has no value diverged."""
        leaves = [leaf.detach() for leaf in self.leaves]
        self.networks.say()
        fixed = self.order is None
        varying = leaves if fixed else [*leaves, *self.data]
        program = specialised(self.record(), varying, self.data if fixed else (), self.multiply)

        def given() -> list[Tensor]:
            return leaves if fixed else [*leaves, *self.data]

        def on(steps: int) -> None:
            count = len(self.said)
            for _ in range(steps):
                self.draw()
                self.networks.say()
                _, *slopes = program(*given())
                self.networks.learn(slopes[count - 1], slopes[: count - 1], slopes[count:])
                self.step += 1

        def now() -> Parameters:
            self.close()
            self.networks.say()
            return undefined(self.parameters, program(*given())[0])

        def judged() -> Tensor:
            return self.loss(
                self.parameters, *map(self.task.held, (torch.stack(self.x), *self.rest))
            )

        with torch.no_grad():
            return self.task.go(on, now, judged)
