"""Means over seeds with their 95 % intervals, at the places of a picture."""

from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes

from analysis.statistics import mean_interval


def mean_bars(
    ax: Axes,
    x: Float[np.ndarray, " place"],
    values: Float[np.ndarray, "seed place"],
    **style: Any,
) -> None:
    """Draw the mean over seeds at each place, and Student's interval as a bar.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    x : array, shape (place,)
        Where each mean stands.
    values : array, shape (seed, place)
        What was measured, in the units of the axis.
    **style
        Of `Axes.errorbar`.
    """
    mean = values.mean(axis=0)
    limits = np.array([mean_interval(own) for own in values.T])
    ax.errorbar(x, mean, np.abs(limits.T - mean), **style)
