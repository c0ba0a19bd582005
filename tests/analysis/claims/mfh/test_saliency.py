"""The claim about the saliency: its numbers against scikit-learn, its experiment against torch."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from analysis import refit
from analysis.claims.mfh.saliency import (
    ALGORITHM,
    ALONE,
    CLAIM,
    DIAGRAMS,
    NAMES,
    UNPAIRED,
    recovered,
)
from analysis.methods.ranked import RankedNetwork
from analysis.reproductions.table2 import CHANNELS
from analysis.verdicts import PAPER, WORLDS
from synth import stream
from tests.analysis.claims.features import salient
from tests.analysis.claims.plain import short
from tests.analysis.verdicts.toy import rows_of

ROWS, FEW, UNITS = salient(), salient(seeds=range(5)), salient(units=30, seeds=range(5))


def of(rows: pd.DataFrame, seed: int, point: int, way: str) -> pd.DataFrame:
    chosen = (rows["seed"] == seed) & (rows["point"] == point) & (rows["way"] == way)
    return rows[chosen].sort_values("feature", ignore_index=True)


def test_diagrams_are_what_their_names_say() -> None:
    assert len(NAMES) == len(DIAGRAMS)
    assert [diagram.gamma for diagram in DIAGRAMS] == pytest.approx([1 / 3, 2 / 3, 1 / 3])
    assert [diagram.beta for diagram in DIAGRAMS] == pytest.approx([0, 0, 1 / 3])
    assert {diagram.dim(side) for diagram in DIAGRAMS for side in "ab"} == {CHANNELS}


def concordant(score: np.ndarray, truth: np.ndarray) -> float:
    """Return scikit-learn's AUC, or by pairs what it is beyond two classes."""
    if set(truth) == {0.0, 1.0}:
        return float(roc_auc_score(truth, score))
    truer = truth[:, None] > truth
    return float((1 + np.sign(score[:, None] - score)[truer].mean()) / 2)


@pytest.mark.parametrize("rows", [FEW, UNITS], ids=["channels", "hidden units"])
def test_what_is_recovered_is_as_by_scikit_learn_and_by_pairs(rows: pd.DataFrame) -> None:
    found = recovered(rows.sample(frac=1, random_state=0))
    assert len(found) == 5 * len(DIAGRAMS) * 3
    for row in found.to_dict("records"):
        own = of(rows, row["seed"], row["point"], row["way"])
        score, general = own["saliency"].to_numpy(), own["general"].to_numpy()
        decisive = general + own["specific"].to_numpy()
        some = decisive > 0
        count = round(len(own) * DIAGRAMS[row["point"]].regions["a&b"] / CHANNELS)
        top = sorted(range(len(own)), key=lambda i: -score[i])[:count]
        expected = {
            "against others": concordant(score, general),
            "against specific": concordant(score[some], general[some] / decisive[some]),
            "top": general[top].mean() - general.mean(),
        }
        assert {name: row[name] for name in expected} == pytest.approx(expected)


def test_values_are_means_over_diagrams_and_differences_of_ways() -> None:
    columns = ["against others", "against specific", "top"]
    mean = recovered(ROWS).groupby(["way", "seed"])[columns].mean()
    algorithm, specific = mean.loc[ALGORITHM], mean["against specific"]
    expected = {
        "general against others": algorithm["against others"],
        "general against specific": specific[ALGORITHM],
        "top beyond chance": algorithm["top"],
        "beyond one network": specific[ALGORITHM] - specific[ALONE],
        "beyond unpaired rows": specific[ALGORITHM] - specific[UNPAIRED],
    }
    pd.testing.assert_frame_equal(CLAIM.values(ROWS), pd.DataFrame(expected))
    assert set(expected) == {part.name for part in CLAIM.parts}
    unpaired = CLAIM.values(CLAIM.nulls["the modalities' rows unpaired"](ROWS, stream(0, "null")))
    assert (unpaired["beyond unpaired rows"] == 0).all()
    others = mean.loc[UNPAIRED, "against others"]
    np.testing.assert_array_equal(unpaired["general against others"], others)


def test_further_numbers_are_means() -> None:
    assert CLAIM.further is not None
    table = CLAIM.further(ROWS).set_index("name")["value"]
    found = recovered(ROWS)
    for what in ("against others", "against specific"):
        for point, name in enumerate(NAMES):
            own = found[(found["point"] == point) & (found["way"] == ALGORITHM)]
            assert table[f"general {what}, {name}"] == pytest.approx(own[what].mean())
        for way in (ALONE, UNPAIRED):
            own = found[found["way"] == way]
            assert table[f"general {what}, {way}"] == pytest.approx(own[what].mean())
    share = np.mean([diagram.regions["a&b"] for diagram in DIAGRAMS]) / CHANNELS
    spread = table["sd of the general share over features"]
    assert spread == pytest.approx(np.sqrt(share * (1 - share)))


@pytest.mark.parametrize("rows", [FEW, UNITS], ids=["channels", "hidden units"])
def test_a_permutation_moves_roles_within_a_ranking(rows: pd.DataFrame) -> None:
    null = CLAIM.nulls["roles of features permuted within each seed"]
    shuffled = rows.sample(frac=1, random_state=1)
    made = null(shuffled, stream(0, "null"))
    rest = [name for name in rows if name not in {"general", "specific"}]
    pd.testing.assert_frame_equal(made[rest], shuffled[rest])
    moved = 0
    for seed in range(5):
        before, after = (of(table, seed, 1, ALONE) for table in (shuffled, made))
        roles = [sorted(zip(t["general"], t["specific"], strict=True)) for t in (before, after)]
        assert roles[0] == roles[1]
        moved += (before["general"] != after["general"]).sum()
    assert moved > 20


def test_each_way_ranks_a_seed_by_networks_and_rows_of_its_own() -> None:
    protocol = short(WORLDS[PAPER], 20)
    plan = CLAIM.plan(protocol, [3, 11])
    assert plan.cells == 2 * len(DIAGRAMS) * 6
    rows = rows_of(CLAIM, [3, 11], protocol)
    roles = protocol.population(DIAGRAMS[2]).roles["a"]
    for way in (ALGORITHM, ALONE, UNPAIRED):
        own = of(rows, 11, 2, way)
        model = refit(plan, way, 11, point=2, device="cpu").model
        assert isinstance(model, RankedNetwork)
        np.testing.assert_array_equal(own["saliency"], model.saliency.double())
        np.testing.assert_array_equal(own["general"], [role == "general" for role in roles])
        np.testing.assert_array_equal(own["specific"], [role == "specific" for role in roles])
    assert rows.groupby(["seed", "point", "feature"])["saliency"].nunique().max() == 3


def test_hidden_units_are_ranked_where_views_rotate_channels() -> None:
    rows = rows_of(CLAIM, [11], short(WORLDS["MLP, hyperplane, rotated"], 20))
    assert len(rows) == len(DIAGRAMS) * 3 * 64
    assert not rows["general"].isin([0.0, 1.0]).any()
    assert rows.groupby(["point", "way"])["saliency"].max().eq(1).all()
