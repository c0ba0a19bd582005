"""Plans: points, the cells they come down to, and what identifies a cell."""

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import ARMS, CHANGEABLE, PROTOCOLS, Distillation, Model, Plan, Point, refit, run
from analysis.methods.arms import GENERAL_TEACHER, NAMES, TEACHER, UM_TEACHER, named
from analysis.methods.distilled import Distilled
from analysis.methods.fitting import fit
from analysis.sweeps.plan import IDENTITY, identity
from analysis.sweeps.settings import BOTH, describe
from synth import Hyperplane, InvertibleNetwork, Rotation
from synth.strategies import diagrams
from tests.analysis.alone import parameters_of, right, same, tasks_of
from tests.analysis.small import FAST, POINT, SIDES, values_of
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
        assert one.recipe(DIAGRAM, ARMS[arm]) == other.recipe(DIAGRAM, ARMS[arm])
        first, second = (alone(Point(DIAGRAM, each), arm, 1) for each in (one, other))
        assert same(parameters_of(first), parameters_of(second))


NOT_EVERYWHERE = ("parity", "linear", "invertible network")
"""A rule that needs a feature in each region, one whose loss has one temperature and no classes, a view
that hides what is general."""


@st.composite
def paths_and_axes(draw: st.DrawFn) -> tuple[list[VennDiagram], dict[str, list[Any]]]:
    """Return diagrams and values of any settings, between which networks may be shared."""
    small = diagrams(max_modalities=2, max_features=2, max_noise=2, max_hidden=1)
    seen = st.lists(small, min_size=1, max_size=2, unique_by=lambda each: repr(each.regions))
    single = st.sampled_from([name for name in CHANGEABLE if name not in BOTH])
    axes = {}
    names = draw(st.lists(single, min_size=1, max_size=2, unique=True))
    if {*names} & {*SIDES}:  # which allow no other sides, and no views that differ
        names = [name for name in names if name in SIDES][:1]
    for name in names:
        values = st.sampled_from([each for each in values_of(name) if each not in NOT_EVERYWHERE])
        if name == "patience":  # which needs rows to look at
            axes["validation"] = [0.25]
        axes[name] = draw(st.lists(values, min_size=2, max_size=2, unique=True))
    return draw(seen), axes


def alone(point: Point, arm: str, seed: int) -> Model:
    """Train an arm from a point's own draws."""
    return fit(tasks_of(point.protocol, point.diagram, seed, [arm]))[arm]


@settings(max_examples=examples(15))
@given(paths_and_axes(), st.integers(0, 2**32), st.data())
def test_cells_of_one_identity_are_one_network_wherever_they_are_trained(
    made: tuple[list[VennDiagram], dict[str, list[Any]]], seed: int, data: st.DataObject
) -> None:
    """Bit for bit, each from its own point; teachers too."""
    plan = Plan(made[0], FAST, ALL, range(2), made[1])
    users: dict[bytes, list[tuple[Point, str]]] = {}
    for (i, arm), recipe in plan.uses.items():
        users.setdefault(recipe.identity, []).append((plan.points[i], arm))
    shared = [each for each in users.values() if len(each) > 1]
    for each in data.draw(st.lists(st.sampled_from(shared), max_size=4)) if shared else ():
        (point, arm), (other, again) = each[0], data.draw(st.sampled_from(each[1:]))
        one, two = alone(point, arm, seed), alone(other, again, seed)
        assert same(parameters_of(one), parameters_of(two)), (arm, again)


@settings(max_examples=examples(15))
@given(paths_and_axes())
def test_a_plan_counts_orders_and_keeps_families_together(
    made: tuple[list[VennDiagram], dict[str, list[Any]]],
) -> None:
    """Every cell is trained once, what it needs before it; equal recipes are one object."""
    plan = Plan(made[0], FAST, ALL, range(2), made[1])
    assert list(plan.uses) == list(itertools.product(range(len(plan.points)), ALL))
    by_identity = {recipe.identity: recipe for recipe in plan.recipes}
    assert all(recipe is by_identity[recipe.identity] for recipe in plan.uses.values())
    in_families = [recipe for family in plan.families for recipe in family]
    assert len(in_families) == len(plan.recipes) == len(by_identity)
    assert set(in_families) == set(plan.recipes)
    cells = [(recipe.identity, seed) for seed, family in plan for recipe in family]
    assert len(cells) == len(set(cells)) == plan.cells == len(plan.recipes) * 2
    for (i, arm), recipe in plan.uses.items():
        needed = {what: NAMES[each] for what, each in ARMS[arm].needs.items()}
        assert recipe.needs == {what: plan.uses[i, name].identity for what, name in needed.items()}
    for first, *others in plan.families:
        assert not first.needs
        assert all(recipe.needs == {"teacher": first.identity} for recipe in others)
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
    order = [(describe(family[0].point)["width"], seed) for seed, family in plan]
    assert order == [(3, 0), (3, 0), (3, 1), (3, 1), (4, 0), (4, 0), (4, 1), (4, 1)]


@pytest.mark.parametrize("arm", ARMS)
def test_what_an_arm_needs_comes_along(arm: str) -> None:
    plan = Plan([DIAGRAM], FAST, [arm], [0])
    (family,) = plan.families
    assert plan.arms == named([arm])
    assert list(plan.arms.values()) == [recipe.method for recipe in family]


def test_a_family_is_all_that_is_needed_together() -> None:
    """A student of a student, its teachers, and others of them; who is needed comes first."""
    kd = ARMS["kd"]
    arms = {"mine": TEACHER, "two": Distilled(teacher=kd), "three": Distilled(teacher=UM_TEACHER)}
    plan = Plan([DIAGRAM], FAST, arms, [0])
    found = {frozenset(recipe.method for recipe in family) for family in plan.families}
    assert found == {frozenset({TEACHER, kd, arms["two"]}), frozenset({UM_TEACHER, arms["three"]})}
    for family in plan.families:
        for i, recipe in enumerate(family):
            assert set(recipe.needs.values()) <= {each.identity for each in family[:i]}


def test_fields_of_arms_are_axes() -> None:
    """What they need and is no arm is trained for them alone; all have one name in the table."""
    axes = {"kd.teacher": (TEACHER, GENERAL_TEACHER), "teacher.init_stream": ("teacher", "other")}
    plan = Plan([DIAGRAM], FAST, ("kd", "no_kd"), range(2), axes)
    assert [*plan.arms] == ["teacher", "no_kd", "kd"]
    other = replace(TEACHER, init_stream="other")
    teachers = [TEACHER, other, GENERAL_TEACHER, GENERAL_TEACHER]
    assert [plan.methods[i]["kd"] for i in range(4)] == [Distilled(teacher=t) for t in teachers]
    assert [plan.methods[i]["teacher"] for i in range(4)] == [TEACHER, other] * 2
    assert len(plan.recipes) == 3 + 1 + 3
    assert plan.rows == 4 * 3 * 2
    frame = run(plan, device="cpu").frame()
    assert frame["reason"].isna().all()
    assert frame.groupby(["kd.teacher", "teacher.init_stream"]).ngroups == 4
    for i, point in enumerate(plan.points):
        expected = right(*refit(plan, "kd", 1, point=i))
        rows = frame[(frame["point"] == i + 1) & (frame["seed"] == 1)].set_index("arm")
        assert rows.loc["kd", "accuracy"] == expected, point.fields


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


PINNED: dict[str, str] = {
    "synthetic": (
        "teacher:17ee7280f68234aa um_teacher:880d6b18dfff16dd "
        "multimodal_teacher:46a72065f0f4fbd9 general_teacher:99e68a3fceb5f56c "
        "no_kd:5ae785bef0b2ab33 kd:6f71be4a1cc577f3 um_kd:fd77575c8981514f "
        "kd_multimodal:4a1f1c3406be90e2 kd_multimodal_shuffled:cf4f15d9c33f3fb7 "
        "kd_general:11b3d7acd728829f kd_oracle:30ff23465bd540b2 kd_shuffled:a12c116acc988e98 "
        "hard_label:cb5cac9dcc7cc8f4"
    ),
    "published": ("teacher:66ebd6b6ac25e4f8 no_kd:21700cf86a38108a kd:d53841ecddc53ad2"),
    "released": ("teacher:b75f0b8ed697447e no_kd:9f4b88560e4f4b2d kd:21eebde611ac5e3f"),
    "corrected_table2": (
        "teacher:9ae6721f45bbb34b general_teacher:3d98dbcbb93d1774 no_kd:fb8139df0c746ea0 "
        "kd:787d1a7d0a8df73e kd_general:08c7ec4c794bd435"
    ),
    "released_table2": (
        "teacher:9ae6721f45bbb34b general_teacher:3d98dbcbb93d1774 no_kd:fb8139df0c746ea0 "
        "kd:32b6f48a009782c3 kd_general:08c7ec4c794bd435"
    ),
}


@pytest.mark.parametrize("name", PINNED)
def test_identities_are_what_they_were(name: str) -> None:
    """A store of today must be found by the program of tomorrow.

    If this fails by accident, results would be trained again, or mixed up: undo the change.  If
    what a recipe trains has changed on purpose, raise `analysis.sweeps.plan.IDENTITY` and write
    down the new identities here; if only its form has, bring the form back.
    """
    diagram = VennDiagram({"a": 2, "a&b": 3}, noise={"a": 1, "b": 3})
    pinned = dict(each.split(":") for each in PINNED[name].split())
    plan = Plan([diagram], PROTOCOLS[name], tuple(pinned), [42])
    assert {arm: plan.uses[0, arm].identity.hex()[:16] for arm in pinned} == pinned


ODD = VennDiagram({"a&b&c": 2}, modalities=("a", "b", "c"))
REPLAY = PROTOCOLS["released"]
SEQUENCE = "must be a sequence of at least one"
BAD: dict[str, dict[str, Any]] = {
    f"diagrams = []: {SEQUENCE}, such as [VennDiagram(": {"diagrams": []},
    f"{SEQUENCE}, such as [VennDia": {"diagrams": DIAGRAM},
    "diagrams = 'gamma': must be of kind VennDiagram, such as": {"diagrams": ["gamma"]},
    "is there twice with the same settings": {"diagrams": [DIAGRAM, DIAGRAM]},
    "protocol = 'synthetic': must be of kind Protocol, such as PROTOCOL": {"protocol": "synthetic"},
    f"arms = 'kd': {SEQUENCE}, such as ('no_kd', 'kd')": {"arms": "kd"},
    "arms = 'um': is unknown; known: teacher, um_teacher": {"arms": ("kd", "um")},
    f"seeds = 10: {SEQUENCE}, such as range(100)": {"seeds": 10},
    "seeds = [1, 2, 1]: must hold each seed once": {"seeds": [1, 2, 1]},
    "seeds = 0.5: must be a whole number of at least 0": {"seeds": [0.5]},
    "seeds = -1: must be a whole number of at least 0": {"seeds": range(-1, 3)},
    "seeds = -1: must be a whole number": {"seeds": range(3, -2, -1)},
    "seeds = 9223372036854775808: must be at most 9223": {"seeds": [2**63]},
    "seeds = 4294967295: must be at most 4294": {
        "diagrams": GAMMA,
        "protocol": REPLAY,
        "seeds": range(2**32),
    },
    "axes = ['n_train']: must be of kind Mapping, such as": {"axes": ["n_train"]},
    "axes = 'gamma': is unknown; known: hid": {"axes": {"gamma": (0,)}},
    f"axes['n_train'] = (): {SEQUENCE} value": {"axes": {"n_train": ()}},
    f"axes['rule'] = 'parity': {SEQUENCE}": {"axes": {"rule": "parity"}},
    "axes['temperature'] = (1, 1.0): must hold each value onc": {"axes": {"temperature": (1, 1.0)}},
    "depth = 2: must be at most 1 for a linear mod": {"axes": {"width": (0, 2), "depth": (1, 2)}},
    "gamma.beta = 0: is a field of no arm here; arms: teacher, no_kd, kd": {
        "axes": {"gamma.beta": (0,)}
    },
    "kd.beta = 0: is no field of Distilled, which has": {"axes": {"kd.beta": (0,)}},
    "axes['kd.teacher'] = ['um_teacher']: must be a value that cannot change": {
        "axes": {"kd.teacher": (["um_teacher"],)}
    },
    "teacher_view = (InvertibleNetwork(": {
        "protocol": replace(FAST, teacher_view=(InvertibleNetwork(),)),
        "axes": {"kd.teacher": (TEACHER, GENERAL_TEACHER)},
    },
    "has more than two modalities; say which teach": {"diagrams": [ODD]},
    "arms = 'hard_label': is not in the relea": {
        "diagrams": GAMMA,
        "protocol": REPLAY,
        "arms": ("kd", "hard_label"),
    },
}


@pytest.mark.parametrize(("message", "arguments"), BAD.items(), ids=BAD)
def test_bad_plans(arguments: dict[str, Any], message: str) -> None:
    """All fail as the plan is made, before anything is drawn or trained."""
    with pytest.raises(ArgumentError) as error:
        Plan(**{"diagrams": [DIAGRAM], "protocol": FAST, **arguments})
    assert message in str(error.value)
