"""Pictures of claims, each in a file: what was measured of the claim in one world."""

from collections.abc import Callable, Mapping

from matplotlib.figure import SubFigure

from _modality_venn.packages import check

check("analysis")

from analysis.verdicts import Finding
from figures.claims import (
    accuracy_misleads,
    alpha,
    failure,
    gamma,
    general_teacher,
    linear,
    removal,
    saliency,
)

Picture = Callable[[SubFigure, Finding], None]
"""Draws what was measured of a claim in one world on about 5.2 by 3.2 inches."""

PICTURES: Mapping[str, Picture] = {
    "mfh-gamma": gamma.picture,
    "mfh-alpha": alpha.picture,
    "mfh-accuracy-misleads": accuracy_misleads.picture,
    "mfh-general-teacher": general_teacher.picture,
    "mfh-failure": failure.picture,
    "mfh-linear": linear.picture,
    "mfh-removal": removal.picture,
    "mfh-saliency": saliency.picture,
}
"""Pictures by the names of their claims; the report has one for any other."""

__all__ = ["PICTURES", "Picture"]
