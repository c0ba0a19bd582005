"""Tables whose numbers are made up."""

import numpy as np
import pandas as pd

ARMS = ("teacher", "general_teacher", "no_kd", "kd", "um_kd", "kd_shuffled", "hard_label")


def frame(points: int = 2, seeds: int = 6, arms: tuple[str, ...] = ARMS) -> pd.DataFrame:
    """Return one row a training, as stores do."""
    shape = points, seeds, len(arms)
    accuracy, balanced = np.random.default_rng(0).integers(0, 1000, (2, *shape)) / 1000
    where = np.indices(shape).reshape(3, -1)
    columns = {"point": where[0], "seed": where[1], "arm": np.array(arms)[where[2]]}
    columns |= {"gamma": columns["point"] / 10, "reason": None}
    measures = {"accuracy": accuracy.ravel(), "balanced_accuracy": balanced.ravel()}
    return pd.DataFrame(columns | measures)


def tidy(values: np.ndarray, levels: np.ndarray | None = None) -> pd.DataFrame:
    """Return gains (seed, level) as a table along gamma."""
    seed, level = (place.ravel() for place in np.indices(values.shape))
    gamma = level / 10 if levels is None else np.asarray(levels)[level]
    return pd.DataFrame({"arm": "kd", "seed": seed, "gamma": gamma, "gain": values.ravel()})
