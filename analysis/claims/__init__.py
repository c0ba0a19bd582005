"""Claims of the literature, each in a file: what is said, what tests it, and how it is judged."""

from collections.abc import Mapping

from analysis.claims import accuracy_misleads, alpha, failure, gamma, general_teacher, linear
from analysis.claims.calibration import Calibration, calibrate
from analysis.claims.claim import Claim, Part
from analysis.claims.judge import LEVEL, decide, weigh
from analysis.claims.measurements import Measurements
from analysis.claims.verification import BUDGETS, Finding, Verification, verify
from analysis.claims.worlds import PAPER, WORLDS, World, worlds

CLAIMS: Mapping[str, Claim] = {
    claim.name: claim
    for claim in (
        gamma.CLAIM,
        alpha.CLAIM,
        accuracy_misleads.CLAIM,
        general_teacher.CLAIM,
        failure.CLAIM,
        linear.CLAIM,
    )
}
"""Every claim by its name, in the order of reports."""

__all__ = [
    "BUDGETS",
    "CLAIMS",
    "LEVEL",
    "PAPER",
    "WORLDS",
    "Calibration",
    "Claim",
    "Finding",
    "Measurements",
    "Part",
    "Verification",
    "World",
    "calibrate",
    "decide",
    "verify",
    "weigh",
    "worlds",
]
