"""What a verification found of one claim, world by world, as a picture and a report need it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from analysis.verdicts import PAPER, WORLDS, Claim, Finding, Part, Verification
from analysis.verdicts.reading import FURTHER, further_of
from venn.checks import instance, one_of

State = Literal["holds", "contradicted", "open"]


@dataclass(frozen=True)
class Effect:
    """What one part of a claim came to in one world.

    Parameters
    ----------
    part : Part
        Of the claim, with its margin, side and unit.
    mean : float
        Over seeds.
    low, high : float
        Always-valid 95 % interval; infinite below five seeds.
    sd : float
        Standard deviation over seeds.
    seeds : int
        Their number.
    """

    part: Part
    mean: float
    low: float
    high: float
    sd: float
    seeds: int

    @property
    def state(self) -> State:
        """Whether the interval lies on the stated side of the margin, on the other, or on both."""
        if self.low <= self.part.margin <= self.high:
            return "open"
        lies = "above" if self.low > self.part.margin else "below"
        return "holds" if lies == self.part.side else "contradicted"


@dataclass(frozen=True)
class Outcome:
    """The verdict on a claim in one world, and what it rests on.

    Parameters
    ----------
    finding : Finding
        What was measured.
    verdict : {"supported", "refuted", "inconclusive", "failed"}
        Corrected for all of a report's rows.
    support, refute, p, p_holm : float
        p-values, NaN where it failed.
    effects : tuple of Effect
        One a part, in their order; none where it failed.
    """

    finding: Finding
    verdict: str
    support: float
    refute: float
    p: float
    p_holm: float
    effects: tuple[Effect, ...]


def outcomes(verification: Verification, claim: Claim) -> tuple[Outcome, ...]:
    """Return what was found of a claim, a world each, the paper's first.

    Parameters
    ----------
    verification : Verification
        From `analysis.verdicts.verify`.
    claim : Claim
        One of those that were verified.

    Returns
    -------
    tuple of Outcome
        In the order of the claim's worlds.

    Raises
    ------
    ArgumentError
        If the claim was not verified.
    """
    instance("verification", verification, Verification, "verify(CLAIMS.values())")
    instance("claim", claim, Claim, "CLAIMS['mfh-gamma']")
    one_of("claim", claim.name, [each.name for each in verified(verification)])
    rows = zip(verification.findings, verification.verdicts.to_dict("records"), strict=True)
    return tuple(
        Outcome(
            finding=finding,
            effects=_effects_in(verification, finding),
            **{name: row[name] for name in ("verdict", "support", "refute", "p", "p_holm")},
        )
        for finding, row in rows
        if finding.claim.name == claim.name
    )


def verified(verification: Verification) -> tuple[Claim, ...]:
    """Return the claims of a verification, each once, in their order."""
    return tuple({finding.claim.name: finding.claim for finding in verification.findings}.values())


def of_the_paper(finding: Finding) -> bool:
    """Return whether a world is the setting of the paper's experiments."""
    return finding.world == PAPER and finding.protocol == WORLDS[PAPER]


def further(finding: Finding) -> pd.DataFrame:
    """Return the further numbers of a claim in a world, a row each; none where there are none."""
    if finding.failure is not None:
        return pd.DataFrame(columns=FURTHER)
    return further_of(finding.claim, finding.rows)


def effects(parts: Sequence[Part], described: pd.DataFrame) -> tuple[Effect, ...]:
    """Return what `analysis.verdicts.judge.describe_parts` says of each part in one world."""
    rows = {row["part"]: row for row in described.to_dict("records")}
    measured = ("mean", "low", "high", "sd", "seeds")
    return tuple(
        Effect(part, **{name: rows[part.name][name] for name in measured}) for part in parts
    )


def _effects_in(verification: Verification, finding: Finding) -> tuple[Effect, ...]:
    if finding.failure is not None:
        return ()
    parts = verification.parts
    here = (parts["claim"] == finding.claim.name) & (parts["world"] == finding.world)
    return effects(finding.claim.parts, parts[here])
