"""What code from outside does, as a hash: a part of the identity of what it makes."""

import dataclasses
import dis
import enum
import functools
import hashlib
import inspect
import operator
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from _modality_venn.packages import PACKAGES
from venn.checks import ArgumentError


def code_of(value: Callable[..., Any]) -> str | None:
    r"""Return a hash of the code of a class or function and of all that it uses; None if it is ours.

    The code is what would run now: the instructions and constants of every function, and the
    functions, classes and constants that these use, as far as they are from outside too.  So an
    edited notebook cell, a reloaded module and a changed helper give another hash; comments and
    formatting do not.  What the packages of this distribution do is known by its version; what is
    installed, such as numpy, counts by its name.

    Parameters
    ----------
    value : type or callable
        Anything that can be called: a class, a function, a part of one, an instance with settings.

    Returns
    -------
    str or None
        32 hexadecimal digits, the same in every process of one version of Python.

    Raises
    ------
    ArgumentError
        If something that it uses has no identity, such as an open file or a random generator.
    """
    walk = _Walk(_module(_behind(value)).partition(".")[0])
    walk.told[""] = walk.visit(value)
    if not walk.modules:
        return None
    lines = [f"{name}\t{told}" for name, told in sorted(walk.told.items())]
    version = "{}.{}".format(*sys.version_info)
    return hashlib.blake2b("\n".join([version, *lines]).encode(), digest_size=16).hexdigest()


def modules_of(value: Callable[..., Any]) -> set[str]:
    """Return the names of the modules from outside that a class or function and what it uses are of."""
    walk = _Walk(_module(_behind(value)).partition(".")[0])
    walk.visit(value)
    return walk.modules


class _Walk:
    """What a class or function uses, each once, by its name.

    Parameters
    ----------
    package : str
        The package that it is of: what of it is installed is from outside too.
    """

    def __init__(self, package: str) -> None:
        self.package, self.told = package, dict[str, str]()
        self.modules = set[str]()
        self._names = dict[int, str]()

    @functools.singledispatchmethod
    def visit(self, value: Any) -> str:
        """Take note of a value, and return what stands for it in the code that uses it."""
        if dataclasses.is_dataclass(value):
            fields = [getattr(value, each.name) for each in dataclasses.fields(value)]
            return f"{self.visit(type(value))}{self.visit(fields)}"
        if hasattr(value, "__array__") and not isinstance(value, type):
            array = value.__array__()
            return f"{array.dtype}{array.shape} {_hash(array.tobytes())}"
        if callable(value) and not is_outside(_module(value), self.package):
            # One of numpy's, of torch's, or of Python itself.
            return f"{_module(value)}.{getattr(value, '__name__', type(value).__name__)}"
        outside = is_outside(_module(type(value)), self.package)
        if outside or hasattr(value, "__dict__") or " at 0x" in repr(value):
            allowed = (
                "is used by code from outside and has no identity; let it use functions, classes "
                "and constants alone, and hand over what changes as a setting"
            )
            raise ArgumentError("value", value, allowed)
        return repr(value)

    @visit.register
    def _(self, value: bool | int | float | complex | str | bytes | None) -> str:
        return repr(value)

    @visit.register(tuple)
    @visit.register(list)
    def _(self, value: Sequence[Any]) -> str:
        return f"({' '.join(map(self.visit, value))})"

    @visit.register(set)
    @visit.register(frozenset)
    def _(self, value: Iterable[Any]) -> str:
        return f"{{{' '.join(sorted(map(self.visit, value)))}}}"

    @visit.register(Mapping)
    def _(self, value: Mapping[Any, Any]) -> str:
        return self.visit(list(value.items()))

    @visit.register
    def _(self, value: enum.Enum) -> str:
        return f"{self.visit(type(value))}.{value.name}"

    @visit.register
    def _(self, value: ModuleType) -> str:
        return f"module {value.__name__}"

    @visit.register
    def _(self, value: MethodType) -> str:
        return f"{self.visit(value.__func__)} of {self.visit(value.__self__)}"

    @visit.register(functools.partial)
    def _(self, value: functools.partial[Any]) -> str:
        return f"partial {self.visit([value.func, value.args, value.keywords])}"

    @visit.register
    def _(self, value: type) -> str:
        return self._noted(value, self._class)

    @visit.register
    def _(self, value: FunctionType) -> str:
        unwrapped: Any = inspect.unwrap(value)
        return self._noted(unwrapped, self._function)

    @visit.register
    def _(self, value: CodeType) -> str:
        header = f"{value.co_names} {value.co_varnames} {value.co_argcount}"
        return f"{value.co_code.hex()} {header} {self.visit(value.co_consts)}"

    def _noted(self, value: Any, told: Callable[[Any], Iterator[str]]) -> str:
        """Take note of a class or function that is from outside, and return its name."""
        module = _module(value)
        name = f"{module}.{value.__qualname__}"
        if not is_outside(module, self.package):
            return name
        if id(value) not in self._names:
            while name in self.told:  # of another that has the same name
                name += "'"
            self._names[id(value)] = name
            self.modules.add(module)
            self.told[name] = ""  # it may use itself
            self.told[name] = " ".join(told(value))
        return self._names[id(value)]

    def _function(self, function: FunctionType) -> Iterator[str]:
        """Yield what a function does, and what it uses."""
        code = function.__code__
        yield self.visit(code)
        yield self.visit([function.__defaults__, function.__kwdefaults__])
        cells = zip(code.co_freevars, function.__closure__ or (), strict=True)
        yield from self._named({name: _inside(cell) for name, cell in cells})
        steps = list(_steps(code))
        parts = [
            name for what, name in steps if what in ("LOAD_ATTR", "LOAD_METHOD", "IMPORT_FROM")
        ]
        read = {name for what, name in steps if what in ("LOAD_GLOBAL", "LOAD_NAME")}
        used = {name: function.__globals__[name] for name in sorted(read & {*function.__globals__})}
        used |= {name: sys.modules.get(name) for what, name in steps if what == "IMPORT_NAME"}
        yield from self._named(used)
        for module in used.values():
            yield from self._parts(module, parts)

    def _parts(self, module: Any, names: Sequence[str]) -> Iterator[str]:
        """Yield what may be used of a module from outside, and of modules inside it."""
        if isinstance(module, ModuleType) and is_outside(module.__name__, self.package):
            inside = {name: vars(module)[name] for name in names if name in vars(module)}
            yield from self._named(inside)
            for part in inside.values():
                if part is not module:
                    yield from self._parts(part, names)

    def _class(self, kind: type) -> Iterator[str]:
        """Yield what a class has beside what it inherits."""
        yield from map(self.visit, kind.__bases__)
        if dataclasses.is_dataclass(kind):
            for each in dataclasses.fields(kind):
                yield f"{each.name} {each.init} {each.compare}"
                if callable(each.default_factory):  # none is given by something that is not
                    yield from self._named({each.name: each.default_factory})
        for name, part in sorted(vars(kind).items(), key=operator.itemgetter(0)):
            if name not in _UNTOLD and not _is_generated(kind, name):
                yield from self._named({name: _of_a_descriptor(part)})

    def _named(self, values: Mapping[str, Any]) -> Iterator[str]:
        """Yield names and values; an error says of which name."""
        for name, value in values.items():
            try:
                yield f"{name}={self.visit(value)}"
            except ArgumentError as error:
                if error.argument != "value":
                    raise
                raise ArgumentError(name, error.value, error.allowed) from None


_UNTOLD = {  # of a class: what follows from the rest of it, or is nothing that runs
    *("__module__", "__qualname__", "__dict__", "__weakref__", "__doc__", "__annotations__"),
    *("__dataclass_fields__", "__dataclass_params__", "__match_args__", "__abstractmethods__"),
    *("_abc_impl", "__parameters__", "__orig_bases__", "__firstlineno__", "__static_attributes__"),
    *("__annotate__", "__annotate_func__", "__annotations_cache__", "__replace__"),
}


_WRITTEN = {
    *("__init__", "__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__"),
    *("__lt__", "__le__", "__gt__", "__ge__", "__replace__"),
}


def _of_a_descriptor(value: Any) -> Any:
    """Return the functions of what a class has."""
    if isinstance(value, property):
        return [value.fget, value.fset, value.fdel]
    if isinstance(value, staticmethod | classmethod):
        return value.__func__
    if isinstance(value, functools.cached_property):
        return value.func
    return None if inspect.isdatadescriptor(value) else value


def _is_generated(kind: type, name: str) -> bool:
    """Return whether `dataclasses` wrote a method, from the fields."""
    function = inspect.unwrap(vars(kind)[name]) if callable(vars(kind)[name]) else None
    code = getattr(function, "__code__", None)
    written = code is not None and code.co_filename == "<string>"
    return written and dataclasses.is_dataclass(kind) and name in _WRITTEN


def _inside(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # it is empty
        return None


def _steps(code: CodeType) -> Iterator[tuple[str, Any]]:
    """Yield the instructions of some code, and of functions in it, with what they name."""
    for step in dis.get_instructions(code):
        yield step.opname, step.argval
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _steps(constant)


def _hash(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _module(value: Any) -> str:
    """Return the module of a value; what is typed in without one is from outside."""
    nowhere = "unnamed" if isinstance(value, type | FunctionType) else "builtins"
    return str(getattr(value, "__module__", None) or nowhere)


def _behind(value: Any) -> Any:
    """Return the function or class that a callable is made of."""
    while isinstance(value, functools.partial | MethodType):
        value = value.func if isinstance(value, functools.partial) else value.__func__
    return value if isinstance(value, type | FunctionType) else type(value)


def is_outside(module: str, package: str) -> bool:
    """Return whether a module, by its name, is neither ours nor installed, or is of a package."""
    top = module.partition(".")[0]
    if top in {*PACKAGES, "_modality_venn"} or top in sys.stdlib_module_names:
        return False
    file = getattr(sys.modules.get(module), "__file__", None) or ""  # none if it was typed in
    return top == package or not {"site-packages", "dist-packages"} & set(Path(file).parts)
