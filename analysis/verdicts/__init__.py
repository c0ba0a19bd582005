"""Verdicts: what a claim is, the worlds that test it, the judge, and how well it judges."""

from analysis.verdicts.calibration import Calibration, calibrate
from analysis.verdicts.claim import Claim, Part
from analysis.verdicts.judge import LEVEL, decide, weigh
from analysis.verdicts.verification import BUDGETS, Finding, Verification, verify
from analysis.verdicts.worlds import PAPER, WORLDS, worlds

__all__ = [
    "BUDGETS",
    "LEVEL",
    "PAPER",
    "WORLDS",
    "Calibration",
    "Claim",
    "Finding",
    "Part",
    "Verification",
    "calibrate",
    "decide",
    "verify",
    "weigh",
    "worlds",
]
