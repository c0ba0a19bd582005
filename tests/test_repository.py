"""The house rules that a reader of one file cannot check."""

import ast
import re
from pathlib import Path

import pytest

from _modality_venn.packages import PACKAGES

ROOT = Path(__file__).parents[1]
LIBRARY = ["venn", "synth", "analysis", "figures"]
MODULES = [
    file
    for package in ("_modality_venn", *PACKAGES)
    for file in sorted((ROOT / package).rglob("*.py"))
]
ROW = re.compile(r"^\| (\d+) \| (.+) \|$", re.MULTILINE)
FLOORS = {
    room.replace("/", "."): int(floor)
    for floor, rooms in ROW.findall((ROOT / "docs/architecture.md").read_text(encoding="utf-8"))
    for room in re.findall(r"`([\w/]+)`", rooms)
}
"""The floor of every room, as the architecture has it."""


def name_of(module: Path) -> str:
    return ".".join(module.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def room_of(module: str) -> str:
    """Return the room that a module is in: that of the longest name, the package's own file apart."""
    named: list[str] = [room for room in FLOORS if f"{module}.".startswith(f"{room}.")]
    return max(named, key=len)


def imported(module: Path) -> set[str]:
    """Return the modules that a module imports, at its top or inside a function."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= inside & ALL or {node.module}
    return names


ALL = set(map(name_of, MODULES))


def test_a_room_imports_only_from_those_below() -> None:
    for module in MODULES:
        own = room_of(name_of(module))
        for other in imported(module) & ALL:
            below = room_of(other) == own or FLOORS[room_of(other)] < FLOORS[own]
            assert below, f"{name_of(module)} imports {other}"


def test_every_room_of_the_architecture_is_there() -> None:
    for room in FLOORS:
        assert (ROOT / room.replace(".", "/")).is_dir(), room
    folders = {name_of(module).rpartition(".")[0] for module in MODULES if "." in name_of(module)}
    assert {folder.split(".")[0] for folder in folders} <= set(FLOORS)


@pytest.mark.parametrize("package", ["venn", "synth"])
def test_diagrams_and_data_need_neither_torch_nor_matplotlib(package: str) -> None:
    for module in (ROOT / package).rglob("*.py"):
        roots = {name.split(".")[0] for name in imported(module)}
        assert not roots & {"torch", "matplotlib"}, module
        assert "pandas" not in roots or module.name == "sample.py", module


@pytest.mark.parametrize("package", LIBRARY)
def test_every_package_is_typed_and_lists_its_exports(package: str) -> None:
    assert (ROOT / package / "py.typed").exists()
    module = __import__(package)
    assert sorted(module.__all__) == sorted(set(module.__all__))
    for name in module.__all__:
        assert getattr(module, name).__doc__ or not callable(getattr(module, name)), name


def test_nothing_seeds_a_global_generator() -> None:
    for module in MODULES:
        text = module.read_text(encoding="utf-8")
        for call in ("np.random.seed", "torch.manual_seed", "random.seed("):
            assert call not in text, module


def test_versions_are_what_is_said_elsewhere() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (ours,) = re.findall(r'^version = "(.*)"$', project, re.MULTILINE)
    assert f"\nversion: {ours}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version = {{{ours}}}" in (ROOT / "README.md").read_text(encoding="utf-8")
    # torch is pinned for the commands and open for the library
    assert "torch==2.13.0" in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert '"torch>=2.11"' in project


def as_text(call: ast.Call) -> bool:
    """Return whether a call reads or writes a file as text."""
    name = getattr(call.func, "attr", getattr(call.func, "id", None))
    modes = [each.value for each in call.args if isinstance(each, ast.Constant)]
    return name in {"read_text", "write_text"} or (
        name == "open" and not any("b" in str(mode) for mode in modes)
    )


def test_files_have_their_encoding_whatever_the_locale() -> None:
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and as_text(node):
                named = {keyword.arg for keyword in node.keywords}
                assert "encoding" in named, (module, ast.unparse(node))
