"""Arms: the ways to train one network, as data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from venn.checks import ArgumentError, one_of

Role = Literal["teacher", "student"]
Input = Literal["teacher", "student", "both", "general"]
Loss = Literal["labels", "heavier labels", "distillation"]

POSTERIOR = "posterior"
"""What `Arm.imitates` says of an arm whose teacher is the exact posterior of the label."""


@dataclass(frozen=True, kw_only=True)
class Arm:
    r"""One way to train a network.

    .. math:: L = \begin{cases}
        \mathrm{CE}(y, s) & \text{labels} \\
        (w_y + w_t / k) \, \mathrm{CE}(y, s) & \text{heavier labels} \\
        w_y \, \mathrm{CE}(y, s) + w_t T^2 \, \mathrm{KL}(t \,\|\, s) / k & \text{distillation}
        \end{cases}

    with the weights, the temperature T and the divisor k of `Distillation`.

    Parameters
    ----------
    role : {"teacher", "student"}
        Whose width and depth the network has.
    input : {"teacher", "student", "both", "general"}
        What it is trained and tested on: a modality, both side by side, or those channels of the
        teacher's modality that a general teacher keeps.
    init_stream : str
        The stream of its initial parameters; arms of one shape and stream start from one point.
    loss : {"labels", "heavier labels", "distillation"}
        What it minimises.
    imitates : str, optional
        The arm, or ``"posterior"``, whose outputs t it distils.
    shuffled : bool
        Whether those outputs are permuted across training samples.
    """

    role: Role
    input: Input
    init_stream: str
    loss: Loss = "labels"
    imitates: str | None = None
    shuffled: bool = False

    def __post_init__(self) -> None:
        one_of("role", self.role, get_args(Role))
        one_of("input", self.input, get_args(Input))
        one_of("loss", self.loss, get_args(Loss))
        if (self.loss == "distillation") != (self.imitates is not None):
            allowed = "must name a teacher if and only if the loss is distillation"
            raise ArgumentError("imitates", self.imitates, allowed)

    @property
    def teacher(self) -> str | None:
        """The arm that must be trained before this one."""
        return None if self.imitates == POSTERIOR else self.imitates


def _teacher(input: Input, init_stream: str) -> Arm:
    return Arm(role="teacher", input=input, init_stream=init_stream)


def _student(loss: Loss, imitates: str | None = None, *, shuffled: bool = False) -> Arm:
    return Arm(
        role="student",
        input="student",
        init_stream="student",
        loss=loss,
        imitates=imitates,
        shuffled=shuffled,
    )


ARMS: Mapping[str, Arm] = {
    "teacher": _teacher("teacher", "teacher"),
    "um_teacher": _teacher("student", "um_teacher"),
    "multimodal_teacher": _teacher("both", "multimodal_teacher"),
    "general_teacher": _teacher("general", "teacher"),
    "no_kd": _student("labels"),
    "kd": _student("distillation", "teacher"),
    "um_kd": _student("distillation", "um_teacher"),
    "kd_multimodal": _student("distillation", "multimodal_teacher"),
    "kd_multimodal_shuffled": _student("distillation", "multimodal_teacher", shuffled=True),
    "kd_general": _student("distillation", "general_teacher"),
    "kd_oracle": _student("distillation", POSTERIOR),
    "kd_shuffled": _student("distillation", "teacher", shuffled=True),
    "hard_label": _student("heavier labels"),
}
"""Every arm by its name; an arm comes after the one that it imitates."""

PAPER_ARMS = ("teacher", "no_kd", "kd")
"""The arms of the paper's figures."""


def with_teachers(arms: Iterable[str]) -> tuple[str, ...]:
    """Return arms and the teachers that they imitate, in the order of `ARMS`, each once.

    Raises
    ------
    ArgumentError
        If an arm is unknown.
    """
    asked = {one_of("arms", arm, ARMS) for arm in arms}
    asked |= {teacher for arm in asked if (teacher := ARMS[arm].teacher) is not None}
    return tuple(arm for arm in ARMS if arm in asked)
