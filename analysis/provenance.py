"""What made a result: versions, platform and device."""

import platform
from importlib import metadata
from typing import Any

import torch

from analysis.kernel import kernel

PACKAGES = ("modality-venn", "numpy", "scipy", "torch", "pandas", "matplotlib")


def environment(device: str) -> dict[str, Any]:
    """Return versions, platform, device, thread count and what trains, as JSON data."""
    compiled = kernel() if device == "cpu" else None
    return {
        "python": platform.python_version(),
        "versions": {name: metadata.version(name) for name in PACKAGES},
        "platform": platform.platform(),
        "device": torch.cuda.get_device_name() if device == "cuda" else "cpu",
        "threads": torch.get_num_threads(),
        "engine": "torch" if compiled is None else f"kernel of {compiled.lanes} lanes",
    }
