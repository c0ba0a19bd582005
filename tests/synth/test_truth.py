"""The exact truth of populations against simulation, fitted classifiers and other libraries."""

import itertools
import math
from collections.abc import Callable
from typing import Any

import dit
import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from synth import (
    Evidence,
    Hyperplane,
    InvertibleNetwork,
    Linear,
    ObservationNoise,
    Parity,
    Population,
    Quadratic,
    RandomNetwork,
    Rotation,
    Rule,
)
from tests.refusals import refusal
from venn import LinearDistillation, VennDiagram
from venn.information import entropy

DIAGRAM = VennDiagram({"a": 2, "b": 1, "a&b": 2}, hidden=1, noise={"a": 1, "b": 2})
VIEWS = {"a": [ObservationNoise(0.5), InvertibleNetwork(1)], "b": Rotation(2)}

RULES: dict[str, Rule] = {
    "hyperplane": Hyperplane(),
    "flips and temperature": Hyperplane(flip=0.1, temperature=0.5),
    "quadratic": Quadratic(),
    "quadratic with noise": Quadratic(classes=3, flip=0.1, temperature=0.3),
    "parity of three digits": Parity(("a", "a&b", "b"), 3, flip=0.05),
    "network": RandomNetwork(1, 4),
}
SEEN: dict[str, Any] = {
    "both": ("a", "b"),
    "some of b": Evidence(channels={"b": (0, 1, 2)}),
    "all of a, some of b": Evidence(modalities=("a",), channels={"b": (3,)}),
}


@pytest.mark.parametrize("seen", SEEN.values(), ids=SEEN)
@pytest.mark.parametrize("views", [{}, VIEWS], ids=["as is", "noisy, nonlinear, rotated"])
@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_the_posterior_of_drawn_rows_has_the_accuracy_and_information_of_the_truth(
    rule: Rule, views: dict[str, Any], seen: Any
) -> None:
    """acc = mean 1[argmax p(x) = y] and I = mean log2 p_y(x) / P(y), on rows and labels drawn.

    The posterior is of what is seen, the labels are of the features: the rows know nothing of the
    formulas.
    """
    population = Population(DIAGRAM, rule, views)
    truth = population.truth(seen, draws=2000)
    exact = rule.posterior(DIAGRAM, np.zeros((1, 6)), np.eye(6)) is not None
    n = 20_000 if truth.method == "exact" and exact else 1500
    drawn = population.sample(n, 7)
    p = population.posterior(drawn.views, seen)
    np.testing.assert_allclose(p.sum(-1), 1, atol=1e-9)
    right = p.argmax(-1) == drawn.y
    slack = 0.004 if n == 1500 else 0  # posteriors that are themselves estimates
    error = math.hypot(0.5 / math.sqrt(n), truth.score_error)
    assert right.mean() == pytest.approx(truth.score, abs=4.5 * error + slack)
    assert rule.prior is not None
    if n > 1500:
        labels = np.bincount(drawn.y, minlength=len(rule.prior)) / n
        chosen = p[np.arange(n), drawn.y]
        bits = np.log2(chosen / labels[drawn.y])
        error = math.hypot(bits.std() / math.sqrt(n), truth.information_error)
        assert bits.mean() == pytest.approx(truth.information, abs=4.5 * error + 1e-3)


def test_a_fitted_regression_explains_what_it_can() -> None:
    """R² of least squares on 50,000 rows, and I = -log2(1 - R²) / 2."""
    n = 50_000
    population = Population(DIAGRAM, Linear((3, 1, 1, 2, 1, 1), noise=1.5), {"a": Rotation(1)})
    drawn = population.sample(n, 0)
    for seen in ("a", "b"):
        fitted = LinearRegression().fit(drawn.views[seen], drawn.y)
        score = fitted.score(drawn.views[seen], drawn.y)
        assert population.r_squared(seen) == pytest.approx(score, abs=0.015)
        bits = -math.log2(1 - population.r_squared(seen)) / 2
        assert population.information(seen) == pytest.approx(bits)
        mean, sd = population.posterior({seen: drawn.views[seen]}).T
        assert (drawn.y - mean).std() == pytest.approx(sd[0], rel=0.02)
        assert np.abs(mean - fitted.predict(drawn.views[seen])).mean() < 0.1


def test_a_known_target_has_infinite_information() -> None:
    population = Population(VennDiagram({"a": 1, "a&b": 1}), Linear())
    assert population.r_squared("a") == 1
    assert math.isinf(population.information("a"))
    assert population.information("b") == pytest.approx(0.5)


DIGITS = {"a": ("a", "a&b"), "b": ("b", "a&b"), "ab": ("a", "a&b", "b")}


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize(
    "chosen", [("a", "b"), ("a", "a&b"), ("a&b", "b"), ("a", "a&b", "b"), ("a", "hidden")]
)
def test_parity_by_enumeration(chosen: tuple[str, ...], classes: int) -> None:
    """Every digit enumerated in a table of dit, which adds up the information."""
    population = Population(DIAGRAM, Parity(chosen, classes))
    outcomes: dict[tuple[str, ...], float] = {}
    for digits in itertools.product(range(classes), repeat=4):
        value = dict(zip(("a", "a&b", "b", "hidden"), digits, strict=True))
        label = sum(value[region] for region in chosen) % classes
        shown = ["".join(str(value[region]) for region in DIGITS[m]) for m in ("a", "b")]
        outcomes[(shown[0], shown[1], str(label))] = (
            outcomes.get((shown[0], shown[1], str(label)), 0) + classes**-4
        )
    table = dit.Distribution(list(outcomes), list(outcomes.values()))
    for seen, columns in (("a", [0]), ("b", [1]), (("a", "b"), [0, 1])):
        bits = float(dit.shannon.mutual_information(table, columns, [2]))
        assert population.information(seen) == pytest.approx(bits, abs=1e-9)
    given = float(dit.multivariate.coinformation(table, [[0], [2]], [1]))
    assert population.information("a", given="b") == pytest.approx(given, abs=1e-9)
    if classes > 2:
        return  # their decomposition takes minutes
    parts = population.information_diagram()
    theirs = dit.pid.PID_GK(table, [[0], [1]], [2])
    for ours, node in (
        (parts.general, ((0,), (1,))),
        (parts.teacher_specific, ((0,),)),
        (parts.student_specific, ((1,),)),
        (parts.synergy, ((0, 1),)),
    ):
        assert ours == pytest.approx(float(theirs.get_pi(node)), abs=1e-9)


def test_observation_noise_makes_the_general_part_that_of_the_worse_view() -> None:
    noisy = {"a": ObservationNoise(0.3), "b": ObservationNoise(0.7)}
    population = Population(VennDiagram({"a&b": 3}), views=noisy)
    parts = population.information_diagram()
    assert parts.general == pytest.approx(population.information("b"))
    assert parts.student_specific == pytest.approx(0)
    assert parts.teacher_specific == pytest.approx(
        population.information("a") - population.information("b")
    )
    assert parts.synergy > 0.01  # two noisy looks at one feature are better than the better one


def test_the_entropy_of_the_label_counts_flips_and_classes() -> None:
    rule = Hyperplane(classes=(0.2, 0.8), flip=0.1)
    parts = Population(DIAGRAM, rule).information_diagram()
    assert parts.entropy == pytest.approx(float(entropy(np.array([0.26, 0.74]))))
    real = Population(DIAGRAM, Linear(noise=1.0)).information_diagram()
    assert math.isinf(real.entropy)
    assert real.total == pytest.approx(
        Population(DIAGRAM, Linear(noise=1.0)).information(("a", "b"))
    )


def test_distillation_has_the_energies_of_the_diagram() -> None:
    """A of the teacher alone, B of the student alone, N of neither and the label noise."""
    diagram = VennDiagram({"a": 2, "b": 1, "a&b": 1}, hidden=1, noise={"b": 3})
    population = Population(diagram, Linear((5, 7, 1, 2, 3), noise=0.5), {"b": Rotation(1)})
    found = population.distillation(30)
    assert found == LinearDistillation(1 + 4, 25, 9 + 0.25, rows=30, channels=5)
    assert population.distillation(30, "b", "a") == LinearDistillation(25, 5, 9.25, 30, 3)


CLASSES, REAL = Population(DIAGRAM), Population(DIAGRAM, Linear())
VIEW_A = {"a": np.zeros((2, 5))}
NOISY, CURVED = ({"a": ObservationNoise(1.0)}, {"b": InvertibleNetwork()})
UNSEEN = Linear((1, 1, 1, 1, 1, 0))
LINEAR = "the risk is known for views that are linear and without noise"
BAD: dict[str, Callable[[], object]] = {
    "rule = Linear(): has a real target; r_squared knows its truth": (
        lambda: REAL.bayes_accuracy("a")
    ),
    "rule = Hyperplane(): has classes; bayes_accuracy knows their truth": (
        lambda: CLASSES.r_squared("a")
    ),
    "student = 'b': must be another modality than the teacher": (
        lambda: CLASSES.information_diagram("b", "b")
    ),
    "given = ('a', 'b'): tells the target without error; nothing is left": (
        lambda: Population(DIAGRAM, UNSEEN).information("a", given=("a", "b"))
    ),
    "given = 1: must be a modality, several, or Evidence(regions=('a&b',))": (
        lambda: CLASSES.information("a", given=1)  # type: ignore[arg-type]  # a bad call
    ),
    "draws = -1: must be a whole number of at least 2": lambda: CLASSES.truth("a", draws=-1),
    "views = [(2,), (3,)]: must have the same rows in each view": (
        lambda: CLASSES.posterior({**VIEW_A, "b": np.zeros((3, 5))})
    ),
    "views['a'] = 'x': must be numbers": lambda: CLASSES.posterior({"a": "x"}),
    "views['a'] = 'nan or inf': must be finite numbers": (
        lambda: CLASSES.posterior({"a": np.full((1, 5), np.nan)})
    ),
    "views = 3: must be of kind Mapping, such as sample.views": (
        lambda: CLASSES.posterior(3)  # type: ignore[arg-type]  # a bad call
    ),
    "views = ('a',): must hold the view of 'b'": lambda: CLASSES.posterior(VIEW_A, "b"),
    "views['a'].shape = (2, 4): must have 5 channels, the last axis": (
        lambda: CLASSES.posterior({"a": np.zeros((2, 4))})
    ),
    "seen = Evidence(modalities=(), regions=('a',), channels={}): names regions, whose features "
    "are not in the views; name modalities": (
        lambda: CLASSES.posterior(VIEW_A, Evidence(regions=("a",)))
    ),
    "rule = Hyperplane(): has classes; the risk is known exactly for a linear target, "
    "rule=Linear()": lambda: CLASSES.distillation(100),
    f"views['a'] = [ObservationNoise(sd=1.0)]: {LINEAR}": (
        lambda: Population(DIAGRAM, Linear(), NOISY).distillation(100)
    ),
    f"views['b'] = [InvertibleNetwork(seed=0, layers=2)]: {LINEAR}": (
        lambda: Population(DIAGRAM, Linear(), CURVED).distillation(100)
    ),
}


@pytest.mark.parametrize(("message", "call"), BAD.items(), ids=BAD)
def test_bad_questions(message: str, call: Callable[[], object]) -> None:
    assert refusal(call) == message


def test_estimates_follow_their_seed_everywhere() -> None:
    """Rows and diagram of one seed are of the same draws."""
    population = Population(DIAGRAM, RandomNetwork(1, 3))
    options: dict[str, Any] = {"draws": 200, "seed": 5}
    parts = population.information_diagram(**options)
    teacher = population.truth("a", **options).information
    assert parts.general + parts.teacher_specific == pytest.approx(teacher, abs=1e-12)
    assert parts.total == pytest.approx(population.information(("a", "b"), **options), abs=1e-12)
    assert population.bayes_accuracy("a", **options) == population.truth("a", **options).score
    given = population.information("a", given="b", **options)
    both = population.information(("a", "b"), **options)
    assert given == both - population.information("b", **options)


def test_mixed_evidence_is_as_exact_as_what_it_holds() -> None:
    """Rotated channels beside a modality that tells all: still all, to the last digit."""
    diagram = VennDiagram({"b": 2, "a&b": 2}, noise={"a": 1, "b": 1})
    views = {"a": Rotation(1), "b": Rotation(2)}
    seen = Evidence(("b",), channels={"a": (0, 1)})
    assert math.isinf(Population(diagram, Linear(), views).information(seen))
    assert Population(diagram, Hyperplane(), views).bayes_accuracy(seen) == 1


def test_accuracy_near_one_keeps_its_digits() -> None:
    """1 - acc = asin(1e-8) / pi for an unseen weight of 1e-8."""
    population = Population(VennDiagram({"a": 1, "b": 1}), Hyperplane((1e-8, 1)))
    assert 1 - population.bayes_accuracy("a") == pytest.approx(1e-8 / math.pi, rel=1e-6)


def test_posteriors_take_batches() -> None:
    population = Population(DIAGRAM, RandomNetwork(1, 3))
    batch = population.batch(4, [0, 1])
    p = population.posterior(batch.views)
    assert p.shape == (2, 4, 2)
    one = population.posterior({name: view[1] for name, view in batch.views.items()})
    np.testing.assert_array_equal(p[1], one)
