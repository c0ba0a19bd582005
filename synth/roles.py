"""What each channel of a view is: general, specific or noise, or the mixing that made it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, overload

import numpy as np
from jaxtyping import Float

from synth.views import Shown
from venn.checks import one_of
from venn.diagram import VennDiagram
from venn.regions import members

NOISE, MIXED = "noise", "mixed"


@dataclass(frozen=True, eq=False)
class Roles(Sequence[str]):
    """The role of each channel of one modality.

    As a sequence it has one word a channel: ``"general"`` (a decisive feature that another modality
    sees too), ``"specific"`` (one that only this modality sees), ``"noise"``, or ``"mixed"`` where
    the channel shows several sources at once.

    Parameters
    ----------
    channels : tuple of str
        One word a channel.
    sources : tuple of str
        What is mixed: one word a source, in the order seen decisive features, then noise.
    regions : tuple of str
        The region of each source, such as ``"a&b"``; ``"noise"`` for noise.
    features : tuple of int or None
        The number of each source's decisive feature in the diagram; None for noise.
    matrix : array (channel, source) or None
        The weight of each source in each channel; None where channels are not linear in sources.
    """

    channels: tuple[str, ...]
    sources: tuple[str, ...]
    regions: tuple[str, ...]
    features: tuple[int | None, ...]
    matrix: Float[np.ndarray, "channel source"] | None

    @classmethod
    def of(cls, diagram: VennDiagram, modality: str, shown: Shown) -> "Roles":
        """Return the roles of a modality's channels."""
        seen, noise = diagram.sees(modality), diagram.noise[modality]
        regions = [diagram.feature_regions[feature] for feature in seen] + [NOISE] * noise
        sources = [_role(region) for region in regions]
        matrix = shown.matrix(len(sources))
        shows = [None] * len(sources) if matrix is None else [_only(row) for row in matrix]
        return cls(
            channels=tuple(MIXED if source is None else sources[source] for source in shows),
            sources=tuple(sources),
            regions=tuple(regions),
            features=(*seen, *[None] * noise),
            matrix=matrix,
        )

    def __len__(self) -> int:
        """Return the number of channels."""
        return len(self.channels)

    @overload
    def __getitem__(self, channel: int) -> str: ...

    @overload
    def __getitem__(self, channel: slice) -> Sequence[str]: ...

    def __getitem__(self, channel: int | slice) -> str | Sequence[str]:
        """Return the word of a channel, or of several."""
        return self.channels[channel]

    def where(self, role: Literal["general", "specific", "noise", "mixed"]) -> tuple[int, ...]:
        """Return the channels that have a role, ascending."""
        one_of("role", role, ("general", "specific", NOISE, MIXED))
        return tuple(i for i, other in enumerate(self.channels) if other == role)


def _role(region: str) -> str:
    if region == NOISE:
        return NOISE
    return "general" if len(members(region)) > 1 else "specific"


def _only(row: Float[np.ndarray, " source"]) -> int | None:
    """Return the one source that a channel shows, or None where it shows several."""
    sources = np.flatnonzero(row)
    return int(sources[0]) if len(sources) == 1 else None
