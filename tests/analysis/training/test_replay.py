from unittest.mock import MagicMock

import pytest
import torch

from analysis.training.replay import WARMING, repeated


@pytest.mark.parametrize(("times", "device"), [(1, "cuda"), (WARMING, "cuda"), (50, "cpu")])
def test_few_steps_are_run_as_they_are_and_on_a_cpu_all(
    monkeypatch: pytest.MonkeyPatch, times: int, device: str
) -> None:
    for name in ("Stream", "current_stream", "stream"):
        monkeypatch.setattr(torch.cuda, name, MagicMock())
    done: list[int] = []
    repeated(lambda: done.append(1), device)(times)
    assert len(done) == times


@pytest.mark.parametrize("times", [(WARMING + 1,), (50,), (1, 1, 40, 9)], ids=str)
def test_on_a_gpu_the_first_steps_warm_it_and_the_others_are_replays_of_one(
    monkeypatch: pytest.MonkeyPatch, times: tuple[int, ...]
) -> None:
    """Steps that run and replays together are as many as asked for; the recorded one is none."""
    gpu = MagicMock()
    for name in ("Stream", "current_stream", "stream", "CUDAGraph", "graph"):
        monkeypatch.setattr(torch.cuda, name, getattr(gpu, name))
    go_on = repeated(gpu.step, "cuda")
    for each in times:
        go_on(each)
    said = [name for name, *_ in gpu.mock_calls if name == "step" or "()" in name]
    recorded = said.index("graph().__enter__")
    assert said[:recorded].count("step") == WARMING
    assert said[:recorded].count("stream().__enter__") == said[:recorded].count(
        "current_stream().wait_stream"  # for the side one
    )
    assert said[recorded:] == [
        "graph().__enter__",
        "step",
        "graph().__exit__",
        *["CUDAGraph().replay"] * (sum(times) - WARMING),
    ]
    gpu.graph.assert_called_once_with(gpu.CUDAGraph())
