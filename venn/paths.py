"""Families of diagrams with common dimensions: two growing shares, and the whole simplex."""

from collections.abc import Mapping, Sequence
from typing import Any

from venn.checks import LARGEST, ArgumentError, whole
from venn.diagram import VennDiagram, noise_to_fill
from venn.frozen import FrozenMapping
from venn.regions import checked_modalities

FIGURE2_DIMS, FIGURE3_DIMS, SIMPLEX_DIMS = (
    FrozenMapping({"a": teacher, "b": student})
    for teacher, student in ((25, 50), (50, 50), (20, 20))
)


def growing_gamma(
    overlaps: Sequence[int] = (0, 2, 4, 6, 8, 10),
    *,
    seen: int = 10,
    decisive: int = 20,
    dims: Mapping[str, int] = FIGURE2_DIMS,
) -> tuple[VennDiagram, ...]:
    r"""Return the path along which the modalities' overlap grows; by default that of Figure 2.

    With *o* general features, teacher and student see *s* decisive features each, of which *o* are
    the same, so :math:`\gamma = o / (2s - o)`.  The label uses equally many features throughout;
    those that the overlap sets free are hidden.

    Parameters
    ----------
    overlaps : sequence of int
        The general features *o* of each diagram.
    seen : int
        The decisive features *s* that each modality sees.
    decisive : int
        The decisive features of the label, at least :math:`2s - o` everywhere.
    dims : mapping of str to int
        Channels of the teacher's and of the student's modality, in this order.

    Returns
    -------
    tuple of VennDiagram
        One diagram an overlap, all with the same dimensions and as many decisive features.

    Raises
    ------
    ArgumentError
        If an overlap is larger than `seen`, or the features or channels do not suffice.

    Notes
    -----
    Source: Xue et al. (ICLR 2023), Figure 2, with the counts of the released script.
    """
    seen = whole("seen", seen)
    return tuple(
        _diagram(
            specific=(seen - overlap, seen - overlap),
            general=overlap,
            decisive=decisive,
            dims=dims,
        )
        for overlap in _checked("overlaps", overlaps, at_most=seen)
    )


def growing_alpha(
    specific: Sequence[int] = (0, 10, 20, 30, 40),
    *,
    general: int = 10,
    decisive: int = 50,
    dims: Mapping[str, int] = FIGURE3_DIMS,
) -> tuple[VennDiagram, ...]:
    r"""Return the path along which the teacher's own features grow; by default that of Figure 3.

    The student sees *g* decisive features, all general; the teacher sees them and *s* more, so
    :math:`\alpha = s / (s + g) = 1 - \gamma`.  The label uses equally many features throughout;
    those that nobody sees are hidden.

    Parameters
    ----------
    specific : sequence of int
        The teacher-specific features *s* of each diagram.
    general : int
        The general features *g*.
    decisive : int
        The decisive features of the label, at least :math:`s + g` everywhere.
    dims : mapping of str to int
        Channels of the teacher's and of the student's modality, in this order.

    Returns
    -------
    tuple of VennDiagram
        One diagram a number of specific features, all with the same dimensions and as many decisive
        features.

    Raises
    ------
    ArgumentError
        If the features or channels do not suffice.

    Notes
    -----
    Source: Xue et al. (ICLR 2023), Figure 3, with the counts of the released script.
    """
    own = [(count, 0) for count in _checked("specific", specific)]
    return _growing(own, general, decisive, dims)


def growing_beta(
    specific: Sequence[int] = (0, 10, 20, 30, 40),
    *,
    general: int = 10,
    decisive: int = 50,
    dims: Mapping[str, int] = FIGURE3_DIMS,
) -> tuple[VennDiagram, ...]:
    r"""Return the path along which the student's own features grow.

    The teacher sees *g* decisive features, all general; the student sees them and *s* more, so
    :math:`\beta = s / (s + g) = 1 - \gamma`: the mirror image of `growing_alpha`.

    Parameters
    ----------
    specific : sequence of int
        The student-specific features *s* of each diagram.
    general : int
        The general features *g*.
    decisive : int
        The decisive features of the label, at least :math:`s + g` everywhere.
    dims : mapping of str to int
        Channels of the teacher's and of the student's modality, in this order.

    Returns
    -------
    tuple of VennDiagram
        One diagram a number of specific features, all with the same dimensions and as many decisive
        features.

    Raises
    ------
    ArgumentError
        If the features or channels do not suffice.
    """
    own = [(0, count) for count in _checked("specific", specific)]
    return _growing(own, general, decisive, dims)


def simplex(
    *, decisive: int = 20, hidden: int = 0, step: int = 2, dims: Mapping[str, int] = SIMPLEX_DIMS
) -> tuple[VennDiagram, ...]:
    r"""Return a grid over all shares :math:`\alpha + \beta + \gamma = 1`.

    The counts of the three regions run through all multiples of `step` that sum to the visible
    features; gamma grows slowest, then alpha.

    Parameters
    ----------
    decisive : int
        Decisive features, hidden ones included.
    hidden : int
        How many of them no modality sees.
    step : int
        Features from one point to the next; divides the visible features.
    dims : mapping of str to int
        Channels of the teacher's and of the student's modality, in this order; at least one a
        visible feature.

    Returns
    -------
    tuple of VennDiagram
        :math:`(k + 1)(k + 2) / 2` diagrams for *k* steps, all with the same dimensions.

    Raises
    ------
    ArgumentError
        If the step does not divide the visible features, or the channels do not suffice.

    Examples
    --------
    >>> [(diagram.alpha, diagram.gamma) for diagram in simplex(step=20)]
    [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)]
    """
    visible = whole("decisive", decisive, at_least=1) - whole("hidden", hidden)
    if visible < 1:
        raise ArgumentError("hidden", hidden, f"must be below decisive = {decisive}")
    if visible % whole("step", step, at_least=1):
        raise ArgumentError("step", step, f"must divide the {visible} visible features")
    return tuple(
        _diagram(
            specific=(own, visible - general - own), general=general, decisive=decisive, dims=dims
        )
        for general in range(0, visible + 1, step)
        for own in range(0, visible - general + 1, step)
    )


def _growing(
    own: Sequence[tuple[int, int]], general: int, decisive: int, dims: Mapping[str, int]
) -> tuple[VennDiagram, ...]:
    """Return one diagram for each pair of teacher- and student-specific features."""
    shared = whole("general", general)
    return tuple(
        _diagram(specific=pair, general=shared, decisive=decisive, dims=dims) for pair in own
    )


def _checked(argument: str, counts: Any, at_most: int | None = None) -> list[int]:
    if not isinstance(counts, Sequence) or isinstance(counts, str) or len(counts) == 0:
        raise ArgumentError(argument, counts, "must be a sequence of whole numbers, at least one")
    bound = LARGEST if at_most is None else at_most
    return [whole(f"{argument}[{i}]", n, at_most=bound) for i, n in enumerate(counts)]


def _diagram(*, specific: tuple[int, int], general: int, decisive: int, dims: Any) -> VennDiagram:
    if not isinstance(dims, Mapping) or len(dims) != 2:
        raise ArgumentError("dims", dims, "must map two modalities to channels, the teacher first")
    names = checked_modalities(tuple(dims))
    teacher, student = names
    regions = {teacher: specific[0], student: specific[1], f"{teacher}&{student}": general}
    hidden = whole("decisive", decisive) - sum(regions.values())
    if hidden < 0:
        allowed = f"must be at least {sum(regions.values())}, the features that are seen"
        raise ArgumentError("decisive", decisive, allowed)
    return VennDiagram(regions, hidden, noise_to_fill(dims, regions, names), names)
