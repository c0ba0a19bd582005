"""Families of diagrams along which one share grows: the two paths of the paper."""

from venn.diagram import VennDiagram


def growing_gamma() -> tuple[VennDiagram, ...]:
    r"""Return the path of Figure 2: the modalities' overlap grows.

    With *o* general features, teacher and student see 10 decisive features each, of which *o* are
    the same, so :math:`\gamma = o / (20 - o)`.  The label uses 20 features throughout; the *o* that
    overlap sets free are hidden.  The teacher has 25 channels, the student 50.

    Returns
    -------
    tuple of VennDiagram
        Six diagrams, ``o = 0, 2, 4, 6, 8, 10``.

    Notes
    -----
    Source: Xue et al. (ICLR 2023), Figure 2, with the counts of the released script.
    """
    return tuple(
        VennDiagram(
            regions={"a": 10 - overlap, "b": 10 - overlap, "a&b": overlap},
            hidden=overlap,
            noise={"a": 15, "b": 40},
        )
        for overlap in (0, 2, 4, 6, 8, 10)
    )


def growing_alpha() -> tuple[VennDiagram, ...]:
    r"""Return the path of Figure 3: the teacher sees more and more features of its own.

    The student sees 10 decisive features, all general; the teacher sees them and *s* more, so
    :math:`\alpha = s / (s + 10) = 1 - \gamma`.  The label uses 50 features throughout; the
    ``40 - s`` that nobody sees are hidden.  Both modalities have 50 channels.

    Returns
    -------
    tuple of VennDiagram
        Five diagrams, ``s = 0, 10, 20, 30, 40``.

    Notes
    -----
    Source: Xue et al. (ICLR 2023), Figure 3, with the counts of the released script.
    """
    return tuple(
        VennDiagram(
            regions={"a": specific, "a&b": 10},
            hidden=40 - specific,
            noise={"a": 40 - specific, "b": 40},
        )
        for specific in (0, 10, 20, 30, 40)
    )
