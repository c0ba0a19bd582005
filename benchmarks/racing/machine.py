"""The machine: its cores, its name, and the versions of what runs on it."""

import os
import platform
import re
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = ("modality-venn", "numpy", "torch", "jax", "jaxlib", "optax")


def cores() -> tuple[int, ...]:
    """Return the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return tuple(sorted(os.sched_getaffinity(0)))
    return tuple(range(os.cpu_count() or 1))


def processor() -> str:
    """Return the model of the processor, as it names itself."""
    listed = Path("/proc/cpuinfo")
    if listed.exists():
        found = re.search(r"^model name\s*:\s*(.+)$", listed.read_text("utf-8"), re.MULTILINE)
        if found:
            return found[1].strip()
    if platform.system() == "Darwin":
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()
    return platform.processor() or platform.machine()


def slug() -> str:
    """Return a file's name for the machine: the processor and how many of its cores are used."""
    words = re.findall(r"[a-z0-9]+", re.sub(r"\((r|tm)\)", "", processor().lower()))
    return "-".join([*words, str(len(cores())), "core" if len(cores()) == 1 else "cores"])


def description() -> dict[str, Any]:
    """Return the machine and the versions as JSON data."""
    return {
        "processor": processor(),
        "cores": len(cores()),
        "memory_gib": _memory(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "architecture": platform.machine(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: metadata.version(name) for name in PACKAGES},
    }


def _memory() -> float | None:
    if "SC_PHYS_PAGES" not in getattr(os, "sysconf_names", {}):
        return None
    return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1)
