"""Claims whose truth is known, and which train nothing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.verdicts import Claim, Part, World, worlds
from analysis.verdicts.claim import Experiment, Trained
from synth import stream


def claim(effects: Sequence[float] = (1.0,), name: str = "toy", **changes: Any) -> Claim:
    """Return a claim with a part for each effect, in standard deviations, that is said to be > 0."""

    def experiment(world: World, seeds: Sequence[int], trained: Trained) -> pd.DataFrame:
        trained(2 * len(seeds))
        rows = [
            {"seed": seed, "part": f"part {j}", "value": effect + noise}
            for seed in seeds
            for j, effect in enumerate(effects)
            for noise in [stream(seed, "toy", str(world), j).standard_normal()]
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
        "experiment": experiment,
        "values": values,
        "parts": tuple(Part(f"part {j}", f"part {j} > 0") for j in range(len(effects))),
        "nulls": {"signs flipped": flipped},
        "worlds": worlds(rules=["hyperplane"], views=["as it is"]),
    }
    return Claim(**(made | changes))


def noting(
    log: str, experiment: Experiment, world: World, seeds: Sequence[int], trained: Trained
) -> pd.DataFrame:
    """Note in a file which seeds are measured: an experiment has no state of its own."""
    with Path(log).open("a", encoding="utf-8") as file:
        file.writelines(f"{seed}\n" for seed in seeds)
    return experiment(world, seeds, trained)
