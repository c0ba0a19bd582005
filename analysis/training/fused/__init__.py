"""Small networks on a GPU: one program trains one of them from its first step to its last."""

from analysis.training.fused.launch import descend, takes

__all__ = ["descend", "takes"]
