"""Rows of the claims about features and their saliency, their numbers made up."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.claims.mfh import removal, saliency
from analysis.reproductions.table2 import CHANNELS
from synth import stream
from tests.analysis.claims import made

SEEDS = made.SEEDS
EFFECT = {saliency.ALGORITHM: 1.0, saliency.ALONE: 0.3, saliency.UNPAIRED: 0.1}
"""By how much a general feature has more saliency than another, before noise of about 0.3."""


def salient(units: int = 0, seeds: Sequence[int] = SEEDS) -> pd.DataFrame:
    """Return rows of `mfh-saliency`: of channels, or of so many hidden units."""
    blocks = []
    for point, diagram in enumerate(saliency.DIAGRAMS):
        count = diagram.regions["a&b"]
        for seed in seeds:
            for way, effect in EFFECT.items():
                chance = stream(seed, "salient", point, way)
                features = np.arange(units or CHANNELS)
                general, specific = chance.dirichlet([1, 1, 2], units).T[:2]
                if not units:
                    general = (features < count).astype(float)
                    specific = ((features >= count) & (features < count + 10)).astype(float)
                noise = 0.3 * chance.standard_normal(len(features))
                block = {"seed": seed, "point": point, "way": way, "feature": features}
                block |= {"general": general, "specific": specific}
                block["saliency"] = (effect * general + noise).round(1)  # with ties
                blocks.append(pd.DataFrame(block))
    return pd.concat(blocks, ignore_index=True)


def removed(seeds: Sequence[int] = SEEDS) -> pd.DataFrame:
    """Return rows of `mfh-removal` that say what the claim says."""
    peak = {removal.LEAST: 4.0, removal.RANDOM: -0.5, removal.MOST: -2.0, removal.SHUFFLED: -1.0}
    rows = []
    for seed in seeds:
        no_kd = 0.68 + round(0.01 * stream(seed, "no_kd").standard_normal(), 3)
        for order, height in peak.items():
            taught = removal.LEAST if order == removal.SHUFFLED else order
            for share in removal.SHARES:
                near = 1 - abs(share - 0.8) / 0.8 if share <= 0.8 else (1 - share) / 0.2
                chance = stream(seed, "removed", order if share else removal.LEAST, str(share))
                of_teacher = stream(seed, "removed teacher", taught if share else "", str(share))
                gain = height * near + 0.5 * chance.standard_normal()
                teacher = 0.9 - 0.3 * share + 0.01 * of_teacher.standard_normal()
                row = {"seed": seed, "order": order, "removed": share}
                row |= {"teacher": round(teacher, 3), "no_kd": no_kd}
                rows.append(row | {"kd": round(no_kd + gain / 100, 3)})
    return pd.DataFrame(rows)
