import re
import sys
import zipfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from _modality_venn.packages import PACKAGES, check
from figures.lecture.family import family
from figures.lecture.measured import gains
from figures.sweeps.frame import Sweep
from figures.sweeps.measured import measured, measured_parts
from tests.figures.sweeps.made import path, sweep

THEIRS = "raise SystemExit('it is not for us to run')\n"


@pytest.fixture
def front(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is first on the path, where none of our packages is imported yet."""
    monkeypatch.syspath_prepend(tmp_path)
    for package in PACKAGES:
        monkeypatch.delitem(sys.modules, package, raising=False)
    for module in ("claims", "report", "table2_report"):
        monkeypatch.delitem(sys.modules, f"figures.{module}", raising=False)
    return tmp_path


def put(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(THEIRS)
    return file


def in_place(package: str, file: Path, fix: str) -> str:
    return f"mfh needs its package `{package}`, but {file} is in its place; {fix}"


def refused(package: str) -> str:
    with pytest.raises(ImportError) as error:
        check(package)
    return str(error.value)


@pytest.mark.usefixtures("front")
def test_our_own_packages_pass() -> None:
    check(*PACKAGES)


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize(("name", "it"), [("{}.py", "it"), ("{}/__init__.py", "its folder")])
def test_what_is_in_the_way_is_named_and_not_run(
    package: str, name: str, it: str, front: Path
) -> None:
    file = put(front / name.format(package))
    fix = f"rename {it} or run from another folder"
    assert refused(package) == in_place(package, file, fix)


OWN = "another distribution has that name; install mfh into an environment of its own"


def test_what_another_distribution_installed_over_ours_is_named(
    front: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(front / "site-packages")
    file = put(front / "site-packages" / "venn" / "__init__.py")
    assert refused("venn") == in_place("venn", file, OWN)


def test_what_another_distribution_left_of_ours_is_named(
    front: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its removal takes the __init__.py that both call their own."""
    site = front / "site-packages"
    put(site / "venn" / "diagram.py")
    monkeypatch.setattr(sys, "path", [str(site)])
    assert refused("venn") == in_place("venn", site / "venn", OWN)


def test_a_folder_of_pictures_is_in_nobodys_way(front: Path) -> None:
    put(front / "figures" / "draw.py")
    check("figures")


def test_packages_in_an_archive_pass(front: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(front / "all.zip", "w") as archive:
        archive.writestr("venn/__init__.py", "")
    monkeypatch.syspath_prepend(front / "all.zip")
    check("venn")


FRAME = sweep(path(2))
NEED: dict[tuple[str, str], Callable[[], object]] = {
    ("synth", "venn"): lambda: import_module("synth"),
    ("analysis", "synth"): lambda: import_module("analysis"),
    ("figures", "venn"): lambda: import_module("figures"),
    ("mfh", "venn"): lambda: import_module("mfh").VennDiagram,
    ("figures.claims", "analysis"): lambda: import_module("figures.claims"),
    ("measured", "analysis"): lambda: measured(Sweep(FRAME), "gain", ("gamma",)),
    ("measured_parts", "analysis"): lambda: measured_parts(Sweep(FRAME), "gamma", "kd"),
    ("family", "analysis"): lambda: family(FRAME, "mine"),
    ("gains", "analysis"): lambda: gains(FRAME, range(2)),
}
"""What imports a package of ours, as it is imported itself or called."""


@pytest.mark.parametrize(("names", "call"), NEED.items(), ids=map(" needs ".join, NEED))
def test_whoever_imports_another_package_names_what_is_in_the_way(
    names: tuple[str, str], call: Callable[[], object], front: Path
) -> None:
    file = put(front / f"{names[1]}.py")
    with pytest.raises(ImportError, match=re.escape(f"`{names[1]}`, but {file} is in its place")):
        call()


def test_what_pictures_do_not_need_is_not_in_their_way(front: Path) -> None:
    """Diagrams can be drawn beside a file analysis.py."""
    for package in set(PACKAGES) - {"venn", "figures"}:
        put(front / f"{package}.py")
    import_module("figures")


def test_the_distribution_holds_these_packages() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    (line,) = re.findall(r"^only-include = (.*)$", text, re.MULTILINE)
    assert {name.removesuffix(".py") for name in re.findall(r'"(.*?)"', line)} == {
        "_modality_venn",
        *PACKAGES,
    }
