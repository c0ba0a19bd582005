"""Calls of the kernel: tensors in, tensors out."""

import ctypes
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from analysis.training.networks import Parameters
from analysis.training.objectives import LogitGradient
from analysis.training.optimiser import Optimiser

Whole = ctypes.c_longlong
Pointer = ctypes.c_void_p


class _Settings(ctypes.Structure):
    _fields_ = (
        ("learning_rate", ctypes.c_double),
        ("weight_decay", ctypes.c_double),
        ("momentum", ctypes.c_double),
        ("label_weight", ctypes.c_double),
        ("teacher_weight", ctypes.c_double),
        ("temperature", ctypes.c_double),
        ("agreement", ctypes.c_double),
        ("steps", Whole),
        ("adam", Whole),
        ("flat", Whole),
    )


class _Network(ctypes.Structure):
    _fields_ = (
        ("sizes", ctypes.POINTER(Whole)),
        ("layers", Whole),
        ("parameters", ctypes.POINTER(Pointer)),
        ("x", Pointer),
    )


class _Group(ctypes.Structure):
    _fields_ = (
        ("sizes", ctypes.POINTER(Whole)),
        ("layers", Whole),
        ("models", Whole),
        ("rows", Whole),
        ("parameters", ctypes.POINTER(Pointer)),
        ("x", ctypes.POINTER(Pointer)),
        ("hidden", ctypes.POINTER(Pointer)),
        ("logits", Pointer),
        ("pull", ctypes.POINTER(Pointer)),
        ("slope", Pointer),
        ("memory", Pointer),
    )


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
        library.memory_of_group.restype = Whole
        library.group_opens.restype = library.group_says.restype = None
        library.group_learns.restype = library.group_closes.restype = None
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
        optimiser: Optimiser,
    ) -> None:
        """Train one of many networks on its rows; its parameters are changed.

        Parameters
        ----------
        parameters : tuple of contiguous tensors, each with a leading model axis
            Weight, bias, …
        x : tensor (sample, channel)
            What that network sees.
        gradient : LogitGradient
            Of the losses of all of them.
        model : int
            Which.
        optimiser : Optimiser
            How it is trained.
        """
        network, rows = _network(parameters, x, model), Whole(len(x))
        _check(gradient.target, (len(parameters[-1]), len(x), parameters[-1].shape[1]))
        memory = _memory(self._library.memory_to_train(ctypes.byref(network), rows))
        self._library.train(
            ctypes.byref(network),
            Pointer(gradient.target[model].data_ptr()),
            rows,
            ctypes.byref(_settings(gradient, optimiser)),
            Pointer(memory.data_ptr()),
        )

    def train_pair(
        self,
        pair: tuple[Parameters, Parameters],
        x: tuple[Float[Tensor, "sample _"], Float[Tensor, "sample _"]],
        gradient: LogitGradient,
        agreement: float,
        model: int,
        optimiser: Optimiser,
    ) -> None:
        r"""Train one of many pairs of networks on its rows; their parameters are changed.

        The loss is the sum of their own and of `agreement` times the mean over samples and classes
        of the squared difference of their logits, whose slope along a logit a is
        :math:`2 \lambda (a - b) / (n k)`.

        Parameters
        ----------
        pair : tuple of two tuples of contiguous tensors, each with a leading model axis
            Weight, bias, … of the first networks of all pairs, and of the second ones.
        x : tuple of two tensors (sample, channel)
            What the two networks see.
        gradient : LogitGradient
            Of the losses that both networks of each pair have of their own.
        agreement : float
            :math:`\lambda`.
        model : int
            Which.
        optimiser : Optimiser
            How they are trained.
        """
        rows, needed, networks = Whole(len(x[0])), 0, []
        for parameters, seen in zip(pair, x, strict=True):
            network = _network(parameters, seen, model)
            _check(gradient.target, (len(parameters[-1]), len(seen), parameters[-1].shape[1]))
            needed += self._library.memory_to_train(ctypes.byref(network), rows)
            networks.append(network)
        memory = _memory(needed)
        self._library.train_pair(
            *map(ctypes.byref, networks),
            Pointer(gradient.target[model].data_ptr()),
            rows,
            ctypes.byref(_settings(gradient, optimiser, agreement)),
            Pointer(memory.data_ptr()),
        )

    def together(
        self,
        parameters: Parameters,
        x: Sequence[Float[Tensor, "sample channel"]],
        optimiser: Optimiser,
    ) -> "Together":
        """Return networks of one shape that learn step by step; see `Together`."""
        return Together(self._library, self.lanes, parameters, x, optimiser)

    def predict(
        self,
        parameters: Parameters,
        x: Float[Tensor, "sample channel"],
        model: int,
        logits: Float[Tensor, "sample class_"],
    ) -> None:
        """Write what one of many networks says of rows into `logits`."""
        network, rows = _network(parameters, x, model), Whole(len(x))
        _check(logits, (len(x), parameters[-1].shape[1]))
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
    x : sequence of tensors (sample, channel)
        What each sees, contiguous.
    optimiser : Optimiser
        How they learn.

    Attributes
    ----------
    logits : tensor (model, sample, class)
        What they say, after `say`; the samples are innermost in memory.
    hidden : tuple of tensors (model, sample, unit)
        Their hidden layers.
    """

    def __init__(
        self,
        library: ctypes.CDLL,
        lanes: int,
        parameters: Parameters,
        x: Sequence[Float[Tensor, "sample channel"]],
        optimiser: Optimiser,
    ) -> None:
        self._library = library
        for model, own in enumerate(x):
            _network(parameters, own, model)  # checks shapes
        models, rows = len(x), len(x[0])
        sizes = [x[0].shape[1], *(weight.shape[1] for weight in parameters[::2])]
        self._units = [-(-size // lanes) * lanes for size in sizes[1:-1]]
        said = _memory(models * sizes[-1] * rows).view(models, sizes[-1], rows)
        held = [
            _memory(models * (rows + lanes) * units).view(models, rows + lanes, units)
            for units in self._units
        ]
        self.logits = said.mT
        self.hidden = tuple(
            layer[:, :rows, :size] for layer, size in zip(held, sizes[1:-1], strict=True)
        )
        self._settings = _Settings(
            optimiser.learning_rate,
            optimiser.decay,
            optimiser.momentum,
            *(0.0, 0.0, 1.0, 0.0),
            optimiser.steps,
            optimiser.name == "adam",
            False,  # a field of a structure
        )
        self._unseen = self._unsquared = 1.0
        self._group = _Group(
            (Whole * len(sizes))(*sizes),
            len(sizes) - 1,
            models,
            rows,
            (Pointer * len(parameters))(*(each.data_ptr() for each in parameters)),
            (Pointer * models)(*(each.data_ptr() for each in x)),
            (Pointer * len(held))(*(each.data_ptr() for each in held)),
            said.data_ptr(),
        )
        memory = _memory(self._call("memory_of_group"))
        self._group.memory = memory.data_ptr()
        self._kept = parameters, list(x), held, said, memory  # whose addresses the group has
        self._call("group_opens")

    def say(self) -> None:
        """Work out logits and hidden layers."""
        self._call("group_says")

    def learn(
        self,
        slope: Float[Tensor, "model sample class_"] | None,
        pulls: Sequence[Float[Tensor, "model sample unit"] | None],
    ) -> None:
        """Take a step down the slopes of losses along what was said last.

        Parameters
        ----------
        slope : tensor (model, sample, class), optional
            Along the logits; none is 0.
        pulls : sequence of tensors (model, sample, unit)
            Along each hidden layer; None where the loss has no part in it.
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
        self._unseen, self._unsquared = self._unseen * 0.9, self._unsquared * 0.999
        self._library.group_learns(
            ctypes.byref(self._group),
            ctypes.byref(self._settings),
            ctypes.c_double(self._unseen),
            ctypes.c_double(self._unsquared),
        )

    def close(self) -> None:
        """Write what was learned into the parameters."""
        self._call("group_closes")

    def _call(self, name: str) -> int:
        return int(getattr(self._library, name)(ctypes.byref(self._group)) or 0)


def _padded(pull: Tensor, units: int) -> Tensor:
    """Return slopes in whole vectors of units, one row after another."""
    if pull.shape[2] == units:
        return pull.contiguous()
    found = torch.zeros((*pull.shape[:2], units), dtype=torch.float32, device="cpu")
    found[..., : pull.shape[2]] = pull
    return found


def _network(parameters: Parameters, x: Tensor, model: int) -> _Network:
    """Check shapes; return one of many networks and its rows."""
    models, widths = len(parameters[0]), [x.shape[-1]]
    _check(x, (len(x), widths[0]))
    for weight, bias in zip(parameters[::2], parameters[1::2], strict=True):
        widths.append(weight.shape[1])
        _check(weight, (models, widths[-1], widths[-2]))
        _check(bias, (models, widths[-1], 1))
    if min(widths) < 1 or not 0 <= model < models:
        raise ValueError(f"there is no network {model} among {models} of layers {widths}")
    places = [tensor.data_ptr() + model * (tensor.nbytes // models) for tensor in parameters]
    return _Network(
        (Whole * len(widths))(*widths),
        len(widths) - 1,
        (Pointer * len(places))(*places),
        x.data_ptr(),
    )


def _settings(gradient: LogitGradient, optimiser: Optimiser, agreement: float = 0.0) -> _Settings:
    return _Settings(
        optimiser.learning_rate,
        optimiser.decay,
        optimiser.momentum,
        gradient.label_weight,
        gradient.teacher_weight,
        gradient.temperature,
        agreement,
        optimiser.steps,
        optimiser.name == "adam",
        gradient.flat,
    )


def _memory(numbers: int) -> Tensor:
    """Return room for numbers of machine code, whatever torch makes by default."""
    return torch.zeros(numbers, dtype=torch.float32, device="cpu")


def _check(tensor: Tensor, shape: tuple[int, ...]) -> None:
    """Fail if machine code would read beyond a tensor, or something else in it."""
    plain = tensor.is_cpu and tensor.dtype == torch.float32 and tensor.is_contiguous()
    if tensor.shape != shape or not plain:
        found = f"{tuple(tensor.shape)} {tensor.dtype}, strides {tensor.stride()}, {tensor.device}"
        raise ValueError(f"a tensor is {found} where contiguous float32 {shape} is needed")
