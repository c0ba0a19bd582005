"""Sums in one fixed order, so that a row's result never depends on the rows beside it.

A matrix product of BLAS may round an element by its place in the matrix and by the number of
threads.  What is drawn must not: a long sample begins with the short one to the last bit.
"""

import numpy as np
from jaxtyping import Float

NUMBERS = 2**15
"""Numbers that are mixed at once, few enough for the cache."""


def mix(
    x: Float[np.ndarray, "*row source"], matrix: Float[np.ndarray, "channel source"]
) -> Float[np.ndarray, "*row channel"]:
    r"""Return :math:`\sum_j x_j M_{\cdot j}` of each row, added in the order of the sources."""
    rows = x.reshape(-1, x.shape[-1])
    mixed = np.zeros((len(rows), len(matrix)))
    size = max(1, NUMBERS // len(matrix))
    for start in range(0, len(rows), size):
        part, out = rows[start : start + size], mixed[start : start + size]
        for source, column in enumerate(matrix.T):
            out += part[:, source, None] * column
    return mixed.reshape(*x.shape[:-1], len(matrix))


def project(
    x: Float[np.ndarray, "*row source"], weights: Float[np.ndarray, " source"]
) -> Float[np.ndarray, "*row"]:
    r"""Return :math:`\sum_j w_j x_j` of each row, added in the order of the sources."""
    rows = x.reshape(-1, x.shape[-1])
    found = np.zeros(len(rows))
    size = max(1, NUMBERS // len(weights))
    for start in range(0, len(rows), size):
        out = found[start : start + size]
        for column in rows[start : start + size].T * weights[:, None]:
            out += column
    return found.reshape(x.shape[:-1])
