"""Algorithm 1: the saliency tells modality-general features from the others."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch

from analysis.claims.claim import Claim, Part, Trained
from analysis.claims.concordance import concordance
from analysis.claims.numbers import means
from analysis.claims.ranking import Rows, agreed, checked, energy, ranked
from analysis.claims.worlds import World, worlds
from analysis.networks import stack
from analysis.objectives import Distillation
from analysis.outputs import outputs
from analysis.training import minimise
from venn import VennDiagram

CHANNELS = 50
GENERAL = (5, 10, 20)

DIAGRAMS = (
    *(
        VennDiagram({"a": 10, "a&b": n}, noise={"a": CHANNELS - 10 - n, "b": CHANNELS - n})
        for n in GENERAL
    ),
    VennDiagram({"a": 10, "b": 10, "a&b": 10}, noise={"a": CHANNELS - 20, "b": CHANNELS - 20}),
)

WAYS = ("algorithm 1", "alone", "unpaired")
ARMS = ("teacher", "um_teacher", "kd_shuffled")


def _experiment(world: World, seeds: Sequence[int], trained: Trained) -> pd.DataFrame:
    blocks = []
    for point, diagram in enumerate(DIAGRAMS):
        trials = [world.protocol.draw(diagram, seed, ARMS) for seed in seeds]
        x, x_student = (
            torch.cat([trial.train.views[sight] for trial in trials])
            for sight in ("teacher", "student")
        )
        y = torch.cat([trial.train.y for trial in trials])
        starts = tuple(stack([t.initial[a] for t in trials]) for a in ("teacher", "um_teacher"))
        apart = torch.cat([own[None, t.order[0]] for own, t in zip(x_student, trials)])
        alone = checked(
            minimise(Distillation(teacher_weight=0.0), starts[0], (x, y), world.protocol.optimiser)
        )
        together, other = agreed(world, starts, Rows(x, x_student, y))
        unpaired, another = agreed(world, starts, Rows(x, apart, y))
        trained(5 * len(seeds))
        found = {
            "algorithm 1": (together, outputs(other, x_student)),
            "alone": (alone, outputs(alone, x)),
            "unpaired": (unpaired, outputs(another, apart)),
        }
        roles = world.protocol.population(diagram).roles[diagram.modalities[0]]
        for way, (network, reference) in found.items():
            scores = ranked(world, network, x, reference, seeds).double().numpy()
            made = energy(world, network, roles)
            n = scores.shape[1]
            blocks.append(
                pd.DataFrame(
                    {
                        "seed": np.repeat(seeds, n),
                        "point": point,
                        "way": way,
                        "feature": np.tile(np.arange(n), len(seeds)),
                        "general": made.general.ravel(),
                        "specific": made.specific.ravel(),
                        "saliency": scores.ravel(),
                    }
                )
            )
    return pd.concat(blocks, ignore_index=True)
