"""`mfh` as a package: everything public, each name loaded when it is asked for."""

import subprocess
import sys
from importlib import import_module
from importlib.metadata import version
from pkgutil import iter_modules

import pytest

import mfh


def test_every_name_is_that_of_its_package_and_of_no_other() -> None:
    listed = dir(mfh)
    for room in map(import_module, mfh.ROOMS):
        for name in room.__all__:
            assert getattr(mfh, name) is getattr(room, name), (room, name)
            listed = [each for each in listed if each != name]
    assert listed == []
    modules = {module.name for module in iter_modules(mfh.__path__)}
    assert not modules & set(dir(mfh))


def test_it_has_its_version_and_no_other_name() -> None:
    assert mfh.__version__ == version("modality-venn")
    for name in ("venn_digram", "__wrapped__"):
        with pytest.raises(AttributeError, match=name):
            getattr(mfh, name)


@pytest.mark.parametrize(
    ("code", "heavy"),
    [
        ("import mfh; mfh.__version__", []),
        ("from mfh import VennDiagram", []),
        ("from mfh import command_line; command_line.cli(['--help'], standalone_mode=False)", []),
        ("from mfh import Population; Population", ["numpy", "scipy"]),
        ("from mfh import Plan, VennDiagram, run", ["numpy", "scipy", "pandas", "torch"]),
    ],
)
def test_what_is_loaded_is_what_is_asked_for(code: str, heavy: list[str]) -> None:
    known = ["numpy", "scipy", "pandas", "torch", "matplotlib"]
    code += f"\nimport sys; print([name for name in {known} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == str(heavy)
