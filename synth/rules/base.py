"""What every label rule is."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float, Shaped

from venn.canonical import canonical
from venn.checks import ArgumentError, number, whole
from venn.diagram import VennDiagram
from venn.ratios import checked_shares
from venn.truth import Truth

LEAST = 1e-6
"""The least temperature that is not 0, in standard deviations of a score."""


@dataclass(frozen=True, repr=False)
class Rule(ABC):
    """How decisive features make a label.

    A rule is a distribution of the label: `conditional` on known features, `posterior` where they are
    known up to a normal error, and `truth`, what can then be known on average.  The last two are
    None where there is no exact form; Monte Carlo takes their place.
    """

    @property
    @abstractmethod
    def prior(self) -> tuple[float, ...] | None:
        """The probability of each class before flips; None for a real target."""

    @property
    @abstractmethod
    def noisy(self) -> bool:
        """Whether features leave the label to chance."""

    def __repr__(self) -> str:
        """Show what is not as by default, as an expression for an equal rule."""
        values = ((each, getattr(self, each.name)) for each in dataclasses.fields(self))
        shown = (f"{each.name}={value!r}" for each, value in values if value != each.default)
        return f"{type(self).__name__}({', '.join(shown)})"

    def check(self, diagram: VennDiagram) -> None:  # noqa: B027  # most rules fit every diagram
        """Fail if the rule cannot be used with a diagram, and say why."""

    def depends_on(self, diagram: VennDiagram) -> dict[str, Any]:
        """Return what of a diagram, the rule being given, the label of given latents depends on.

        Where two diagrams agree in it, `label` gives the same latents the same labels, to the last
        bit.  It is the whole diagram unless a rule says that less will do; what it leaves out, no
        method that makes the label may look at.

        Parameters
        ----------
        diagram : VennDiagram
            Which features there are.

        Returns
        -------
        dict
            Plain JSON data.
        """
        form: dict[str, Any] = canonical(diagram)
        return form

    @abstractmethod
    def conditional(
        self, diagram: VennDiagram, latents: Float[np.ndarray, "*row feature"]
    ) -> Float[np.ndarray, "*row _"]:
        """Return the distribution of the label given all features.

        Parameters
        ----------
        diagram : VennDiagram
            Which features there are.
        latents : array (…, feature)
            Decisive features, hidden ones included, in the diagram's order.

        Returns
        -------
        array (…, class)
            Class probabilities; for a real target mean and standard deviation.
        """

    def posterior(
        self,
        diagram: VennDiagram,  # noqa: ARG002  # exact rules use it
        mean: Float[np.ndarray, "*row feature"],  # noqa: ARG002  # exact rules use it
        unknown: Float[np.ndarray, "feature feature"],  # noqa: ARG002  # exact rules use it
    ) -> Float[np.ndarray, "*row _"] | None:
        """Return the distribution of the label of features that are N(mean, unknown), or None."""
        return None

    def truth(
        self,
        diagram: VennDiagram,  # noqa: ARG002  # exact rules use it
        unknown: Float[np.ndarray, "feature feature"],  # noqa: ARG002  # exact rules use it
    ) -> Truth | None:
        """Return what can be known where `unknown` is the covariance given what is seen, or None."""
        return None

    @abstractmethod
    def label(
        self,
        diagram: VennDiagram,
        latents: Float[np.ndarray, "*row feature"],
        uniform: Float[np.ndarray, "*row"] | None = None,
    ) -> Shaped[np.ndarray, "*row"]:
        """Return the label of each row of decisive features.

        Parameters
        ----------
        diagram : VennDiagram
            Which features there are.
        latents : array (…, feature)
            Decisive features, hidden ones included, in the diagram's order.
        uniform : array (…), optional
            The chance in each label, strictly between 0 and 1: the label is that quantile of its
            distribution.  Without it the median, which is the label itself where the rule is not noisy.

        Returns
        -------
        array (…)
            Classes 0, 1, … or a real target.
        """


@dataclass(frozen=True, repr=False)
class Classification(Rule):
    """A rule whose labels are classes.

    Parameters
    ----------
    flip : float
        Probability that a label becomes one of the other classes, each as likely; from 0 to
        1 - 1/K, where the labels of K classes are pure chance.
    """

    flip: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        classes = len(self.prior)
        flip = number("flip", self.flip)
        if flip > 1 - 1 / classes:
            allowed = f"must be at most {1 - 1 / classes:g}: {classes} classes are then pure chance"
            raise ArgumentError("flip", self.flip, allowed)
        object.__setattr__(self, "flip", flip)

    @property
    @abstractmethod
    def prior(self) -> tuple[float, ...]:
        """The probability of each class before flips."""

    @property
    def noisy(self) -> bool:
        """Whether labels are flipped."""
        return self.flip > 0

    def label(
        self,
        diagram: VennDiagram,
        latents: Float[np.ndarray, "*row feature"],
        uniform: Float[np.ndarray, "*row"] | None = None,
    ) -> Shaped[np.ndarray, "*row"]:
        """Return the class of each row; see `Rule.label`."""
        below = np.cumsum(self.conditional(diagram, latents)[..., :-1], axis=-1)
        chance = np.array(0.5) if uniform is None else uniform
        return np.asarray((chance[..., None] > below).sum(-1))


@dataclass(frozen=True, repr=False)
class Sliced(Classification):
    r"""A rule whose classes are slices of a score.

    .. math:: y = \#\{k : s + T \ell > c_k\}, \quad \ell \sim \text{Logistic}(0, 1)

    with the score s of variance 1 and cuts :math:`c_k` that give the classes their probabilities,
    whatever the temperature T.  For two classes
    :math:`P(y = 1 \mid s) = 1 / (1 + e^{-(s - c) / T})`.

    Parameters
    ----------
    classes : int or sequence of float
        The number of classes, all as likely, at most 100; or the probability of each.
    temperature : float
        Logistic label noise T, in standard deviations of the score; 0 means none, and 1e-6 is the
        least.
    flip : float
        Probability that a label then becomes one of the other classes, each as likely.
    """

    classes: int | Sequence[float] = field(default=2, kw_only=True)
    temperature: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "classes", _checked_classes(self.classes))
        object.__setattr__(self, "temperature", _checked_temperature(self.temperature))
        super().__post_init__()

    @property
    def prior(self) -> tuple[float, ...]:
        """The probability of each class before flips."""
        if isinstance(self.classes, int):
            return (1 / self.classes,) * self.classes
        return tuple(self.classes)

    @property
    def noisy(self) -> bool:
        """Whether labels are flipped or have a temperature."""
        return self.flip > 0 or self.temperature > 0


def _checked_temperature(value: float) -> float:
    temperature = number("temperature", value, at_most=1e6)
    if 0 < temperature < LEAST:
        allowed = f"must be 0 or at least {LEAST:g}, below which it changes no label"
        raise ArgumentError("temperature", value, allowed)
    return temperature


def _checked_classes(classes: object) -> int | tuple[float, ...]:
    if not isinstance(classes, Sequence | np.ndarray) or isinstance(classes, str):
        return whole("classes", classes, at_least=2, at_most=100)
    named = {f"classes[{k}]": share for k, share in enumerate(classes)}
    if len(named) < 2:
        raise ArgumentError("classes", classes, "must be at least 2, or their probabilities")
    for name, share in named.items():
        number(name, share, at_least=1e-9)
    shares = tuple(checked_shares(named).values())
    return len(shares) if len(set(shares)) == 1 else shares
