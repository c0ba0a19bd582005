"""A measure out of one function."""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, overload

import numpy as np

from analysis.measures.measure import Answers, Measure, Target, Value
from analysis.methods.faults import in_one_line
from analysis.methods.functions import arguments_of, kind_of
from analysis.methods.method import Method, Setup
from venn import ArgumentError

OF_MODEL = ("logits", "y", "hidden", "model")
"""What a function may ask for by name: what a model says of its test rows, their labels, its hidden
layers on them, and itself."""

OF_POINT = ("rows", "trial", "protocol", "diagram", "seed")
"""What else: its test rows, all of its trial, and where it was fitted."""


@dataclass(frozen=True)
class FunctionMeasure(Measure):
    """What a function measures; `measure` makes one."""

    function: ClassVar[Callable[..., Any]]
    asked: ClassVar[tuple[str, ...]] = ()
    taught: ClassVar[tuple[str, ...]] = ()

    def applies(self, method: Method, setup: Setup) -> bool:
        """Return whether a method needs those whose logits the function asks for."""
        return super().applies(method, setup) and {*self.taught} <= {*method.needs}

    def of(self, answers: Answers) -> Sequence[Value]:
        """Call the function for one model after another."""
        settings = {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}
        taught = {what: answers.said_by(what) for what in self.taught}
        found = []
        for i, model in enumerate(answers.models):
            trial, place = answers.trials[i], answers.places[i]
            known = {
                "logits": answers.logits[i],
                "y": answers.y[i],
                "model": model,
                "rows": trial.test,
                "trial": trial,
                **place._asdict(),
                **{what: said[i] for what, said in taught.items()},
            }
            if "hidden" in self.asked:
                known["hidden"] = tuple(layer[0] for layer in model.hidden(trial.test))
            given = {name: known[name] for name in self.asked}
            with in_one_line(f"{type(self).__name__}(…)", type(self)):
                value = type(self).function(**given, **settings)
            found.append(self._checked(value))
        return found

    def _checked(self, value: Any) -> Value:
        """Return what the function gave, or fail if it is not one number or several."""
        name = f"{type(self).__name__}(…)"
        try:
            numbers = np.asarray(value, dtype=float)
        except (TypeError, ValueError):
            numbers = np.empty((0, 0))
        if numbers.ndim > 1 or numbers.size == 0:
            given = tuple(value.shape) if hasattr(value, "shape") else value
            allowed = (
                "must return a number, or a sequence of numbers, of the one model it is called with"
            )
            raise ArgumentError(name, given, allowed)
        return float(numbers) if numbers.ndim == 0 else tuple(numbers.tolist())


@overload
def measure(function: Callable[..., Any]) -> Any: ...
@overload
def measure(*, unit: str = "", target: Target | None = None) -> Callable[..., Any]: ...
def measure(
    function: Callable[..., Any] | None = None, *, unit: str = "", target: Target | None = None
) -> Any:  # a type[FunctionMeasure] with fields of its own
    """Make a measure of a function, which is called for one fitted model at a time.

    Parameters
    ----------
    function : callable
        ``value(logits, y, *, setting=default, …)`` returns a number, nan where there is none, or a
        sequence of numbers.  It asks by name for what it reads: of the test rows ``logits`` (sample,
        class), ``y`` (sample,) and ``hidden``, a tuple of (sample, unit); the fitted ``model``; the
        logits of a model that it needed, such as its ``teacher`` — who has none is not measured; and
        ``rows``, ``trial``, ``protocol``, ``diagram``, ``seed``.  Keyword arguments are fields.
    unit : str
        Of its values: ``"fraction"``, ``"bits"``.
    target : {"classes", "real"}, optional
        What labels it is for; any unless told otherwise.

    Returns
    -------
    type
        A kind of measure, of the function's name: call it with settings, or without.

    Raises
    ------
    ArgumentError
        If the function's arguments are others.

    Examples
    --------
    >>> @measure(unit="fraction")
    ... def sure(logits, *, above=0.9):
    ...     return (logits.softmax(-1).amax(-1) > above).double().mean()
    >>> sure(above=0.5).above
    0.5
    """
    if function is None:
        return functools.partial(_made, unit=unit, target=target)
    return _made(function, unit, target)


def _made(function: Callable[..., Any], unit: str, target: Target | None) -> Any:
    """Return the kind of measure of a function."""
    allowed = "must take (logits, y, …, *, setting=default, …), each by its name"
    asked, settings = arguments_of(function, bool, allowed)
    constants = {
        "function": staticmethod(function),
        "asked": (*asked,),
        "taught": tuple(each for each in asked if each not in {*OF_MODEL, *OF_POINT}),
        "of_point": not {*OF_POINT}.isdisjoint(asked),
        "unit": unit,
        "target": target,
    }
    words = {*OF_MODEL, *OF_POINT, *dir(FunctionMeasure)}
    return kind_of(function, FunctionMeasure, constants, settings, words)
