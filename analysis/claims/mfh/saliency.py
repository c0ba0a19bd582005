"""Algorithm 1: its saliency tells modality-general features from all others."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float

from analysis.claims.mfh.ranking import MadeOf, Saliency, mixed
from analysis.methods.agreeing import Agreeing
from analysis.methods.arms import TEACHER
from analysis.methods.method import Method
from analysis.methods.ranked import Ranked
from analysis.protocols import Protocol
from analysis.reproductions.table2 import CHANNELS, diagram
from analysis.statistics.concordance import concordance
from analysis.sweeps.plan import Plan
from analysis.verdicts.claim import Claim, Part
from analysis.verdicts.further import means
from analysis.verdicts.worlds import WORLDS
from venn import VennDiagram

DIAGRAMS = (
    diagram(10, 5),
    diagram(10, 20),
    VennDiagram({"a": 10, "b": 10, "a&b": 10}, noise={"a": CHANNELS - 20, "b": CHANNELS - 20}),
)
"""Table 2 at γ = 1/3 and 2/3, and a diagram in which the student has features of its own too."""

NAMES = ("γ = 1/3", "γ = 2/3", "α = β = γ")

ALGORITHM, ALONE, UNPAIRED = "Algorithm 1", "one network", "unpaired rows"
"""What ranks features: the pair; the regular teacher, whose permuted outputs are held against its
own; a pair of which the second sees other rows, so that nothing is shared."""

WAYS: dict[str, Method] = {
    ALGORITHM: Agreeing(),
    ALONE: TEACHER,
    UNPAIRED: Agreeing(unpaired=True),
}

MEASURES = {
    "general": MadeOf("general"),
    "specific": MadeOf("specific"),
    "saliency": Saliency(),
}
"""Of each feature."""

OTHERS, SPECIFIC, TOP = "against others", "against specific", "top"


def _plan(protocol: Protocol, seeds: Sequence[int]) -> Plan:
    units = any(mixed(protocol, drawn) for drawn in DIAGRAMS)
    arms = {way: Ranked(teacher=teacher, units=units) for way, teacher in WAYS.items()}
    return Plan(DIAGRAMS, protocol, arms, seeds, measures=MEASURES)


def _rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row a feature."""
    ranked = frame[frame["arm"].isin(WAYS)].rename(columns={"arm": "way"})
    rows = ranked[["seed", "point", "way", *MEASURES]].explode([*MEASURES], ignore_index=True)
    feature = rows.groupby(["seed", "point", "way"]).cumcount()
    return rows.astype(dict.fromkeys(MEASURES, float)).assign(feature=feature)


def recovered(rows: pd.DataFrame) -> pd.DataFrame:
    """Return how well each ranking recovers what is general, a row each.

    Parameters
    ----------
    rows : DataFrame
        Of the claim, one row a feature: ``seed``, ``point``, ``way``, ``feature``; ``general``
        and ``specific``, the shares of its energy; ``saliency``.

    Returns
    -------
    DataFrame
        ``seed``, ``point``, ``way``; ``against others``, the concordance of the saliency with the
        share of general energy; ``against specific``, that with its share of decisive energy, for
        features that have any; ``top``, the mean general share of as large a part of the features,
        those of most saliency, as the general ones are of the channels, less that of all.  For
        channels, whose shares are 0 or 1, these are two AUCs and the share of general channels at
        the top, less what chance has.
    """
    rows = rows.sort_values(["seed", "point", "way", "feature"])
    groups = rows[["seed", "point", "way"]].drop_duplicates(ignore_index=True)
    score, general, specific = (
        rows[name].to_numpy(dtype=float).reshape(len(groups), -1)
        for name in ("saliency", "general", "specific")
    )
    decisive = general + specific
    share = np.divide(general, decisive, out=np.full_like(general, np.nan), where=decisive > 0)
    counts = np.array([drawn.regions["a&b"] for drawn in DIAGRAMS])[groups["point"]]
    return groups.assign(
        **{
            OTHERS: concordance(score, general),
            SPECIFIC: concordance(score, share),
            TOP: _at_the_top(score, general, counts / CHANNELS),
        }
    )


def _at_the_top(
    score: Float[np.ndarray, "group feature"],
    general: Float[np.ndarray, "group feature"],
    part: Float[np.ndarray, " group"],
) -> Float[np.ndarray, " group"]:
    """Return the mean of `general` over a part of the features, of most score, less that of all."""
    count = np.rint(part * score.shape[1]).astype(int)
    ordered = np.take_along_axis(general, np.argsort(-score, axis=1, kind="stable"), axis=1)
    sums = np.take_along_axis(ordered.cumsum(axis=1), count[:, None] - 1, axis=1)[:, 0]
    return np.asarray(sums / count - general.mean(axis=1))


def _by_way(rows: pd.DataFrame) -> pd.DataFrame:
    """Return means over the diagrams: one row a seed, columns by measure and way."""
    averaged = (
        recovered(rows).groupby(["seed", "way"], as_index=False)[[OTHERS, SPECIFIC, TOP]].mean()
    )
    return averaged.pivot(index="seed", columns="way")


def _values(rows: pd.DataFrame) -> pd.DataFrame:
    table = _by_way(rows)
    specific = table[SPECIFIC]
    return pd.DataFrame(
        {
            "general against others": table[OTHERS, ALGORITHM],
            "general against specific": specific[ALGORITHM],
            "top beyond chance": table[TOP, ALGORITHM],
            "beyond one network": specific[ALGORITHM] - specific[ALONE],
            "beyond unpaired rows": specific[ALGORITHM] - specific[UNPAIRED],
        }
    )


def _further(rows: pd.DataFrame) -> pd.DataFrame:
    table = recovered(rows[rows["way"] == ALGORITHM])
    each = table.pivot(index="seed", columns="point", values=[OTHERS, SPECIFIC])
    by_diagram = {
        f"general {what}, {name}": each[what, point]
        for point, name in enumerate(NAMES)
        for what in (OTHERS, SPECIFIC)
    }
    controls = _by_way(rows)
    by_control = {
        f"general {what}, {way}": controls[what, way]
        for way in (ALONE, UNPAIRED)
        for what in (OTHERS, SPECIFIC)
    }
    spread = rows[rows["way"] == ALGORITHM].groupby("seed")["general"].std(ddof=0)
    return pd.concat(
        [
            means(pd.DataFrame(by_diagram | by_control), "AUC"),
            means(pd.DataFrame({"sd of the general share over features": spread}), "share"),
        ],
        ignore_index=True,
    )


def _roles_permuted(rows: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """Return rows in which the features of each ranking have each other's roles."""
    ranking = rows.groupby(["seed", "point", "way"]).ngroup().to_numpy()
    roles = rows[["general", "specific"]].to_numpy()
    moved = np.empty_like(roles)
    order = np.lexsort((generator.random(len(rows)), ranking))
    moved[np.argsort(ranking, kind="stable")] = roles[order]
    return rows.assign(general=moved[:, 0], specific=moved[:, 1])


def _unpaired(rows: pd.DataFrame, _: np.random.Generator) -> pd.DataFrame:
    """Return rows in which Algorithm 1 was run on rows that do not belong together."""
    unpaired = rows[rows["way"] == UNPAIRED].assign(way=ALGORITHM)
    return pd.concat([rows[rows["way"] != ALGORITHM], unpaired], ignore_index=True)


CLAIM = Claim(
    name="mfh-saliency",
    title="A saliency that finds what is general",
    words="Of two networks trained to agree across modalities, permuting a modality-general decisive "
    "feature drives the outputs apart the most: this saliency tells general features from noise and "
    "from teacher-specific ones.",
    source="Xue et al. (ICLR 2023), Algorithm 1",
    method="Three diagrams have 50 channels a modality, 10 teacher-specific features and 5, 20 or 10 "
    "general ones, the last with 10 student-specific ones too. Channels are ranked or, where views "
    "rotate them, hidden units, whose truth is the share of general sources in the energy of their "
    "weights. An AUC is how often, of two features, the more general one has more saliency; all are "
    "averaged over the diagrams. Algorithm 1 must tell general from specific better than permuting "
    "features of the regular teacher alone, and than itself on rows that do not belong together.",
    plan=_plan,
    rows=_rows,
    values=_values,
    parts=(
        Part(
            "general against others",
            "general features rank above all others",
            margin=0.5,
            unit="AUC",
        ),
        Part(
            "general against specific",
            "they rank above teacher-specific ones",
            margin=0.5,
            unit="AUC",
        ),
        Part(
            "top beyond chance",
            "of as many features at the top as are general, more are than by chance",
            unit="share",
        ),
        Part(
            "beyond one network",
            "general is told from specific better than by one network's own importances",
            unit="AUC",
        ),
        Part(
            "beyond unpaired rows",
            "and better than by networks that see rows of different samples",
            unit="AUC",
        ),
    ),
    nulls={
        "roles of features permuted within each seed": _roles_permuted,
        "the modalities' rows unpaired": _unpaired,
    },
    worlds=WORLDS,
    further=_further,
)
