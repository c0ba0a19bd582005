"""How often a model was right along the steps of its training."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from analysis.measures.measure import Answers, Measure, Value
from analysis.methods.method import Method, Setup
from analysis.methods.network import Network, outputs_of
from analysis.training.outputs import share_right


@dataclass(frozen=True)
class AccuracyAlong(Measure):
    """The accuracy of each state that is kept on the way: as many as `Optimiser.snapshots` says.

    Of one whose states are not kept, such as a network that was trained together with another, nan.
    """

    unit = "fraction"
    target = "classes"

    def applies(self, method: Method, setup: Setup) -> bool:
        """Return whether states are kept."""
        return setup.trained(method.role).snapshots > 0 and super().applies(method, setup)

    def of(self, answers: Answers) -> Sequence[Value]:
        """Return the accuracies of each."""
        paths: dict[int, list[Network]] = {}
        for i, model in enumerate(answers.models):
            if isinstance(model, Network) and model.path:
                paths[i] = [
                    Network(state, model.sees, activation=model.activation)
                    for state in (*model.path, model.parameters)
                ]
        rows = [answers.trials[i].test for i in paths]
        found: dict[int, list[float]] = {i: [] for i in paths}
        for states in zip(*paths.values(), strict=True):
            said = outputs_of(states, rows, answers.device)
            right = share_right(said, torch.cat([each.y for each in rows])).tolist()
            for i, each in zip(paths, right, strict=True):
                found[i].append(each)
        return [tuple(found.get(i, [])) or math.nan for i in range(len(answers.models))]
