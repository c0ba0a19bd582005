"""The house rules that a reader of one file cannot check."""

import ast
from pathlib import Path

import pytest

from _modality_venn.packages import PACKAGES

ROOT = Path(__file__).parents[1]
ORDER = ["_modality_venn", *PACKAGES]
LIBRARY = ["venn", "synth", "analysis", "figures"]
MODULES = [
    *(file for package in ORDER[:-1] for file in sorted((ROOT / package).rglob("*.py"))),
    ROOT / "mfh.py",
]


def imported(module: Path) -> set[str]:
    """Return the top-level names that a module imports, at its top or inside a function."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def package_of(module: Path) -> str:
    return module.relative_to(ROOT).parts[0].removesuffix(".py")


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_one_way(module: Path) -> None:
    """_modality_venn ← venn ← synth ← analysis ← figures ← commands ← mfh."""
    allowed = ORDER[: ORDER.index(package_of(module)) + 1]
    assert imported(module) & set(ORDER) <= set(allowed)


@pytest.mark.parametrize("package", ["venn", "synth"])
def test_diagrams_and_data_need_neither_torch_nor_matplotlib(package: str) -> None:
    for module in (ROOT / package).rglob("*.py"):
        assert not imported(module) & {"torch", "matplotlib"}, module
        assert "pandas" not in imported(module) or module.name == "sample.py", module


@pytest.mark.parametrize("package", LIBRARY)
def test_every_package_is_typed_and_lists_its_exports(package: str) -> None:
    assert (ROOT / package / "py.typed").exists()
    module = __import__(package)
    assert sorted(module.__all__) == sorted(set(module.__all__))
    for name in module.__all__:
        assert getattr(module, name).__doc__ or not callable(getattr(module, name)), name


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_seeds_a_global_generator(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    for call in ("np.random.seed", "torch.manual_seed", "random.seed("):
        assert call not in text


def test_torch_is_pinned_for_the_commands_and_open_for_the_library() -> None:
    assert "torch==2.13.0" in (ROOT / "constraints.txt").read_text().splitlines()
    assert '"torch>=2.11"' in (ROOT / "pyproject.toml").read_text()


def as_text(call: ast.Call) -> bool:
    """Return whether a call reads or writes a file as text."""
    name = getattr(call.func, "attr", getattr(call.func, "id", None))
    modes = [each.value for each in call.args if isinstance(each, ast.Constant)]
    return name in {"read_text", "write_text"} or (
        name == "open" and not any("b" in str(mode) for mode in modes)
    )


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_have_their_encoding_whatever_the_locale(module: Path) -> None:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and as_text(node):
            assert "encoding" in {keyword.arg for keyword in node.keywords}, ast.unparse(node)
