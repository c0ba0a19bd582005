"""Losses of one's own, as a user of `method` and of `minimise` writes them."""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, log_softmax, mse_loss

import analysis
from analysis import Parameters, Projector, method
from analysis.methods.losses import Said

PROJECTOR = Projector()


def divergence(p: Tensor, q: Tensor) -> Tensor:
    """Return KL(p || q) of log-probabilities, the mean over rows."""
    return (p.exp() * (p - q)).sum(-1).mean()


@method
def decoupled(student: Said, teacher: Said, y: Tensor) -> Tensor:
    """Return that of decoupled knowledge distillation (Zhao et al., CVPR 2022)."""
    s, t = (log_softmax(each.logits / 2, -1) for each in (student, teacher))
    right = y[:, None]
    own, theirs = (each.gather(-1, right).exp().clamp(1e-6, 1 - 1e-6) for each in (s, t))
    pairs = [torch.cat([each, 1 - each], -1).log() for each in (theirs, own)]
    others = [log_softmax(each.scatter(-1, right, -1e4), -1) for each in (t, s)]
    return cross_entropy(student.logits, y) + 4 * (divergence(*pairs) + 2 * divergence(*others))


@method
def hint(student: Said, teacher: Said, y: Tensor, *, project: Any = PROJECTOR) -> Tensor:
    """Return that of FitNets (Romero et al., ICLR 2015), in one stage."""
    apart = mse_loss(project(student.hidden[-1]), teacher.hidden[-1])
    return cross_entropy(student.logits, y) + apart


@method
def relational(student: Said, teacher: Said, y: Tensor) -> Tensor:
    """Return that of distances between rows (Park et al., CVPR 2019)."""

    def distances(rows: Tensor) -> Tensor:
        inner = rows @ rows.T
        squares = inner.diagonal()
        apart = (squares[:, None] + squares - 2 * inner).clamp(min=1e-6).sqrt()
        return apart / apart.mean()

    apart = mse_loss(distances(student.hidden[-1]), distances(teacher.hidden[-1]))
    return cross_entropy(student.logits, y) + apart


@method
def features(student: Said, teacher: Said, y: Tensor) -> Tensor:
    """Return that of what is said, at temperature 4, and of the last hidden layer."""
    s, t = (log_softmax(each.logits / 4, -1) for each in (student, teacher))
    apart = mse_loss(student.hidden[-1], teacher.hidden[-1])
    return cross_entropy(student.logits, y) + 16 * divergence(t, s) + apart


def encoders(parameters: Parameters, x: Tensor, y: Tensor, other: Tensor) -> Tensor:
    """Return that of two encoders with one head, whose normalised layers are to agree.

    It is a loss of parameters, as `minimise` takes any: many models side by side.
    """
    heard: list[Tensor] = []
    found = torch.zeros(len(x))
    for (weight, bias), rows in zip((parameters[:2], parameters[2:4]), (x, other), strict=True):
        hidden = torch.baddbmm(bias, weight, rows.mT).relu()  # (model, unit, sample)
        centred = hidden - hidden.mean(-1, keepdim=True)
        deviation = (centred.square().mean(-1, keepdim=True) + 1e-3).sqrt()
        heard.append(centred / deviation)
        logits = torch.baddbmm(parameters[5], parameters[4], heard[-1]).mT
        found = found + analysis.cross_entropy(logits, y)
    return found + (heard[0] - heard[1]).square().mean((1, 2))
