"""The kernel, where this machine can compile it."""

import functools
import logging
from pathlib import Path

import torch

from analysis.training.kernel.calls import Kernel
from analysis.training.networks import Parameters
from venn.compiled import CannotCompileError, compiled

NAMES = ("kernel.cpp", "network.hpp", "vectors.hpp", "polynomials.hpp")
SOURCES = tuple(Path(__file__).with_name(name) for name in NAMES)


@functools.cache
def kernel() -> Kernel | None:
    """Return the kernel; None, and one line in the log, where it cannot be compiled or executed."""
    try:
        return Kernel(compiled(SOURCES))
    except CannotCompileError as error:
        slow = "networks train several times slower than they could"
        logging.getLogger("mfh").warning("%s: %s", slow, error)
        return None


def kernel_for(device: str, parameters: Parameters) -> Kernel | None:
    """Return the kernel, if there is one, for networks that it can take: in float32, on a CPU."""
    single = all(tensor.dtype == torch.float32 for tensor in parameters)
    return kernel() if single and device == "cpu" else None
