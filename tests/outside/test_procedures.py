"""What a method may do, each by one that is written as a user would, with torch alone."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss

from analysis import (
    ARMS,
    MLP,
    Method,
    Model,
    Optimiser,
    Parameters,
    Plan,
    Synthetic,
    method,
    minimise,
    refit,
    run,
    stack,
)
from analysis import cross_entropy as entropy
from analysis.methods.arms import named, varied
from analysis.methods.fitting import fit
from analysis.methods.method import Setup
from analysis.methods.trials import Split, Trial
from tests.analysis import plain
from tests.analysis.alone import crowd_of, tasks_of
from tests.refusals import refusal
from venn import VennDiagram

DIAGRAM = VennDiagram({"a": 3, "b": 2, "a&b": 3}, noise={"a": 1, "b": 4})
PROTOCOL = Synthetic(n_train=60, n_test=100, width=8, optimiser=Optimiser("adam", 0.02, 40))


@dataclass(frozen=True, eq=False)
class Module(Model):
    """A fitted model that is a module of torch."""

    module: nn.Module

    @property
    def finite(self) -> bool:
        return all(bool(part.isfinite().all()) for part in self.module.state_dict().values())

    @torch.no_grad()
    def outputs(self, rows: Split) -> Tensor:
        said: Tensor = self.module.eval()(rows.views["student"][0])
        return said[None]


def started(trial: Trial, name: str, *layers: nn.Module) -> nn.Sequential:
    """Return modules whose parameters are drawn from the trial's own stream."""
    network, chance = nn.Sequential(*layers), trial.stream(name)
    with torch.no_grad():
        for part in network.parameters():
            drawn = chance.normal(0, part.shape[-1] ** -0.5, tuple(part.shape))
            part.copy_(torch.tensor(drawn, dtype=torch.float32))
    return network


@dataclass(frozen=True)
class MeanTeacher(Method):
    """Minibatches, a schedule, normalisation with its statistics, a moving average that teaches,
    rows without labels, and a gradient that is projected before the step."""

    consistency: float = 1.0
    average: float = 0.9
    labelled: int = 30
    batch: int = 20

    def fit(
        self, trials: Sequence[Trial], needed: Mapping[str, Sequence[Model]], setup: Setup
    ) -> Sequence[Model]:
        return [self._one(trial, setup) for trial in trials]

    def _one(self, trial: Trial, setup: Setup) -> Model:
        x, y, chance = trial.train.views["student"][0], trial.train.y[0], trial.stream("batches")
        layers = nn.Linear(x.shape[1], 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2)
        student = started(trial, "student", *layers)
        teacher = deepcopy(student)
        stepper = torch.optim.SGD(student.parameters(), 0.1, momentum=0.9)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(stepper, setup.optimiser.steps)
        for _ in range(setup.optimiser.steps):
            rows = torch.from_numpy(chance.choice(len(x), self.batch, replace=False))
            known = rows[rows < self.labelled]
            said, heard = student(x[rows]), teacher(x[rows]).detach()
            loss = self.consistency * mse_loss(said, heard)
            if len(known):
                loss = loss + cross_entropy(student(x[known]), y[known])
            stepper.zero_grad()
            loss.backward()
            slope = layers[0].weight.grad
            assert slope is not None
            slope -= slope.mean(1, keepdim=True)  # no step along the mean of channels
            stepper.step()
            schedule.step()
            with torch.no_grad():
                for slow, fast in zip(teacher.parameters(), student.parameters(), strict=True):
                    slow.lerp_(fast, 1 - self.average)
        return Module(teacher)


@dataclass(frozen=True, eq=False)
class TanhNetwork(Model):
    """A network of one hidden layer that is none of the package's."""

    parameters: Parameters

    @property
    def finite(self) -> bool:
        return all(bool(part.isfinite().all()) for part in self.parameters)

    def outputs(self, rows: Split) -> Tensor:
        return by_tanh(self.parameters, rows.views["student"])[-1]

    def hidden(self, rows: Split) -> tuple[Tensor, ...]:
        return by_tanh(self.parameters, rows.views["student"])[:-1]


def by_tanh(parameters: Parameters, x: Tensor) -> tuple[Tensor, Tensor]:
    weight, bias, last, shift = parameters
    hidden = torch.tanh(x @ weight.mT + bias.mT)
    return hidden, hidden @ last.mT + shift.mT


@dataclass(frozen=True)
class Tanh(Method):
    """Another activation, by the package's own way to train."""

    def fit(
        self, trials: Sequence[Trial], needed: Mapping[str, Sequence[Model]], setup: Setup
    ) -> Sequence[Model]:
        x = [trial.train.views["student"] for trial in trials]
        network = setup.network("student", x[0].shape[-1])
        start = stack([trial.start("student", network) for trial in trials])
        found = minimise(
            lambda p, x, y: entropy(by_tanh(p, x)[-1], y),
            start,
            (x, [trial.train.y for trial in trials]),
            setup.optimiser,
            device=setup.device,
        )
        return [TanhNetwork(tuple(part[i : i + 1] for part in found)) for i in range(len(trials))]


@method
def like(student: Any, teacher: Any, y: Tensor) -> Tensor:
    apart: Tensor = mse_loss(student.hidden[-1], teacher.hidden[-1])
    return cross_entropy(student.logits, y) + apart


class Fixed(nn.Module):
    """A linear model of given weights."""

    def __init__(self, weights: Tensor) -> None:
        super().__init__()
        self.register_buffer("weights", weights)

    def forward(self, x: Tensor) -> Tensor:
        said: Tensor = x @ self.weights.T  # type: ignore[operator]  # a buffer
        return said


@dataclass(frozen=True)
class Careless(Method):
    """One that does what methods must not do."""

    does: str

    def fit(
        self, trials: Sequence[Trial], needed: Mapping[str, Sequence[Model]], setup: Setup
    ) -> Any:
        if self.does == "draws from torch":
            return [Module(nn.Linear(9, 2)) for _ in trials]
        if self.does == "draws from numpy":
            weights = torch.tensor(np.random.rand(2, 9), dtype=torch.float32)
            return [Module(Fixed(weights)) for _ in trials]
        if self.does == "draws from its own":
            drawn = np.random.default_rng().normal(size=(2, 9))
            return [Module(Fixed(torch.tensor(drawn, dtype=torch.float32))) for _ in trials]
        if self.does == "returns nothing":
            return None
        if self.does == "reads what it does not say":
            return [trial.train.views["teacher"] for trial in trials]
        found = [Module(nn.Identity()) for _ in trials]
        return found[1:] if self.does == "forgets a trial" else [1.0 for _ in found]


def test_a_procedure_of_torch_alone_runs_in_sweeps_and_does_not_depend_on_company() -> None:
    arms = {"no_kd": ARMS["no_kd"], "mean": MeanTeacher()}
    plan = Plan([DIAGRAM], PROTOCOL, arms, range(4), {"mean.consistency": (0.0, 1.0)})
    frame = run(plan, device="cpu").frame()
    assert frame["reason"].isna().all()
    assert (
        frame[frame["arm"] == "mean"].groupby("mean.consistency")["accuracy"].mean() > 0.55
    ).all()
    model, trial = refit(plan, "mean", 3, point=1)
    right = (model.outputs(trial.test).argmax(-1) == trial.test.y).double().mean().item()
    row = frame[(frame["arm"] == "mean") & (frame["seed"] == 3) & (frame["point"] == 2)]
    assert right == row["accuracy"].item()
    assert model.finite
    assert model.hidden(trial.test) == ()


def test_a_network_with_another_activation_is_that_of_modules_and_teaches() -> None:
    found = fit(crowd_of({s: tasks_of(PROTOCOL, DIAGRAM, s, {"x": Tanh()}) for s in range(3)}))
    trial, own = tasks_of(PROTOCOL, DIAGRAM, 1, {"x": Tanh()})["x"].trial, found[1, "x"]
    start = plain.module(trial.start("student", MLP(9, 8)))
    modules = nn.Sequential(start[0], nn.Tanh(), start[2])
    x, y = trial.train.views["student"][0], trial.train.y[0]
    plain.fit(modules, x, y, PROTOCOL.optimiser.settled(1))
    torch.testing.assert_close(own.outputs(trial.train)[0], modules(x), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(own.hidden(trial.train)[0][0], modules[:2](x), atol=1e-4, rtol=1e-4)
    taught = fit(tasks_of(PROTOCOL, DIAGRAM, 1, {"x": Tanh(), "y": like(teacher=Tanh())}))["y"]
    trained = fit(tasks_of(PROTOCOL, DIAGRAM, 1, ["no_kd"]))["no_kd"]
    assert_nearer(taught, trained, own, trial.train)


def assert_nearer(one: Model, other: Model, teacher: Model, rows: Split) -> None:
    """Assert that the hidden layer of one model is nearer to a teacher's than another's is."""
    wanted, near, far = (model.hidden(rows)[0] for model in (teacher, one, other))
    assert mse_loss(near, wanted) < 0.8 * mse_loss(far, wanted)


REFUSED: dict[str, str] = {
    "draws from torch": "Careless.fit = 'depends on chance or on what is beside it': a model fitted",
    "draws from numpy": "Careless.fit = 'depends on chance or on what is beside it': a model fitted",
    "draws from its own": "Careless.fit = 'depends on chance or on what is beside it': a model fit",
    "reads what it does not say": "Careless.inputs = 'teacher': is not among its inputs, which",
    "forgets a trial": "Careless.fit = '0 models': must return a list with a Model for each of 1",
    "returns numbers": "Careless.fit = 'models of kind float': must return a list with a Model",
    "returns nothing": "Careless.fit = 'NoneType': must return a list with a Model for each of 1",
}


@pytest.mark.parametrize("does", REFUSED)
def test_what_a_method_must_not_do_is_refused(does: str) -> None:
    call: Callable[..., Any] = fit
    assert refusal(call, tasks_of(PROTOCOL, DIAGRAM, 0, {"x": Careless(does)})).startswith(
        REFUSED[does]
    )


@dataclass
class Melting(Method):
    def fit(self, *_: Any) -> Any:
        return []


class Plain(Method):
    def fit(self, *_: Any) -> Any:
        return []


@dataclass(frozen=True)
class Wrong(Method):
    """One whose needs and inputs are as they are told to be."""

    needs: Any = ()
    inputs: Any = ("student",)

    def fit(self, *_: Any) -> Any:
        return []


@dataclass(frozen=True)
class Holding(Method):
    """One with a field."""

    held: Any

    def fit(self, *_: Any) -> Any:
        return []


@dataclass(frozen=True)
class Partial(Method):
    """One whose loss forgets its last layer."""

    def fit(
        self, trials: Sequence[Trial], needed: Mapping[str, Sequence[Model]], setup: Setup
    ) -> Any:
        start = stack([trial.start("student", setup.network("student", 9)) for trial in trials])
        return minimise(lambda p, _: p[0].sum((1, 2)), start, (start[0],), setup.optimiser)


@method
def branching(student: Any, y: Tensor, *, weight: float = 1.0) -> Tensor:
    value: Tensor = weight * cross_entropy(student.logits, y)
    return value if value > 0 else -value


def listed(student: Any, y: Tensor, *, weights: Any = [1, 2]) -> Any:  # noqa: ARG001, B006
    return weights


def test_a_lambda_is_a_field_known_by_what_it_does() -> None:
    def cells(held: Any) -> set[str]:
        return {*Plan([DIAGRAM], PROTOCOL, {"x": Holding(held)}).texts.values()}

    assert cells(lambda x: x) == cells(lambda x: x) != cells(lambda x: -x)


BAD: dict[str, Callable[[], Any]] = {
    "arms['x'] = 'Melting': must be a frozen dataclass": lambda: named({"x": Melting()}),
    "arms['x'] = 'Plain': must be a frozen dataclass": lambda: named({"x": Plain()}),
    "Wrong.needs = ('kd',): must map what they are to methods": lambda: named(
        {"x": Wrong(("kd",))}
    ),
    "Wrong.inputs = 'student': must be a tuple of teacher, student": (
        lambda: named({"x": Wrong({}, "student")})
    ),
    "Wrong.inputs = ('studnet',): must be a tuple of": lambda: named(
        {"x": Wrong({}, ("studnet",))}
    ),
    "Holding.held = [1]: must be a value that cannot change, such as a tuple in": (
        lambda: named({"x": Holding([1])})
    ),
    "Holding.held = array([1., 1.]): must be a value that cannot change": (
        lambda: named({"x": Holding(np.ones(2))})
    ),
    "Holding.held = tensor([1., 1.]): has no canonical form; use dataclasses": (
        lambda: Plan([DIAGRAM], PROTOCOL, {"x": Holding(torch.ones(2))}).cells
    ),
    "listed(…, weights) = [1, 2]: must be a value that cannot change": lambda: method(listed),
    "x.weight = 'abc': must be a number, as 1.0 is": (
        lambda: varied({"x": branching()}, {"x.weight": "abc"})
    ),
    "Partial.fit: initial[1] = '(8, 1) a model': has no part in what the loss returns": (
        lambda: fit(tasks_of(PROTOCOL, DIAGRAM, 0, {"x": Partial()}))
    ),
    'branching.fit = "RuntimeError: vmap: It looks like you': (
        lambda: fit(tasks_of(PROTOCOL, DIAGRAM, 0, {"x": branching()}))
    ),
}


@pytest.mark.parametrize("words", BAD)
def test_what_goes_wrong_in_a_users_own_code_is_said_in_one_line(words: str) -> None:
    said = refusal(BAD[words])
    assert said.startswith(words)
    assert "\n" not in said
    if "branching" in said:
        assert "failed at test_procedures.py, line " in said
        assert "no branch on a value" in said
