"""The claim about removal: its numbers against loops, its experiment against plain torch."""

import numpy as np
import pandas as pd
import pytest
import torch

from analysis import Plan, Synthetic, refit
from analysis.claims.mfh.ranking import mixed
from analysis.claims.mfh.removal import (
    CLAIM,
    DIAGRAM,
    DRAWS,
    LEAST,
    MOST,
    ORDERS,
    RANDOM,
    SHARES,
    SHUFFLED,
)
from analysis.methods.agreeing import Agreeing
from analysis.methods.arms import TEACHER
from analysis.methods.ranked import Ranked, RankedNetwork
from analysis.verdicts import worlds
from synth import stream
from tests.analysis.claims.features import SEEDS, removed
from tests.analysis.claims.plain import right, says, short, student, taught
from tests.analysis.verdicts.toy import rows_of

ROWS = removed()
ALL = (*ORDERS, SHUFFLED)


def at(rows: pd.DataFrame, seed: int, order: str, share: float) -> dict[str, float]:
    """Return the accuracies of a seed, order and share."""
    chosen = (rows["seed"] == seed) & (rows["order"] == order) & (rows["removed"] == share)
    (row,) = rows[chosen][["teacher", "no_kd", "kd"]].to_dict("records")
    return {str(name): value for name, value in row.items()}


def test_values_are_differences_of_the_rows_whatever_their_order() -> None:
    """At 0.8 as many channels are left as are general."""
    assert pytest.approx(1 - 0.8) == DIAGRAM.regions["a&b"] / DIAGRAM.dim("a")
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


def test_orders_are_permuted_as_a_whole_and_the_control_stays() -> None:
    names = {order: place for place, order in enumerate(ORDERS)}
    rows = ROWS.assign(kd=ROWS["order"].map(names).fillna(9))
    made = CLAIM.nulls["orders permuted within each seed"](rows, stream(0, "null"))
    orders = made.pivot(index="seed", columns=["order", "removed"], values="kd")
    assert (orders[SHUFFLED].to_numpy() == 9).all()
    for order in ORDERS:
        assert (orders[order].to_numpy() == orders[[(order, 0.8)]].to_numpy()).all()
    at_80 = orders.xs(0.8, axis=1, level="removed")[[*ORDERS]]
    assert {tuple(sorted(row)) for row in at_80.to_numpy()} == {(0, 1, 2)}
    assert len(at_80.drop_duplicates()) == 6


def test_beside_shuffled_teachers_nothing_leads() -> None:
    null = CLAIM.nulls["the teachers' outputs shuffled"]
    values = CLAIM.values(null(ROWS, stream(0, "null")))
    assert (values[["beyond shuffled", "rise beyond shuffled"]] == 0).all(axis=None)
    lead = CLAIM.values(ROWS)["beyond shuffled"]
    moved = CLAIM.values(ROWS)["beyond random order"] - values["beyond random order"]
    np.testing.assert_allclose(moved, lead)


PROTOCOLS = {
    name: short(worlds()[name], steps)
    for name, steps in (("linear, hyperplane, as it is", 250), ("MLP, hyperplane, rotated", 75))
}


@pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)
def test_a_seed_is_what_plain_torch_makes_of_it(protocol: Synthetic) -> None:
    plan = CLAIM.plan(protocol, [3, 11])
    fitted = 2 + 5 * 2 * len(SHARES[1:]) + len(SHARES[1:])  # the ranking, and what it is for
    assert plan.cells == 2 * (4 + fitted)
    rows = rows_of(CLAIM, [3, 11], protocol)
    assert len(rows) == 2 * len(ALL) * len(SHARES)
    whole = rows[(rows["removed"] == 0) & (rows["order"] != SHUFFLED)].round(12)
    assert len(whole[["seed", "teacher", "no_kd", "kd"]].drop_duplicates()) == 2

    trial, units = protocol.trial(DIAGRAM, 11), mixed(protocol, DIAGRAM)
    recipe = protocol.setup.optimiser
    x, test = (split.views["teacher"][0] for split in (trial.train, trial.test))
    network = taught(protocol, trial, TEACHER, None, recipe)
    ranked = Ranked(teacher=Agreeing(), units=units)
    model = refit(Plan([DIAGRAM], protocol, {"it": ranked}, [11]), "it", 11, device="cpu").model
    assert isinstance(model, RankedNetwork)
    least = np.argsort(model.saliency.numpy(), kind="stable")
    chance = stream(11, "removal")
    draws = [chance.permutation(len(least)) for _ in range(DRAWS)]
    tolerance = 0.0031  # three test rows
    for order, each in {
        LEAST: [least],
        RANDOM: draws,
        MOST: [least[::-1]],
        SHUFFLED: [least],
    }.items():
        found = []
        for own in each:
            gone = torch.zeros(len(least), dtype=torch.bool)
            gone[own[: round(0.8 * len(least))].copy()] = True
            said = says(network, x, gone, units=units)
            if order == SHUFFLED:
                said = said[trial.order()]
            tested = right(says(network, test, gone, units=units), trial)
            found.append((tested, student(protocol, trial, said, recipe)))
        row = at(rows, 11, order, 0.8)
        assert [row["teacher"], row["kd"]] == pytest.approx(np.mean(found, axis=0), abs=tolerance)
    everything = at(rows, 11, LEAST, 0.0)
    assert everything["teacher"] == pytest.approx(right(says(network, test), trial), abs=tolerance)
    assert everything["no_kd"] == pytest.approx(
        student(protocol, trial, None, recipe), abs=tolerance
    )
