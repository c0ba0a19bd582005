"""What a caller may have set for all of torch, numpy and Python changes no result, and stays set."""

import contextlib
import decimal
import functools
import gc
import itertools
import random
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import analysis
from analysis import Optimiser, Plan, Released, Synthetic
from analysis.training.surroundings import PRECISION, undisturbed
from tests.analysis.training.test_roads import ROADS, Sizes
from venn import VennDiagram, growing_gamma

Setting = Callable[[], AbstractContextManager[Any]]


def called(function: Callable[[Any], object], value: Any, usual: Any) -> Setting:
    @contextlib.contextmanager
    def setting() -> Iterator[None]:
        function(value)
        try:
            yield
        finally:
            function(usual)

    return setting


def together(*settings: Setting) -> Setting:
    @contextlib.contextmanager
    def all_of_them() -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            for setting in settings:
                stack.enter_context(setting())
            yield

    return all_of_them


SETTINGS: dict[str, Setting] = {
    "float64": called(torch.set_default_dtype, torch.float64, torch.float32),
    "bfloat16": called(torch.set_default_dtype, torch.bfloat16, torch.float32),
    "on meta": called(torch.set_default_device, "meta", None),
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "autocast": lambda: torch.autocast("cpu", torch.bfloat16),
    "anomaly": lambda: torch.autograd.set_detect_anomaly(True),
    "deterministic": called(torch.use_deterministic_algorithms, True, False),
    "medium precision": called(torch.set_float32_matmul_precision, "medium", "highest"),
    "flush_denormal": called(torch.set_flush_denormal, True, False),
    "other threads": called(torch.set_num_threads, 3, torch.get_num_threads()),
    "seeds": together(
        called(torch.manual_seed, 7, 8),
        called(np.random.seed, 7, 8),
        called(random.seed, 7, 8),
    ),
    "numpy raises": lambda: np.errstate(all="raise"),
    "printing": together(
        lambda: np.printoptions(precision=1, threshold=2, legacy="1.13"),
        called(lambda to: torch.set_printoptions(profile=to), "short", "default"),
        lambda: pd.option_context("display.precision", 1, "display.max_rows", 2),
    ),
    "decimal": lambda: decimal.localcontext(prec=2),
    "strings": lambda: pd.option_context("mode.string_storage", "python"),
    "warnings": lambda: warnings.catch_warnings(action="error"),
    "no collector": called(lambda on: gc.enable() if on else gc.disable(), False, True),
}
"""What can be set for a whole thread or process, each with the way back."""

ALL_TOGETHER = together(
    *(SETTINGS[name] for name in SETTINGS if name not in ("bfloat16", "no_grad"))
)


def state() -> dict[str, Any]:
    """Return all that the settings above have set."""
    return {
        "data type": torch.get_default_dtype(),
        "device": torch.get_default_device(),
        "gradients": (torch.is_grad_enabled(), torch.is_inference_mode_enabled()),
        "autocast": (torch.is_autocast_enabled("cpu"), torch.get_autocast_dtype("cpu")),
        "anomaly": (torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "precision": (torch.get_float32_matmul_precision(), [p.fp32_precision for p in PRECISION]),
        "denormals": sys.float_info.min / 2,
        "threads": torch.get_num_threads(),
        # Not that of Python: the checks of types, in these tests, draw from it.
        "chance": (torch.get_rng_state().tolist(), repr(np.random.get_state())),
        "numpy": (np.geterr(), np.get_printoptions()),
        "decimal": repr(decimal.getcontext()),
        "warnings": list(warnings.filters),
        "collector": gc.isenabled(),
    }


def swept() -> list[pd.DataFrame]:
    """Return what is found of every arm under two rules, and by the paper's protocol."""
    diagram = VennDiagram({"a": 3, "b": 3, "a&b": 2}, hidden=1, noise={"b": 2})
    adam = Optimiser("adam", learning_rate=0.05, steps=8, weight_decay=0.1)
    synthetic = Synthetic(width=3, n_train=20, n_test=30, optimiser=adam)
    released = Released(n_train=20, n_test=30, optimiser=Optimiser("sgd", 0.1, 5))
    rules, one = {"rule": ["hyperplane", "network"]}, range(1)
    plans = [
        Plan([diagram], seeds=one, protocol=synthetic, arms=synthetic.arms, axes=rules),
        Plan(growing_gamma((0, 10)), seeds=one, protocol=released),
    ]
    frames = [analysis.run(plan, device="cpu").frame() for plan in plans]
    return [*frames, analysis.summarise(frames[1])]


MANY = [
    Sizes(channels=4, width=5, rows=20).many(3, dtype) for dtype in (torch.float32, torch.float64)
]


def trained() -> list[bytes]:
    """Return what the roads of training and Algorithm 1 make of a few networks, and these say."""
    optimisers = (
        Optimiser("adam", 0.05, 8),
        Optimiser("momentum", 1e30, 8),
    )  # with the last one diverges
    ways = dict.fromkeys(road.run for road in ROADS.values())
    found = [run(*how) for run in ways for how in itertools.product(MANY, optimisers)]
    return [tensor.numpy().tobytes() for tensors in found for tensor in tensors]


@functools.cache
def usual() -> tuple[list[pd.DataFrame], list[bytes]]:
    """Return what is found where nothing is set."""
    return swept(), trained()


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
def test_what_a_caller_has_set_changes_no_network_and_stays(setting: Setting) -> None:
    _, expected = usual()
    with setting():
        before = state()
        found = trained()
        assert state() == before
    assert found == expected


@pytest.mark.parametrize(
    "setting",
    [ALL_TOGETHER, *(pytest.param(each, marks=pytest.mark.slow) for each in SETTINGS.values())],
    ids=["all together", *SETTINGS],
)
def test_what_a_caller_has_set_changes_no_sweep_and_stays(setting: Setting) -> None:
    frames, _ = usual()
    with setting():
        before = state()
        found = swept()
        assert state() == before
    for frame, same in zip(found, frames, strict=True):
        pd.testing.assert_frame_equal(
            frame, same, check_exact=True, check_dtype=False, check_column_type=False
        )


def fails(*_: object) -> torch.Tensor:
    raise ZeroDivisionError


def test_after_a_failure_all_is_as_the_caller_had_it() -> None:
    one = (torch.ones(2, 1, 1),)
    with ALL_TOGETHER():
        before = state()
        with pytest.raises(ZeroDivisionError):
            analysis.minimise(fails, one, one, Optimiser("sgd", 0.1, 1))
        assert state() == before


def test_rows_made_in_inference_mode_are_learned_from() -> None:
    with torch.inference_mode():
        rows, start = torch.ones(2, 3, 1), (torch.ones(2, 1, 1),)
    (weight,) = analysis.minimise(
        lambda network, x: (x @ network[0]).square().mean((1, 2)),
        start,
        (rows,),
        Optimiser("sgd", 0.25, 1),
    )
    assert weight.flatten().tolist() == [0.5, 0.5]


def test_a_caller_has_their_own_data_type_and_device_in_a_loss_of_their_own() -> None:
    def loss(network: tuple[torch.Tensor, ...]) -> torch.Tensor:
        assert torch.zeros(()).dtype == torch.float64
        return network[0].flatten(1).sum(1)

    one = (torch.ones(2, 1, 1),)
    with SETTINGS["float64"]():
        analysis.minimise(loss, one, (), Optimiser("adam", 0.1, 1))


def test_inside_all_is_as_torch_and_numpy_start() -> None:
    def seen() -> list[Any]:
        with undisturbed():
            now = state()
        whole = [now[name] for name in ("gradients", "anomaly", "denormals")]
        return [*whole, now["autocast"][0], now["precision"][1], now["numpy"][0]]

    usual = seen()
    with ALL_TOGETHER():
        assert seen() == usual


def test_of_two_threads_the_last_gives_back_what_was_set() -> None:
    entered, leave = threading.Event(), threading.Event()

    def other() -> None:
        with undisturbed():
            entered.set()
            leave.wait(10)

    with SETTINGS["medium precision"]():
        before = state()
        thread = threading.Thread(target=other)
        with undisturbed():
            inside = state()["precision"]
            thread.start()
            assert entered.wait(10)
        assert state()["precision"] == inside != before["precision"]
        leave.set()
        thread.join()
        assert state() == before
