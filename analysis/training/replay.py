"""One step of training, repeated: on a GPU recorded once and replayed without Python."""

from collections.abc import Callable

import torch

WARMING = 3
"""Steps before the recording, in which libraries find their memory and their fastest kernels."""


def repeated(step: Callable[[], None], device: str) -> Callable[[int], None]:
    """Return what does a step as often as it is told to.

    On a GPU the first few steps run as they are, and the others as replays of a CUDA graph: the
    host then hands over a step as one call, not as some dozens of small ones.

    Parameters
    ----------
    step : callable
        Changes tensors in place, the same tensors each time; takes nothing from the host.
    device : {"cpu", "cuda"}
        Where its tensors are.
    """
    return _Replay(step) if device == "cuda" else lambda times: _do(step, times)


def _do(step: Callable[[], None], times: int) -> None:
    for _ in range(times):
        step()


class _Replay:
    """A step on a GPU."""

    def __init__(self, step: Callable[[], None]) -> None:
        self._step, self._warmed = step, 0
        self._graph: torch.cuda.CUDAGraph | None = None

    def __call__(self, times: int) -> None:
        warming = min(times, WARMING - self._warmed)
        if warming:
            self._warm(warming)
        if times > warming and self._graph is None:
            self._graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self._graph):
                self._step()  # recorded, not run
        if self._graph is not None:
            _do(self._graph.replay, times - warming)

    def _warm(self, times: int) -> None:
        self._warmed += times
        side = torch.cuda.Stream()  # type: ignore[no-untyped-call]  # it has no types
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(
            side
        ):  # recording wants memory that was not taken on the main stream
            _do(self._step, times)
        torch.cuda.current_stream().wait_stream(side)
