import numpy as np
import pandas as pd

from analysis.statistics import always_valid_interval
from analysis.verdicts.further import facts, means

VALUES = pd.DataFrame({"gain": [1.0, 2.0, 4.0, 3.0, 2.5, 2.0], "lead": [0.0, -1, 1, 2, -2, 0.5]})


def test_means_have_always_valid_intervals_and_facts_themselves() -> None:
    low, high = always_valid_interval(VALUES.to_numpy())
    mean = np.array([14.5 / 6, 0.5 / 6])
    expected = {"name": ["gain", "lead"], "value": mean, "low": low, "high": high, "unit": "points"}
    pd.testing.assert_frame_equal(means(VALUES, "points"), pd.DataFrame(expected))
    number = {"value": [3.0], "low": [3.0], "high": [3.0]}
    known = pd.DataFrame({"name": ["holds"]} | number | {"unit": ["diagrams"]})
    pd.testing.assert_frame_equal(facts({"holds": 3}, "diagrams"), known)
