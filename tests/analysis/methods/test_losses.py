"""Methods out of one function: what the loss is given, and what becomes of it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from analysis import ARMS, Method, Model, Optimiser, Projector, Synthetic, method
from analysis.methods.fitting import fit
from analysis.methods.losses import Said
from tests.analysis import plain
from tests.analysis.alone import crowd_of, parameters_of, same, started, tasks_of
from tests.refusals import refusal
from venn import VennDiagram

DIAGRAM = VennDiagram({"a": 2, "b": 2, "a&b": 3}, noise={"a": 1, "b": 4})
PROTOCOL = Synthetic(
    n_train=40, n_test=30, width=5, teacher_width=6, optimiser=Optimiser("adam", 0.02, 30, 0.01)
)


def apart(p: Tensor, q: Tensor) -> Tensor:
    return (p.exp() * (p - q)).sum(-1).mean()


PROJECTOR = Projector()


@method
def divergence(student: Said, teacher: Said, y: Tensor, *, weight: float = 0.5) -> Tensor:
    p, q = (said.logits.log_softmax(-1) for said in (teacher, student))
    return functional.cross_entropy(student.logits, y) + weight * apart(p, q)


@method
def hint(
    student: Said, teacher: Said, y: Tensor, *, weight: float = 1.0, to: Projector = PROJECTOR
) -> Tensor:
    shown = to(student.hidden[-1])  # type: ignore[operator]  # handed over as something to call
    return functional.cross_entropy(student.logits, y) + weight * functional.mse_loss(
        shown, teacher.hidden[-1]
    )


@method
def labels(student: Said, y: Tensor) -> Tensor:
    return functional.cross_entropy(student.logits, y)


@method
def two(student: Said, teacher: Said, other: Said, y: Tensor) -> Tensor:
    both = (teacher.logits + other.logits) / 2
    return functional.cross_entropy(student.logits, y) + functional.mse_loss(student.logits, both)


def fitted(
    arms: dict[str, Method], seed: int = 3, protocol: Synthetic = PROTOCOL
) -> dict[str, Model]:
    return fit(tasks_of(protocol, DIAGRAM, seed, arms))


def close(one: Model, other: Model) -> None:
    for mine, theirs in zip(parameters_of(one), parameters_of(other), strict=True):
        torch.testing.assert_close(mine, theirs, atol=2e-4, rtol=2e-4)


@pytest.mark.parametrize(
    "protocol", [PROTOCOL, replace(PROTOCOL, width=4, depth=3)], ids=["", "deep"]
)
def test_the_papers_loss_as_a_function_is_the_papers_method(protocol: Synthetic) -> None:
    found = fitted(
        {"kd": ARMS["kd"], "no_kd": ARMS["no_kd"], "mine": divergence(), "plain": labels()},
        3,
        protocol,
    )
    close(found["mine"], found["kd"])
    close(found["plain"], found["no_kd"])


def test_a_hint_through_a_projector_is_that_of_modules() -> None:
    """The map starts in a stream of its own, is trained along, and is no part of the model."""
    tasks = tasks_of(PROTOCOL, DIAGRAM, 3, {"hint": hint(weight=2.0)})
    found = fit(tasks)
    teacher, trial = plain.module(parameters_of(found["teacher"])), tasks["hint"].trial
    student = started(3, "student", [9, 5, 2])
    project = nn.Linear(5, 6)
    chance = trial.stream("map", "to")
    with torch.no_grad():
        for part, shape in ((project.weight, (6, 5)), (project.bias, (6,))):
            drawn = chance.uniform(-(5**-0.5), 5**-0.5, (1, *shape, *[1] * (2 - len(shape))))
            part.copy_(torch.tensor(drawn, dtype=torch.float32).reshape(shape))
        wanted = teacher[:2](trial.train.views["teacher"][0])
    x, y = trial.train.views["student"][0], trial.train.y[0]

    def value(_: object) -> Tensor:
        loss: Tensor = functional.cross_entropy(student(x), y)
        return loss + 2 * functional.mse_loss(project(student[:2](x)), wanted)

    plain.descend(value, [*student.parameters(), *project.parameters()], PROTOCOL.optimiser)
    for mine, theirs in zip(parameters_of(found["hint"]), student.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs.detach().reshape(mine.shape), atol=2e-4, rtol=2e-4)


def test_a_loss_does_not_depend_on_company() -> None:
    arms: dict[str, Method] = {"hint": hint(), "mine": divergence(weight=2.0)}
    together = fit(crowd_of({s: tasks_of(PROTOCOL, DIAGRAM, s, arms) for s in range(4)}))
    for seed in (0, 3):
        for arm, alone in fitted(arms, seed).items():
            assert same(parameters_of(together[seed, arm]), parameters_of(alone)), arm


def test_several_teachers_are_fields_that_take_methods() -> None:
    assert hint().needs == {"teacher": ARMS["teacher"]}
    both = two(other=ARMS["kd"])
    assert both.needs == {"teacher": ARMS["teacher"], "other": ARMS["kd"]}
    assert set(fitted({"two": both})) == {"teacher", "kd", "two"}
    assert labels().needs == {}
    assert refusal(hint, teacher="kd").startswith("teacher = 'kd': must be of kind Method")


def test_a_setting_is_a_field_and_changes_the_model() -> None:
    assert (hint().weight, hint(weight=3).weight) == (1.0, 3)
    assert replace(hint(), weight=3) == hint(weight=3) != hint()
    found = fitted({"one": divergence(), "three": divergence(weight=3.0)})
    assert not same(parameters_of(found["one"]), parameters_of(found["three"]))


RETURNED: dict[str, Callable[[Tensor, Tensor], Any]] = {
    "a value a row": lambda said, y: functional.cross_entropy(said, y, reduction="none"),
    "a number of Python": lambda said, y: len(said) + len(y),
    "a count": lambda said, y: (said.argmax(-1) == y).sum(),
}


@pytest.mark.parametrize("name", RETURNED)
def test_a_loss_that_returns_something_else_is_refused(name: str) -> None:
    def wrong(student: Said, y: Tensor) -> Tensor:
        value: Tensor = RETURNED[name](student.logits, y)
        return value

    words = refusal(fitted, {"wrong": method(wrong)()})
    assert words.startswith("wrong(…) = ")
    assert "must return one value, a tensor of floats without axes" in words


def unused(student: Said, teacher: Said, y: Tensor, *, to: Projector = PROJECTOR) -> Tensor:  # noqa: ARG001
    return functional.cross_entropy(student.logits, y)


def headless(student: Said, y: Tensor) -> Tensor:  # noqa: ARG001
    return student.hidden[-1].mean()


def untaught(student: Said, teacher: Said, y: Tensor) -> Tensor:  # noqa: ARG001
    return functional.cross_entropy(teacher.logits, y)


def unlike(student: Said, teacher: Said, y: Tensor) -> Tensor:  # noqa: ARG001
    return (student.hidden[-1] - teacher.hidden[-1]).square().mean()


def misnamed(student: Said, teacher: Said, y: Tensor) -> Tensor:  # noqa: ARG001
    value: Tensor = student.features  # type: ignore[attr-defined]  # what a user may try
    return value


SECOND = Projector(of=1)


def deep(student: Said, y: Tensor, *, to: Projector = SECOND) -> Tensor:  # noqa: ARG001
    return student.logits.mean()


GIVEN = "student has logits (40, 2) and hidden (40, 5); teacher has logits (40, 2) and hidden (40"
FAILS: dict[str, tuple[Callable[..., Tensor], str]] = {
    "unused.to = Projector(of=-1, to=-1): has no part in what": (unused, ""),
    "headless(…) = 'layer 2 of 2': of the student has no part in": (headless, ""),
    "untaught(…) = 'a value without a gradient': must depend on": (untaught, ""),
    "unlike.fit = 'RuntimeError: The size of tensor a (5) must": (unlike, f"{GIVEN}, 6); a Proj"),
    "misnamed.fit = \"AttributeError: 'Said' object has no att": (misnamed, f"{GIVEN}, 6); a Proj"),
    "deep.to = Projector(of=1, to=-1): is of layers that are not there: 1 and 1": (deep, ""),
}


@pytest.mark.parametrize("words", FAILS)
def test_a_loss_that_fails_is_told_what_it_was_given(words: str) -> None:
    function, given = FAILS[words]
    said = refusal(fitted, {"mine": method(function)()})
    assert said.startswith(words)
    assert given in said


def test_a_linear_student_has_no_hidden_layer_and_the_loss_is_told() -> None:
    linear = replace(PROTOCOL, width=0)
    said = refusal(fitted, {"mine": method(unlike)()}, 3, linear)
    assert "student has logits (40, 2) and hidden nothing; teacher has logits" in said


BAD: dict[str, Callable[..., Any]] = {
    "must take (student, teacher, y, *, setting=default, …)": lambda logits, y: logits + y,
    "has a meaning of its own here; choose another name": lambda student, y, *, input=1: (
        student,
        y,
        input,
    ),
    "must have a default": lambda student, y, *, weight: (student, y, weight),
}


@pytest.mark.parametrize("words", BAD)
def test_a_function_of_other_arguments_is_no_method(words: str) -> None:
    assert words in refusal(method, BAD[words])
