"""The lowest versions of what users install, as constraints for pip: see ``make test-lowest``."""

import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
APART = "torch"
"""What is always installed as it is pinned: one build of it fits the machine."""


def pinned() -> dict[str, str]:
    """Return the versions of `constraints.txt`, the newest that are known to work."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines)


def lowest() -> dict[str, str]:
    """Return the lowest version of each package, of the extras too, that `pyproject.toml` allows."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    found = {}
    for text in (*project["dependencies"], *(each for extra in extras for each in extra)):
        needed = Requirement(text)
        (bound,) = needed.specifier
        if bound.operator != ">=":
            raise ValueError(f"{text} in pyproject.toml must be NAME>=VERSION")
        if needed.name != APART:
            found[needed.name] = bound.version
    return found


def constraints() -> str:
    """Return `constraints.txt` with the lowest versions in place of the newest."""
    lowered = lowest()
    kept = {name: it for name, it in pinned().items() if name.lower() not in lowered}
    return "".join(f"{name}=={it}\n" for name, it in {**kept, **lowered}.items())


if __name__ == "__main__":
    print(constraints(), end="")
