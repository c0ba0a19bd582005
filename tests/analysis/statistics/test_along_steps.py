import pandas as pd
import pytest

from analysis.statistics import along_steps
from venn import ArgumentError

FRAME = pd.DataFrame(
    {
        "arm": ["kd", "no_kd", "mine"],
        "steps": [7, 4, 7],
        "accuracy": [0.8, 0.6, 0.5],
        "accuracy_along": [(0.1, 0.5, 0.8), (0.2, 0.6), float("nan")],
    }
)


def test_a_row_for_each_state_and_none_where_none_is_kept() -> None:
    found = along_steps(FRAME)
    rows = found[["arm", "step", "accuracy"]].to_numpy().tolist()
    assert rows == [
        ["kd", 2, 0.1],
        ["kd", 4, 0.5],
        ["kd", 7, 0.8],
        ["no_kd", 2, 0.2],
        ["no_kd", 4, 0.6],
    ]
    assert "accuracy_along" not in found


@pytest.mark.parametrize("frame", [FRAME[2:], FRAME.drop(columns="accuracy_along"), FRAME[:0]])
def test_a_table_without_states_is_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(
        ArgumentError, match=r"^frame = '. rows': must have states on the way: snap"
    ):
        along_steps(frame)
