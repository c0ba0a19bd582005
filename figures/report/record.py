"""A verification as JSON data: what was found and all that made it, but not how long it took."""

import dataclasses
import json
import math
from typing import Any

from analysis.verdicts import Claim, Verification
from figures.report.outcomes import Effect, Outcome, further, outcomes, verified
from venn import canonical


def record(verification: Verification) -> dict[str, Any]:
    """Return claims, each with its worlds, and these with their verdicts and parts.

    Parameters
    ----------
    verification : Verification
        From `analysis.verdicts.verify`.

    Returns
    -------
    dict
        Plain JSON data; None stands for what has no bound or was not found.
    """
    found = {
        "claims": [_claim(verification, claim) for claim in verified(verification)],
        "configuration": verification.configuration,
    }
    data: dict[str, Any] = _finite(canonical(found))
    return data


def as_text(verification: Verification) -> str:
    """Return `record` as the text of a file; the same verification, the same bytes."""
    return json.dumps(record(verification), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _claim(verification: Verification, claim: Claim) -> dict[str, Any]:
    words = ("name", "title", "words", "source", "method")
    return {
        **{name: getattr(claim, name) for name in words},
        "worlds": [_world(outcome) for outcome in outcomes(verification, claim)],
    }


def _world(outcome: Outcome) -> dict[str, Any]:
    finding = outcome.finding
    numbers = ("verdict", "support", "refute", "p", "p_holm")
    return {
        "world": finding.world,
        **{name: getattr(outcome, name) for name in numbers},
        "trainings": finding.trainings,
        "constant": finding.constant,
        "failure": finding.failure,
        "parts": [_part(effect) for effect in outcome.effects],
        "further": further(finding).to_dict("records"),
    }


def _part(effect: Effect) -> dict[str, Any]:
    measured = ("mean", "low", "high", "sd", "seeds")
    return {
        **dataclasses.asdict(effect.part),
        **{name: getattr(effect, name) for name in measured},
    }


def _finite(data: Any) -> Any:
    """Replace what JSON has no word for."""
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_finite(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data
