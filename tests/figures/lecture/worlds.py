"""Settings as the page has them, and what the library makes of them."""

from typing import Any

from analysis import Distillation, Optimiser, Synthetic
from synth import Hyperplane, Parity, Quadratic, Rule
from venn import VennDiagram

Settings = dict[str, Any]

STUDENTS = {
    "teacher": "kd",
    "general_teacher": "kd_general",
    "multimodal_teacher": "kd_multimodal",
    "um_teacher": "um_kd",
}
"""The arm that imitates each teacher."""

BASE: Settings = {
    "a": 5,
    "g": 5,
    "b": 5,
    "h": 5,
    "da": 25,
    "db": 50,
    "n": 200,
    "flip": 0.0,
    "rule": "hyperplane",
    "model": "linear",
    "teacher": "teacher",
    "temperature": 1.0,
    "weight": 0.5,
    "seed": 0,
}


def settings(**changed: Any) -> Settings:
    """Return the settings in which the page opens, some of them changed."""
    assert changed.keys() <= BASE.keys()
    return BASE | changed


def diagram(world: Settings) -> VennDiagram:
    a, g, b = world["a"], world["g"], world["b"]
    noise = {"a": world["da"] - a - g, "b": world["db"] - b - g}
    return VennDiagram({"a": a, "b": b, "a&b": g}, hidden=world["h"], noise=noise)


def rule(world: Settings) -> Rule:
    flip = world["flip"]
    rules: dict[str, Rule] = {
        "hyperplane": Hyperplane(flip=flip),
        "quadratic": Quadratic(flip=flip),
        "parity": Parity(("a", "b"), flip=flip),
    }
    return rules[world["rule"]]


def protocol(world: Settings) -> Synthetic:
    """Return the protocol that the page's two models stand for."""
    models: dict[str, dict[str, Any]] = {
        "linear": {"width": 0, "optimiser": Optimiser("sgd", learning_rate=0.1, steps=1000)},
        "hidden": {},
    }
    return Synthetic(
        n_train=world["n"],
        n_test=1000,
        rule=rule(world),
        distillation=Distillation(1.0, world["weight"], world["temperature"], "batchmean"),
        **models[world["model"]],
    )
