"""Random streams, each keyed by a seed and by what it is for."""

import hashlib
import operator

import numpy as np

from venn.checks import whole


def stream(seed: int, *purpose: str | int) -> np.random.Generator:
    """Return the random stream of one seed and purpose.

    Equal keys give equal streams, different keys independent ones, whatever else is drawn and in
    whatever order; no global generator is touched.

    Parameters
    ----------
    seed : int
        A whole number of at least 0.
    *purpose : str or int
        What the stream is for, such as ``"noise", 0``.

    Returns
    -------
    numpy.random.Generator
        Seeded through ``SeedSequence(seed, spawn_key=...)`` with the key hashed from `purpose`.

    Raises
    ------
    ArgumentError
        If `seed` is negative or not a whole number.
    """
    named = tuple(part if isinstance(part, str) else operator.index(part) for part in purpose)
    digest = hashlib.sha256(repr(named).encode()).digest()
    key = tuple(int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4))
    return np.random.default_rng(
        np.random.SeedSequence(whole("seed", seed, at_most=None), spawn_key=key)
    )
