from unittest.mock import MagicMock

import pytest
import torch

from analysis.training.replay import WARMING, repeat


@pytest.mark.parametrize(("times", "device"), [(1, "cuda"), (WARMING, "cuda"), (50, "cpu")])
def test_few_steps_are_run_as_they_are_and_on_a_cpu_all(times: int, device: str) -> None:
    """Nothing is asked of a GPU: here there may be none."""
    done: list[int] = []
    repeat(lambda: done.append(1), times, device)
    assert len(done) == times


@pytest.mark.parametrize("times", [WARMING + 1, 50])
def test_on_a_gpu_the_first_steps_warm_it_and_the_others_are_replays_of_one(
    monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """Steps that run and replays together are as many as asked for; the recorded one is none."""
    gpu = MagicMock()
    for name in ("Stream", "current_stream", "stream", "CUDAGraph", "graph"):
        monkeypatch.setattr(torch.cuda, name, getattr(gpu, name))
    repeat(gpu.step, times, "cuda")
    said = [name for name, *_ in gpu.mock_calls if name == "step" or "()" in name]
    assert said == [
        "Stream().wait_stream",  # for the main one
        "stream().__enter__",
        *["step"] * WARMING,
        "stream().__exit__",
        "current_stream().wait_stream",  # for the side one
        "graph().__enter__",
        "step",
        "graph().__exit__",
        *["CUDAGraph().replay"] * (times - WARMING),
    ]
    gpu.stream.assert_called_once_with(gpu.Stream())
    gpu.graph.assert_called_once_with(gpu.CUDAGraph())
