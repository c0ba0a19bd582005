"""Teachers, students and what follows from them: training, arms, statistics, reproductions."""

import os

from _modality_venn.packages import check

check("venn", "synth")

# Read by torch's OpenMP as torch is imported.  Its threads otherwise spin so long for each other
# that two runs on one machine slow each other down many times over; a run alone loses little.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

# Read by torch's MKL at its first product of matrices.  Without it a product is rounded by where
# its matrices lie in memory, and by the number of threads: a network would depend on its company.
os.environ.setdefault("MKL_CBWR", "AUTO,STRICT")

from analysis.measures.functions import measure
from analysis.measures.measure import Measure
from analysis.measures.named import MEASURES
from analysis.methods.agreeing import Agreeing
from analysis.methods.arms import ARMS, PAPER_ARMS
from analysis.methods.cross_fitted import CrossFitted
from analysis.methods.distilled import Distilled
from analysis.methods.general_teacher import GeneralTeacher
from analysis.methods.labels import Labels
from analysis.methods.losses import Projector, method
from analysis.methods.method import Method, Model
from analysis.methods.network import networks
from analysis.methods.pruned import Pruned
from analysis.methods.ranked import Ranked
from analysis.methods.scaled import Scaled
from analysis.methods.tuned import Tuned
from analysis.protocols import LINEAR, PROTOCOLS, Protocol, Released, ReleasedTable2, Synthetic
from analysis.reproductions.experiment import (
    PAPER_RESULTS,
    Experiment,
    Reproduction,
    experiment,
    reproduce,
)
from analysis.reproductions.paper import PaperResult, differences
from analysis.statistics import mean_interval, summarise
from analysis.sweeps.estimate import estimate
from analysis.sweeps.executors import Workers
from analysis.sweeps.plan import Plan
from analysis.sweeps.refit import refit
from analysis.sweeps.runs import run
from analysis.sweeps.settings import CHANGEABLE, SETTINGS, Point
from analysis.sweeps.store import Store
from analysis.training.device import resolve_device
from analysis.training.minimise import minimise
from analysis.training.networks import MLP, Parameters, logits, stack
from analysis.training.objectives import Distillation, SquaredError, cross_entropy
from analysis.training.optimiser import Optimiser
from analysis.training.outputs import accuracy
from analysis.training.progress import progress

__all__ = [
    "ARMS",
    "CHANGEABLE",
    "LINEAR",
    "MEASURES",
    "MLP",
    "PAPER_ARMS",
    "PAPER_RESULTS",
    "PROTOCOLS",
    "SETTINGS",
    "Agreeing",
    "CrossFitted",
    "Distillation",
    "Distilled",
    "Experiment",
    "GeneralTeacher",
    "Labels",
    "Measure",
    "Method",
    "Model",
    "Optimiser",
    "PaperResult",
    "Parameters",
    "Plan",
    "Point",
    "Projector",
    "Protocol",
    "Pruned",
    "Ranked",
    "Released",
    "ReleasedTable2",
    "Reproduction",
    "Scaled",
    "SquaredError",
    "Store",
    "Synthetic",
    "Tuned",
    "Workers",
    "accuracy",
    "cross_entropy",
    "differences",
    "estimate",
    "experiment",
    "logits",
    "mean_interval",
    "measure",
    "method",
    "minimise",
    "networks",
    "progress",
    "refit",
    "reproduce",
    "resolve_device",
    "run",
    "stack",
    "summarise",
]
