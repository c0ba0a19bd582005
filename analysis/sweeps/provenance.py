"""What made a result: versions, platform and device."""

import functools
import hashlib
import importlib.util
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from analysis.training.kernel import kernel

ROOT = Path(__file__).parents[2]
ROOMS = ("venn", "synth", "analysis")
"""What decides a number that is measured."""

PACKAGES = ("modality-venn", "numpy", "scipy", "torch", "pandas", "matplotlib")


def environment(device: str) -> dict[str, Any]:
    """Return versions, platform, device, thread count and what trains, as JSON data."""
    return {
        "python": platform.python_version(),
        "versions": _versions(),
        "platform": platform.platform(),
        "device": torch.cuda.get_device_name() if device == "cuda" else "cpu",
        "threads": torch.get_num_threads(),
        "engine": _engine(device),
    }


def _engine(device: str) -> str:
    compiled = kernel() if device == "cpu" else None
    if compiled is not None:
        return f"kernel of {compiled.lanes} lanes"
    programs = device == "cuda" and importlib.util.find_spec("triton") is not None
    return f"torch, programs of Triton {metadata.version('triton')}" if programs else "torch"


@functools.cache
def _versions() -> dict[str, str]:
    return {name: metadata.version(name) for name in PACKAGES}


@functools.cache
def source() -> str:
    """Return a hash of the source code of `ROOMS`: what is equal measures the same."""
    digest = hashlib.blake2b(digest_size=8)
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*")):
            if file.suffix in {".py", ".cpp", ".hpp"}:
                digest.update(f"{file.relative_to(ROOT).as_posix()}\0".encode())
                digest.update(file.read_bytes() + b"\0")
    return digest.hexdigest()
