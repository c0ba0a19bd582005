import pytest
import torch

from analysis import resolve_device
from venn import ArgumentError


def test_without_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert resolve_device("auto") == resolve_device("cpu") == "cpu"
    with pytest.raises(ArgumentError, match="device = 'cuda': no CUDA device was found; use 'cpu'"):
        resolve_device("cuda")


def test_with_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert resolve_device("auto") == resolve_device("cuda") == "cuda"
    assert resolve_device("cpu") == "cpu"


@pytest.mark.parametrize("available", [False, True])
def test_unknown_devices(monkeypatch: pytest.MonkeyPatch, available: bool) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: available)
    with pytest.raises(ArgumentError, match="device = 'tpu': is unknown; known: auto, cpu, cuda"):
        resolve_device("tpu")
