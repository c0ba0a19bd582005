"""Which device trains."""

import torch

from venn.checks import ArgumentError, one_of


def resolve_device(device: str) -> str:
    """Turn ``"auto"``, ``"cpu"`` or ``"cuda"`` into the device to use.

    Raises
    ------
    ArgumentError
        If the name is unknown, or ``"cuda"`` is asked for and there is none.
    """
    one_of("device", device, ("auto", "cpu", "cuda"))
    available = torch.cuda.is_available()
    if device == "cuda" and not available:
        raise ArgumentError("device", device, "no CUDA device was found; use 'cpu' or 'auto'")
    if device == "auto":
        return "cuda" if available else "cpu"
    return device
