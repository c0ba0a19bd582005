"""Claims whose truth is known, and which train next to nothing."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from analysis import ARMS, Optimiser, Plan, Protocol, Store, Synthetic
from analysis.verdicts import Claim, Part, worlds
from analysis.verdicts.verification import measured, planned
from synth import stream
from venn import VennDiagram

WORLDS = worlds(rules=["hyperplane"], views=["as it is"])
DIAGRAM = VennDiagram({"a": 1, "b": 1, "a&b": 1})
STEEP = Optimiser("sgd", 1e10, 9, weight_decay=1e3)
"""With which everything diverges."""


def small(protocol: Protocol, seeds: Sequence[int], arm: str = "no_kd") -> Plan:
    """Return a plan of a network a seed, as wide as those of a world or not at all."""
    width = min(protocol.setup.student[0], 1)
    tiny = Synthetic(n_train=2, n_test=1, width=width, optimiser=Optimiser("sgd", 0.1, 1))
    return Plan([DIAGRAM], tiny, {arm: ARMS["no_kd"]}, seeds)


def diverging(protocol: Protocol, seeds: Sequence[int]) -> Plan:
    """Return a plan whose networks diverge."""
    plan = small(protocol, seeds, "<& stopped>")
    return replace(plan, protocol=replace(plan.protocol, optimiser=STEEP))


def failing(protocol: Protocol, seeds: Sequence[int]) -> Plan:
    """Return a plan whose networks diverge where they have hidden units."""
    return (diverging if protocol.setup.student[0] else small)(protocol, seeds)


def claim(effects: Sequence[float] = (1.0,), name: str = "toy", **changes: Any) -> Claim:
    """Return a claim with a part for each effect, in standard deviations, that is said to be > 0."""

    def made_up(frame: pd.DataFrame) -> pd.DataFrame:
        rows = [
            {"seed": seed, "part": f"part {j}", "value": effect + noise}
            for seed, width in zip(frame["seed"], frame["student_width"], strict=True)
            for j, effect in enumerate(effects)
            for noise in [stream(seed, "toy", [*WORLDS][width], j).standard_normal()]
        ]
        return pd.DataFrame(rows)

    def values(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.pivot(index="seed", columns="part", values="value")

    def flipped(rows: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
        signs = generator.choice([-1, 1], size=len(rows))
        return rows.assign(value=rows["value"] * signs)

    made: dict[str, Any] = {
        "name": name,
        "title": "A toy",
        "words": "Each part is above 0.",
        "source": "this test",
        "method": "Normal values of known mean.",
        "plan": small,
        "rows": made_up,
        "values": values,
        "parts": tuple(Part(f"part {j}", f"part {j} > 0") for j in range(len(effects))),
        "nulls": {"signs flipped": flipped},
        "worlds": WORLDS,
    }
    return Claim(**(made | changes))


def rows_of(claim: Claim, seeds: Sequence[int], protocol: Protocol | None = None) -> pd.DataFrame:
    """Return the rows of a claim, in the paper's world or under any protocol."""
    if protocol is not None:
        claim = replace(claim, worlds={"here": protocol})
    return measured(claim, planned(claim, next(iter(claim.worlds)), seeds), Store())
