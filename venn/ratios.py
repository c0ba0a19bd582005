"""Shares turned into whole counts of features."""

import math
from typing import Any

from venn.checks import ArgumentError, number

TOLERANCE = 1e-9
"""How far a share may be off a whole count, or shares off a sum of 1, by rounding of floats."""


def checked_shares(shares: dict[str, Any]) -> dict[str, float]:
    """Return the shares as floats, or fail if one is negative or they do not sum to 1."""
    checked = {name: number(name, share) for name, share in shares.items()}
    total = math.fsum(checked.values())
    if abs(total - 1) > TOLERANCE:
        raise ArgumentError(" + ".join(checked), total, "must be 1")
    return checked


def exact_counts(shares: dict[str, float], features: int) -> dict[str, int]:
    """Return how many of `features` each share is, or fail if that is not a whole number.

    The error names the nearest shares that can be realised, those of `nearest_counts`.
    """
    nearest = nearest_counts(shares, features)
    for name, count in nearest.items():
        if abs(shares[name] * features - count) > TOLERANCE * features:
            near = ", ".join(f"{other}={n}/{features}" for other, n in nearest.items())
            allowed = (
                f"is no whole number of {features} visible features; nearest is {near}, "
                "which rounding='nearest' takes"
            )
            raise ArgumentError(name, shares[name], allowed)
    return nearest


def nearest_counts(shares: dict[str, float], features: int) -> dict[str, int]:
    """Return whole counts that sum to `features`, nearest to the shares.

    Every count is rounded down; the features left over go to the largest remainders (the method of
    Hamilton), which minimises the largest and the summed distance.
    """
    wanted = {name: share * features for name, share in shares.items()}
    counts = {name: math.floor(count) for name, count in wanted.items()}
    left = features - sum(counts.values())
    remainders = sorted(wanted, key=lambda name: counts[name] - wanted[name])
    return {name: counts[name] + (name in remainders[:left]) for name in counts}
