"""The modality Venn diagram: which decisive features each modality sees, and what is noise."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from venn.checks import ArgumentError, whole


class Counts(Mapping[str, int]):
    """An immutable, hashable mapping from names to counts."""

    __slots__ = ("_counts",)

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts = dict(counts)

    def __getitem__(self, name: str) -> int:
        """Return the count of `name`."""
        return self._counts[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names, in canonical order."""
        return iter(self._counts)

    def __len__(self) -> int:
        """Return the number of names."""
        return len(self._counts)

    def __hash__(self) -> int:
        """Hash by content, whatever the order."""
        return hash(frozenset(self._counts.items()))

    def __repr__(self) -> str:
        """Show as a plain dict, which the constructors take."""
        return repr(self._counts)


@dataclass(frozen=True)
class VennDiagram:
    r"""Decisive features split by the modalities that see them, plus noise channels.

    The label depends on ``decisive`` features.  Each of them belongs to one *region*, the set of
    modalities that see it; *hidden* ones are seen by none.  A modality's view has one channel for
    each feature that it sees, and its noise channels.  For two modalities, teacher and student,

    .. math:: \alpha = n_a / v, \quad \beta = n_b / v, \quad \gamma = n_{ab} / v, \quad
              v = n_a + n_b + n_{ab},

    so hidden features and noise do not enter the shares.

    Parameters
    ----------
    regions : mapping of str to int
        Decisive features per region, such as ``{"a": 10, "b": 10, "a&b": 5}``; regions left out
        have none.  The stored mapping names every region.
    hidden : int
        Decisive features that no modality sees.
    noise : mapping of str to int
        Noise channels per modality; modalities left out have none.
    modalities : tuple of str
        The modalities' names, teacher first and student second.

    Raises
    ------
    ArgumentError
        If a count is negative or fractional, a region or noise names an unknown modality, no
        modality sees a decisive feature, or a modality has no channel.

    Notes
    -----
    Features are numbered region by region.  Neighbouring regions differ by one modality (a Gray
    code), hidden features come last: ``b``, ``a&b``, ``a``, hidden for two modalities.  So each of
    two modalities sees one contiguous run, and a diagram in which a region grows into its neighbour
    keeps the numbers of all other features: that is what common random numbers along a path rest
    on.

    Source: Xue et al., The Modality Focusing Hypothesis (ICLR 2023).

    Examples
    --------
    >>> diagram = VennDiagram(regions={"a": 10, "b": 10, "a&b": 5}, noise={"a": 15, "b": 35})
    >>> diagram.alpha, diagram.beta, diagram.gamma
    (0.4, 0.4, 0.2)
    >>> diagram.dim("a"), diagram.dim("b")
    (30, 50)
    """

    regions: Mapping[str, int]
    hidden: int = 0
    noise: Mapping[str, int] = field(default_factory=lambda: Counts({}))
    modalities: tuple[str, ...] = ("a", "b")

    def __post_init__(self) -> None:
        """Check every argument and bring it to canonical form."""
        modalities = _checked_modalities(self.modalities)
        object.__setattr__(self, "modalities", modalities)
        given = self.regions
        object.__setattr__(self, "regions", _checked_regions(given, modalities))
        object.__setattr__(self, "hidden", whole("hidden", self.hidden))
        object.__setattr__(self, "noise", _checked_noise(self.noise, modalities))
        if self.visible == 0:
            allowed = "must hold at least one decisive feature that a modality sees"
            raise ArgumentError("regions", dict(given), allowed)
        for modality in modalities:
            if self.dim(modality) == 0:
                allowed = (
                    f"modality {modality!r} has no channels; give it decisive features or noise"
                )
                raise ArgumentError("regions", dict(given), allowed)

    @property
    def visible(self) -> int:
        """Number of decisive features that at least one modality sees."""
        return sum(self.regions.values())

    @property
    def decisive(self) -> int:
        """Number of decisive features, hidden ones included."""
        return self.visible + self.hidden

    @property
    def share_regions(self) -> dict[str, str]:
        """The region that each of alpha, gamma and beta counts."""
        if len(self.modalities) != 2:
            allowed = "alpha, beta and gamma are defined for two modalities"
            raise ArgumentError("modalities", self.modalities, allowed)
        teacher, student = self.modalities
        return {"alpha": teacher, "gamma": f"{teacher}&{student}", "beta": student}

    @property
    def alpha(self) -> float:
        """Share of teacher-specific features among the visible decisive ones."""
        return self.regions[self.share_regions["alpha"]] / self.visible

    @property
    def beta(self) -> float:
        """Share of student-specific features among the visible decisive ones."""
        return self.regions[self.share_regions["beta"]] / self.visible

    @property
    def gamma(self) -> float:
        """Share of modality-general features among the visible decisive ones."""
        return self.regions[self.share_regions["gamma"]] / self.visible

    def sees(self, modality: str) -> tuple[int, ...]:
        """Return the numbers of the decisive features that `modality` sees, ascending."""
        self._check_known(modality)
        seen: list[int] = []
        start = 0
        for region, count in self.regions.items():
            if modality in region.split("&"):
                seen.extend(range(start, start + count))
            start += count
        return tuple(seen)

    def dim(self, modality: str) -> int:
        """Return the number of channels of `modality`: seen decisive features plus noise."""
        self._check_known(modality)
        seen = (n for region, n in self.regions.items() if modality in region.split("&"))
        return sum(seen) + self.noise[modality]

    def _check_known(self, modality: str) -> None:
        if modality not in self.modalities:
            allowed = f"is unknown; known modalities: {', '.join(self.modalities)}"
            raise ArgumentError("modality", modality, allowed)


def _region_names(modalities: tuple[str, ...]) -> list[str]:
    """Name every region, in Gray-code order: each differs from the one before by one modality."""
    highest = len(modalities) - 1
    codes = (i ^ (i >> 1) for i in range(1, 2 ** len(modalities)))
    return [
        "&".join(name for bit, name in enumerate(modalities) if code >> (highest - bit) & 1)
        for code in codes
    ]


def _checked_modalities(modalities: Any) -> tuple[str, ...]:
    allowed = "must be two or more distinct names without '&', '=' or spaces"
    named = isinstance(modalities, tuple | list) and all(isinstance(m, str) for m in modalities)
    if not named:
        raise ArgumentError("modalities", modalities, allowed)
    names = tuple(modalities)
    bad = any(not name or set(name) & set("&= \t\n") for name in names)
    if bad or len(names) < 2 or len(set(names)) < len(names):
        raise ArgumentError("modalities", modalities, allowed)
    return names


def _checked_regions(regions: Any, modalities: tuple[str, ...]) -> Counts:
    if not isinstance(regions, Mapping):
        allowed = "must map regions to counts, such as {'a': 10, 'b': 10, 'a&b': 5}"
        raise ArgumentError("regions", regions, allowed)
    counts = dict.fromkeys(_region_names(modalities), 0)
    given: set[str] = set()
    for region, count in regions.items():
        parts = str(region).split("&")
        for part in parts:
            if part not in modalities:
                known = f"known modalities: {', '.join(modalities)}"
                allowed = f"region {region!r} names the unknown modality {part!r}; {known}"
                raise ArgumentError("regions", dict(regions), allowed)
        name = "&".join(modality for modality in modalities if modality in parts)
        if len(set(parts)) < len(parts) or name in given:
            allowed = f"region {region!r} repeats; name each region and modality once"
            raise ArgumentError("regions", dict(regions), allowed)
        given.add(name)
        counts[name] = whole(f"regions[{region!r}]", count)
    return Counts(counts)


def _checked_noise(noise: Any, modalities: tuple[str, ...]) -> Counts:
    if not isinstance(noise, Mapping):
        raise ArgumentError("noise", noise, "must map modalities to counts, such as {'a': 15}")
    for modality in noise:
        if modality not in modalities:
            allowed = (
                f"names the unknown modality {modality!r}; "
                f"known modalities: {', '.join(modalities)}"
            )
            raise ArgumentError("noise", dict(noise), allowed)
    return Counts({name: whole(f"noise[{name!r}]", noise.get(name, 0)) for name in modalities})
