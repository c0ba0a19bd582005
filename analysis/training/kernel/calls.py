"""Calls of the kernel: tensors in, tensors out."""

import ctypes
import functools
from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from analysis.training.course import Course
from analysis.training.groups import own
from analysis.training.networks import Activation, Parameters
from analysis.training.objectives import LogitGradient
from analysis.training.optimiser import Optimiser, OptimiserName

Whole = ctypes.c_longlong
Pointer = ctypes.c_void_p


class _Settings(ctypes.Structure):
    _fields_ = (
        ("rates", Pointer),
        ("weight_decay", ctypes.c_double),
        ("momentum", ctypes.c_double),
        ("clip", ctypes.c_double),
        ("label_weight", ctypes.c_double),
        ("teacher_weight", ctypes.c_double),
        ("temperature", ctypes.c_double),
        ("agreement", ctypes.c_double),
        ("steps", Whole),
        ("rule", Whole),
        ("flat", Whole),
    )


class _Course(ctypes.Structure):
    _fields_ = (
        ("order", Pointer),
        ("rows", Whole),
        ("batch", Whole),
        ("held", Whole),
        ("every", Whole),
        ("patience", Whole),
        ("stops", Pointer),
        ("count", Whole),
    )


class _Descent(ctypes.Structure):
    _fields_ = (("step", Whole), ("unseen", ctypes.c_double), ("unsquared", ctypes.c_double))


class _Network(ctypes.Structure):
    _fields_ = (
        ("sizes", ctypes.POINTER(Whole)),
        ("layers", Whole),
        ("activation", Whole),
        ("parameters", ctypes.POINTER(Pointer)),
        ("x", Pointer),
    )


class _Group(ctypes.Structure):
    _fields_ = (
        ("sizes", ctypes.POINTER(Whole)),
        ("layers", Whole),
        ("activation", Whole),
        ("models", Whole),
        ("rows", Whole),
        ("batch", Whole),
        ("beside", Whole),
        ("parameters", ctypes.POINTER(Pointer)),
        ("x", ctypes.POINTER(Pointer)),
        ("hidden", ctypes.POINTER(Pointer)),
        ("bend", ctypes.POINTER(Pointer)),
        ("logits", Pointer),
        ("pull", ctypes.POINTER(Pointer)),
        ("slope", Pointer),
        ("further", Pointer),
        ("along", Pointer),
        ("memory", Pointer),
    )


class _Matrices(ctypes.Structure):
    _fields_ = (("at", Pointer), ("model", Whole), ("row", Whole), ("column", Whole))


class _Products(ctypes.Structure):
    _fields_ = (
        ("models", Whole),
        ("rows", Whole),
        ("columns", Whole),
        ("terms", Whole),
        ("a", _Matrices),
        ("b", _Matrices),
        ("c", Pointer),
        ("memory", Pointer),
    )


ACTIVATIONS: tuple[Activation, ...] = ("relu", "tanh", "gelu")
RULES: dict[OptimiserName, int] = {"sgd": 0, "momentum": 0, "adam": 1, "adamw": 2}
"""As the kernel numbers them."""


class Kernel:
    """The compiled functions; each call has one network, or a pair, and lets other threads run.

    Parameters
    ----------
    library : ctypes.CDLL
        ``kernel.cpp``, compiled.
    """

    def __init__(self, library: ctypes.CDLL) -> None:
        library.memory_to_train.restype = library.memory_to_predict.restype = Whole
        library.lanes.restype = Whole
        library.train.restype = library.train_pair.restype = library.predict.restype = None
        library.memory_of_group.restype = library.memory_of_products.restype = Whole
        library.products.restype = None
        library.group_opens.restype = library.group_says.restype = None
        library.group_draws.restype = library.group_learns.restype = None
        library.group_closes.restype = None
        self._library = library

    @property
    def lanes(self) -> int:
        """Numbers in a vector: 16 with AVX-512, 8 with AVX, else 4."""
        return int(self._library.lanes())

    def train(
        self,
        parameters: Parameters,
        x: Float[Tensor, "sample channel"],
        gradient: LogitGradient,
        model: int,
        course: Course,
        activation: Activation,
        found: Sequence[Parameters],
    ) -> None:
        """Train one of many networks on its rows.

        Parameters
        ----------
        parameters : tuple of contiguous tensors, each with a leading model axis
            Weight, bias, … of where they start.
        x : tensor (sample, channel)
            What that network sees.
        gradient : LogitGradient
            Of the losses of all of them.
        model : int
            Which.
        course : Course
            How it is trained, on which of its rows.
        activation : {"relu", "tanh", "gelu"}
            Of its hidden units.
        found : sequence of such parameters
            Where it is written at each of `Optimiser.stops`.
        """
        network = _network(parameters, x, model, activation)
        models, classes, _ = parameters[-1].shape
        rows = x.shape[0]
        _check(gradient.target, (models, rows, classes))
        task = _course(course, rows, model, course.optimiser.stops)
        memory = _memory(self._library.memory_to_train(ctypes.byref(network), ctypes.byref(task)))
        self._library.train(
            ctypes.byref(network),
            Pointer(gradient.target[model].data_ptr()),
            ctypes.byref(task),
            ctypes.byref(_settings(course.optimiser, *_loss(gradient))),
            _written(found, parameters, model),
            Pointer(memory.data_ptr()),
        )

    def train_pair(
        self,
        pair: tuple[Parameters, Parameters],
        x: tuple[Float[Tensor, "sample _"], Float[Tensor, "sample _"]],
        gradient: LogitGradient,
        agreement: float,
        model: int,
        course: Course,
        activation: Activation,
        found: tuple[Parameters, Parameters],
    ) -> None:
        r"""Train one of many pairs of networks on its rows.

        The loss is the sum of their own and of `agreement` times the mean over samples and classes
        of the squared difference of their logits, whose slope along a logit a is
        :math:`2 \lambda (a - b) / (n k)`.

        Parameters
        ----------
        pair : tuple of two tuples of contiguous tensors, each with a leading model axis
            Weight, bias, … of where the first networks of all pairs start, and the second ones.
        x : tuple of two tensors (sample, channel)
            What the two networks see.
        gradient : LogitGradient
            Of the losses that both networks of each pair have of their own.
        agreement : float
            :math:`\lambda`.
        model : int
            Which.
        course : Course
            How they are trained, on which of their rows.
        activation : {"relu", "tanh", "gelu"}
            Of their hidden units.
        found : tuple of two such parameters
            Where they are written after the last step.
        """
        task = _course(course, len(x[0]), model, course.optimiser.stops[-1:])
        needed, networks = 0, []
        for parameters, seen in zip(pair, x, strict=True):
            network = _network(parameters, seen, model, activation)
            _check(gradient.target, (len(parameters[-1]), len(seen), parameters[-1].shape[1]))
            needed += self._library.memory_to_train(ctypes.byref(network), ctypes.byref(task))
            networks.append(network)
        memory = _memory(needed)
        self._library.train_pair(
            *map(ctypes.byref, networks),
            Pointer(gradient.target[model].data_ptr()),
            ctypes.byref(task),
            ctypes.byref(_settings(course.optimiser, *_loss(gradient), agreement)),
            *(_written([after], start, model) for after, start in zip(found, pair, strict=True)),
            Pointer(memory.data_ptr()),
        )

    def together(
        self,
        parameters: Parameters,
        further: Sequence[Tensor],
        x: Sequence[Float[Tensor, "sample channel"]],
        course: Course,
        activation: Activation,
    ) -> "Together":
        """Return networks of one shape that learn step by step; see `Together`."""
        return Together(self._library, self.lanes, parameters, further, x, course, activation)

    def multiply(
        self, a: Float[Tensor, "model row term"], b: Float[Tensor, "model term column"]
    ) -> Float[Tensor, "model row column"]:
        """Return the product of each model's matrices, which may lie in any way."""
        (models, rows, terms), columns = a.shape, b.shape[2]
        for tensor, shape in ((a, (models, rows, terms)), (b, (models, terms, columns))):
            if tensor.shape != shape or not tensor.is_cpu or tensor.dtype != torch.float32:
                given = f"{tuple(tensor.shape)} {tensor.dtype}, {tensor.device}"
                raise ValueError(f"a tensor is {given} where float32 {shape} is needed")
        found = torch.empty((models, rows, columns), dtype=torch.float32, device="cpu")
        matrices = (_Matrices(each.data_ptr(), *each.stride()) for each in (a, b))
        task = _Products(models, rows, columns, terms, *matrices, found.data_ptr())
        memory = _memory(self._library.memory_of_products(ctypes.byref(task)))
        task.memory = memory.data_ptr()
        self._library.products(ctypes.byref(task))
        return found

    def predict(
        self,
        parameters: Parameters,
        x: Float[Tensor, "sample channel"],
        model: int,
        activation: Activation,
        logits: Float[Tensor, "sample class_"],
    ) -> None:
        """Write what one of many networks says of rows into `logits`."""
        network, rows = _network(parameters, x, model, activation), Whole(x.shape[0])
        _check(logits, (x.shape[0], parameters[-1].shape[1]))
        memory = _memory(self._library.memory_to_predict(ctypes.byref(network), rows))
        self._library.predict(
            ctypes.byref(network), rows, Pointer(logits.data_ptr()), Pointer(memory.data_ptr())
        )


class Together:
    """Networks of one shape that learn step by step, on slopes which somebody else works out.

    Parameters
    ----------
    library : ctypes.CDLL
        The compiled functions.
    lanes : int
        Numbers in a vector.
    parameters : tuple of contiguous tensors, each with a leading model axis
        Weight, bias, …; `close` writes what was learned there.
    further : sequence of tensors, each with a leading model axis
        Parameters beside them, which are trained along.
    x : sequence of tensors (sample, channel)
        The rows that each learns from, contiguous.
    course : Course
        How they learn; with batches, `draw` tells the rows of each step.
    activation : {"relu", "tanh", "gelu"}
        Of their hidden units.

    Attributes
    ----------
    logits : tensor (model, sample, class)
        What they say, after `say`; the samples are innermost in memory.
    hidden : tuple of tensors (model, sample, unit)
        Their hidden layers.
    further : tuple of tensors
        The parameters beside them, as they are now.
    """

    def __init__(
        self,
        library: ctypes.CDLL,
        lanes: int,
        parameters: Parameters,
        further: Sequence[Tensor],
        x: Sequence[Float[Tensor, "sample channel"]],
        course: Course,
        activation: Activation,
    ) -> None:
        self._library = library
        for model, seen in enumerate(x):
            _network(parameters, seen, model, activation)  # checks shapes
        models, rows = len(x), course.batch
        sizes = [x[0].shape[1], *(weight.shape[1] for weight in parameters[::2])]
        self._units = [-(-size // lanes) * lanes for size in sizes[1:-1]]
        said = _memory(models * sizes[-1] * rows).view(models, sizes[-1], rows)
        held, bends = (
            [
                _memory(models * (rows + lanes) * units).view(models, rows + lanes, units)
                for units in self._units
                if wanted
            ]
            for wanted in (True, activation != "relu")
        )
        self.logits = said.mT
        self.hidden = tuple(
            layer[:, :rows, :size] for layer, size in zip(held, sizes[1:-1], strict=True)
        )
        beside = sum(each[0].numel() for each in further)
        flat, self._along = (
            _memory(models * -(-beside // lanes) * lanes).view(models, -1) for _ in range(2)
        )
        self.further = tuple(
            part.unflatten(1, each.shape[1:]).copy_(each)  # type: ignore[no-untyped-call]
            for part, each in zip(_parts(flat, further), further, strict=True)
        )
        self._settings, self._descent = _settings(course.optimiser), _Descent(0, 1.0, 1.0)
        self._group = _Group(
            (Whole * len(sizes))(*sizes),
            len(sizes) - 1,
            ACTIVATIONS.index(activation),
            models,
            len(x[0]),
            0 if course.batches is None else rows,
            flat.shape[1],
            (Pointer * len(parameters))(*(each.data_ptr() for each in parameters)),
            (Pointer * models)(*(each.data_ptr() for each in x)),
            (Pointer * len(held))(*(each.data_ptr() for each in held)),
            (Pointer * len(held))(*(each.data_ptr() for each in bends)),
            said.data_ptr(),
        )
        self._group.further, self._group.along = flat.data_ptr(), self._along.data_ptr()
        memory = _memory(self._call("memory_of_group"))
        self._group.memory = memory.data_ptr()
        # Whose addresses the group has.
        self._kept = parameters, list(x), held, bends, said, flat, memory
        self._call("group_opens")

    def draw(self, which: Int[Tensor, "model batch"]) -> None:
        """Turn to some rows of each."""
        _check(which, (self._group.models, self._group.batch), torch.int32)
        self._library.group_draws(ctypes.byref(self._group), Pointer(which.data_ptr()))

    def say(self) -> None:
        """Work out logits and hidden layers."""
        self._call("group_says")

    def learn(
        self,
        slope: Float[Tensor, "model sample class_"] | None,
        pulls: Sequence[Float[Tensor, "model sample unit"] | None],
        along: Sequence[Tensor],
    ) -> None:
        """Take a step down the slopes of losses along what was said last.

        Parameters
        ----------
        slope : tensor (model, sample, class), optional
            Along the logits; none is 0.
        pulls : sequence of tensors (model, sample, unit)
            Along each hidden layer; None where the loss has no part in it.
        along : sequence of tensors
            Along each of the parameters beside the networks.
        """
        flat = torch.zeros_like(self.logits).mT if slope is None else slope.mT
        flat = flat.to(torch.float32).contiguous()
        _check(flat, tuple(self.logits.mT.shape))
        whole = [
            None if pull is None else _padded(pull, units)
            for pull, units in zip(pulls, self._units, strict=True)
        ]
        self._group.slope = flat.data_ptr()
        self._group.pull = (Pointer * len(whole))(
            *(None if pull is None else pull.data_ptr() for pull in whole)
        )
        for place, each in zip(_parts(self._along, along), along, strict=True):
            place.copy_(each.flatten(1))
        self._library.group_learns(
            ctypes.byref(self._group), ctypes.byref(self._settings), ctypes.byref(self._descent)
        )

    def close(self) -> None:
        """Write what was learned into the parameters."""
        self._call("group_closes")

    def _call(self, name: str) -> int:
        return int(getattr(self._library, name)(ctypes.byref(self._group)) or 0)


def _parts(flat: Tensor, like: Sequence[Tensor]) -> list[Tensor]:
    """Return the numbers of each of some tensors, which lie one after another for each model."""
    sizes = [each[0].numel() for each in like]
    return list(torch.split(flat[:, : sum(sizes)], sizes, 1)) if sizes else []


def _padded(pull: Tensor, units: int) -> Tensor:
    """Return slopes in whole vectors of units, one row after another."""
    if pull.shape[2] == units:
        return pull.contiguous()
    found = torch.zeros((*pull.shape[:2], units), dtype=torch.float32, device="cpu")
    found[..., : pull.shape[2]] = pull
    return found


def _network(parameters: Parameters, x: Tensor, model: int, activation: Activation) -> _Network:
    """Check shapes; return one of many networks and its rows."""
    channels = x.shape[-1]
    _check(x, (x.shape[0], channels))
    widths, sizes, shapes = _layers(tuple([each.shape for each in parameters]), channels)
    for tensor, shape in zip(parameters, shapes, strict=True):
        _check(tensor, shape)
    models = shapes[0][0]
    if min(widths) < 1 or not 0 <= model < models:
        raise ValueError(f"there is no network {model} among {models} of layers {widths}")
    return _Network(
        sizes,
        len(widths) - 1,
        ACTIVATIONS.index(activation),
        _places(parameters, model),
        x.data_ptr(),
    )


@functools.lru_cache(maxsize=256)
def _layers(
    shapes: tuple[tuple[int, ...], ...], channels: int
) -> tuple[list[int], ctypes.Array[Whole], list[tuple[int, ...]]]:
    """Return the widths of layers that parameters of some shapes have, and the shapes that they need."""
    models, widths, needed = shapes[0][0], [channels], list[tuple[int, ...]]()
    for weight, _ in zip(shapes[::2], shapes[1::2], strict=True):
        widths.append(weight[1])
        needed += [(models, widths[-1], widths[-2]), (models, widths[-1], 1)]
    return widths, (Whole * len(widths))(*widths), needed


def _places(parameters: Sequence[Tensor], model: int) -> ctypes.Array[Pointer]:
    """Return where the parameters of one of many networks are."""
    places = [each.data_ptr() + model * (each.nbytes // each.shape[0]) for each in parameters]
    return (Pointer * len(places))(*places)


def _course(course: Course, rows: int, model: int, stops: tuple[int, ...]) -> _Course:
    how, kept = course.optimiser, course.kept
    order = None if course.batches is None else own(course.batches, model).int().contiguous()
    if order is not None:
        _check(order, (how.steps, course.batch), torch.int32)
    if rows != course.rows:
        raise ValueError(f"there are {rows} rows, where the course is one of {course.rows}")
    found = _Course(
        None if order is None else order.data_ptr(),
        kept,
        course.batch,
        rows - kept,
        how.validate_every,
        how.patience,
        _whole(stops),
        len(stops),
    )
    found.order_kept = order  # whose address it has
    return found


@functools.lru_cache(maxsize=64)
def _whole(numbers: tuple[int, ...]) -> Pointer:
    """Return whole numbers for machine code, which changes nothing of them."""
    return ctypes.cast((Whole * len(numbers))(*numbers), Pointer)


@functools.lru_cache(maxsize=64)
def _settings(
    optimiser: Optimiser,
    label_weight: float = 0.0,
    teacher_weight: float = 0.0,
    temperature: float = 1.0,
    flat: bool = False,  # of a gradient
    agreement: float = 0.0,
) -> _Settings:
    """Return how networks learn, for machine code, which changes nothing of it."""
    rates = (ctypes.c_double * optimiser.steps)(*optimiser.rates)
    return _Settings(
        ctypes.cast(rates, Pointer),
        optimiser.decay,
        optimiser.momentum,
        optimiser.clip,
        label_weight,
        teacher_weight,
        temperature,
        agreement,
        optimiser.steps,
        RULES[optimiser.name],
        flat,
    )


def _loss(gradient: LogitGradient) -> tuple[float, float, float, bool]:
    """Return what machine code needs to know of a loss, but for the targets."""
    given = gradient.label_weight, gradient.teacher_weight, gradient.temperature
    return *given, gradient.flat


def _written(found: Sequence[Parameters], start: Parameters, model: int) -> ctypes.Array[Pointer]:
    """Return where a network is written at each stop."""
    for stop in found:
        for part, before in zip(stop, start, strict=True):
            _check(part, before.shape)
    return _places([part for stop in found for part in stop], model)


def _memory(numbers: int) -> Tensor:
    """Return room for numbers of machine code, whatever torch makes by default."""
    return torch.zeros(numbers, dtype=torch.float32, device="cpu")


def _check(tensor: Tensor, shape: tuple[int, ...], kind: torch.dtype = torch.float32) -> None:
    """Fail if machine code would read beyond a tensor, or something else in it."""
    plain = tensor.is_cpu and tensor.dtype is kind and tensor.is_contiguous()
    if tensor.shape != shape or not plain:
        found = f"{tuple(tensor.shape)} {tensor.dtype}, strides {tensor.stride()}, {tensor.device}"
        needed = f"contiguous {str(kind).removeprefix('torch.')} {tuple(shape)}"
        raise ValueError(f"a tensor is {found} where {needed} is needed")
