"""What a bad argument is called: by its option, its argument in capitals, or where it was typed."""

from typing import Any

import click
import pytest

from mfh.typed import Command, as_typed
from venn import ArgumentError

PLACES = {
    "n_train": "plan.toml: n_train = ",
    "width": "--set width=",
    "nonsense": "--set nonsense=",
}
LINES: dict[str, tuple[str, Any]] = {
    "--seeds 0": ("seeds", 0),
    "--region a=-1": ("regions['a']", -1),  # an option that is called otherwise
    "--region a'=-1": ('regions["a\'"]', -1),
    "--region a=1 --region b=2": ("regions", {"a": 1, "b": 2}),
    "--region": ("regions", {}),
    "--modalities a a": ("modalities", ("a", "a")),
    "--label-noise 2": ("label_noise", 2),
    "STORE x.db": ("store", "x.db"),
    "plan.toml: n_train = 0": ("axes['n_train']", 0),
    "plan.toml: n_train = 1,1": ("n_train", (1, 1)),
    "plan.toml: n_train = []": ("n_train", []),
    "--set width=-1": ("student_width", -1),  # typed for both roles
    "--set nonsense": ("settings", "nonsense"),
    "rule.flip = 3": ("rule.flip", 3),  # nothing that was typed
}


@pytest.mark.parametrize(("line", "argument"), LINES.items(), ids=LINES)
def test_an_error_names_what_was_typed(line: str, argument: tuple[str, Any]) -> None:
    @click.command(cls=Command)
    @click.argument("path", metavar="[STORE]…", required=False)
    @click.option("--region", "regions")
    @click.option("--seeds")
    @click.option("--modalities")
    @click.option("--width")
    @click.option("--label-noise")
    def command(**_: object) -> None:
        with as_typed(PLACES):
            raise ArgumentError(*argument, "must be better")

    with pytest.raises(click.UsageError) as error:
        command.main([], standalone_mode=False)
    assert error.value.format_message() == f"{line}: must be better"


def test_a_command_names_its_own_options() -> None:
    @click.command(cls=Command)
    @click.option("--width")
    def command(width: str) -> None:
        raise ArgumentError("teacher_width", width, "must be better")

    with pytest.raises(click.UsageError, match=r"^--width 3: must be better$"):
        command.main(["--width", "3"], standalone_mode=False)
