from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch

from analysis.training.replay import WARMING, repeat


@pytest.mark.parametrize(("times", "device"), [(1, "cuda"), (WARMING, "cuda"), (50, "cpu")])
def test_few_steps_are_run_as_they_are_and_on_a_cpu_all(times: int, device: str) -> None:
    """Nothing is asked of a GPU: here there may be none."""
    done: list[int] = []
    repeat(lambda: done.append(1), times, device)
    assert len(done) == times


class Gpu:
    """A GPU that says what it is asked for; what is being recorded does not run."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.now = "main"

    def step(self) -> None:
        self.said.append(f"step: {self.now}")

    @contextmanager
    def doing(self, what: str) -> Iterator[None]:
        before, self.now = self.now, what
        yield
        self.now = before


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Gpu:
    """Put such a GPU behind `torch.cuda`."""
    gpu = Gpu()

    class Stream:
        def __init__(self, name: str = "side") -> None:
            self.name = name

        def wait_stream(self, other: "Stream") -> None:
            gpu.said.append(f"{self.name} waits for {other.name}")

    class Graph:
        def replay(self) -> None:
            gpu.said.append("replay")

    monkeypatch.setattr(torch.cuda, "Stream", Stream)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda: Stream(gpu.now))
    monkeypatch.setattr(torch.cuda, "stream", lambda stream: gpu.doing(stream.name))
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Graph)
    monkeypatch.setattr(torch.cuda, "graph", lambda _: gpu.doing("recorded"))
    return gpu


@pytest.mark.parametrize("times", [WARMING + 1, 50])
def test_on_a_gpu_the_first_steps_warm_it_and_the_others_are_replays_of_one(
    gpu: Gpu, times: int
) -> None:
    """Steps that run and replays together are as many as asked for; the recorded one is none."""
    repeat(gpu.step, times, "cuda")
    assert gpu.said == [
        "side waits for main",
        *["step: side"] * WARMING,
        "main waits for side",
        "step: recorded",
        *["replay"] * (times - WARMING),
    ]
