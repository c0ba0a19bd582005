"""A teacher that says of each training row what it learned from others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from analysis.methods.method import Method, Model, Role, Setup
from analysis.methods.trials import Split, Trial
from analysis.training.networks import MLP
from venn.checks import ArgumentError, instance, whole


@dataclass(frozen=True, eq=False)
class CrossFittedModel(Model):
    """Models of which each was fitted without one fold of the training rows.

    Parameters
    ----------
    models : tuple of Model
        The f-th without fold f.
    fold : tensor (sample,)
        The fold of each training row, by its number.
    """

    models: tuple[Model, ...]
    fold: Int[Tensor, " sample"]

    @property
    def finite(self) -> bool:
        """Whether all of them are."""
        return all(model.finite for model in self.models)

    def outputs(self, rows: Split) -> Float[Tensor, "model sample class_"]:
        """Return the logits of the model that did not learn from a row; of other rows, their mean."""
        assert rows.numbers is not None
        said = torch.stack([model.outputs(rows)[0] for model in self.models])
        found = said.mean(0)
        learned = (rows.numbers < len(self.fold)).nonzero()[:, 0]
        found[learned] = said[self.fold[rows.numbers[learned]], learned]
        return found[None]


@dataclass(frozen=True, kw_only=True)
class CrossFitted(Method):
    """A teacher is fitted once a fold, without it, and says of each row what it says without it.

    What it says of training rows, which its students imitate, is so not what it remembers of their
    labels.  Of other rows it says the mean of all folds' logits.  What the teacher needs itself is
    fitted once, on all training rows.

    Parameters
    ----------
    teacher : Method
        How it is fitted.
    folds : int
        Into how many parts, as equal as can be, each trial's training rows are cut by chance.

    Notes
    -----
    Source: Dao, Kamath, Syrgkanis and Mackey, Knowledge distillation as semiparametric inference
    (2021).
    """

    teacher: Method
    folds: int = 5

    def __post_init__(self) -> None:
        instance("teacher", self.teacher, Method, "ARMS['teacher']")
        whole("folds", self.folds, at_least=2)

    @property
    def needs(self) -> Mapping[str, Method]:
        """What the teacher needs."""
        return self.teacher.needs

    @property
    def inputs(self) -> tuple[str, ...]:
        """What the teacher reads."""
        return self.teacher.inputs

    @property
    def role(self) -> Role:
        """The teacher's."""
        return self.teacher.role

    def depends_on(self, setup: Setup, network: MLP) -> dict[str, Any]:
        """Return what the teacher depends on, and the number of folds."""
        return {"cross-fitted": self.teacher.depends_on(setup, network), "folds": self.folds}

    def fit(
        self, trials: Sequence[Trial], needed: Mapping[str, Sequence[Model]], setup: Setup
    ) -> Sequence[CrossFittedModel]:
        """Fit the teacher without each fold of each trial's training rows."""
        rows = trials[0].train.y.shape[1]
        whole("folds", self.folds, at_most=rows)
        if any(trial.train.numbers is None for trial in trials):
            allowed = "must know its training rows again, which a replay does not; use synthetic"
            raise ArgumentError("CrossFitted", "a replay", allowed)
        folds = [self._fold(trial, rows) for trial in trials]
        found = []
        for fold in range(self.folds):
            others = [
                trial.only((own != fold).nonzero()[:, 0])
                for trial, own in zip(trials, folds, strict=True)
            ]
            found.append(self.teacher.fit(others, needed, setup))
        models = zip(*found, strict=True)
        return [CrossFittedModel(own, fold) for own, fold in zip(models, folds, strict=True)]

    def _fold(self, trial: Trial, rows: int) -> Int[Tensor, " sample"]:
        """Draw the fold of each training row."""
        order = torch.from_numpy(trial.chance("folds").permutation(rows))
        return order % self.folds
