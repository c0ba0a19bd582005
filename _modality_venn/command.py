"""The command ``mfh``, which begins here so that it can say what is in the way of its packages."""

import sys
from importlib import import_module

from _modality_venn.packages import PACKAGES, check


def main() -> None:
    """Run the command line, or say in one line why it cannot be loaded, with exit status 2."""
    try:
        check(*PACKAGES)
    except ImportError as error:
        print(f"mfh: {error}", file=sys.stderr)
        sys.exit(2)
    import_module("mfh").main()
