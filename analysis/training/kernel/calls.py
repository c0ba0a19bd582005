"""Calls of the kernel: tensors in, tensors out."""

import ctypes

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
    places = [tensor.data_ptr() + model * tensor[0].nbytes for tensor in parameters]
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
