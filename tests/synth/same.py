"""Samples that are the same to the last bit."""

import numpy as np

from synth import Sample


def assert_same(one: Sample, other: Sample) -> None:
    """Show that views, labels and latents are the same to the last bit."""
    assert list(one.views) == list(other.views)
    pairs = [(one.y, other.y), (one.latents, other.latents)]
    for mine, its in (*pairs, *zip(one.views.values(), other.views.values(), strict=True)):
        assert (mine.dtype, mine.shape) == (its.dtype, its.shape)
        np.testing.assert_array_equal(mine, its)
