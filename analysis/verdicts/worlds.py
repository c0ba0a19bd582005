"""Worlds: what a claim is tested in, beside the setting that the paper has."""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from analysis.protocols import LINEAR, Synthetic
from analysis.protocols.synthetic import Shows
from synth import Hyperplane, RandomNetwork, Rotation, Rule
from venn.checks import one_of

MODELS: Mapping[str, Synthetic] = {"linear": LINEAR, "MLP": Synthetic()}
"""Networks and their training: the paper's own, and one hidden layer with the defaults of `Synthetic`."""

RULES: Mapping[str, Rule] = {"hyperplane": Hyperplane(), "random network": RandomNetwork()}
"""Label rules that linear models can learn in part."""

VIEWS: Mapping[str, tuple[Shows, Shows]] = {
    "as it is": ((), ()),
    "rotated": ((Rotation(seed=1),), (Rotation(seed=2),)),
}
"""How teacher and student see their features."""


@dataclass(frozen=True)
class World:
    """Models, a label rule and views: one setting in which a claim is tested.

    Parameters
    ----------
    models : {"linear", "MLP"}
        Networks of teachers and students.
    rule : {"hyperplane", "random network"}
        How decisive features make the label.
    view : {"as it is", "rotated"}
        How each modality shows its features.
    """

    models: str
    rule: str
    view: str

    def __post_init__(self) -> None:
        one_of("models", self.models, MODELS)
        one_of("rule", self.rule, RULES)
        one_of("view", self.view, VIEWS)

    @property
    def protocol(self) -> Synthetic:
        """How data are drawn and networks trained here."""
        teacher, student = VIEWS[self.view]
        return replace(
            MODELS[self.models],
            rule=RULES[self.rule],
            teacher_view=teacher,
            student_view=student,
        )

    def __str__(self) -> str:
        """Return the world in words."""
        return f"{self.models}, {self.rule}, {self.view}"


PAPER = World("linear", "hyperplane", "as it is")
"""The setting of the paper's synthetic experiments."""


def worlds(
    models: Iterable[str] = MODELS, rules: Iterable[str] = RULES, views: Iterable[str] = VIEWS
) -> tuple[World, ...]:
    """Return every combination of models, rules and views."""
    return tuple(World(*words) for words in itertools.product(models, rules, views))


WORLDS = (*worlds(views=("as it is",)), World("MLP", "hyperplane", "rotated"))
"""Where claims are tested that fix nothing, the paper's first.

Linear models see features as they are: gradient descent on a linear model is the same in rotated
coordinates but for where it starts.
"""
