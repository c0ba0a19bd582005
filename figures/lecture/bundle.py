"""ES modules as one classic script, which a page can run from a file and hand to a worker."""

import re
from dataclasses import dataclass
from pathlib import Path

from venn.checks import ArgumentError

IMPORT = re.compile(r'^import\s*\{([^{}]*)\}\s*from\s*"(\.{1,2}/[^"]+\.js)";[ \t]*$', re.MULTILINE)
EXPORT = re.compile(
    r"^export (?=(?:async )?(?:function|const|class) ([A-Za-z_$][\w$]*))", re.MULTILINE
)
OUTSIDE = re.compile(
    r"^[ \t]*((?:import|export)\b.*)|(\bimport\s*(?:\(|\.\s*meta\b).*)", re.MULTILINE
)
NAME = re.compile(r"[A-Za-z_$][\w$]*")
ENDS_SCRIPT = re.compile(r"</script|<!--", re.IGNORECASE)

FORMS = (
    'must be one of: import { x, y } from "./other.js"; '
    "export function f; export const c; export class C"
)


@dataclass(frozen=True)
class _Module:
    """A module: what it imports, ``(path, names)``, what it exports, and its code without either."""

    imports: tuple[tuple[Path, tuple[str, ...]], ...]
    exports: tuple[str, ...]
    code: str


def script(entry: Path) -> str:
    """Return an entry module and all that it imports as one classic script.

    Each module is run once, after those that it imports, in a scope of its own; the whole runs in
    strict mode and leaves no name behind.

    Parameters
    ----------
    entry : Path
        An ES module.  It and those that it imports use the forms
        ``import { x, y } from "./other.js";`` and ``export`` before a ``function``, ``const`` or
        ``class``, and no others; their stems are JavaScript names, each of one file.

    Returns
    -------
    str
        What may stand between script tags, or in a classic worker.

    Raises
    ------
    ArgumentError
        If a file is missing, a name is not exported, imports run in a circle, two files have one
        stem, or a source holds another form or what would end a script in a page.
    """
    modules: dict[Path, _Module] = {}
    _collect(entry.resolve(), f"entry = {entry.name}", (), modules)
    stems: dict[str, Path] = {}
    for path in modules:
        other = stems.setdefault(path.stem, path)
        if other != path:
            raise ArgumentError("module", path.name, f"is the name of two files: {other}, {path}")
    scopes = "\n".join(_scope(path.stem, module) for path, module in modules.items())
    return f'(() => {{\n"use strict";\n{scopes}}})();\n'


def _collect(
    path: Path, asked: str, importers: tuple[Path, ...], modules: dict[Path, _Module]
) -> None:
    """Read a module, after those that it imports, into `modules`."""
    if path in importers:
        circle = (*importers[importers.index(path) :], path)
        allowed = f"imports itself: {' → '.join(each.name for each in circle)}"
        raise ArgumentError("module", path.name, allowed)
    if path in modules:
        return
    module = _read(path, asked)
    for imported, names in module.imports:
        _collect(imported, f"an import of {path.name}", (*importers, path), modules)
        for name in names:
            if name not in modules[imported].exports:
                known = ", ".join(modules[imported].exports) or "nothing"
                allowed = f"is not exported by {imported.name}, which exports {known}"
                raise ArgumentError(f"import in {path.name}", name, allowed)
    modules[path] = module


def _read(path: Path, asked: str) -> _Module:
    """Return a module; `asked` says who wants it."""
    if not path.is_file():
        raise ArgumentError("module", str(path), f"is no file ({asked})")
    if NAME.fullmatch(path.stem) is None:
        raise ArgumentError("module", path.name, "must be named by a JavaScript name and .js")
    source = path.read_text(encoding="utf-8")
    if (found := ENDS_SCRIPT.search(source)) is not None:
        raise ArgumentError(path.name, found[0], "must not be in a source: it would end a script")
    imports = tuple(
        ((path.parent / file).resolve(), _names(path, names))
        for names, file in IMPORT.findall(source)
    )
    code = EXPORT.sub("", IMPORT.sub(_as_constant, source))
    if (other := OUTSIDE.search(code)) is not None:
        raise ArgumentError(path.name, other[0].strip(), FORMS)
    return _Module(imports, tuple(EXPORT.findall(source)), code)


def _names(path: Path, listed: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in listed.strip().removesuffix(",").split(","))
    for name in names:
        if NAME.fullmatch(name) is None:
            raise ArgumentError(path.name, f"import {{{listed}}}", FORMS)
    return names


def _as_constant(found: re.Match[str]) -> str:
    """Return an import as the constant that stands for it."""
    return f"const {{{found[1]}}} = ${Path(found[2]).stem};"


def _scope(stem: str, module: _Module) -> str:
    """Return a module as a constant that holds its exports."""
    exports = ", ".join(module.exports)
    return f"const ${stem} = (() => {{\n{module.code.strip()}\nreturn {{ {exports} }};\n}})();\n"
