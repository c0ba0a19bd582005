"""How data are drawn and networks start: the project's own way, and the paper's scripts replayed."""

from collections.abc import Mapping

from analysis.protocols.protocol import Protocol
from analysis.protocols.released import Released
from analysis.protocols.released_table2 import ReleasedTable2
from analysis.protocols.synthetic import LINEAR, Synthetic

PROTOCOLS: Mapping[str, Protocol] = {
    "synthetic": Synthetic(),
    "published": Released(delta="ones"),
    "released": Released(),
    "corrected_table2": ReleasedTable2(swapped=False),
    "released_table2": ReleasedTable2(swapped=True),
}
"""Every protocol by its name."""

__all__ = ["LINEAR", "PROTOCOLS", "Protocol", "Released", "ReleasedTable2", "Synthetic"]
