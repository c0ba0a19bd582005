"""One step of training, repeated: on a GPU recorded once and replayed without Python."""

from collections.abc import Callable

import torch

WARMING = 3
"""Steps before the recording, in which libraries find their memory and their fastest kernels."""


def repeat(step: Callable[[], None], times: int, device: str) -> None:
    """Do a step many times.

    On a GPU the first few steps run as they are, and the others as replays of a CUDA graph: the
    host then hands over a step as one call, not as some dozens of small ones.

    Parameters
    ----------
    step : callable
        Changes tensors in place, the same tensors each time; takes nothing from the host.
    times : int
        How often.
    device : {"cpu", "cuda"}
        Where its tensors are.
    """
    if device != "cuda" or times <= WARMING:
        for _ in range(times):
            step()
        return
    side = torch.cuda.Stream()  # type: ignore[no-untyped-call]  # it has no types
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):  # recording wants memory that was not taken on the main stream
        for _ in range(WARMING):
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()  # recorded, not run
    for _ in range(times - WARMING):
        graph.replay()
