"""Calls of the kernel: tensors in, tensors out."""

import ctypes
import functools
import itertools
from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from analysis.training.course import Course
from analysis.training.generated import Program
from analysis.training.networks import DEEPEST, Activation, Parameters
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


class _Loss(ctypes.Structure):
    _fields_ = (
        ("prepare", Pointer),
        ("slopes", Pointer),
        ("value", Pointer),
        ("constants", Whole),
        ("memory", Whole),
        ("pulled", Whole),
    )


class _Own(ctypes.Structure):
    _fields_ = (
        ("sizes", ctypes.POINTER(Whole)),
        ("layers", Whole),
        ("activation", Whole),
        ("rows", Whole),
        ("batch", Whole),
        ("parameters", ctypes.POINTER(Pointer)),
        ("x", Pointer),
        ("beside", Whole),
        ("places", ctypes.POINTER(Whole)),
        ("count", Whole),
        ("further", Pointer),
        ("loss", ctypes.POINTER(_Loss)),
        ("data", ctypes.POINTER(Pointer)),
        ("bytes", ctypes.POINTER(Whole)),
        ("parts", Whole),
        ("memory", Pointer),
    )


LANES = 16
"""Numbers in the widest vector: parameters in one piece are whole vectors on every processor."""

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
        library.memory_of_own.restype = library.memory_of_product.restype = Whole
        library.own_opens.restype = library.own_goes.restype = library.own_closes.restype = None
        library.own_value.restype = ctypes.c_float
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

    def learner(
        self,
        network: tuple[Parameters, Float[Tensor, "sample channel"], Activation] | None,
        further: Sequence[Tensor],
        data: Sequence[Tensor],
        loss: Program,
        course: Course,
        order: Int[Tensor, "step batch"] | None,
    ) -> "Learner":
        """Return one model that learns on a loss of one's own; see `Learner`."""
        return Learner(self._library, network, further, data, loss, course, order)

    def layers(self, parameters: Parameters, rows: int) -> list[Tensor]:
        """Return hidden layers and logits of a network as a `Learner` has them, empty."""
        lanes, *hidden, classes = self.lanes, *(weight.shape[1] for weight in parameters[::2])
        units = [-(-size // lanes) * lanes for size in hidden]
        lie = [((1, rows, s), (0, u, 1)) for s, u in zip(hidden, units, strict=True)]
        lie.append(((1, rows, classes), (0, 1, rows)))
        return [torch.empty_strided(*each, dtype=torch.float32, device="cpu") for each in lie]

    def scratch(self, rows: int, columns: int, terms: int) -> int:
        """Return how many numbers a product of two matrices needs beside them."""
        return int(self._library.memory_of_product(Whole(rows), Whole(columns), Whole(terms)))

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


class Learner:
    """One model that learns step by step on a loss of one's own.

    Parameters
    ----------
    library : ctypes.CDLL
        The compiled functions.
    network : tuple of parameters, x and activation, optional
        Weight, bias, …, each contiguous with a model axis of length 1, the rows (sample, channel)
        that it learns from, and what its units are; `close` writes there what was learned.
    further : sequence of contiguous tensors
        Parameters beside it, of any shape; `close` writes there too.
    data : sequence of contiguous tensors
        Of the loss, with a model axis of length 1.
    loss : Program
        The loss as machine code.
    course : Course
        How it learns.
    order : tensor (step, batch), optional
        The rows of each step, where that are not all.
    """

    def __init__(
        self,
        library: ctypes.CDLL,
        network: tuple[Parameters, Float[Tensor, "sample channel"], Activation] | None,
        further: Sequence[Tensor],
        data: Sequence[Tensor],
        loss: Program,
        course: Course,
        order: Int[Tensor, "step batch"] | None,
    ) -> None:
        self._library, self._further = library, further
        parameters, x, activation = network or ((), torch.empty(0, 0, device="cpu"), "relu")
        if network is not None:
            _network(parameters, x, 0, activation)  # checks shapes
        if order is not None:
            _check(order, (course.optimiser.steps, course.batch), torch.int32)
        sizes = [x.shape[1], *(weight.shape[1] for weight in parameters[::2])]
        places = [0, *itertools.accumulate(each.numel() for each in further)]
        beside = -(-places[-1] // LANES) * LANES
        self._flat = _memory(beside)
        for part, place in zip(further, places, strict=False):
            self._flat[place : place + part.numel()] = part.flatten()
        self._order, self._step = order, 0
        self._settings, self._descent = _settings(course.optimiser), _Descent(0, 1.0, 1.0)
        names = ("prepare", "slopes", "value")
        functions = (ctypes.cast(getattr(loss.library, name), Pointer) for name in names)
        pulled = sum(each << i for i, each in enumerate(loss.pulled))
        code = _Loss(*functions, loss.constants, loss.memory, pulled)
        whole = [part[0].nbytes // max(1, part.shape[1] if part.dim() > 1 else 1) for part in data]
        self._own = _Own(
            (Whole * len(sizes))(*sizes),
            len(parameters) // 2,
            ACTIVATIONS.index(activation),
            course.kept,
            0 if order is None else course.batch,
            (Pointer * len(parameters))(*(each.data_ptr() for each in parameters)),
            x.data_ptr(),
            beside,
            (Whole * len(places))(*places),
            len(further),
            self._flat.data_ptr(),
            ctypes.pointer(code),
            (Pointer * len(data))(*(each.data_ptr() for each in data)),
            (Whole * len(data))(*whole),
            len(data),
        )
        memory = _memory(int(library.memory_of_own(ctypes.byref(self._own))))
        self._own.memory = memory.data_ptr()
        self._kept = parameters, x, list(data), loss, code, memory  # whose addresses it has
        library.own_opens(ctypes.byref(self._own), self._rows())

    def go(self, steps: int) -> None:
        """Take some steps."""
        self._library.own_goes(
            ctypes.byref(self._own),
            ctypes.byref(self._settings),
            ctypes.byref(self._descent),
            Whole(steps),
            self._rows(),
        )
        self._step += steps

    @property
    def loss(self) -> float:
        """The loss of the rows of the last step."""
        return float(self._library.own_value(ctypes.byref(self._own)))

    def close(self) -> None:
        """Write what was learned into the parameters."""
        self._library.own_closes(ctypes.byref(self._own))
        place = 0
        for part in self._further:
            part.copy_(self._flat[place : place + part.numel()].view(part.shape))
            place += part.numel()

    def _rows(self) -> Pointer | None:
        """Return the rows of the next step."""
        return None if self._order is None else Pointer(self._order[self._step :].data_ptr())


def _network(parameters: Parameters, x: Tensor, model: int, activation: Activation) -> _Network:
    """Check shapes; return one of many networks and its rows."""
    channels = x.shape[-1]
    _check(x, (x.shape[0], channels))
    widths, sizes, shapes = _layers(tuple([each.shape for each in parameters]), channels)
    for tensor, shape in zip(parameters, shapes, strict=True):
        _check(tensor, shape)
    models = shapes[0][0]
    if min(widths) < 1 or not 0 <= model < models or len(widths) - 2 > DEEPEST:
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
    order = course.order(model)
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
