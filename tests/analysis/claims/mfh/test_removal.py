"""The claim about removal: its numbers against loops, its experiment against plain torch."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats
from torch import Tensor
from torch.nn import functional

from analysis.claims.mfh.ranking import agreed, seen
from analysis.claims.mfh.removal import (
    CLAIM,
    DIAGRAM,
    DRAWS,
    GENERAL_LEFT,
    LEAST,
    MOST,
    MOST_REMOVED,
    ORDERS,
    RANDOM,
    SHARES,
    SHUFFLED,
)
from analysis.methods.fitting import Task, Trained, train
from analysis.methods.trials import Trial
from analysis.protocols.synthetic import Synthetic
from analysis.training.optimiser import Optimiser
from analysis.verdicts import PAPER, World
from synth import stream
from tests.analysis.claims.features import SEEDS, removed

ROWS = removed()
ALL = (*ORDERS, SHUFFLED)


def at(rows: pd.DataFrame, seed: int, order: str, share: float) -> dict[str, float]:
    """Return the accuracies of a seed, order and share."""
    chosen = (rows["seed"] == seed) & (rows["order"] == order) & (rows["removed"] == share)
    (row,) = rows[chosen][["teacher", "no_kd", "kd"]].to_dict("records")
    return {str(name): value for name, value in row.items()}


def test_the_general_channels_are_left_where_the_truth_says() -> None:
    assert pytest.approx(1 - GENERAL_LEFT) == DIAGRAM.regions["a&b"] / DIAGRAM.dim("a")
    assert list(SHARES) == sorted(SHARES)
    assert {0.0, GENERAL_LEFT, MOST_REMOVED} <= set(SHARES)
    assert max(SHARES) == MOST_REMOVED


def test_values_are_differences_of_the_rows_whatever_their_order() -> None:
    values = CLAIM.values(ROWS.sample(frac=1, random_state=0))
    assert list(values.index) == sorted(SEEDS)
    for seed in SEEDS[:5]:
        kd = {(o, s): 100 * at(ROWS, seed, o, s)["kd"] for o in ALL for s in SHARES}
        whole, left = kd[LEAST, 0.0], kd[LEAST, 0.8]
        teacher = [100 * at(ROWS, seed, LEAST, share)["teacher"] for share in (0.0, 0.8)]
        assert values.loc[seed].to_dict() == pytest.approx(
            {
                "student's change": left - whole,
                "teacher's change": teacher[1] - teacher[0],
                "student's change at the end": kd[LEAST, 0.98] - left,
                "random order": kd[RANDOM, 0.8] - whole,
                "most general first": kd[MOST, 0.8] - whole,
                "beyond random order": left - kd[RANDOM, 0.8],
                "beyond shuffled": left - kd[SHUFFLED, 0.8],
                "rise beyond shuffled": left - kd[SHUFFLED, 0.8] - whole + kd[SHUFFLED, 0.0],
            }
        )


def test_rows_that_say_what_the_claim_says_are_on_its_side() -> None:
    mean = CLAIM.values(ROWS).mean()
    for part in CLAIM.parts:
        assert (mean[part.name] > part.margin) == (part.side == "above"), part.name


def test_further_numbers_are_means() -> None:
    assert CLAIM.further is not None
    table = CLAIM.further(ROWS).set_index("name")["value"]
    mean = 100 * ROWS.groupby(["order", "removed"])[["teacher", "no_kd", "kd"]].mean()
    gain = mean["kd"] - mean["no_kd"]
    assert table["gain, nothing removed"] == pytest.approx(gain[LEAST, 0.0])
    for order in ORDERS:
        assert table[f"gain at 80 % removed, {order}"] == pytest.approx(gain[order, 0.8])
    assert table["teacher, nothing removed"] == pytest.approx(mean.loc[(LEAST, 0.0), "teacher"])
    assert table["teacher at 80 % removed"] == pytest.approx(mean.loc[(LEAST, 0.8), "teacher"])
    assert table["removed where the mean student is best"] == mean.loc[LEAST]["kd"].idxmax()


def lines(rows: pd.DataFrame) -> dict[tuple[int, str], tuple[float, ...]]:
    """Return the students' accuracies along the shares, of each seed and order."""
    found: dict[tuple[int, str], tuple[float, ...]] = {}
    for row in rows.sort_values("removed").to_dict("records"):
        key = row["seed"], row["order"]
        found[key] = (*found.get(key, ()), row["kd"])
    return found


def test_orders_are_permuted_as_a_whole_and_the_control_stays() -> None:
    null = CLAIM.nulls["orders permuted within each seed"]
    generator = stream(0, "null")
    counts: dict[tuple[str, ...], int] = {}
    before = lines(ROWS)
    for _ in range(10):
        made = null(ROWS, generator)
        pd.testing.assert_frame_equal(
            made[made["order"] == SHUFFLED].reset_index(drop=True),
            ROWS[ROWS["order"] == SHUFFLED].reset_index(drop=True),
        )
        after = lines(made)
        for seed in SEEDS:
            names = {line: order for (each, order), line in before.items() if each == seed}
            moved = tuple(names[after[seed, order]] for order in ORDERS)
            assert sorted(moved) == sorted(ORDERS)
            counts[moved] = counts.get(moved, 0) + 1
    assert len(counts) == 6
    assert stats.chisquare(list(counts.values())).pvalue > 1e-4


def test_shares_are_permuted_within_a_seed() -> None:
    null = CLAIM.nulls["shares permuted within each seed"]
    generator = stream(1, "null")
    values = pd.DataFrame([CLAIM.values(null(ROWS, generator)).mean() for _ in range(60)])
    error = values.std() / np.sqrt(60)
    changes = [
        "student's change",
        "teacher's change",
        "student's change at the end",
        "rise beyond shuffled",
    ]
    assert (values.mean().abs() < 4.5 * error)[changes].all()


def test_beside_shuffled_teachers_nothing_leads() -> None:
    null = CLAIM.nulls["the teachers' outputs shuffled"]
    values = CLAIM.values(null(ROWS, stream(0, "null")))
    assert (values[["beyond shuffled", "rise beyond shuffled"]] == 0).all(axis=None)
    lead = CLAIM.values(ROWS)["beyond shuffled"]
    moved = CLAIM.values(ROWS)["beyond random order"] - values["beyond random order"]
    np.testing.assert_allclose(moved, lead)


class Short(World):
    """A world whose networks are trained for fewer steps."""

    @property
    def protocol(self) -> Synthetic:
        plain = super().protocol
        return replace(plain, optimiser=replace(plain.optimiser, steps=plain.optimiser.steps // 4))


WORLDS = {
    str(world): world
    for world in (
        Short("linear", "hyperplane", "as it is"),
        Short("MLP", "hyperplane", "as it is"),
        Short("MLP", "hyperplane", "rotated"),
    )
}


@pytest.fixture(scope="module", params=list(WORLDS.values()), ids=list(WORLDS))
def measured(request: pytest.FixtureRequest) -> tuple[World, pd.DataFrame]:
    trained: list[int] = []
    rows = CLAIM.experiment(request.param, [3, 11], trained.append)
    assert sum(trained) == 2 * (4 + len(SHARES) * (3 + DRAWS))
    return request.param, rows


def test_where_nothing_is_removed_orders_agree(measured: tuple[World, pd.DataFrame]) -> None:
    _, rows = measured
    assert len(rows) == 2 * len(ALL) * len(SHARES)
    whole = rows[(rows["removed"] == 0) & (rows["order"] != SHUFFLED)]
    assert len(whole) == 2 * len(ORDERS)
    assert len(whole.round(12)[["seed", "teacher", "kd"]].drop_duplicates()) == 2
    least, shuffled = (rows[rows["order"] == order] for order in (LEAST, SHUFFLED))
    np.testing.assert_array_equal(least["teacher"], shuffled["teacher"])
    assert len(rows[["seed", "no_kd"]].drop_duplicates()) == 2


def test_a_seed_does_not_depend_on_its_company(measured: tuple[World, pd.DataFrame]) -> None:
    world, rows = measured
    alone = CLAIM.experiment(world, [11], lambda _: None)
    beside = rows[rows["seed"] == 11].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, beside, check_exact=True)


def says(network: list[Tensor], x: Tensor, gone: Tensor, *, units: bool) -> Tensor:
    """Return what a network says with some channels, or some hidden units, at 0."""
    x = x if units else x * ~gone
    for weight, bias in zip(network[:-2:2], network[1:-2:2], strict=True):
        x = functional.linear(x, weight, bias[:, 0]).relu()
    x = x * ~gone if units else x
    return functional.linear(x, network[-2], network[-1][:, 0])


def student(world: World, trial: Trial, said: Tensor) -> float:
    """Return the accuracy of a student of these logits, trained in plain torch."""
    recipe = world.protocol.optimiser
    network = [part[0].clone().requires_grad_() for part in trial.initial["no_kd"]]
    descent: torch.optim.Optimizer = torch.optim.SGD(network, lr=recipe.learning_rate)
    if recipe.name == "adam":
        decay = recipe.weight_decay
        descent = torch.optim.Adam(network, lr=recipe.learning_rate, weight_decay=decay)
    nothing = torch.zeros(1, dtype=torch.bool)
    x, y = trial.train.views["student"][0], trial.train.y[0]
    for _ in range(recipe.steps):
        descent.zero_grad()
        logits = says(network, x, nothing, units=False)
        apart = functional.kl_div(logits.log_softmax(1), said.softmax(1), reduction="batchmean")
        (functional.cross_entropy(logits, y) + apart / 2).backward()
        descent.step()
    with torch.no_grad():
        return right(says(network, trial.test.views["student"][0], nothing, units=False), trial)


def right(said: Tensor, trial: Trial) -> float:
    return float((said.argmax(1) == trial.test.y[0]).double().mean())


def of_labels(world: World, trial: Trial, arm: str) -> Trained:
    task = Task(arm, trial, world.protocol.optimiser, world.protocol.distillation)
    return train({arm: task})[arm]


def test_a_seed_is_what_plain_torch_makes_of_it(measured: tuple[World, pd.DataFrame]) -> None:
    world, rows = measured
    arms = ("teacher", "um_teacher", "no_kd", "kd_shuffled")
    trial = world.protocol.draw(DIAGRAM, 11, arms)
    units = world.view == "rotated"
    teacher = of_labels(world, trial, "teacher")
    network = [part[0] for part in teacher.parameters]
    ranked = agreed(world, [trial], seen([trial], "train"), [11])
    least = np.argsort(ranked.saliency[0].numpy(), kind="stable")
    chance = stream(11, "removal")
    orders = {
        LEAST: [least],
        RANDOM: [chance.permutation(len(least)) for _ in range(DRAWS)],
        MOST: [least[::-1]],
        SHUFFLED: [least],
    }
    tolerance = 0.0021  # two test rows
    for order, each in orders.items():
        row = at(rows, 11, order, 0.8)
        found = []
        for own in each:
            gone = torch.zeros(len(least), dtype=torch.bool)
            gone[own[: round(0.8 * len(least))].copy()] = True
            said = says(network, trial.train.views["teacher"][0], gone, units=units)
            if order == SHUFFLED:
                assert trial.order is not None
                said = said[trial.order[0]]
            tested = says(network, trial.test.views["teacher"][0], gone, units=units)
            found.append((right(tested, trial), student(world, trial, said)))
        expected = np.mean(found, axis=0)
        assert row["teacher"] == pytest.approx(expected[0], abs=tolerance)
        assert row["kd"] == pytest.approx(expected[1], abs=tolerance)
    whole = at(rows, 11, LEAST, 0.0)
    assert whole["teacher"] == pytest.approx(teacher.accuracy)
    assert whole["no_kd"] == pytest.approx(of_labels(world, trial, "no_kd").accuracy)


def test_a_network_that_diverges_is_an_error() -> None:
    class Fast(World):
        @property
        def protocol(self) -> Synthetic:
            return replace(super().protocol, optimiser=Optimiser("sgd", 10, 50, weight_decay=10))

    with pytest.raises(FloatingPointError, match="diverged; lower the learning rate"):
        CLAIM.experiment(Fast(PAPER.models, PAPER.rule, PAPER.view), [3], lambda _: None)
