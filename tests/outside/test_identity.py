"""Code that is edited in one process, as notebooks are: nothing old is served under its name."""

from dataclasses import replace
from typing import Any

from analysis import ARMS, Distillation, Optimiser, Plan, Store, Synthetic, run
from analysis.verdicts import verify
from tests.analysis.verdicts.toy import claim
from venn import VennDiagram

DIAGRAM = VennDiagram({"a": 2, "b": 2, "a&b": 3}, noise={"a": 1, "b": 4})
FAST = Synthetic(n_train=60, n_test=60, width=4, optimiser=Optimiser("adam", 0.05, 20))

CELL = """
from dataclasses import dataclass
import numpy as np
from torch.nn.functional import cross_entropy
from analysis import Distillation, Plan, measure, method
from synth.rules.base import Classification

@dataclass(frozen=True, repr=False)
class Powers(Classification):
    @property
    def prior(self):
        return (0.5, 0.5)

    def conditional(self, diagram, latents):
        p = np.where(score(latents) > 0, 1.0, 0.0)
        return np.stack([1 - p, p], -1)

class Doubled(Distillation):
    def __call__(self, *data):
        return factor() * super().__call__(*data)

@method
def own(student, teacher, y):
    return factor() * (student.logits - teacher.logits).square().mean()

@measure
def held(logits):
    return factor()

def score(latents):
    return latents.sum(-1)

def factor():
    return 1.0

@method
def scaled(student, y, *, beta=1.0):
    return factor() * beta * cross_entropy(student.logits, y)

def plan(protocol, seeds):
    return Plan([diagram], protocol, {"mine": scaled()}, seeds)
"""


def cell() -> dict[str, Any]:
    """Run a cell, as a module of the user's own."""
    names: dict[str, Any] = {"__name__": "a_notebook", "diagram": DIAGRAM}
    exec(CELL, names)
    return names


def accuracy(protocol: Synthetic, store: Store | None = None) -> list[float]:
    plan = Plan([DIAGRAM], protocol, {"kd": ARMS["kd"]}, range(4))
    frame = run(plan, store, device="cpu").frame()
    values: list[float] = frame["accuracy"].to_list()
    return values


def test_an_edited_rule_trains_on_its_own_labels() -> None:
    """Into a new store, and into the old one; a helper that is edited alone too."""
    names, store = cell(), Store()
    protocol = Synthetic(**{**vars(FAST), "rule": names["Powers"]()})
    before = accuracy(protocol, store)
    exec("def score(latents):\n    return -latents.sum(-1) + 2", names)
    after = accuracy(protocol)
    assert after != before
    assert accuracy(protocol, store) == after
    again = cell()["Powers"]()
    assert accuracy(Synthetic(**{**vars(FAST), "rule": again}), store) == before


def test_a_loss_that_is_made_of_ours_is_trained_as_it_says_and_known_by_that() -> None:
    names, store = cell(), Store()
    protocol = Synthetic(**{**vars(FAST), "distillation": names["Doubled"](1.0, 1.0)})
    plain = accuracy(Synthetic(**{**vars(FAST), "distillation": Distillation(1.0, 1.0)}))
    assert (
        max(map(abs, (a - b for a, b in zip(accuracy(protocol, store), plain, strict=True)))) < 0.04
    )
    held = store.holdings().recipes
    exec("def factor():\n    return 1e6", names)
    accuracy(protocol, store)
    assert store.holdings().recipes == held + 1


def test_an_edited_helper_of_a_loss_trains_anew() -> None:
    names, store = cell(), Store()

    def trained() -> list[float]:
        plan = Plan([DIAGRAM], FAST, {"own": names["own"]}, range(4))
        frame = run(plan, store, device="cpu").frame(plan)
        values: list[float] = frame[frame["arm"] == "own"]["accuracy"].to_list()
        return values

    before = trained()
    exec("def factor():\n    return -1.0", names)
    assert trained() != before
    exec("def factor():\n    return 1.0", names)
    assert trained() == before


def test_an_edited_measure_is_taken_anew_and_shown_in_the_place_of_the_old() -> None:
    names, store = cell(), Store()

    def shown(store: Store) -> list[float]:
        asked = {"held": names["held"]}
        plan = Plan([DIAGRAM], FAST, ("no_kd",), range(2), measures=asked)
        values: list[float] = run(plan, store, device="cpu").frame()["held"].to_list()
        assert store.frame(plan)["held"].to_list() == values
        return values

    assert shown(store) == [1.0, 1.0]
    exec("def factor():\n    return 2.0", names)
    assert shown(store) == [2.0, 2.0]
    exec("def factor():\n    return 1.0", names)
    assert shown(store) == [1.0, 1.0]


def test_a_claim_whose_cell_or_helper_changed_is_trained_again() -> None:
    """The helper of its method, of its plan, and of what it makes of the rows."""
    names, store = cell(), Store()
    mine = claim(
        plan=names["plan"],
        rows=lambda frame: frame[["seed", "accuracy"]],
        values=lambda rows: rows.set_index("seed").rename(columns={"accuracy": "part 0"}),
        worlds={"mine": FAST},
    )

    def mean() -> float:
        return float(verify([mine], range(4), store=store).parts["mean"][0])

    before = mean()
    assert mean() == before
    assert len(store.runs()) == 1
    exec("def factor():\n    return -1.0", names)
    assert mean() < before
    exec("def factor():\n    return 1.0", names)
    assert mean() == before
    assert len(store.runs()) == 2  # what was trained first is there
    exec(
        "def plan(protocol, seeds):\n    return Plan([diagram], protocol, ['no_kd'], seeds)", names
    )
    again = replace(mine, plan=names["plan"])
    verify([again], range(4), store=store)
    assert len(store.runs()) == 3
