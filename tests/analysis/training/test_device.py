import pytest
import torch

from analysis import resolve_device
from venn import ArgumentError


@pytest.mark.parametrize("available", [False, True])
def test_a_device_is_one_that_is_there(monkeypatch: pytest.MonkeyPatch, available: bool) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: available)
    assert resolve_device("cpu") == "cpu"
    assert resolve_device("auto") == ("cuda" if available else "cpu")
    with pytest.raises(ArgumentError, match="device = 'tpu': is unknown; known: auto, cpu, cuda"):
        resolve_device("tpu")
    if available:
        assert resolve_device("cuda") == "cuda"
    else:
        with pytest.raises(ArgumentError, match="device = 'cuda': no CUDA device was found; use"):
            resolve_device("cuda")
