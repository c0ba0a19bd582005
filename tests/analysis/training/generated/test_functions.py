"""Functions of one number in machine code, to a few roundings of float32."""

import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import special

from analysis.training.generated.program import FLAGS, FUNCTIONS, POLYNOMIALS
from analysis.training.kernel import kernel
from venn.compiled import compiled

pytestmark = pytest.mark.skipif(kernel() is None, reason="there is no compiler")

ORACLES: dict[str, tuple[Callable[[Any], Any], float, float]] = {
    "exp_": (np.exp, -86.0, 88.0),
    "expm1_": (np.expm1, -20.0, 88.0),
    "log_": (np.log, 1e-30, 1e30),
    "log1p_": (np.log1p, -0.99, 1e3),
    "tanh_": (np.tanh, -20.0, 20.0),
    "erf_": (special.erf, -5.0, 5.0),
}
"""Beside what they are: from where, and to where."""


@pytest.fixture(scope="module")
def machine_code(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    file = tmp_path_factory.mktemp("code") / "functions.cpp"
    calls = [
        f'extern "C" void {name}all(const float *x, float *y, long long n) '
        f"{{ for (long long i = 0; i < n; i++) y[i] = {name}(x[i]); }}"
        for name in ORACLES
    ]
    file.write_text("\n".join([f'#include "{Path(FUNCTIONS).name}"', *calls]), encoding="utf-8")
    return compiled([file, FUNCTIONS, POLYNOMIALS], *FLAGS)


def said(machine_code: ctypes.CDLL, name: str, x: np.ndarray) -> np.ndarray:
    found = np.empty_like(x)
    pointers = (ctypes.c_void_p(each.ctypes.data) for each in (x, found))
    getattr(machine_code, f"{name}all")(*pointers, ctypes.c_longlong(x.size))
    return found


@pytest.mark.parametrize("name", ORACLES)
def test_functions_are_right_to_a_few_roundings(machine_code: ctypes.CDLL, name: str) -> None:
    """Of their value, near 0 too."""
    function, first, last = ORACLES[name]
    near = np.geomspace(1e-6, 1, 20_001) * np.array([[1], [-1]])
    wide = np.geomspace(first, last, 50_001) if first > 0 else np.linspace(first, last, 50_001)
    x = np.concatenate([wide, near[(near > first) & (near < last)]]).astype(np.float32)
    expected = function(x.astype(float))
    apart = np.abs(said(machine_code, name, x) - expected) / np.maximum(np.abs(expected), 1e-30)
    assert apart.max() < 4 * 2.0**-23


def test_what_is_no_number_or_none_that_is_finite(machine_code: ctypes.CDLL) -> None:
    x = np.array([np.nan, np.inf, -np.inf, 0.0, -1.0, 200.0, -200.0], dtype=np.float32)
    with np.errstate(all="ignore"):
        for name in ("exp_", "log_", "tanh_", "erf_"):
            expected = ORACLES[name][0](x.astype(float)).astype(np.float32)
            np.testing.assert_allclose(said(machine_code, name, x), expected, atol=1e-37, rtol=1e-6)
