import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from analysis import MLP, Optimiser
from analysis.training import fused
from analysis.training.fused.launch import layout_for
from tests.analysis.plain import networks
from tests.analysis.training.fused.stand_in import StandIn
from tests.analysis.training.fused.trained import CASES, Case, distances

ROOT = Path(__file__).parents[4]
ADAM = Optimiser("adam", 0.1, 3)
needs_triton = pytest.mark.skipif(
    importlib.util.find_spec("triton") is None, reason="Triton is not installed"
)


def ran(module: str, **environment: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", module],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_a_program_is_given_is_what_it_needs(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Padded, cut into blocks and turned: a plain program makes of it what float64 does."""
    module = ModuleType("programs")
    module.train = StandIn()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "analysis.training.fused.programs", module)
    assert all(each < 1e-5 for each in distances(case, "cpu"))


@needs_triton
def test_programs_train_as_float64_does() -> None:
    """Every kind of loss and step, rows and channels that fill no block; on a card if there is one."""
    interpreted = {} if torch.cuda.is_available() else {"TRITON_INTERPRET": "1"}
    for case, apart in ran("tests.analysis.training.fused.trained", **interpreted).items():
        assert all(each < 1e-5 for each in apart), case


@needs_triton
@pytest.mark.slow
def test_programs_can_be_compiled_for_a_card_that_is_not_there() -> None:
    """An interpreter knows no types, and no bounds of a chip's memory."""
    for case, shared in ran("tests.analysis.training.fused.compiled").items():
        assert 0 < shared < 227 * 2**10, case


@pytest.mark.parametrize(
    ("network", "device", "taken"),
    [
        (MLP(50, 32), "cuda", True),
        (MLP(50, 0, 16), "cuda", True),
        (MLP(128, 64, 4), "cuda", True),
        (MLP(50, 32), "cpu", False),
        (MLP(50, 32, depth=2), "cuda", False),
        (MLP(129, 64), "cuda", False),
        (MLP(513, 0), "cuda", False),
        (MLP(50, 32, 17), "cuda", False),
    ],
)
def test_programs_take_what_registers_hold(
    network: MLP, device: str, taken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In float32, and where there is Triton; all else is torch's."""
    initial = networks(network, 1)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object())
    assert fused.takes(initial, ADAM, device) is taken
    assert not fused.takes(tuple(part.double() for part in initial), ADAM, device)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert not fused.takes(initial, ADAM, device)


@pytest.mark.parametrize(
    ("network", "warps"),
    [(MLP(50, 32), 2), (MLP(50, 64), 2), (MLP(10, 4), 1), (MLP(128, 64), 4), (MLP(50, 0), 1)],
)
def test_a_thread_has_32_or_64_weights(network: MLP, warps: int) -> None:
    assert layout_for(networks(network, 1)).warps == warps
