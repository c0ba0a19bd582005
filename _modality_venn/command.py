"""The command ``mfh``, which begins here so that it can say what is in the way of its packages."""

import signal
import sys
from importlib import import_module
from typing import NoReturn

from _modality_venn.packages import PACKAGES, check


def main() -> None:
    """Run the command line, or say in one line why it cannot be loaded, with exit status 2.

    An interrupt while it is loaded gets a line and status 130, as one later does; at the end, when
    Python puts all away, there is nothing left to interrupt.
    """
    try:
        check(*PACKAGES)
        run = import_module("mfh.command_line").main
    except ImportError as error:
        _exit(2, str(error))
    except KeyboardInterrupt:
        _ignore_interrupts()
        _exit(130, "interrupted; nothing had begun")
    try:
        run()
    finally:
        _ignore_interrupts()


def _ignore_interrupts() -> None:
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)


def _exit(status: int, line: str) -> NoReturn:
    print(f"mfh: {line}", file=sys.stderr)
    sys.exit(status)
