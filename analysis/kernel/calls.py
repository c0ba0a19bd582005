"""Calls of the kernel: tensors in, tensors out."""

import ctypes

import torch
from jaxtyping import Float
from torch import Tensor

from analysis.networks import Parameters
from analysis.objectives import Slope
from analysis.optimiser import Optimiser

Whole = ctypes.c_longlong
Pointer = ctypes.c_void_p


class _Settings(ctypes.Structure):
    _fields_ = (
        ("learning_rate", ctypes.c_double),
        ("weight_decay", ctypes.c_double),
        ("label_weight", ctypes.c_double),
        ("teacher_weight", ctypes.c_double),
        ("temperature", ctypes.c_double),
        ("steps", Whole),
        ("adam", Whole),
    )


class Kernel:
    """The compiled functions; each call has one network and lets other threads run.

    Parameters
    ----------
    library : ctypes.CDLL
        ``kernel.cpp``, compiled.
    """

    def __init__(self, library: ctypes.CDLL) -> None:
        library.memory.restype = Whole
        library.lanes.restype = Whole
        library.train.restype = library.predict.restype = None
        self._library = library

    @property
    def lanes(self) -> int:
        """Numbers in a vector: 16 with AVX-512, 8 with AVX, else 4."""
        return int(self._library.lanes())

    def train(
        self,
        parameters: Parameters,
        x: Float[Tensor, "sample channel"],
        slope: Slope,
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
        slope : Slope
            Of the losses of all of them.
        model : int
            Which.
        optimiser : Optimiser
            How it is trained.
        """
        sizes, layers, memory = self._prepared(parameters, x, model)
        _check(slope.target, (len(parameters[-1]), len(x), parameters[-1].shape[1]))
        settings = _Settings(
            optimiser.learning_rate,
            optimiser.weight_decay,
            slope.label_weight,
            slope.teacher_weight,
            slope.temperature,
            optimiser.steps,
            optimiser.name == "adam",
        )
        self._library.train(
            sizes,
            layers,
            _pointers(parameters, model),
            Pointer(x.data_ptr()),
            Pointer(slope.target[model].data_ptr()),
            Whole(len(x)),
            ctypes.byref(settings),
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
        sizes, layers, memory = self._prepared(parameters, x, model)
        _check(logits, (len(x), parameters[-1].shape[1]))
        self._library.predict(
            sizes,
            layers,
            _pointers(parameters, model),
            Pointer(x.data_ptr()),
            Whole(len(x)),
            Pointer(logits.data_ptr()),
            Pointer(memory.data_ptr()),
        )

    def _prepared(
        self, parameters: Parameters, x: Tensor, model: int
    ) -> tuple[ctypes.Array[Whole], Whole, Tensor]:
        """Check shapes; return the sizes of layers, their number, and memory to work in."""
        models, widths = len(parameters[0]), [x.shape[-1]]
        _check(x, (len(x), widths[0]))
        for weight, bias in zip(parameters[::2], parameters[1::2], strict=True):
            widths.append(weight.shape[1])
            _check(weight, (models, widths[-1], widths[-2]))
            _check(bias, (models, widths[-1], 1))
        if min(widths) < 1 or not 0 <= model < models:
            raise ValueError(f"there is no network {model} among {models} of layers {widths}")
        sizes, layers = (Whole * len(widths))(*widths), Whole(len(widths) - 1)
        size = self._library.memory(sizes, layers, Whole(len(x)))
        return sizes, layers, torch.zeros(size)


def _pointers(parameters: Parameters, model: int) -> ctypes.Array[Pointer]:
    places = [tensor.data_ptr() + model * tensor[0].nbytes for tensor in parameters]
    return (Pointer * len(places))(*places)


def _check(tensor: Tensor, shape: tuple[int, ...]) -> None:
    """Fail if machine code would read beyond a tensor, or something else in it."""
    plain = tensor.is_cpu and tensor.dtype == torch.float32 and tensor.is_contiguous()
    if tensor.shape != shape or not plain:
        found = f"{tuple(tensor.shape)} {tensor.dtype}, strides {tensor.stride()}, {tensor.device}"
        raise ValueError(f"a tensor is {found} where contiguous float32 {shape} is needed")
