"""Every protocol by its name."""

from collections.abc import Mapping
from dataclasses import replace

from analysis.protocols.protocol import Protocol
from analysis.protocols.released import Released
from analysis.protocols.synthetic import Native
from venn import ArgumentError
from venn.checks import whole

PROTOCOLS: Mapping[str, Protocol] = {
    "native": Native(),
    "published": Released(delta="ones"),
    "released": Released(),
}
"""Every protocol by its name."""

DEFAULT_SEEDS: Mapping[str, int] = {"native": 100, "published": 100, "released": 10}
"""Seeds that each protocol runs unless told otherwise; the released script has 10."""


def with_width(protocol: Protocol, width: int) -> Protocol:
    """Return the protocol with another number of hidden units, in teachers and students.

    Raises
    ------
    ArgumentError
        If the width is not a whole number of at least 0, or the protocol replays linear models.
    """
    if not isinstance(protocol, Native):
        allowed = "only the native protocol has a width; the released script's models are linear"
        raise ArgumentError("width", width, allowed)
    width = whole("width", width)
    return replace(protocol, width=width, teacher_width=width)
