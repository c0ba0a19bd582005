"""A method out of one function: the loss of a student."""

import dataclasses
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from analysis.methods.arms import TEACHER
from analysis.methods.functions import arguments_of, kind_of
from analysis.methods.method import Method, Model, Setup
from analysis.methods.network import Sees, networks, outputs_of
from analysis.methods.trials import Input, Split, Trial, batches_of
from analysis.training.groups import Models
from analysis.training.layerwise import OfLayers
from analysis.training.minimise import trajectory
from analysis.training.networks import MLP, Parameters, stack
from venn import ArgumentError, FrozenMapping, canonical
from venn.checks import instance, one_of
from venn.code import code_of


class Said(NamedTuple):
    """What one network makes of its rows.

    Parameters
    ----------
    logits : tensor (sample, class)
        Its outputs.
    hidden : tuple of tensors (sample, unit)
        Its hidden layers, after their activation, the first first; none of a linear model.
    """

    logits: Tensor
    hidden: tuple[Tensor, ...]


@dataclass(frozen=True)
class Projector:
    r"""A linear map that is trained along with a student: :math:`h \mapsto W h + b`.

    As the default of a keyword argument of a loss it is handed to the loss as something to call,
    which takes (sample, unit) of the student and returns (sample, unit) like the teacher's.

    Parameters
    ----------
    of, to : int
        Which hidden layer of the student it takes, and the size of which of the teacher it returns;
        -1 is the last.  Where a network has none, its logits.
    """

    of: int = -1
    to: int = -1


@dataclass(frozen=True, kw_only=True)
class LossMethod(Method):
    """A student is trained on a loss; `method` makes one of a function.

    Parameters
    ----------
    input : {"student", "teacher", "both"}
        What it sees.
    init_stream : str
        The stream of its initial parameters: that of all students, unless told otherwise.
    """

    input: Input = "student"
    init_stream: str = "student"

    loss: ClassVar[Callable[..., Tensor]]
    taught: ClassVar[tuple[str, ...]] = ()
    settings: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        for name in self.taught:
            instance(name, getattr(self, name), Method, "ARMS['teacher']")
        one_of("input", self.input, ("student", "teacher", "both"))

    @property
    def needs(self) -> Mapping[str, Method]:
        """Its teachers."""
        return FrozenMapping({name: getattr(self, name) for name in self.taught})

    @property
    def inputs(self) -> tuple[str, ...]:
        """What the student sees."""
        return (self.input,)

    def depends_on(self, setup: Setup, network: MLP) -> dict[str, Any]:
        """Return the loss with its settings, the network, and how it is trained."""
        return {
            "method": canonical(self),
            "network": canonical(network),
            "optimiser": canonical(setup.optimiser),
        }

    def fit(
        self, trials: Sequence[Trial], needed: Mapping[str, Sequence[Model]], setup: Setup
    ) -> Sequence[Model]:
        """Train a student a trial."""
        sees = Sees(self.input)
        network = setup.network("student", sees(trials[0].train).shape[-1])
        rows = [trial.train for trial in trials]
        taught = [_heard(needed[name], rows, setup.device) for name in self.taught]
        maps = self._maps(network, [[layer.shape[-1] for layer in each] for each in taught])
        start = stack([trial.start(self.init_stream, network) for trial in trials])
        initial = (*start, *stack([_drawn(trial, maps) for trial in trials])) if maps else start

        counts = [len(each) for each in taught]

        def loss(said: Sequence[Tensor], mapped: Parameters, y: Tensor, *heard: Tensor) -> Tensor:
            if len(y) > 1:
                return self._values(said, y, heard, mapped, counts)
            # A lone model is computed twice: its bits are those that it has in company.
            parts = [*said, *mapped, y, *heard]
            own, maps, y, *heard_twice = _cut(
                [part.expand(2, *part.shape[1:]) for part in parts], len(said), len(mapped)
            )
            return self._values(own, y, heard_twice, tuple(maps), counts)[:1]

        heard = [layer for each in taught for layer in each]
        key = self, code_of(type(self)), *counts
        data: tuple[Models, ...] = (
            [sees(each) for each in rows],
            [each.y for each in rows],
            *heard,
        )
        try:
            *path, found = trajectory(
                OfLayers(loss, len(start), key, network.activation),
                initial,
                data,
                setup.optimiser,
                batches=batches_of(trials, setup.optimiser),
                device=setup.device,
            )
        except ArgumentError as error:
            raise self._blamed(error, len(start), list(maps)) from error
        states = [state[: len(start)] for state in path]
        return networks(found[: len(start)], self.input, network.activation, states)

    def _values(
        self,
        own: Sequence[Tensor],
        y: Tensor,
        heard: Sequence[Tensor],
        mapped: Parameters,
        counts: Sequence[int],
    ) -> Tensor:
        """Return the loss of each model.

        Parameters
        ----------
        own : sequence of tensors (model, sample, unit)
            Every layer of the students, the logits last.
        y : tensor (model, sample)
            Labels.
        heard : sequence of tensors (model, sample, unit)
            Every layer of one teacher after another.
        mapped : tuple of tensors
            Weights and biases of the linear maps.
        counts : sequence of int
            How many layers each teacher has.
        """
        names = [name for name in self.settings if isinstance(getattr(self, name), Projector)]

        def one(parts: Sequence[Tensor], y: Tensor) -> Tensor:
            split = list(parts)
            said = []
            for count in (len(own), *counts):
                said.append(Said(split[count - 1], tuple(split[: count - 1])))
                split = split[count:]
            given = {name: getattr(self, name) for name in self.settings}
            pairs = zip(split[::2], split[1::2], strict=True)
            given |= {name: _Map(*pair) for name, pair in zip(names, pairs, strict=True)}
            try:
                return self._checked(type(self).loss(*said, y, **given))
            except (AttributeError, IndexError, RuntimeError) as error:
                if not isinstance(error, RuntimeError) or re.search("size|shape", str(error)):
                    error.add_note(self._told(said))
                raise

        return torch.vmap(one)((*own, *heard, *mapped), y)

    def _told(self, said: Sequence[Said]) -> str:
        """Say what the loss was given."""
        told = [
            f"{name} has logits {tuple(each.logits.shape)} and hidden "
            f"{', '.join(str(tuple(layer.shape)) for layer in each.hidden) or 'nothing'}"
            for name, each in zip(("student", *self.taught), said, strict=True)
        ]
        return f"{'; '.join(told)}; a Projector() as a setting's default maps one size to another"

    def _blamed(self, error: ArgumentError, own: int, maps: Sequence[str]) -> ArgumentError:
        """Return an error of `minimise` in the words of the loss, of whose parameters some are `own`."""
        name, (argument, _, number) = type(self).__name__, error.argument.partition("[")
        if argument == "loss(…)":
            allowed = "must depend on student.logits or student.hidden"
            return ArgumentError(f"{name}(…)", "a value without a gradient", allowed)
        if argument != "initial":
            return error
        place = int(number.removesuffix("]"))
        if place >= own:
            setting = maps[(place - own) // 2]
            return ArgumentError(f"{name}.{setting}", getattr(self, setting), error.allowed)
        unused = f"layer {place // 2 + 1} of {own // 2}"
        allowed = "of the student has no part in the loss; let it use student.logits"
        return ArgumentError(f"{name}(…)", unused, allowed)

    def _checked(self, value: Any) -> Tensor:
        """Return what the loss gave, or fail if it is not one number."""
        if not isinstance(value, Tensor) or value.dim() > 0 or not value.is_floating_point():
            given = f"{tuple(value.shape)}, {value.dtype}" if isinstance(value, Tensor) else value
            allowed = (
                "must return one value, a tensor of floats without axes: the mean over the rows of "
                "one model, which it is called with"
            )
            raise ArgumentError(f"{type(self).__name__}(…)", given, allowed)
        return value

    def _maps(self, network: MLP, taught: Sequence[Sequence[int]]) -> dict[str, tuple[int, int]]:
        """Return what the loss wants trained along: names, and the sizes from and to."""
        own = [size for _, size in network.layers]
        sizes = {}
        for name in self.settings:
            asked = getattr(self, name)
            if isinstance(asked, Projector):
                theirs = taught[0] if taught else own
                hidden, other = own[:-1] or own, list(theirs[:-1]) or list(theirs)
                try:
                    sizes[name] = hidden[asked.of], other[asked.to]
                except IndexError:
                    allowed = f"is of layers that are not there: {len(hidden)} and {len(other)} are"
                    raise ArgumentError(f"{type(self).__name__}.{name}", asked, allowed) from None
        return sizes


def method(function: Callable[..., Tensor]) -> Any:  # a type[LossMethod] with fields of its own
    """Make a method of a loss.

    Parameters
    ----------
    function : callable
        ``loss(student, teacher, y, *, setting=default, …)`` returns the loss of one student, a
        tensor without axes.  It is called for one model at a time and run for many at once.  Of
        `student` and `teacher` it gets the `Said`, of the rows that the student learns from, and
        their labels as (sample,).  ``teacher`` may be left out, or be several arguments; each is a
        field of the method, which takes any other method.  Keyword arguments are fields too.

    Returns
    -------
    type
        A kind of method, of the function's name: call it with settings, or without.

    Raises
    ------
    ArgumentError
        If the function's arguments are others.

    Examples
    --------
    >>> from torch.nn.functional import cross_entropy, mse_loss
    >>> @method
    ... def logits_apart(student, teacher, y, *, weight=1.0):
    ...     apart = mse_loss(student.logits, teacher.logits)
    ...     return cross_entropy(student.logits, y) + weight * apart
    >>> logits_apart(weight=2.0).weight
    2.0
    """
    (_, *taught, _), settings = arguments_of(
        function,
        lambda asked: asked[:1] == ["student"] and asked[-1:] == ["y"],
        "must take (student, teacher, y, *, setting=default, …); teacher may be left out",
    )
    fields: list[Any] = []
    for each in taught:
        usual = {"default": TEACHER} if each == "teacher" else {}
        fields.append((each, Method, dataclasses.field(**usual, kw_only=True)))  # type: ignore[call-overload]  # with or without one
    constants = {"loss": staticmethod(function), "taught": (*taught,), "settings": (*settings,)}
    words = {each.name for each in dataclasses.fields(LossMethod)} | {*dir(LossMethod)}
    return kind_of(function, LossMethod, constants, settings, words, fields)


@dataclass(frozen=True)
class _Map:
    """A linear map of rows."""

    weight: Tensor
    bias: Tensor

    def __call__(self, rows: Tensor) -> Tensor:
        return rows @ self.weight.T + self.bias.T


def _cut(parts: Sequence[Tensor], *counts: int) -> list[Any]:
    """Return the first parts together, the next together, and then the others one by one."""
    found: list[Any] = []
    for count in counts:
        found.append(parts[:count])
        parts = parts[count:]
    return [*found, *parts]


def _heard(
    models: Sequence[Model], rows: Sequence[Split], device: str
) -> list[Float[Tensor, "model sample unit"]]:
    """Return hidden layers and logits of each trial's teacher on its rows."""
    hidden = zip(*(model.hidden(own) for model, own in zip(models, rows, strict=True)), strict=True)
    return [torch.cat(layer).contiguous() for layer in hidden] + [outputs_of(models, rows, device)]


def _drawn(trial: Trial, maps: Mapping[str, tuple[int, int]]) -> Parameters:
    """Draw where the maps of a trial start, each from a stream of its own."""
    parameters: list[Tensor] = []
    for name, (fan_in, fan_out) in maps.items():
        bound, generator = 1 / math.sqrt(fan_in), trial.stream("map", name)
        for shape in ((1, fan_out, fan_in), (1, fan_out, 1)):
            drawn = generator.uniform(-bound, bound, shape)
            parameters.append(torch.from_numpy(drawn.astype("float32")))
    return tuple(parameters)
