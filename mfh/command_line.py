"""The command line: its commands, and what it says when a call is bad or stopped."""

import sys
from typing import NoReturn

import click

from mfh.commands.calibrate import calibrate
from mfh.commands.claims import claims
from mfh.commands.diagram import diagram
from mfh.commands.lecture import lecture
from mfh.commands.plot import plot
from mfh.commands.reproduce import reproduce
from mfh.commands.store import store
from mfh.commands.sweep import sweep
from mfh.commands.truth import truth
from mfh.commands.verify import verify
from mfh.terminal import spell_out
from venn.interrupts import heard


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    commands=[verify, claims, calibrate, reproduce, sweep, plot, store, truth, diagram, lecture],
)
@click.version_option(package_name="modality-venn", prog_name="mfh")
def cli() -> None:
    """Verify the modality focusing hypothesis on synthetic data whose truth is known exactly."""


def main() -> None:
    """Run the command line; whatever stops it gets one line and exit status 130."""
    spell_out()
    with heard():
        try:
            _call()
        except (click.Abort, KeyboardInterrupt) as stop:
            kept = "nothing is half-written, and what was finished is kept"
            _exit(130, f"interrupted; {stop.args[0] if stop.args else kept}")


def _call() -> None:
    """Run the command; a bad call gets one line and exit status 2."""
    try:
        status = cli.main(prog_name="mfh", standalone_mode=False)
        sys.exit(status)  # that of a command that found a problem
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        _exit(error.exit_code, error.format_message())
    except OSError as error:
        _exit(1, f"{error}; nothing is half-written, and what was finished is kept")
    except MemoryError as error:
        _exit(1, f"out of memory ({error}); use fewer features, channels or seeds")


def _exit(status: int, line: str) -> NoReturn:
    click.echo(f"mfh: {' '.join(line.split())}", err=True)
    sys.exit(status)
