"""Torch and numpy as they start, whatever a caller has set: a result depends on nothing beside it."""

import contextlib
import sys
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

PRECISION: tuple[Any, ...] = (
    torch.backends.mkldnn.matmul,  # type: ignore[attr-defined]  # torch's types do not know it
    torch.backends.cuda.matmul,
)
"""Who may round products of float32 to fewer digits, on a CPU and on a GPU."""


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Keep out, until the block ends, what a caller may have set and what would change a result.

    That gradients are recorded, autocast, anomaly detection, the precision of products, denormal
    numbers and numpy's errors are as torch and numpy start with them; then they are the caller's
    again.  What remains, the default data type and device, is named wherever a tensor is made.
    """
    with (
        torch.inference_mode(False),
        torch.enable_grad(),
        torch.autocast("cpu", enabled=False),
        torch.autocast("cuda", enabled=False),
        np.errstate(divide="warn", over="warn", under="ignore", invalid="warn"),
        _denormals(),
        _PROCESS,
    ):
        yield


@contextlib.contextmanager
def _denormals() -> Iterator[None]:
    """Let this thread have numbers below the normal ones; there is no asking torch whether it has."""
    flushed = sys.float_info.min / 2 == 0
    if flushed:
        torch.set_flush_denormal(False)
    try:
        yield
    finally:
        if flushed:
            torch.set_flush_denormal(True)


class _Process:
    """What all threads share: set by the first that comes in, given back by the last that leaves."""

    def __init__(self) -> None:
        self._lock, self._inside = threading.Lock(), 0
        self._before: tuple[Any, ...] = ()

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                anomaly = torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()
                self._before = (anomaly, [each.fp32_precision for each in PRECISION])
                self._set((False, True), ["ieee"] * len(PRECISION))
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._set(*self._before)

    @staticmethod
    def _set(anomaly: tuple[bool, bool], precision: list[str]) -> None:
        torch.set_anomaly_enabled(*anomaly)
        for backend, value in zip(PRECISION, precision, strict=True):
            backend.fp32_precision = value


_PROCESS = _Process()
