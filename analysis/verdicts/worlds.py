"""Worlds: what a claim is tested in, beside the setting that the paper has."""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import replace

from analysis.protocols import LINEAR, Protocol, Synthetic
from analysis.protocols.synthetic import Shows
from synth import Hyperplane, RandomNetwork, Rotation, Rule
from venn import FrozenMapping

MODELS: Mapping[str, Synthetic] = {"linear": LINEAR, "MLP": Synthetic()}
"""Networks and their training: the paper's own, and one hidden layer with the defaults of `Synthetic`."""

RULES: Mapping[str, Rule] = {"hyperplane": Hyperplane(), "random network": RandomNetwork()}
"""Label rules that linear models can learn in part."""

VIEWS: Mapping[str, tuple[Shows, Shows]] = {
    "as it is": ((), ()),
    "rotated": ((Rotation(seed=1),), (Rotation(seed=2),)),
}
"""How teacher and student see their features."""


def worlds(
    models: Iterable[str] = MODELS, rules: Iterable[str] = RULES, views: Iterable[str] = VIEWS
) -> Mapping[str, Protocol]:
    """Return the protocol of every combination of models, rules and views, by its name in words."""
    made: dict[str, Protocol] = {}
    for words in itertools.product(models, rules, views):
        model, rule, view = words
        teacher, student = VIEWS[view]
        made[", ".join(words)] = replace(
            MODELS[model], rule=RULES[rule], teacher_view=teacher, student_view=student
        )
    return FrozenMapping(made)


PAPER = "linear, hyperplane, as it is"
"""The setting of the paper's synthetic experiments."""

WORLDS: Mapping[str, Protocol] = FrozenMapping(
    {**worlds(views=["as it is"]), **worlds(["MLP"], ["hyperplane"], ["rotated"])}
)
"""Where claims are tested that fix nothing, the paper's first.

Linear models see features as they are: gradient descent on a linear model is the same in rotated
coordinates but for where it starts.
"""
