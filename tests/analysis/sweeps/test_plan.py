"""Plans: points, the cells they come down to, and what identifies a cell."""

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import ARMS, PAPER_ARMS, PROTOCOLS, Distillation, Optimiser, Plan, Point, Synthetic
from analysis.methods.arms import with_teachers
from analysis.methods.fitting import Trained, train
from analysis.sweeps.plan import IDENTITY, identity
from synth import Hyperplane, Rotation
from synth.strategies import diagrams
from tests.analysis.alone import same, tasks_of
from tests.examples import examples
from venn import ArgumentError, VennDiagram, growing_alpha, growing_gamma

DIAGRAM = VennDiagram({"a": 2, "b": 2, "a&b": 3}, hidden=1, noise={"a": 1, "b": 4})
SMALL = Synthetic(n_train=12, n_test=20, width=3, optimiser=Optimiser("adam", 0.05, 2))
GAMMA = growing_gamma()


def distinct(plan: Plan, arm: str) -> int:
    """Return how many networks an arm has over all points."""
    return len({plan.uses[i, arm].identity for i in range(len(plan.points))})


SHARED: dict[str, tuple[Sequence[VennDiagram], Mapping[str, Sequence[Any]], dict[str, int]]] = {
    "along gamma": (GAMMA, {}, {"teacher": 6, "no_kd": 1, "kd": 6, "um_teacher": 1, "um_kd": 1}),
    "along alpha": (growing_alpha(), {}, {"teacher": 5, "no_kd": 1, "kd": 5, "hard_label": 1}),
    "temperature": (
        [DIAGRAM],
        {"temperature": (1.0, 2.0, 4.0)},
        {"teacher": 1, "no_kd": 1, "hard_label": 1, "kd": 3, "kd_oracle": 3, "kd_shuffled": 3},
    ),
    "teacher_weight": (
        [DIAGRAM],
        {"teacher_weight": (0.5, 1.0)},
        {"teacher": 1, "general_teacher": 1, "no_kd": 1, "hard_label": 2, "kd": 2},
    ),
    "teacher_width": (
        [DIAGRAM],
        {"teacher_width": (2, 4)},
        {"teacher": 2, "no_kd": 1, "kd_oracle": 1, "hard_label": 1, "kd": 2, "um_kd": 2},
    ),
    "student_width": (
        [DIAGRAM],
        {"student_width": (2, 4)},
        {"teacher": 1, "multimodal_teacher": 1, "no_kd": 2, "kd": 2, "kd_oracle": 2},
    ),
    "teacher_view": (
        [DIAGRAM],
        {"teacher_view": ("as it is", "rotation")},
        {"teacher": 2, "um_teacher": 1, "no_kd": 1, "um_kd": 1, "kd": 2, "kd_oracle": 2},
    ),
    "teacher_noise": (
        [DIAGRAM],
        {"teacher_noise": (0, 0.5)},
        {"teacher": 2, "um_teacher": 1, "no_kd": 1, "um_kd": 1, "kd": 2, "kd_oracle": 2},
    ),
    "student_noise": (
        [DIAGRAM],
        {"student_noise": (0, 0.5)},
        {"teacher": 1, "general_teacher": 1, "um_teacher": 2, "no_kd": 2, "kd": 2},
    ),
    **{
        f"not along {name}": ([DIAGRAM], {name: values}, dict.fromkeys(ARMS, 2))
        for name, values in {
            "n_train": (12, 13),
            "n_test": (20, 21),
            "flip": (0, 0.1),
            "rule": ("hyperplane", "quadratic"),
            "steps": (2, 3),
            "learning_rate": (0.1, 0.2),
            "weight_decay": (0, 0.1),
            "width": (2, 3),
            "hidden": (1, 2),
        }.items()
    },
}


@pytest.mark.parametrize(("path", "axes", "counts"), SHARED.values(), ids=SHARED)
def test_what_is_shared_is_trained_once(
    path: Sequence[VennDiagram], axes: Mapping[str, Sequence[Any]], counts: dict[str, int]
) -> None:
    """However many points and arms use it; and nothing else is shared."""
    plan = Plan(path, SMALL, tuple(ARMS), range(3), axes)
    assert {arm: distinct(plan, arm) for arm in counts} == counts
    assert plan.rows == len(plan.points) * len(ARMS) * 3
    assert plan.cells == sum(distinct(plan, arm) for arm in ARMS) * 3


def test_equal_recipes_are_one_object_and_others_are_not() -> None:
    plan = Plan(GAMMA, SMALL, tuple(ARMS))
    for (i, arm), (j, other) in itertools.combinations(plan.uses, 2):
        one, two = plan.uses[i, arm], plan.uses[j, other]
        assert (one is two) == (one.text == two.text) == (one.identity == two.identity)
    assert list(plan.uses) == list(itertools.product(range(6), ARMS))


values = st.sampled_from
AXES: dict[str, st.SearchStrategy[Any]] = {
    "teacher_noise": values([0.0, 0.5]),
    "student_noise": values([0.0, 0.5]),
    "teacher_view": values(["as it is", "permutation", "rotation"]),
    "student_view": values(["as it is", "rotation", "invertible network"]),
    "temperature": values([1.0, 4.0]),
    "teacher_weight": values([1.0, 0.5]),
    "reduction": values(["batchmean", "mean"]),
    "teacher_width": values([0, 3, 4]),
    "student_width": values([0, 3, 4]),
    "n_train": values([12, 9]),
    "hidden": values([0, 1]),
    "flip": values([0.0, 0.1]),
    "rule": values(["hyperplane", "quadratic"]),
}


@st.composite
def paths_and_axes(draw: st.DrawFn) -> tuple[list[VennDiagram], dict[str, list[Any]]]:
    """Return diagrams and axes of a small plan in which points may share networks."""
    small = diagrams(max_modalities=2, max_features=2, max_noise=2, max_hidden=1)
    path = draw(st.lists(small, min_size=1, max_size=2, unique=True))
    names = draw(st.lists(st.sampled_from(list(AXES)), min_size=1, max_size=2, unique=True))
    axes = {name: draw(st.lists(AXES[name], min_size=2, max_size=2, unique=True)) for name in names}
    return path, axes


def plan_of(given: tuple[list[VennDiagram], dict[str, list[Any]]]) -> Plan:
    path, axes = given
    return Plan(path, SMALL, tuple(ARMS), range(2), axes)


def alone(point: Point, arm: str, seed: int) -> Trained:
    """Train an arm from a point's own draws."""
    return train(tasks_of(point.protocol, point.diagram, seed, [arm]))[arm]


@settings(max_examples=examples(15))
@given(paths_and_axes(), st.integers(0, 2**32), st.data())
def test_cells_of_one_identity_are_one_network_wherever_they_are_trained(
    made: tuple[list[VennDiagram], dict[str, list[Any]]], seed: int, data: st.DataObject
) -> None:
    """Bit for bit, each from its own point; teachers too."""
    plan = plan_of(made)
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
@given(paths_and_axes())
def test_a_plan_counts_orders_and_keeps_families_together(
    made: tuple[list[VennDiagram], dict[str, list[Any]]],
) -> None:
    """Every cell is trained once, with its teacher before it."""
    plan = plan_of(made)
    recipes = set(plan.uses.values())
    assert {recipe for family in plan.families for recipe in family} == recipes
    assert sum(map(len, plan.families)) == len(recipes)
    cells = [(recipe.identity, seed) for seed, family in plan for recipe in family]
    assert len(cells) == len(set(cells)) == plan.cells == len(recipes) * 2
    for first, *others in plan.families:
        assert first.teacher is None
        assert all(recipe.teacher == first.identity for recipe in others)
        assert bool(others) <= (ARMS[first.arm].role == "teacher")
    assert plan == Plan(plan.diagrams, plan.protocol, plan.arms, plan.seeds, plan.axes)
    again = Plan(list(plan.diagrams), plan.protocol, list(plan.arms), [0, 1], dict(plan.axes))
    assert [recipe.text for recipe in again.uses.values()] == [
        recipe.text for recipe in plan.uses.values()
    ]


def test_points_are_all_combinations_and_the_last_axis_runs_fastest() -> None:
    plan = Plan(GAMMA[:2], SMALL, axes={"n_train": (10, 20), "temperature": (1, 2)})
    found = [
        (point.diagram, point.protocol.n_train, point.protocol.distillation.temperature)
        for point in plan.points
    ]
    assert found == list(itertools.product(GAMMA[:2], (10, 20), (1.0, 2.0)))
    assert Plan(GAMMA, SMALL).points == tuple(Point(diagram, SMALL) for diagram in GAMMA)


def test_the_documented_counts() -> None:
    """6 gammas, 200 seeds: a teacher and a KD student a point, one No-KD student."""
    plan = Plan(GAMMA, arms=("no_kd", "kd"), seeds=range(200))
    assert plan.arms == PAPER_ARMS
    assert (plan.rows, plan.cells) == (6 * 3 * 200, (6 + 1 + 6) * 200)
    assert plan.protocol == Synthetic()
    assert Plan(GAMMA).seeds == range(100)


@pytest.mark.parametrize("arm", ARMS)
def test_teachers_come_along(arm: str) -> None:
    plan = Plan([DIAGRAM], SMALL, [arm], [0])
    assert plan.arms == with_teachers([arm])
    assert plan.cells == len(plan.arms)
    (family,) = plan.families
    assert [recipe.arm for recipe in family] == list(plan.arms)


def test_a_text_is_canonical_json() -> None:
    for recipe in Plan([DIAGRAM], SMALL, tuple(ARMS)).uses.values():
        form = json.loads(recipe.text)
        assert json.dumps(form, sort_keys=True, separators=(",", ":")) == recipe.text
        assert form["identity"] == IDENTITY
        assert recipe.identity == identity(recipe.text)
        assert len(recipe.identity) == 16


def test_how_a_value_was_written_does_not_enter() -> None:
    """1 and 1.0, a list and a tuple, a default and its value."""
    one = replace(
        SMALL,
        distillation=Distillation(1, 1, 2),
        rule=Hyperplane([1, 2, 3, 4, 5, 6, 7, 8]),
        teacher_view=[Rotation(0)],
        teacher_width=3,
    )
    other = replace(
        SMALL,
        distillation=Distillation(1.0, 1.0, 2.0, "samples"),
        rule=Hyperplane((1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0), flip=0),
        teacher_view=(Rotation(),),
        teacher_depth=1,
    )
    texts = [
        [recipe.text for recipe in Plan([DIAGRAM], each, tuple(ARMS)).uses.values()]
        for each in (one, other)
    ]
    assert texts[0] == texts[1]


PINNED: dict[tuple[str, str], str] = {
    ("synthetic", "teacher"): "87dc9f3dd043bc2566adadf6759e39e6",
    ("synthetic", "um_teacher"): "c28f893549edc850fc278ee77ce707a0",
    ("synthetic", "multimodal_teacher"): "783959d3669fdd2c035261574fc911f7",
    ("synthetic", "general_teacher"): "956e88ca329889a5b3614da063dfb5d7",
    ("synthetic", "no_kd"): "23b9e142e868191a2990c7ffa84e61cc",
    ("synthetic", "kd"): "2aaf8df2f8c8110f131e4b5120563bad",
    ("synthetic", "um_kd"): "f4c384a0b7e380f8b217deb3f6df062d",
    ("synthetic", "kd_multimodal"): "2d123605286f5905a35c064c251f23f7",
    ("synthetic", "kd_general"): "b4ba6410c486086dc03360026b3494ba",
    ("synthetic", "kd_oracle"): "9f6d4194edea2242f5a844a510713592",
    ("synthetic", "kd_shuffled"): "ae040475243f51a782ecd0f1d4d5205c",
    ("synthetic", "hard_label"): "40e149314f0a57ae54836cf9b91ae38a",
    ("published", "teacher"): "8d78186e087431871c08ab75208fc32a",
    ("published", "kd"): "12ee2c57d7700cec4ea4074fbb201b59",
    ("published", "no_kd"): "24aacb9c72be5ce3b00c437cacbac0b9",
    ("released", "teacher"): "50ef5004646f0c2b9d06f95787d520d9",
    ("released", "kd"): "5d8347c4f9f7daabca7862ec949a49af",
    ("released", "no_kd"): "132766fd22732276467443765a55466d",
}


@pytest.mark.parametrize(("name", "arm"), PINNED)
def test_identities_are_what_they_were(name: str, arm: str) -> None:
    """A store of today must be found by the program of tomorrow.

    If this fails by accident, results would be trained again, or mixed up: undo the change.  If
    what a recipe trains has changed on purpose, raise `analysis.sweeps.plan.IDENTITY` and write down the
    new identities here; if only its form has, bring the form back.
    """
    plan = Plan(GAMMA[1:2], PROTOCOLS[name], PROTOCOLS[name].arms)
    assert plan.uses[0, arm].identity.hex() == PINNED[name, arm]


ODD = VennDiagram({"a&b&c": 2}, modalities=("a", "b", "c"))
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no diagram": ({"diagrams": []}, "diagrams = []: must be a sequence of at least one, such as"),
    "one diagram": ({"diagrams": DIAGRAM}, "must be a sequence of at least one, such as [VennDia"),
    "a name": ({"diagrams": ["gamma"]}, "diagrams = 'gamma': must be of kind VennDiagram, such as"),
    "three modalities": ({"diagrams": [ODD]}, "must have two modalities, teacher and student"),
    "a diagram twice": (
        {"diagrams": [DIAGRAM, DIAGRAM]},
        "is there twice with the same settings; leave one out",
    ),
    "a value twice": (
        {"axes": {"temperature": (1, 1.0)}},
        "axes['temperature'] = (1, 1.0): must hold each value once",
    ),
    "protocol a name": (
        {"protocol": "synthetic"},
        "protocol = 'synthetic': must be of kind Protocol, such as PROTOCOLS['synthetic']",
    ),
    "no arm": ({"arms": ()}, "arms = (): must be a sequence of at least one, such as ('no_kd', 'k"),
    "an arm alone": ({"arms": "kd"}, "arms = 'kd': must be a sequence of at least one, such as"),
    "unknown arm": ({"arms": ("kd", "um")}, "arms = 'um': is unknown; known: teacher, um_teacher"),
    "an arm that is no name": ({"arms": [3]}, "arms = 3: is unknown; known: teacher"),
    "no seed": ({"seeds": range(0)}, "seeds = range(0, 0): must be a sequence of at least one"),
    "a number of seeds": ({"seeds": 10}, "seeds = 10: must be a sequence of at least one, such as"),
    "repeated seed": ({"seeds": [1, 2, 1]}, "seeds = [1, 2, 1]: must hold each seed once"),
    "fractional seed": ({"seeds": [0.5]}, "seeds = 0.5: must be a whole number of at least 0"),
    "negative seed": ({"seeds": range(-1, 3)}, "seeds = -1: must be a whole number of at least 0"),
    "descending to below 0": ({"seeds": range(3, -2, -1)}, "seeds = -1: must be a whole number"),
    "too large a seed": ({"seeds": [2**63]}, "seeds = 9223372036854775808: must be at most 9223"),
    "too large a seed for a replay": (
        {"diagrams": GAMMA, "protocol": PROTOCOLS["released"], "seeds": range(2**32)},
        "seeds = 4294967295: must be at most 4294967294",
    ),
    "axes a list": ({"axes": ["n_train"]}, "axes = ['n_train']: must be of kind Mapping, such as"),
    "unknown axis": ({"axes": {"n": (1,)}}, "axes = 'n': is unknown; known: hidden, n_train"),
    "an axis that follows": (
        {"axes": {"gamma": (0,)}},
        "axes = 'gamma': is unknown; known: hidden",
    ),
    "empty axis": (
        {"axes": {"n_train": ()}},
        "axes['n_train'] = (): must be a sequence of at least one value",
    ),
    "an axis of one number": (
        {"axes": {"n_train": 100}},
        "axes['n_train'] = 100: must be a sequence of at least one value",
    ),
    "an axis of a word": (
        {"axes": {"rule": "parity"}},
        "axes['rule'] = 'parity': must be a sequence of at least one value",
    ),
    "a bad value": (
        {"axes": {"n_train": (5, 0)}},
        "n_train = 0: must be a whole number of at leas",
    ),
    "one setting on two axes": (
        {"axes": {"width": (1, 2), "teacher_width": (3,)}},
        "teacher_width = 3: sets teacher_width, which is set already",
    ),
    "values that do not go together": (
        {"axes": {"width": (0, 2), "depth": (1, 2)}},
        "teacher_depth = 2: must be 1 for a linear model; give it a width",
    ),
    "a rule that does not fit one diagram": (
        {"diagrams": GAMMA, "axes": {"rule": ("hyperplane", "parity")}},
        "region 'a' has no feature in this diagram; its bit needs one",
    ),
    "a replay of control arms": (
        {"diagrams": GAMMA, "protocol": PROTOCOLS["released"], "arms": ("kd", "hard_label")},
        "arms = 'hard_label': is not in the released script; the synthetic protocol has it",
    ),
    "a width of a replay": (
        {"diagrams": GAMMA, "protocol": PROTOCOLS["released"], "axes": {"student_width": (1,)}},
        "student_width = 1: only the synthetic protocol has it; others replay the released script",
    ),
    "a diagram that a replay cannot draw": (
        {"diagrams": [VennDiagram({"a": 5, "b": 5})], "protocol": PROTOCOLS["released"]},
        "it puts feature j into channel j, and 'a' has too few",
    ),
    "general features behind a network": (
        {"arms": ("kd_general",), "axes": {"teacher_view": ("rotation", "invertible network")}},
        "mixes features in a way that cannot be undone part by part: leave kd_general",
    ),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD)
def test_bad_plans(arguments: dict[str, Any], message: str) -> None:
    """All fail as the plan is made, before anything is drawn or trained."""
    with pytest.raises(ArgumentError) as error:
        Plan(**{"diagrams": [DIAGRAM], "protocol": SMALL, **arguments})
    assert message in str(error.value)
