import numpy as np
import pandas as pd
import pytest
import torch
from torch.nn import functional

from analysis.claims.mfh import failure
from analysis.claims.mfh.failure import (
    CLAIM,
    GRID,
    LEAST,
    PARTS,
    SEARCH,
    SHUFFLED,
    SIDES,
    SWEPT,
    found,
    where_it_holds,
)
from analysis.methods.fitting import Task, train
from analysis.verdicts import BUDGETS, PAPER, decide, weigh
from analysis.verdicts.calibration import FIRST_SEED
from synth import stream
from tests.analysis.claims.made import SEEDS, failing

ROWS = failing(lambda diagram: 20 - 40 * diagram.beta, lambda diagram: 12 * diagram.gamma - 4)


def percent(rows: pd.DataFrame, arm: str, point: int, seed: int) -> float:
    own = rows[(rows["arm"] == arm) & (rows["point"] == point) & (rows["seed"] == seed)]
    return 100 * float(own["accuracy"].item())


def lead(rows: pd.DataFrame, part: str, point: int, seed: int) -> float:
    first, second = {
        "student's lead": ("kd_multimodal", "um_kd"),
        "teacher's lead": ("multimodal_teacher", "um_teacher"),
    }[part]
    return percent(rows, first, point, seed) - percent(rows, second, point, seed)


def test_values_are_the_leads_at_the_diagram_that_was_found() -> None:
    values = CLAIM.values(ROWS.sample(frac=1, random_state=0))
    assert list(values.index) == sorted(SEEDS)
    for seed in SEEDS:
        for part in PARTS:
            expected = lead(ROWS, part.name, 4, seed)
            assert values.loc[seed, part.name] == pytest.approx(expected)


@pytest.mark.parametrize("least", [-np.inf, LEAST], ids=["any teacher", "a leading teacher"])
def test_the_search_finds_the_worst_student_of_a_leading_teacher(
    least: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = failing(lambda diagram: 8 - 16 * diagram.beta, lambda diagram: -5 * diagram.beta)
    asked: list[object] = []

    def swept(*arguments: object) -> pd.DataFrame:
        asked.extend(arguments[:4])
        return rows[rows["arm"] != SHUFFLED]

    monkeypatch.setattr(failure, "sweep", swept)
    monkeypatch.setattr(failure, "LEAST", least)
    best, worst = 0, np.inf
    for point in range(1, len(GRID) + 1):
        means = {
            part.name: np.mean([lead(rows, part.name, point, seed) for seed in SEEDS])
            for part in PARTS
        }
        if means["teacher's lead"] >= least and means["student's lead"] < worst:
            best, worst = point, float(means["student's lead"])
    assert found.__wrapped__() == GRID[best - 1]
    assert (best == 1) == (least < 0)  # where beta is 1 the teacher lags
    assert asked == [GRID, PAPER, SWEPT, SEARCH]


def test_nothing_is_tested_on_the_seeds_of_the_search() -> None:
    assert set(SEARCH).isdisjoint(range(BUDGETS["large"]))
    assert max(SEARCH) < FIRST_SEED


def test_the_experiment_runs_the_grid_and_a_control_at_the_diagram_found() -> None:
    trained: list[int] = []
    rows = CLAIM.experiment(PAPER, [3], trained.append)
    assert sum(trained) == 2 * 10 + 3 * 4 + 2  # the unimodal side once a level of alpha
    here = rows[rows["found"]]
    assert {GRID[point - 1] for point in here["point"]} == {found()}
    assert sorted(here["arm"]) == sorted({*rows["arm"]})
    assert set(rows["arm"]) == {*SWEPT, "um_teacher", "multimodal_teacher", SHUFFLED}
    assert percent(rows, SHUFFLED, here["point"].iloc[0], 3) == pytest.approx(control(3), abs=0.11)


def control(seed: int) -> float:
    """Train the student of a shuffled multimodal teacher in plain torch."""
    protocol = PAPER.protocol
    trial = protocol.draw(found(), seed, ("multimodal_teacher", "no_kd", "kd_shuffled"))
    task = Task("multimodal_teacher", trial, protocol.optimiser, protocol.distillation)
    teacher = train({"teacher": task})["teacher"].parameters
    assert trial.order is not None
    both, x, y = trial.train.views["both"][0], trial.train.views["student"][0], trial.train.y[0]
    said = (both @ teacher[0][0].T + teacher[1][0].T)[trial.order[0]]
    weight, bias = (part[0].clone().requires_grad_() for part in trial.initial["no_kd"])
    descent = torch.optim.SGD([weight, bias], lr=0.1)
    for _ in range(1000):
        descent.zero_grad()
        logits = x @ weight.T + bias.T
        apart = functional.kl_div(logits.log_softmax(1), said.softmax(1), reduction="batchmean")
        (functional.cross_entropy(logits, y) + apart / 2).backward()
        descent.step()
    with torch.no_grad():
        right = (trial.test.views["student"][0] @ weight.T + bias.T).argmax(1) == trial.test.y[0]
    return 100 * float(right.double().mean())


def test_each_diagram_is_judged_as_it_is_alone_and_then_corrected() -> None:
    table = where_it_holds(ROWS)
    weights = []
    for point in range(1, len(GRID) + 1):
        values = np.array([[lead(ROWS, p.name, point, seed) for p in PARTS] for seed in SEEDS])
        weights.append([float(p) for p in weigh(PARTS, values)])
        row = table.set_index("point").loc[point]
        for j, part in enumerate(PARTS):
            assert row[part.name] == pytest.approx(values[:, j].mean())
        shares = tuple(row[["alpha", "beta", "gamma"]])
        assert shares == (GRID[point - 1].alpha, GRID[point - 1].beta, GRID[point - 1].gamma)
    expected = decide(pd.DataFrame(weights, columns=["support", "refute"]))["verdict"]
    assert list(table["verdict"]) == list(expected)
    assert set(expected) == {"supported", "refuted", "inconclusive"}
    assert list(table["point"][table["found"]]) == [4]


def test_further_numbers_are_means_and_counts() -> None:
    assert CLAIM.further is not None
    table = CLAIM.further(ROWS).set_index("name")["value"]

    def beyond(first: str, second: str) -> float:
        leads = [percent(ROWS, first, 4, s) - percent(ROWS, second, 4, s) for s in SEEDS]
        return float(np.mean(leads))

    assert table["gain of unimodal KD"] == pytest.approx(beyond("um_kd", "no_kd"))
    assert table["gain of multimodal KD"] == pytest.approx(beyond("kd_multimodal", "no_kd"))
    assert table["multimodal KD beyond shuffled"] == pytest.approx(
        beyond("kd_multimodal", SHUFFLED)
    )
    shares = [table[f"{sign} of the diagram found"] for sign in "αβγ"]
    assert shares == [GRID[3].alpha, GRID[3].beta, GRID[3].gamma]
    counts = where_it_holds(ROWS)["verdict"].value_counts()
    said = {"it holds": "supported", "it fails": "refuted", "it is open": "inconclusive"}
    for words, verdict in said.items():
        assert table[f"diagrams where {words}"] == counts[verdict]


def test_an_exchange_turns_the_leads_of_whole_seeds() -> None:
    (null,) = CLAIM.nulls.values()
    generator = stream(0, "null")
    turned = []
    for _ in range(20):
        made = null(ROWS, generator)
        for arm in ("no_kd", SHUFFLED):
            pd.testing.assert_frame_equal(made[made["arm"] == arm], ROWS[ROWS["arm"] == arm])
        before, after = CLAIM.values(ROWS), CLAIM.values(made)
        signs = (after / before).round(9)
        assert set(np.unique(signs)) <= {-1.0, 1.0}
        assert (signs.iloc[:, 0] == signs.iloc[:, 1]).all()
        turned.append((signs.iloc[:, 0] < 0).to_numpy())
        other = ROWS["point"] == 9  # the same coin everywhere
        swapped = made["arm"][other].to_numpy() != ROWS["arm"][other].to_numpy()
        seeds = ROWS["seed"][other & ROWS["arm"].isin([*SIDES, *SIDES.values()])]
        moved = set(ROWS["seed"][other][swapped])
        assert moved == {s for s in seeds.unique() if signs.loc[s].iloc[0] < 0}
    share = np.mean(turned)
    assert abs(share - 0.5) < 4 * 0.5 / np.sqrt(20 * len(SEEDS))
