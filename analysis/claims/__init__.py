"""Claims of the literature, each in a file: what is said, what tests it, and how it is judged."""

from collections.abc import Mapping

from analysis.claims.mfh import (
    accuracy_misleads,
    alpha,
    failure,
    gamma,
    general_teacher,
    linear,
    removal,
    saliency,
)
from analysis.verdicts.claim import Claim

CLAIMS: Mapping[str, Claim] = {
    claim.name: claim
    for claim in (
        gamma.CLAIM,
        alpha.CLAIM,
        accuracy_misleads.CLAIM,
        general_teacher.CLAIM,
        saliency.CLAIM,
        removal.CLAIM,
        failure.CLAIM,
        linear.CLAIM,
    )
}
"""Every claim by its name, in the order of reports."""

__all__ = ["CLAIMS"]
