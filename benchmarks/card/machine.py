"""What the machine is, and its two ceilings: products of matrices and memory."""

import os
import platform
import shutil
import subprocess
from functools import partial
from importlib import metadata
from statistics import median
from typing import Any

import torch

from benchmarks.card.stages import Case
from benchmarks.card.work import Extent, seconds

PACKAGES = ("modality-venn", "torch", "triton", "numpy", "jax", "numba")
ASKED = (
    "name,driver_version,clocks.sm,clocks.max.sm,clocks.mem,clocks.max.mem,"
    "power.limit,temperature.gpu,memory.used"
)
LANES = 128
"""Multiply-adds in float32 a cycle of a multiprocessor of compute capability 8.6, 8.9 or 9."""


def cases(extent: Extent) -> dict[str, Case]:
    """Return the cases."""
    return {
        "machine": partial(about, extent),
        "float32 products": partial(products, extent, "ieee"),
        "memory, a copy": partial(copy, extent),
        "TF32 products": partial(products, extent, "tf32"),
    }


def about(extent: Extent) -> dict[str, Any]:
    """Return the machine, the card and the versions."""
    found: dict[str, Any] = {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "versions": {name: _version(name) for name in PACKAGES},
        "c_compiler": shutil.which("gcc") or shutil.which("cc"),  # which Triton needs
    }
    if not extent.card:
        return found
    card = torch.cuda.get_device_properties(0)
    said = _smi()
    clock = float(said.get("clocks.max.sm", "0 MHz").split()[0]) * 1e6
    return found | {
        "card": card.name,
        "capability": f"{card.major}.{card.minor}",
        "multiprocessors": card.multi_processor_count,
        "memory_gib": round(card.total_memory / 2**30, 1),
        "cuda": torch.version.cuda,
        "nvidia_smi": said,
        "float32_flops_by_properties": 2 * LANES * card.multi_processor_count * clock,
    }


def products(extent: Extent, precision: str) -> dict[str, Any]:
    """Multiply large matrices of random numbers."""
    size, times = extent.square, 5 if extent.card else 1
    left, right = (torch.randn(size, size, device=extent.device) for _ in range(2))
    setting: Any = torch.backends.cuda.matmul if extent.card else torch.backends.mkldnn.matmul  # type: ignore[attr-defined]  # torch's types do not know it
    before = setting.fp32_precision
    setting.fp32_precision = precision if extent.card else before
    try:

        def work() -> None:
            for _ in range(times):
                torch.matmul(left, right)

        took = seconds(work, extent)
    finally:
        setting.fp32_precision = before
    return {"flops": 2 * size**3 * times / median(took), "clock": _smi().get("clocks.sm")}


def copy(extent: Extent) -> dict[str, Any]:
    """Copy a large tensor; bytes are those read and those written."""
    numbers = extent.square**2 * (16 if extent.card else 1)
    source = torch.randn(numbers, device=extent.device)
    target = torch.empty_like(source)
    took = seconds(lambda: target.copy_(source), extent)
    return {"bytes": 2 * source.nbytes / median(took)}


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _smi() -> dict[str, str]:
    """Return what the driver says of the card; nothing where there is no asking it."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return {}
    asked = [command, f"--query-gpu={ASKED}", "--format=csv,noheader", "--id=0"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=30)
    values = done.stdout.strip().split(", ")
    return dict(zip(ASKED.split(","), values, strict=False)) if done.returncode == 0 else {}
