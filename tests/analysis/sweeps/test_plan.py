"""Plans: points, the cells they come down to, and what identifies a cell."""

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from analysis import ARMS, CHANGEABLE, PROTOCOLS, Distillation, Plan, Point
from analysis.methods.arms import with_teachers
from analysis.methods.fitting import Trained, train
from analysis.sweeps.plan import IDENTITY, identity
from analysis.sweeps.settings import BOTH
from synth import Hyperplane, Rotation
from synth.strategies import diagrams
from tests.analysis.alone import same, tasks_of
from tests.analysis.small import FAST, POINT, values_of
from tests.examples import examples
from venn import ArgumentError, VennDiagram, growing_alpha, growing_gamma

DIAGRAM = POINT.diagram
GAMMA = growing_gamma()
ALL = tuple(ARMS)

SHARED: dict[str, tuple[Sequence[VennDiagram], Mapping[str, Sequence[Any]], dict[str, int]]] = {
    "gamma": (GAMMA, {}, {"teacher": 6, "no_kd": 1, "kd": 6, "um_teacher": 1, "um_kd": 1}),
    "alpha": (growing_alpha(), {}, {"teacher": 5, "no_kd": 1, "kd": 5, "hard_label": 1}),
    "temperature": (
        [DIAGRAM],
        {"temperature": (1.0, 2.0, 4.0)},
        {"teacher": 1, "no_kd": 1, "hard_label": 1, "kd": 3, "kd_oracle": 3, "kd_shuffled": 3},
    ),
    "teacher_noise": (
        [DIAGRAM],
        {"teacher_noise": (0, 0.5)},
        {"teacher": 2, "um_teacher": 1, "no_kd": 1, "um_kd": 1, "kd": 2, "kd_oracle": 2},
    ),
    "losses of one slope": (  # of two classes, half over batches is the mean over classes
        [DIAGRAM],
        {"teacher_weight": (1.0, 0.5), "reduction": ("mean", "batchmean")},
        {"teacher": 1, "no_kd": 1, "kd": 3, "hard_label": 3},
    ),
}


@pytest.mark.parametrize(("path", "axes", "counts"), SHARED.values(), ids=SHARED)
def test_what_is_shared_is_trained_once(
    path: Sequence[VennDiagram], axes: Mapping[str, Sequence[Any]], counts: dict[str, int]
) -> None:
    """However many points and arms use it; and nothing else is shared."""
    plan = Plan(path, FAST, ALL, range(3), axes)
    networks = {arm: {plan.uses[i, arm] for i in range(len(plan.points))} for arm in ALL}
    assert {arm: len(networks[arm]) for arm in counts} == counts
    assert plan.rows == len(plan.points) * len(ALL) * 3
    assert plan.cells == sum(map(len, networks.values())) * 3


def test_losses_that_are_one_loss_are_one_cell_to_the_last_bit() -> None:
    losses = (Distillation(1, 1, 2.0, "mean"), Distillation(1, 0.5, 2.0, "batchmean"))
    one, other = (replace(FAST, distillation=loss) for loss in losses)
    for arm in ALL:
        assert one.recipe(DIAGRAM, arm) == other.recipe(DIAGRAM, arm)
        first, second = (alone(Point(DIAGRAM, each), arm, 1) for each in (one, other))
        assert same(first.parameters, second.parameters)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Return small plans, over any settings, in which points may share networks."""
    small = diagrams(max_modalities=2, max_features=2, max_noise=2, max_hidden=1)
    path = draw(st.lists(small, min_size=1, max_size=2, unique=True))
    single = st.sampled_from([name for name in CHANGEABLE if name not in BOTH])
    axes = {
        name: draw(st.lists(st.sampled_from(values_of(name)), min_size=2, max_size=2, unique=True))
        for name in draw(st.lists(single, min_size=1, max_size=2, unique=True))
    }
    try:
        return Plan(path, FAST, ALL, range(2), axes)
    except ArgumentError:  # values that do not go together, or with a diagram
        reject()


def alone(point: Point, arm: str, seed: int) -> Trained:
    """Train an arm from a point's own draws."""
    return train(tasks_of(point.protocol, point.diagram, seed, [arm]))[arm]


@settings(max_examples=examples(15))
@given(plans(), st.integers(0, 2**32), st.data())
def test_cells_of_one_identity_are_one_network_wherever_they_are_trained(
    plan: Plan, seed: int, data: st.DataObject
) -> None:
    """Bit for bit, each from its own point; teachers too."""
    users: dict[bytes, list[tuple[Point, str]]] = {}
    for (i, arm), recipe in plan.uses.items():
        users.setdefault(recipe.identity, []).append((plan.points[i], arm))
    shared = [each for each in users.values() if len(each) > 1]
    for each in data.draw(st.lists(st.sampled_from(shared), max_size=4)) if shared else ():
        (point, arm), (other, again) = each[0], data.draw(st.sampled_from(each[1:]))
        one, two = alone(point, arm, seed), alone(other, again, seed)
        assert same(one.parameters, two.parameters), (arm, again)
        assert one.accuracy == two.accuracy


@settings(max_examples=examples(15))
@given(plans())
def test_a_plan_counts_orders_and_keeps_families_together(plan: Plan) -> None:
    """Every cell is trained once, with its teacher before it; equal recipes are one object."""
    assert list(plan.uses) == list(itertools.product(range(len(plan.points)), ALL))
    by_identity = {recipe.identity: recipe for recipe in plan.recipes}
    assert all(recipe is by_identity[recipe.identity] for recipe in plan.uses.values())
    in_families = [recipe for family in plan.families for recipe in family]
    assert len(in_families) == len(plan.recipes) == len(by_identity)
    assert set(in_families) == set(plan.recipes)
    cells = [(recipe.identity, seed) for seed, family in plan for recipe in family]
    assert len(cells) == len(set(cells)) == plan.cells == len(plan.recipes) * 2
    for (i, arm), recipe in plan.uses.items():
        teacher = ARMS[arm].teacher
        assert recipe.teacher == (plan.uses[i, teacher].identity if teacher else None)
    for first, *others in plan.families:
        assert first.teacher is None
        assert all(recipe.teacher == first.identity for recipe in others)
    again = Plan(list(plan.diagrams), plan.protocol, list(plan.arms), [0, 1], dict(plan.axes))
    assert again.texts == plan.texts


def test_points_are_all_combinations_and_the_last_axis_runs_fastest() -> None:
    plan = Plan(GAMMA[:2], FAST, axes={"n_train": (10, 20), "temperature": (1, 2)})
    found = [
        (point.diagram, point.protocol.n_train, point.protocol.distillation.temperature)
        for point in plan.points
    ]
    assert found == list(itertools.product(GAMMA[:2], (10, 20), (1.0, 2.0)))


def test_families_of_one_shape_are_neighbours_and_seeds_run_outside_of_them() -> None:
    plan = Plan([DIAGRAM], FAST, ("no_kd",), range(2), {"width": (3, 4), "hidden": (1, 2)})
    order = [(family[0].point.protocol.width, seed) for seed, family in plan]
    assert order == [(3, 0), (3, 0), (3, 1), (3, 1), (4, 0), (4, 0), (4, 1), (4, 1)]


@pytest.mark.parametrize("arm", ARMS)
def test_teachers_come_along(arm: str) -> None:
    plan = Plan([DIAGRAM], FAST, [arm], [0])
    (family,) = plan.families
    assert plan.arms == with_teachers([arm]) == tuple(recipe.arm for recipe in family)


def test_an_operation_count_is_that_of_the_products() -> None:
    """Forward and backward: 6 operations a weight, row and step."""
    plan = Plan([DIAGRAM], FAST, ALL, range(3))
    assert plan.uses[0, "no_kd"].flops == 6 * (9 * 2 + 2 * 2) * 10 * 3
    assert plan.uses[0, "multimodal_teacher"].flops == 6 * (15 * 2 + 2 * 2) * 10 * 3
    assert plan.flops == 3 * sum(recipe.flops for recipe in plan.uses.values())


def test_a_text_is_canonical_json() -> None:
    plan = Plan([DIAGRAM], FAST, ALL)
    for name, text in plan.texts.items():
        form = json.loads(text)
        assert json.dumps(form, sort_keys=True, separators=(",", ":")) == text
        assert form["identity"] == IDENTITY
        assert name == identity(text)
        assert len(name) == 16


def test_how_a_value_was_written_does_not_enter() -> None:
    """1 and 1.0, a list and a tuple, a default and its value."""
    one = replace(
        FAST,
        distillation=Distillation(1, 1, 2),
        rule=Hyperplane([1, 2, 3, 4, 5, 6, 7, 8]),
        teacher_view=[Rotation(0)],
        teacher_width=2,
    )
    other = replace(
        FAST,
        distillation=Distillation(1.0, 1.0, 2.0, "batchmean"),
        rule=Hyperplane((1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0), flip=0),
        teacher_view=(Rotation(),),
        teacher_depth=1,
    )
    assert Plan([DIAGRAM], one, ALL).texts == Plan([DIAGRAM], other, ALL).texts


PINNED: dict[str, dict[str, str]] = {
    "synthetic": {
        "teacher": "99d769f89a202b2d2c004b8a3d80464e",
        "um_teacher": "620efb8594087258269a84589f5d8580",
        "multimodal_teacher": "9e7eb9adca631404183c2a895a0572dc",
        "general_teacher": "c024fe72957be8a2584a9cef1abd9e3d",
        "no_kd": "899609bb2d5787bae9714ae3388996af",
        "kd": "88bf5e75851ff7bfcef13c5dd7af1695",
        "um_kd": "54e788ab61f611b79ea4939656c24362",
        "kd_multimodal": "444683a6e642e45ec323b2e7ab7dcf26",
        "kd_multimodal_shuffled": "88fef4ce4b830f51ee4859cf6ccd62e7",
        "kd_general": "07e8bb5fb94ba8c733826810fa3a22f8",
        "kd_oracle": "7919eedfeb54ce660c6ad669e7acc6b0",
        "kd_shuffled": "5a155c88e1b688b0161284074b546507",
        "hard_label": "77424d0bf46d4764708070a209986f08",
    },
    "published": {
        "teacher": "a98d49ed89fb583fc20f0bd9f440dee2",
        "no_kd": "4778c743f996f96c82356c14a8859d6d",
        "kd": "b3fcd27bc4d0c2821eeb2fcb0e357b00",
    },
    "released": {
        "teacher": "25329fd324b9be5673fa82f9182dad6f",
        "no_kd": "a1ad1bdaed16b827366ecbb829813c4d",
        "kd": "f03a3e6dd34d630bd67d3a32dba50782",
    },
    "corrected_table2": {
        "teacher": "bb9e9834cc4e865be1817c5f6c342af6",
        "general_teacher": "93d13d29e394454c552fc9729368ef72",
        "no_kd": "02b6d0bcefc0fe980d63de55d093d4d5",
        "kd": "329d024fe79132213d3f1534547219de",
        "kd_general": "407e7c3c2b66348fb7cc15fbc97db335",
    },
    "released_table2": {
        "teacher": "bb9e9834cc4e865be1817c5f6c342af6",
        "general_teacher": "93d13d29e394454c552fc9729368ef72",
        "no_kd": "02b6d0bcefc0fe980d63de55d093d4d5",
        "kd": "c14e18b1ba95bc06bdeafee53bd01905",
        "kd_general": "407e7c3c2b66348fb7cc15fbc97db335",
    },
}


@pytest.mark.parametrize("name", PINNED)
def test_identities_are_what_they_were(name: str) -> None:
    """A store of today must be found by the program of tomorrow.

    If this fails by accident, results would be trained again, or mixed up: undo the change.  If
    what a recipe trains has changed on purpose, raise `analysis.sweeps.plan.IDENTITY` and write
    down the new identities here; if only its form has, bring the form back.
    """
    diagram = VennDiagram({"a": 2, "a&b": 3}, noise={"a": 1, "b": 3})
    plan = Plan([diagram], PROTOCOLS[name], tuple(PINNED[name]), [42])
    assert {arm: plan.uses[0, arm].identity.hex() for arm in PINNED[name]} == PINNED[name]


ODD = VennDiagram({"a&b&c": 2}, modalities=("a", "b", "c"))
REPLAY = PROTOCOLS["released"]
SEQUENCE = "must be a sequence of at least one"
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no diagram": ({"diagrams": []}, f"diagrams = []: {SEQUENCE}, such as [VennDiagram("),
    "one diagram": ({"diagrams": DIAGRAM}, f"{SEQUENCE}, such as [VennDia"),
    "a name": ({"diagrams": ["gamma"]}, "diagrams = 'gamma': must be of kind VennDiagram, such as"),
    "a diagram twice": ({"diagrams": [DIAGRAM, DIAGRAM]}, "is there twice with the same settings"),
    "protocol a name": (
        {"protocol": "synthetic"},
        "protocol = 'synthetic': must be of kind Protocol, such as PROTOCOLS['synthetic']",
    ),
    "an arm alone": ({"arms": "kd"}, f"arms = 'kd': {SEQUENCE}, such as ('no_kd', 'kd')"),
    "unknown arm": ({"arms": ("kd", "um")}, "arms = 'um': is unknown; known: teacher, um_teacher"),
    "a number of seeds": ({"seeds": 10}, f"seeds = 10: {SEQUENCE}, such as range(100)"),
    "repeated seed": ({"seeds": [1, 2, 1]}, "seeds = [1, 2, 1]: must hold each seed once"),
    "fractional seed": ({"seeds": [0.5]}, "seeds = 0.5: must be a whole number of at least 0"),
    "negative seed": ({"seeds": range(-1, 3)}, "seeds = -1: must be a whole number of at least 0"),
    "descending to below 0": ({"seeds": range(3, -2, -1)}, "seeds = -1: must be a whole number"),
    "too large a seed": ({"seeds": [2**63]}, "seeds = 9223372036854775808: must be at most 9223"),
    "too large a seed for a replay": (
        {"diagrams": GAMMA, "protocol": REPLAY, "seeds": range(2**32)},
        "seeds = 4294967295: must be at most 4294967294",
    ),
    "axes a list": ({"axes": ["n_train"]}, "axes = ['n_train']: must be of kind Mapping, such as"),
    "an axis that follows": ({"axes": {"gamma": (0,)}}, "axes = 'gamma': is unknown; known: hid"),
    "empty axis": ({"axes": {"n_train": ()}}, f"axes['n_train'] = (): {SEQUENCE} value"),
    "an axis of a word": ({"axes": {"rule": "parity"}}, f"axes['rule'] = 'parity': {SEQUENCE}"),
    "a value twice": (
        {"axes": {"temperature": (1, 1.0)}},
        "axes['temperature'] = (1, 1.0): must hold each value once",
    ),
    "values that do not go together": (
        {"axes": {"width": (0, 2), "depth": (1, 2)}},
        "depth = 2: must be 1 for a linear model; give it a width",
    ),
    "a diagram of three": ({"diagrams": [ODD]}, "must have two modalities, teacher and student"),
    "a replay of control arms": (
        {"diagrams": GAMMA, "protocol": REPLAY, "arms": ("kd", "hard_label")},
        "arms = 'hard_label': is not in the released script; the synthetic protocol has it",
    ),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD)
def test_bad_plans(arguments: dict[str, Any], message: str) -> None:
    """All fail as the plan is made, before anything is drawn or trained."""
    with pytest.raises(ArgumentError) as error:
        Plan(**{"diagrams": [DIAGRAM], "protocol": FAST, **arguments})
    assert message in str(error.value)
