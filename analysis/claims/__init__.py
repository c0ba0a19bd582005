"""Claims of the literature, each in a file: what is said, what tests it, and how it is judged."""

from collections.abc import Mapping
from importlib import import_module

from analysis.verdicts.claim import Claim

FILES = (
    "mfh.gamma",
    "mfh.alpha",
    "mfh.accuracy_misleads",
    "mfh.general_teacher",
    "mfh.saliency",
    "mfh.removal",
    "mfh.failure",
    "mfh.linear",
)
"""Where each claim is, in the order of reports; a new one is a file and a line here."""

CLAIMS: Mapping[str, Claim] = {
    claim.name: claim for claim in (import_module(f"{__name__}.{file}").CLAIM for file in FILES)
}
"""Every claim by its name."""

__all__ = ["CLAIMS"]
