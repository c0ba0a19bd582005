"""What races trains the same networks: each loss has a reference in float64, and final losses agree."""

from dataclasses import replace
from importlib.util import find_spec
from statistics import median

import numpy as np
import pytest
import torch
from torch import Tensor

from analysis.methods.losses import Said
from benchmarks.engine import FULL, QUICK, Extent
from benchmarks.load import due
from benchmarks.peers import ours, own
from benchmarks.peers.problem import (
    BUILT_IN,
    DECOUPLED,
    ENCODERS,
    FEATURES,
    HINT,
    LABELS,
    ONE_LOGIT,
    RELATIONAL,
    STEPS,
    TASKS,
    Arrays,
    Networks,
    Shape,
    Task,
    networks,
    order,
)
from benchmarks.peers.reference import layers, losses
from benchmarks.racing.entries import ENGINE, HARDWARE, JAX, contestants, peak_entries
from benchmarks.racing.race import TOLERANCE, Times, disagreement, per_process
from benchmarks.racing.report import report
from benchmarks.racing.results import Results
from benchmarks.racing.targets import targets

SMALL = {
    **{loss: Task(loss, Shape(60, 9, 12)) for loss in (LABELS, ONE_LOGIT)},
    "deep": Task(LABELS, Shape(60, 9, 12, depth=3)),
    **{
        loss: Task(loss, Shape(60, 9, 12, classes=4))
        for loss in (DECOUPLED, HINT, RELATIONAL, FEATURES, ENCODERS)
    },
}
METHODS = {
    DECOUPLED: own.decoupled,
    HINT: own.hint,
    RELATIONAL: own.relational,
    FEATURES: own.features,
}
small = pytest.mark.parametrize("task", SMALL.values(), ids=SMALL)


def best_map(parameters: Arrays, x: np.ndarray, hidden: np.ndarray) -> tuple[Tensor, Tensor]:
    """Return the weight and bias that bring a hidden layer nearest to the teacher's."""
    rows = layers(parameters[:4], x)[0]
    centred, wanted = rows - rows.mean(0), hidden - hidden.mean(0)
    weight = np.linalg.pinv(centred) @ wanted
    bias = hidden.mean(0) - rows.mean(0) @ weight
    return torch.from_numpy(weight), torch.from_numpy(bias)


def value(task: Task, drawn: Networks) -> float:
    """Return what the loss that users write says of the first network."""
    parameters = tuple(each[0].astype(float) for each in drawn.parameters)
    _, y, *others = (torch.from_numpy(each[:1]) for each in drawn.data)
    if task.loss in METHODS:
        said = [torch.from_numpy(each) for each in layers(parameters[:4], drawn.x[0])]
        taught = Said(others[-1][0].double(), (others[0][0].double(),))
        given = {}
        if task.loss == HINT:
            weight, bias = best_map(parameters, drawn.x[0], drawn.data[2][0])
            given["project"] = lambda rows: rows @ weight + bias
        student = Said(said[-1], tuple(said[:-1]))
        return float(METHODS[task.loss].loss(student, taught, y[0], **given))
    initial, data = ours.tensors(drawn)
    single = tuple(each[:1] for each in initial), tuple(each[:1] for each in data)
    return float(
        (own.encoders if task.loss == ENCODERS else ours.as_function)(single[0], *single[1])
    )


@small
def test_a_loss_is_that_of_its_reference(task: Task) -> None:
    drawn = networks(task, 2)
    first = losses(drawn, tuple(each[:1] for each in drawn.parameters))
    assert [value(task, drawn)] == pytest.approx(first, rel=1e-5)


@small
def test_a_network_is_drawn_by_its_number(task: Task) -> None:
    """Whoever trains it, beside whichever others: processes share the networks out."""
    several, one = networks(task, 3), networks(task, 1, first=2)
    given = zip((*several.parameters, *several.data), (*one.parameters, *one.data), strict=True)
    assert all(np.array_equal(many[2:], alone) for many, alone in given)
    assert np.array_equal(order(several, 5)[2:], order(one, 5))
    rows, batch = task.shape.rows, task.batch or task.shape.rows
    for whole in (
        order(several, 2 * rows // batch)[0].reshape(-1, rows) if rows % batch == 0 else ()
    ):
        assert sorted(whole) == list(range(rows))


@pytest.mark.skipif(find_spec("jax") is None, reason="the group bench is not installed")
@pytest.mark.slow
@small
def test_ours_and_jax_end_at_the_same_losses(task: Task) -> None:
    from benchmarks.peers import scan  # noqa: PLC0415  # it imports jax

    drawn = networks(task, 2)
    trainings = [
        ours.build_engine(drawn, STEPS, ""),
        scan.build(scan.by_vmap, drawn, STEPS, "rows"),
        scan.build(scan.by_map, drawn, STEPS, "samples innermost, batches of 8"),
    ]
    found = [losses(drawn, each.parameters(each.run(), 2)) for each in trainings]
    assert disagreement(found) < TOLERANCE
    start = losses(drawn, drawn.parameters)
    assert all(
        after < (1 - 10 * TOLERANCE) * before for after, before in zip(found[0], start, strict=True)
    )


COMMANDS = {"mfh reproduce": [1.0], "mfh --help": [0.1]}


def timed(networks: int, seconds: float) -> Times:
    """Return the turns of who does so many networks in so many seconds."""
    return Times(networks, 1e9 * networks, "rows", 0.5, {"rows": 1.0}, [seconds] * 3, [0.5, 0.6])


def test_the_report_says_which_targets_are_met() -> None:
    """The engine does twice what the best of JAX does, and 90 % of the multiply-add peak."""
    races = {}
    for task in TASKS:
        race = {entry.name: timed(10, 4.0) for entry in contestants(task)}
        race |= {ENGINE: timed(10, 1.0), JAX[-1].name: timed(10, 2.0)}
        if task in BUILT_IN:
            race |= {entry.name: replace(timed(10, 0.9), networks=0) for entry in peak_entries()}
            race[HARDWARE] = replace(timed(10, 0.9), networks=0)
        races[task] = race
    machine = {"processor": "P", "cores": 2, "memory_gib": 8, "load": 0.0, "architecture": "A"}
    machine |= {"platform": "L", "python": "3", "versions": {}, "engine": "E", "vectors": "V"}
    results = Results(machine, 3, races, {"x": 0.0}, [], (1, [1.0]), COMMANDS, [], 60.0)
    found = {each.what: each for each in targets(results)}
    against = [each for what, each in found.items() if what.endswith("the best of JAX")]
    assert len(against) == len(TASKS)
    assert all(each.measured == "2.00 ×" and each.met for each in against)
    peaks = [each.met for what, each in found.items() if "multiply-add peak" in what]
    assert peaks == [True, True, False]
    text = report(results, "make bench")
    for task in TASKS:
        assert str(task) in text
    assert median(races[TASKS[0]][ENGINE].rates) == 1e10


@pytest.mark.parametrize("extent", [FULL, QUICK], ids=["full", "quick"])
@pytest.mark.parametrize("cores", [1, 2, 3, 16])
def test_the_cores_of_one_process_have_equally_many_networks(extent: Extent, cores: int) -> None:
    for task, count in extent.networks.items():
        for entry in contestants(task):
            each = per_process(entry, count, cores)
            assert each >= 2
            assert entry.per_core or each % cores == 0, (task, entry.name)


@pytest.mark.parametrize(
    ("threads", "cores", "beside", "seconds"),
    [(2, 2, 0, 6.0), (1, 2, 0, 12.0), (2, 2, 10, 36.0), (4, 2, 0, 6.0), (1, 2, 1, 12.0)],
)
def test_every_thread_is_due_an_equal_share(
    threads: int, cores: int, beside: int, seconds: float
) -> None:
    assert due(12.0, threads, cores, beside) == seconds
