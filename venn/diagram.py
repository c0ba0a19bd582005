"""The modality Venn diagram: which decisive features each modality sees, and what is noise."""

import functools
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Any, Literal, NamedTuple

from _modality_venn.packages import check
from venn.checks import ArgumentError, number, one_of, whole
from venn.frozen import FrozenMapping
from venn.ratios import checked_shares, exact_counts, nearest_counts
from venn.regions import canonical_region, checked_counts, checked_modalities, members, sides


class Shares(NamedTuple):
    """Shares of teacher-specific, student-specific and general features; they sum to 1."""

    alpha: float
    beta: float
    gamma: float


@dataclass(frozen=True, repr=False)
class VennDiagram:
    r"""Decisive features split by the modalities that see them, plus noise channels.

    The label depends on ``decisive`` features.  Each of them belongs to one *region*, the set of
    modalities that see it; *hidden* ones are seen by none.  A modality's view has one channel for
    each feature that it sees, and its noise channels.  For two modalities, teacher and student,

    .. math:: \alpha = n_a / v, \quad \beta = n_b / v, \quad \gamma = n_{ab} / v, \quad
              v = n_a + n_b + n_{ab},

    so hidden features and noise do not enter the shares; `overlap` has them for any two sides.

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
        The modalities' names, teacher first and student second; 2 to 12.

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
    >>> three = VennDiagram({"a&b&c": 2, "a&c": 6}, noise={"b": 1}, modalities=("a", "b", "c"))
    >>> three.overlap("a", "b")
    Shares(alpha=0.75, beta=0.0, gamma=0.25)
    >>> three.overlap(("b", "c"), "a")
    Shares(alpha=0.0, beta=0.0, gamma=1.0)
    """

    regions: Mapping[str, int]
    hidden: int = 0
    noise: Mapping[str, int] = field(default_factory=lambda: FrozenMapping[int]({}))
    modalities: tuple[str, ...] = ("a", "b")

    def __post_init__(self) -> None:
        """Check every argument and bring it to canonical form."""
        modalities = checked_modalities(self.modalities)
        object.__setattr__(self, "modalities", modalities)
        given = self.regions
        object.__setattr__(self, "regions", checked_counts(given, modalities))
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

    @classmethod
    def from_ratios(
        cls,
        *,
        alpha: float,
        beta: float,
        gamma: float,
        decisive: int,
        hidden: int = 0,
        dims: Mapping[str, int] | None = None,
        modalities: tuple[str, str] = ("a", "b"),
        rounding: Literal["exact", "nearest"] = "exact",
    ) -> "VennDiagram":
        r"""Return the diagram of two modalities with given shares.

        .. math:: n_a = \alpha v, \quad n_b = \beta v, \quad n_{ab} = \gamma v, \quad
                  v = \text{decisive} - \text{hidden}.

        Parameters
        ----------
        alpha, beta, gamma : float
            Shares of teacher-specific, student-specific and general features; they sum to 1.
        decisive : int
            Decisive features, hidden ones included.
        hidden : int
            How many of them no modality sees.
        dims : mapping of str to int, optional
            Channels per modality; noise fills them up.  Without it there is no noise.
        modalities : tuple of str
            The modalities' names, teacher first.
        rounding : {"exact", "nearest"}
            What to do with shares that are no whole number of the visible features: fail, and name
            the nearest that are, or take those.

        Raises
        ------
        ArgumentError
            If the shares do not sum to 1 or cannot be realised, or the channels do not suffice.

        Examples
        --------
        >>> dims = {"a": 25, "b": 50}
        >>> VennDiagram.from_ratios(alpha=0.25, beta=0.25, gamma=0.5, decisive=20, dims=dims)
        VennDiagram({'b': 5, 'a&b': 10, 'a': 5}, noise={'a': 10, 'b': 35})
        """
        shares = checked_shares({"alpha": alpha, "beta": beta, "gamma": gamma})
        visible = whole("decisive", decisive, at_least=1) - whole("hidden", hidden)
        if visible < 1:
            raise ArgumentError("hidden", hidden, f"must be below decisive = {decisive}")
        realise = {"exact": exact_counts, "nearest": nearest_counts}
        counts = realise[one_of("rounding", rounding, realise)](shares, visible)
        names = checked_modalities(modalities)
        if len(names) != 2:
            raise ArgumentError("modalities", names, _FOR_TWO)
        teacher, student = names
        regions = {
            teacher: counts["alpha"],
            student: counts["beta"],
            f"{teacher}&{student}": counts["gamma"],
        }
        noise = {} if dims is None else noise_to_fill(dims, regions, names)
        return cls(regions, hidden, noise, names)

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
            raise ArgumentError("modalities", self.modalities, _FOR_TWO)
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

    def overlap(
        self,
        teacher: str | Sequence[str],
        student: str | Sequence[str],
        *,
        weights: Sequence[float] | None = None,
    ) -> Shares:
        r"""Return alpha, beta and gamma of two sides, by count or by energy.

        .. math:: \alpha = \frac{E(S_t \setminus S_s)}{E(S_t \cup S_s)}, \quad
                  \beta = \frac{E(S_s \setminus S_t)}{E(S_t \cup S_s)}, \quad
                  \gamma = \frac{E(S_t \cap S_s)}{E(S_t \cup S_s)}, \quad
                  E(S) = \sum_{j \in S} w_j^2,

        where :math:`S_t` and :math:`S_s` are the features that any modality of the teacher's and of
        the student's side sees; without weights :math:`E(S) = |S|`.

        Parameters
        ----------
        teacher, student : str or sequence of str
            A modality or several each.  One may be on both sides.
        weights : sequence of float, optional
            One weight per decisive feature, hidden ones included, in the diagram's order, such as
            ``Hyperplane().weights_for(diagram)``.

        Raises
        ------
        ArgumentError
            If a modality is unknown or twice on a side, both sides are one, the weights do not fit,
            or neither side sees a feature of any weight.
        """
        pair = sides(teacher, student, self.modalities)
        first, second = (
            {feature for modality in side for feature in self.sees(modality)} for side in pair
        )
        given = (1.0,) * self.decisive if weights is None else weights
        if isinstance(given, Mapping | str) or not hasattr(given, "__len__"):
            raise ArgumentError("weights", weights, "must be a sequence of numbers")
        if len(given) != self.decisive:
            allowed = (
                f"must be one weight per decisive feature, hidden ones included: {self.decisive}"
            )
            raise ArgumentError("weights", weights, allowed)
        sizes = [abs(number(f"weights[{i}]", w, at_least=-math.inf)) for i, w in enumerate(given)]
        # Of the scale nothing remains; one by a power of two is exact, and squares stay in range.
        exponent = math.frexp(max(sizes))[1]
        energy = [math.ldexp(size, -exponent) ** 2 for size in sizes]
        alpha, beta, gamma = (
            math.fsum(energy[feature] for feature in part)
            for part in (first - second, second - first, first & second)
        )
        total = alpha + beta + gamma
        if total == 0:
            one, other = ("&".join(side) for side in pair)
            if weights is None:
                raise ArgumentError("student", other, f"sees no decisive feature, nor does {one!r}")
            allowed = f"{one!r} and {other!r} see no decisive feature of any weight"
            raise ArgumentError("weights", weights, allowed)
        return Shares(alpha / total, beta / total, gamma / total)

    @functools.cached_property
    def feature_regions(self) -> tuple[str, ...]:
        """The region of each decisive feature, in order; ``"hidden"`` for those nobody sees."""
        parts = (*self.regions.items(), ("hidden", self.hidden))
        return tuple(region for region, count in parts for _ in range(count))

    def features(self, region: str) -> tuple[int, ...]:
        """Return the numbers of the decisive features of a region or ``"hidden"``, ascending."""
        name = region if region == "hidden" else canonical_region("region", region, self.modalities)
        return tuple(i for i, other in enumerate(self.feature_regions) if other == name)

    def sees(self, modality: str) -> tuple[int, ...]:
        """Return the numbers of the decisive features that `modality` sees, ascending."""
        self._check_known(modality)
        return tuple(
            i for i, region in enumerate(self.feature_regions) if modality in members(region)
        )

    def dim(self, modality: str) -> int:
        """Return the number of channels of `modality`: seen decisive features plus noise."""
        self._check_known(modality)
        return _seen(modality, self.regions) + self.noise[modality]

    def _check_known(self, modality: str) -> None:
        if modality not in self.modalities:
            allowed = f"is unknown; known modalities: {', '.join(self.modalities)}"
            raise ArgumentError("modality", modality, allowed)

    def __repr__(self) -> str:
        """Show what is there, as an expression for an equal diagram."""
        regions = {region: count for region, count in self.regions.items() if count}
        noise = {modality: count for modality, count in self.noise.items() if count}
        parts = [
            repr(regions),
            f"hidden={self.hidden}" if self.hidden else "",
            f"noise={noise}" if noise else "",
            f"modalities={self.modalities}" if self.modalities != ("a", "b") else "",
        ]
        return f"VennDiagram({', '.join(part for part in parts if part)})"

    def _repr_svg_(self) -> str | None:
        """Draw the diagram where a notebook shows it, with the picture that is installed for it.

        An entry point names the picture, so that this package need not import the figures.  Where
        it cannot be loaded a warning says why, and the notebook shows the text.
        """
        for entry in entry_points(group="modality_venn.pictures", name="VennDiagram"):
            try:
                check("figures")
                draw = entry.load()
            except ImportError as error:
                warnings.warn(f"no picture of a diagram: {error}", stacklevel=2)
                return None
            picture: str | None = draw(self)
            return picture
        return None


def noise_to_fill(
    dims: Any, regions: Mapping[str, int], modalities: tuple[str, ...]
) -> dict[str, int]:
    """Return the noise channels that give each modality as many channels as `dims` says."""
    if not isinstance(dims, Mapping) or set(dims) != set(modalities):
        allowed = f"must map each modality to its channels: {', '.join(modalities)}"
        raise ArgumentError("dims", dims, allowed)
    noise = {}
    for modality in modalities:
        seen = _seen(modality, regions)
        allowed = f"must be at least {seen}, the decisive features that {modality!r} sees"
        channels = whole(f"dims[{modality!r}]", dims[modality])
        if channels < seen:
            raise ArgumentError(f"dims[{modality!r}]", channels, allowed)
        noise[modality] = channels - seen
    return noise


def _seen(modality: str, regions: Mapping[str, int]) -> int:
    return sum(count for region, count in regions.items() if modality in members(region))


def _checked_noise(noise: Any, modalities: tuple[str, ...]) -> FrozenMapping[int]:
    if not isinstance(noise, Mapping):
        raise ArgumentError("noise", noise, "must map modalities to counts, such as {'a': 15}")
    for modality in noise:
        if modality not in modalities:
            allowed = (
                f"names the unknown modality {modality!r}; "
                f"known modalities: {', '.join(modalities)}"
            )
            raise ArgumentError("noise", dict(noise), allowed)
    return FrozenMapping(
        {name: whole(f"noise[{name!r}]", noise.get(name, 0)) for name in modalities}
    )


_FOR_TWO = "alpha, beta and gamma are defined for two modalities; overlap(…) takes any pair"
