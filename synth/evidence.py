"""What an observer sees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from venn.checks import ArgumentError, instance, whole
from venn.frozen import FrozenMapping


@dataclass(frozen=True)
class Evidence:
    """What an observer sees: whole modalities, regions, single channels, all at once.

    Parameters
    ----------
    modalities : sequence of str
        Modalities of which every channel is seen.
    regions : sequence of str
        Regions whose features are seen themselves, without a view or its noise; also ``"hidden"``.
    channels : mapping of str to sequence of int
        Single channels of modalities.

    Raises
    ------
    ArgumentError
        If nothing is seen, or an argument is of another kind.

    Examples
    --------
    >>> Evidence(modalities=("a",), channels={"b": [0, 1]})
    Evidence(modalities=('a',), regions=(), channels={'b': (0, 1)})
    """

    modalities: Sequence[str] = ()
    regions: Sequence[str] = ()
    channels: Mapping[str, Sequence[int]] = field(
        default_factory=lambda: FrozenMapping[Sequence[int]]({})
    )

    def __post_init__(self) -> None:
        for name in ("modalities", "regions"):
            given = getattr(self, name)
            listed = isinstance(given, tuple | list)
            if not listed or not all(isinstance(part, str) for part in given):
                raise ArgumentError(name, given, "must be a sequence of names, such as ('a', 'b')")
            object.__setattr__(self, name, tuple(dict.fromkeys(given)))
        instance("channels", self.channels, Mapping, "{'a': (0, 1)}")
        channels = {
            str(modality): _checked_channels(modality, numbers)
            for modality, numbers in self.channels.items()
        }
        object.__setattr__(self, "channels", FrozenMapping(channels))
        if not (self.modalities or self.regions or any(channels.values())):
            raise ArgumentError("evidence", self, "must name something that is seen")

    @classmethod
    def of(cls, argument: str, given: Any) -> "Evidence":
        """Return evidence as it is, or that of a modality's name or of several names."""
        if isinstance(given, Evidence):
            return given
        names = (given,) if isinstance(given, str) else given
        if not isinstance(names, tuple | list) or not names:
            allowed = "must be a modality, several, or Evidence(regions=('a&b',))"
            raise ArgumentError(argument, given, allowed)
        return cls(modalities=names)

    def __or__(self, other: "Evidence") -> "Evidence":
        """Return what is seen by someone who sees both."""
        instance("evidence", other, Evidence, "Evidence(modalities=('a',))")
        channels = {
            modality: (*self.channels.get(modality, ()), *other.channels.get(modality, ()))
            for modality in {**self.channels, **other.channels}
        }
        return Evidence(
            (*self.modalities, *other.modalities), (*self.regions, *other.regions), channels
        )


def _checked_channels(modality: Any, numbers: Any) -> tuple[int, ...]:
    argument = f"channels[{modality!r}]"
    if not isinstance(numbers, tuple | list | range | np.ndarray):
        raise ArgumentError(
            argument, numbers, "must be a sequence of channel numbers, such as (0, 1)"
        )
    return tuple(sorted({whole(argument, number) for number in numbers}))
