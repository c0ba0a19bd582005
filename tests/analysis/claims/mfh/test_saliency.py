"""The claim about the saliency: its numbers against scikit-learn, its experiment against torch."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor
from torch.nn import functional

from analysis.claims.mfh.ranking import REPEATS
from analysis.claims.mfh.saliency import (
    ALGORITHM,
    ALONE,
    CHANNELS,
    CLAIM,
    DIAGRAMS,
    NAMES,
    UNPAIRED,
    recovered,
)
from analysis.protocols.synthetic import Synthetic
from analysis.verdicts import PAPER, World
from synth import stream
from tests.analysis.claims.features import SEEDS, salient

ROWS, FEW, UNITS = salient(), salient(seeds=range(5)), salient(units=30, seeds=range(5))
ROTATED = World("MLP", "hyperplane", "rotated")


def of(rows: pd.DataFrame, seed: int, point: int, way: str) -> pd.DataFrame:
    chosen = (rows["seed"] == seed) & (rows["point"] == point) & (rows["way"] == way)
    return rows[chosen].sort_values("feature", ignore_index=True)


def test_diagrams_are_what_their_names_say() -> None:
    for diagram, gamma in zip(DIAGRAMS, (1 / 3, 2 / 3, 1 / 3), strict=True):
        assert diagram.gamma == pytest.approx(gamma)
        assert diagram.dim("a") == diagram.dim("b") == CHANNELS
    assert [diagram.beta == 0 for diagram in DIAGRAMS] == [True, True, False]
    assert DIAGRAMS[2].alpha == DIAGRAMS[2].beta == DIAGRAMS[2].gamma
    assert len(NAMES) == len(DIAGRAMS)


def expected(own: pd.DataFrame, general: int) -> tuple[float, float, float]:
    """Return two AUCs and the share at the top less chance, of channels."""
    is_general, is_specific = own["general"] == 1, own["specific"] == 1
    decisive = own[is_general | is_specific]
    order = sorted(own.index, key=lambda i: -own["saliency"][i])
    return (
        float(roc_auc_score(is_general, own["saliency"])),
        float(roc_auc_score(decisive["general"], decisive["saliency"])),
        sum(is_general[i] for i in order[:general]) / general - general / CHANNELS,
    )


def test_what_is_recovered_of_channels_is_as_by_scikit_learn() -> None:
    found = recovered(FEW.sample(frac=1, random_state=0))
    assert len(found) == 5 * len(DIAGRAMS) * 3
    for row in found.to_dict("records"):
        own = of(FEW, row["seed"], row["point"], row["way"])
        measured = row["against others"], row["against specific"], row["top"]
        assert measured == pytest.approx(expected(own, DIAGRAMS[row["point"]].regions["a&b"]))


def test_what_is_recovered_of_hidden_units_is_as_by_pairs() -> None:
    for row in recovered(UNITS).sample(12, random_state=0).to_dict("records"):
        own = of(UNITS, row["seed"], row["point"], row["way"])
        score = own["saliency"].to_numpy()
        for name, truth in (
            ("against others", own["general"].to_numpy()),
            ("against specific", (own["general"] / (own["general"] + own["specific"])).to_numpy()),
        ):
            wins = [
                np.sign(score[i] - score[j])
                for i in range(30)
                for j in range(30)
                if truth[i] > truth[j]
            ]
            assert row[name] == pytest.approx((1 + np.mean(wins)) / 2)
        count = round(30 * DIAGRAMS[row["point"]].regions["a&b"] / CHANNELS)
        top = own["general"][np.argsort(-score, kind="stable")[:count]].mean()
        assert row["top"] == pytest.approx(top - own["general"].mean())


def test_values_are_means_over_diagrams_and_differences_of_ways() -> None:
    found, values = recovered(ROWS), CLAIM.values(ROWS)
    assert list(values.index) == sorted(SEEDS)
    for seed in SEEDS:
        own = found[found["seed"] == seed]
        mean = {way: own[own["way"] == way].mean(numeric_only=True) for way in own["way"].unique()}
        specific = {way: numbers["against specific"] for way, numbers in mean.items()}
        assert values.loc[seed].to_dict() == pytest.approx(
            {
                "general against others": mean[ALGORITHM]["against others"],
                "general against specific": specific[ALGORITHM],
                "top beyond chance": mean[ALGORITHM]["top"],
                "beyond one network": specific[ALGORITHM] - specific[ALONE],
                "beyond unpaired rows": specific[ALGORITHM] - specific[UNPAIRED],
            }
        )


def test_a_perfect_ranking_and_its_opposite() -> None:
    ranked = ROWS["way"] == ALGORITHM
    perfect = ROWS.assign(saliency=ROWS["saliency"].where(~ranked, ROWS["general"]))
    values = CLAIM.values(perfect)
    assert (values[["general against others", "general against specific"]] == 1).all(axis=None)
    chance = np.mean([diagram.regions["a&b"] / CHANNELS for diagram in DIAGRAMS])
    np.testing.assert_allclose(values["top beyond chance"], 1 - chance)
    worst = CLAIM.values(perfect.assign(saliency=-perfect["saliency"]))
    assert (worst[["general against others", "general against specific"]] == 0).all(axis=None)
    np.testing.assert_allclose(worst["top beyond chance"], -chance)


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
    counts = np.array([diagram.regions["a&b"] for diagram in DIAGRAMS])
    share = counts.mean() / CHANNELS
    spread = table["sd of the general share over features"]
    assert spread == pytest.approx(np.sqrt(share * (1 - share)))


def test_a_permutation_moves_roles_within_a_ranking() -> None:
    null = CLAIM.nulls["roles of features permuted within each seed"]
    for rows in (ROWS, UNITS):
        shuffled = rows.sample(frac=1, random_state=1)
        made = null(shuffled, stream(0, "null"))
        rest = [name for name in rows if name not in {"general", "specific"}]
        pd.testing.assert_frame_equal(made[rest], shuffled[rest])
        moved = 0
        for seed in rows["seed"].unique()[:3]:
            before, after = (of(table, seed, 1, ALONE) for table in (shuffled, made))
            roles = [sorted(zip(t["general"], t["specific"], strict=True)) for t in (before, after)]
            assert roles[0] == roles[1]
            moved += (before["general"] != after["general"]).sum()
        assert moved > 20


def test_after_a_permutation_roles_are_not_recovered() -> None:
    null = CLAIM.nulls["roles of features permuted within each seed"]
    generator = stream(1, "null")
    values = [CLAIM.values(null(ROWS, generator)).mean() for _ in range(30)]
    error = np.std(values, axis=0) / np.sqrt(30)
    assert (np.abs(np.mean(values, axis=0) - [0.5, 0.5, 0, 0, 0]) < 4.5 * error).all()


def test_unpaired_rows_take_the_place_of_the_algorithm() -> None:
    values = CLAIM.values(CLAIM.nulls["the modalities' rows unpaired"](ROWS, stream(0, "null")))
    assert (values["beyond unpaired rows"] == 0).all()
    unpaired = recovered(ROWS).query("way == @UNPAIRED").groupby("seed")["against others"].mean()
    pd.testing.assert_series_equal(values["general against others"], unpaired, check_names=False)


@pytest.fixture(scope="module")
def measured() -> pd.DataFrame:
    trained: list[int] = []
    rows = CLAIM.experiment(PAPER, [3, 11], trained.append)
    assert sum(trained) == 2 * len(DIAGRAMS) * 5
    return rows


def say(network: list[Tensor], x: Tensor) -> Tensor:
    return x @ network[0].T + network[1].T


def descended(networks: list[list[Tensor]], x: list[Tensor], y: Tensor) -> list[list[Tensor]]:
    """Return linear networks that were trained to know the labels and to agree, in plain torch."""
    parts = [[part[0].clone().requires_grad_() for part in network] for network in networks]
    descent = torch.optim.SGD([part for network in parts for part in network], lr=0.1)
    for _ in range(1000):
        descent.zero_grad()
        said = [say(network, own) for network, own in zip(parts, x, strict=True)]
        loss = sum((functional.cross_entropy(each, y) for each in said), torch.tensor(0.0))
        (loss + functional.mse_loss(said[0], said[-1])).backward()
        descent.step()
    return [[part.detach() for part in network] for network in parts]


@pytest.mark.parametrize("way", [ALGORITHM, ALONE, UNPAIRED])
def test_a_seed_is_what_plain_torch_makes_of_it(measured: pd.DataFrame, way: str) -> None:
    trial = PAPER.protocol.draw(DIAGRAMS[2], 11, ("teacher", "um_teacher", "kd_shuffled"))
    x, x_student = (trial.train.views[sight][0] for sight in ("teacher", "student"))
    y = trial.train.y[0]
    teacher, other = (list(trial.initial[arm]) for arm in ("teacher", "um_teacher"))
    assert trial.order is not None
    if way == ALONE:
        (network,) = descended([teacher], [x], y)
        reference = say(network, x)
    else:
        paired = x_student if way == ALGORITHM else x_student[trial.order[0]]
        network, second = descended([teacher, other], [x, paired], y)
        reference = say(second, paired)
    in_order = np.broadcast_to(np.arange(200), (REPEATS, CHANNELS, 200))
    orders = stream(11, "saliency").permuted(in_order, axis=-1)
    apart = torch.zeros(CHANNELS)
    for repeat in range(REPEATS):
        for channel in range(CHANNELS):
            copy = x.clone()
            copy[:, channel] = x[orders[repeat, channel], channel]
            apart[channel] += functional.mse_loss(say(network, copy), reference)
    normal = (apart - apart.min()) / (apart.max() - apart.min())
    own = of(measured, 11, 2, way)
    np.testing.assert_allclose(own["saliency"], normal.numpy(), atol=2e-3)
    roles = PAPER.protocol.population(DIAGRAMS[2]).roles["a"]
    np.testing.assert_array_equal(own["general"], [role == "general" for role in roles])
    np.testing.assert_array_equal(own["specific"], [role == "specific" for role in roles])


@pytest.mark.parametrize("world", [World("MLP", "hyperplane", "as it is"), ROTATED], ids=str)
def test_a_seed_does_not_depend_on_its_company(world: World) -> None:
    class Short(World):
        @property
        def protocol(self) -> Synthetic:
            plain = super().protocol
            return replace(plain, optimiser=replace(plain.optimiser, steps=20))

    short = Short(world.models, world.rule, world.view)
    together = CLAIM.experiment(short, [3, 11], lambda _: None)
    alone = CLAIM.experiment(short, [11], lambda _: None)
    beside = together[together["seed"] == 11].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, beside, check_exact=True)
    features = 64 if world == ROTATED else CHANNELS
    assert len(alone) == len(DIAGRAMS) * 3 * features
    assert alone[["general", "specific", "saliency"]].min().min() >= 0
    assert alone["saliency"].max() == 1
    assert ((alone["general"] + alone["specific"]) <= 1 + 1e-9).all()
    assert (alone["general"].isin([0.0, 1.0])).all() == (world != ROTATED)
