"""Shards: a partition of what is to be trained, whatever the cuts."""

import functools
import pickle
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import analysis.sweeps.shards
from analysis import ARMS, Distillation, Optimiser, Plan, Synthetic
from analysis.methods.fitting import train
from analysis.sweeps.plan import flops
from analysis.sweeps.shards import (
    DIVERGED,
    LARGER,
    TEACHER_DIVERGED,
    Cell,
    Shard,
    shards,
    train_shard,
)
from tests.analysis.alone import tasks_of
from tests.examples import examples
from venn import VennDiagram

PATH = [VennDiagram({"a": 2 - n, "b": 2, "a&b": n}, hidden=n, noise={"a": 2}) for n in (0, 1)]
FAST = Synthetic(
    n_train=10,
    n_test=20,
    width=3,
    optimiser=Optimiser("adam", 0.05, 2),
    distillation=Distillation(),
)
SMALL = Plan(PATH, FAST, tuple(ARMS), range(3), {"temperature": (1.0, 2.0)})
ARMS_OF = {recipe.identity: recipe.arm for recipe in SMALL.uses.values()}


def cells_of(made: Iterable[Shard]) -> list[Cell]:
    return [cell for shard in made for cell in shard.cells]


def cut(
    done: set[Cell], part: tuple[int, int] = (1, 1), limit: float = 1e5, numbers: float = 2**25
) -> list[Shard]:
    """Return the shards of the small plan under other limits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(analysis.sweeps.shards, "FLOPS", limit)
        patch.setattr(analysis.sweeps.shards, "NUMBERS", numbers)
        return list(shards(SMALL, done, part))


EVERY = [(recipe.identity, seed) for seed, family in SMALL for recipe in family]
limits = st.sampled_from([0.0, 1e4, 1e5, 1e6, 3e11])
sizes = st.sampled_from([0, 500, 10_000, 2**25])


@st.composite
def parts(draw: st.DrawFn) -> tuple[int, int]:
    count = draw(st.integers(1, 7))
    return draw(st.integers(1, count)), count


@given(limits, sizes, st.integers(1, 7), st.sets(st.sampled_from(EVERY)))
def test_shards_of_all_parts_are_a_partition_of_what_is_not_done(
    limit: float, numbers: float, count: int, done: set[Cell]
) -> None:
    """Each cell that is not done in one shard, once, whatever the limits and the parts."""
    made = [cut(done, (i, count), limit, numbers) for i in range(1, count + 1)]
    found = [cell for part in made for cell in cells_of(part)]
    assert len(found) == len(set(found))
    assert set(found) == set(EVERY) - done
    assert all(shard.cells for part in made for shard in part)


@given(limits, parts(), st.sets(st.sampled_from(EVERY)))
def test_students_come_with_their_teachers_and_no_one_else_comes(
    limit: float, part: tuple[int, int], done: set[Cell]
) -> None:
    """A teacher whose result is stored is there only for students that need it."""
    for shard in cut(done, part, limit):
        for seed, members, wanted in shard.families:
            there = [member.identity for member in members]
            assert len(there) == len(set(there))
            needed = {member.teacher for member in members} - {None}
            assert needed <= set(there)
            assert set(there) == wanted | needed
            assert not {(identity, seed) for identity in wanted} & done
            for member in members:
                assert member.arm == ARMS_OF[member.identity]


@given(st.sets(st.sampled_from(EVERY)), parts())
def test_halves_are_a_partition_down_to_single_cells(
    done: set[Cell], part: tuple[int, int]
) -> None:
    """A shard of one cell has no halves; its teacher stays with it."""
    for shard in cut(done, part, limit=1e6):
        waiting, single = [shard], []
        while waiting:
            half = waiting.pop()
            parts_of_it = half.halves()
            assert bool(parts_of_it) == (len(half.cells) > 1)
            assert sorted(cells_of(parts_of_it)) == sorted(half.cells if parts_of_it else [])
            waiting += parts_of_it
            if not parts_of_it:
                single.append(half)
        assert sorted(cells_of(single)) == sorted(shard.cells)
        for each in single:
            ((_, members, _),) = each.families
            (cell,) = each.cells
            teachers = {member.teacher for member in members if member.identity == cell[0]}
            assert {member.identity for member in members} == {cell[0], *teachers} - {None}


def test_a_shard_holds_what_the_limits_allow_and_one_family_at_least() -> None:
    """Of operations and of numbers in the rows of its trials."""
    assert all(len(shard.families) == 1 for shard in cut(set(), limit=0))
    assert len(cut(set(), limit=0)) == len(list(SMALL))
    (whole,) = cut(set(), limit=1e12)
    assert len(whole.cells) == SMALL.cells
    few, many = (cut(set(), limit=limit) for limit in (2e4, 6e4))
    assert len(few) > len(many) > 1
    assert len(cut(set(), limit=1e12, numbers=1000)) > 1
    for shard in many[:-1]:
        spent = [
            sum(flops(member.point, member.arm) for member in members)
            for _, members, _ in shard.families
        ]
        assert sum(spent[:-1]) <= 6e4 < sum(spent)


def test_what_is_done_is_skipped() -> None:
    assert cut(set(EVERY)) == []
    students = {cell for cell in EVERY if ARMS[ARMS_OF[cell[0]]].role == "student"}
    assert set(cells_of(cut(students))) == set(EVERY) - students
    assert all(
        member.teacher is None
        for shard in cut(students)
        for _, members, _ in shard.families
        for member in members
    )


def test_a_stored_teacher_is_trained_again_for_its_students_and_not_told_of() -> None:
    teachers = {cell for cell in EVERY if ARMS_OF[cell[0]] == "teacher"}
    others = [cell for cell in EVERY if cell not in teachers]
    told = [outcome for shard in cut(teachers) for outcome in train_shard(shard, "cpu")]
    assert sorted((outcome.recipe, outcome.seed) for outcome in told) == sorted(others)


def accuracies(made: Iterable[Shard]) -> dict[Cell, float | None]:
    return {
        (outcome.recipe, outcome.seed): outcome.accuracy
        for shard in made
        for outcome in train_shard(shard, "cpu")
    }


@settings(max_examples=examples(6))
@given(limits, parts(), st.sets(st.sampled_from(EVERY)))
def test_the_cuts_change_no_result(limit: float, part: tuple[int, int], done: set[Cell]) -> None:
    """In one shard, in many, with others done or not: to the last bit."""
    found = accuracies(cut(done, part, limit))
    assert found == {cell: whole()[cell] for cell in found}


@functools.cache
def whole() -> dict[Cell, float | None]:
    """Return every accuracy, all trained in one shard."""
    return accuracies(cut(set(), limit=1e12))


@given(parts(), st.sets(st.sampled_from(list(ARMS)), min_size=1), st.booleans())
def test_a_cells_part_does_not_depend_on_what_else_is_asked(
    part: tuple[int, int], arms: set[str], longer: bool
) -> None:
    """Jobs that share a sweep, and then a larger one, do not train a cell twice."""
    asked = Plan(
        PATH[1:], FAST, tuple(arms), range(9) if longer else (2, 0), {"temperature": (2.0,)}
    )
    with_others = set(cells_of(cut(set(), part)))
    alone = set(cells_of(shards(asked, set(), part)))
    common = set(EVERY) & set(cells_of(shards(asked, set())))
    assert alone & common == with_others & common
    assert common


def test_outcomes_are_those_of_each_cell_alone() -> None:
    """From its own point's draws, one arm at a time."""
    plan = Plan(PATH[:1], FAST, tuple(ARMS), [3], {"temperature": (1.0, 4.0), "steps": (2, 3)})
    found = accuracies(shards(plan, set()))
    for (i, arm), recipe in plan.uses.items():
        point = plan.points[i]
        tasks = tasks_of(point.protocol, point.diagram, 3, [arm])
        assert found[recipe.identity, 3] == train(tasks)[arm].accuracy, arm


def test_the_outcomes_are_those_of_the_cells_in_their_order() -> None:
    for shard in cut(set(), limit=1e5):
        outcomes = train_shard(shard, "cpu")
        assert tuple((outcome.recipe, outcome.seed) for outcome in outcomes) == shard.cells
        assert all(outcome.reason is None for outcome in outcomes)


def shard_of(arms: Sequence[str], protocol: Synthetic) -> Shard:
    (shard,) = shards(Plan(PATH[1:2], protocol, arms, [0]), set())
    return shard


def test_a_network_that_diverges_is_an_outcome_with_a_reason() -> None:
    steep = replace(
        FAST, optimiser=Optimiser("sgd", 1e10, 10, weight_decay=1.0), width=0, teacher_width=0
    )
    arms = {
        recipe.identity: arm
        for (_, arm), recipe in Plan(PATH[1:2], steep, tuple(ARMS)).uses.items()
    }
    reasons = {
        arms[outcome.recipe]: (outcome.accuracy, outcome.reason)
        for outcome in train_shard(shard_of(tuple(ARMS), steep), "cpu")
    }
    for arm, found in reasons.items():
        teacher = ARMS[arm].teacher
        assert found == (None, DIVERGED if teacher is None else TEACHER_DIVERGED)


def test_memory_that_does_not_suffice_is_an_error_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Torch says it in words; what is no such error stays what it is."""
    shard = shard_of(("no_kd",), FAST)
    for words, kind in (
        ("CUDA out of memory. Tried to allocate", MemoryError),
        ("DefaultCPUAllocator: can't allocate memory: you tried", MemoryError),
        ("something else", RuntimeError),
    ):

        def fail(*_: Any, words: str = words, **__: Any) -> None:
            raise RuntimeError(words)

        monkeypatch.setattr(analysis.sweeps.shards, "train", fail)
        with pytest.raises(kind, match=words[:20]):
            train_shard(shard, "cpu")


def test_an_operation_count_is_that_of_the_products() -> None:
    """Forward and backward: 6 operations a weight, row and step."""
    point = SMALL.points[0]
    assert flops(point, "no_kd") == 6 * (3 * 2 + 2 * 3) * 10 * 2
    assert flops(point, "multimodal_teacher") == 6 * (3 * 6 + 2 * 3) * 10 * 2


def test_shards_can_be_sent_elsewhere() -> None:
    """Whoever gets one pickled trains the same."""
    shard = cut(set(), limit=1e5)[0]
    assert train_shard(pickle.loads(pickle.dumps(shard)), "cpu") == train_shard(shard, "cpu")


def test_shards_for_a_gpu_are_larger() -> None:
    plan = Plan(SMALL.diagrams, SMALL.protocol, SMALL.arms, range(400))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(analysis.sweeps.shards, "FLOPS", plan.flops / 200)
        counts = {device: len(list(shards(plan, set(), device=device))) for device in LARGER}
    assert counts["cpu"] > 30 * counts["cuda"] > 0
