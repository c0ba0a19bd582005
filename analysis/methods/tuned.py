"""A method whose fields are chosen by validation rows, seed by seed."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from analysis.methods.arms import changed
from analysis.methods.method import Method, Model, Role, Setup
from analysis.methods.network import outputs_of
from analysis.methods.trials import Trial
from analysis.training.networks import MLP
from analysis.training.objectives import squared_error
from analysis.training.outputs import share_right
from venn import ArgumentError, FrozenMapping, canonical
from venn.checks import instance, number


@dataclass(frozen=True)
class Tuned(Method):
    """The best of some settings of a method: that whose models do best on rows held out.

    Each setting is fitted on the first training rows of a trial and judged on the others: by its
    accuracy, or of a real target by its squared error.  The best, the first of several, is fitted
    again on all of them.
    What the method needs, such as its teacher, is fitted once, on all training rows.

    Parameters
    ----------
    method : Method
        What is tuned.
    grid : mapping of str to sequence
        Values of its fields, such as ``{"beta": (1.0, 8.0)}``; fields of a method in a field have a
        dot in them.  All combinations are tried, the last field running fastest.
    rows : float
        The share of training rows that are held out, between 0 and 1.
    """

    method: Method
    grid: Mapping[str, Sequence[Any]]
    rows: float = 0.25

    def __post_init__(self) -> None:
        instance("method", self.method, Method, "ARMS['kd']")
        instance("grid", self.grid, Mapping, "{'beta': (1.0, 8.0)}")
        values = {name: tuple(each) for name, each in self.grid.items()}
        for name, each in values.items():
            if not each:
                raise ArgumentError(f"grid[{name!r}]", each, "must hold at least one value")
        object.__setattr__(self, "grid", FrozenMapping(values))
        share = number("rows", self.rows, above=True)
        if share >= 1:
            raise ArgumentError("rows", self.rows, "must be a share of rows below 1")
        _ = self.settings  # fails where a field is unknown

    @property
    def settings(self) -> tuple[Method, ...]:
        """The method with each combination of values."""
        combinations = itertools.product(*self.grid.values())
        chosen = [dict(zip(self.grid, each, strict=True)) for each in combinations]
        found = []
        for values in chosen:
            method = self.method
            for name, value in values.items():
                method = changed(f"grid[{name!r}]", method, name.split("."), value)
            found.append(method)
        return tuple(found)

    @property
    def needs(self) -> Mapping[str, Method]:
        """What its settings need: by its name where all need the same, or by its setting's number."""
        needed: dict[str, Method] = {}
        for i, method in enumerate(self.settings):
            for what, each in method.needs.items():
                name = what if needed.get(what, each) == each else f"{what} {i}"
                needed[name] = each
        return FrozenMapping(needed)

    @property
    def inputs(self) -> tuple[str, ...]:
        """What the method reads."""
        return self.method.inputs

    @property
    def role(self) -> Role:
        """The method's."""
        return self.method.role

    def depends_on(self, setup: Setup, network: MLP) -> dict[str, Any]:
        """Return what its settings depend on, and the rows held out."""
        tuned = [method.depends_on(setup, network) for method in self.settings]
        return {"tuned": tuned, "rows": canonical(self.rows)}

    def fit(
        self, trials: Sequence[Trial], needed: Mapping[str, Sequence[Model]], setup: Setup
    ) -> Sequence[Model]:
        """Fit every setting on some rows of each trial, and the best on all of them."""
        count = trials[0].train.y.shape[1]
        kept = count - round(count * self.rows)
        if not 0 < kept < count:
            allowed = (
                f"leaves {kept} of {count} training rows to learn from; hold out some, not all"
            )
            raise ArgumentError("rows", self.rows, allowed)
        before, held = zip(*(trial.parted(kept) for trial in trials), strict=True)
        found = []
        for i, method in enumerate(self.settings):
            models = method.fit(before, self._needed(i, needed), setup)
            said, y = outputs_of(models, held, setup.device), torch.cat([rows.y for rows in held])
            real = y.is_floating_point()
            score = -squared_error(said, y) if real else share_right(said, y)
            whole = torch.tensor([model.finite for model in models], device="cpu")
            found.append(score.where(whole, -torch.inf))
        best = torch.stack(found).argmax(0).tolist()
        fitted: dict[int, Model] = {}
        for i, method in enumerate(self.settings):
            chosen = [trial for trial, setting in enumerate(best) if setting == i]
            if chosen:
                theirs = {
                    what: [models[trial] for trial in chosen]
                    for what, models in self._needed(i, needed).items()
                }
                models = method.fit([trials[trial] for trial in chosen], theirs, setup)
                fitted |= zip(chosen, models, strict=True)
        return [fitted[trial] for trial in range(len(trials))]

    def _needed(
        self, setting: int, needed: Mapping[str, Sequence[Model]]
    ) -> dict[str, Sequence[Model]]:
        """Return the models that a setting needs, by the names that it has for them."""
        own, names = self.settings[setting].needs, {each: name for name, each in self.needs.items()}
        return {what: needed[names[each]] for what, each in own.items()}
