"""Teachers, students and what follows from them: training, arms, statistics, reproductions."""

import os

# Read by torch's OpenMP as torch is imported.  Its threads otherwise spin so long for each other
# that two runs on one machine slow each other down many times over; a run alone loses little.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

from analysis.distillation import ARMS, Arm, Split, Trials, score, train_arms
from analysis.networks import MLP, Parameters, accuracy, logits, stack
from analysis.objectives import Distillation, cross_entropy
from analysis.paper import FIGURES, PaperFigure, differences
from analysis.protocols import (
    DEFAULT_SEEDS,
    PROTOCOLS,
    Native,
    Protocol,
    Released,
    with_width,
)
from analysis.reproduction import Experiment, Reproduction, experiment, reproduce
from analysis.runs import run
from analysis.statistics import mean_interval, summarise
from analysis.training import Optimiser, minimise, resolve_device

__all__ = [
    "ARMS",
    "DEFAULT_SEEDS",
    "FIGURES",
    "MLP",
    "PROTOCOLS",
    "Arm",
    "Distillation",
    "Experiment",
    "Native",
    "Optimiser",
    "PaperFigure",
    "Parameters",
    "Protocol",
    "Released",
    "Reproduction",
    "Split",
    "Trials",
    "accuracy",
    "cross_entropy",
    "differences",
    "experiment",
    "logits",
    "mean_interval",
    "minimise",
    "reproduce",
    "resolve_device",
    "run",
    "score",
    "stack",
    "summarise",
    "train_arms",
    "with_width",
]
