"""What rounding does to a network: the kernel and torch in float32 beside torch in float64.

Run from the repository's root, about two minutes on two cores:

    python -m benchmarks.rounding

writes ``rounding.json`` and ``rounding.md`` to ``benchmarks/results``.  Training is not stable: where a
unit is about to fall silent, a last bit decides.  So single networks differ between engines as they do
between processors; what must agree is the mean, and how far each engine is from float64.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from analysis import Distillation, Synthetic, logits, minimise, stack
from analysis.methods.arms import NO_KD, TEACHER
from analysis.methods.trials import Trial
from analysis.sweeps.provenance import environment
from benchmarks.written import write
from venn import growing_gamma

SEEDS = range(20_000, 20_100)
PROTOCOL = Synthetic()
DIAGRAM = growing_gamma()[3]
SEES = {"teacher": "teacher", "no_kd": "student", "kd": "student"}
ENGINES = ("float64", "torch", "kernel")


def views(trials: list[Trial], arm: str, part: str, dtype: torch.dtype) -> Tensor:
    """Return what the networks of an arm see."""
    return torch.cat([getattr(trial, part).views[SEES[arm]] for trial in trials]).to(dtype)


def labels(trials: list[Trial], part: str) -> Tensor:
    """Return labels, the same for all arms."""
    return torch.cat([getattr(trial, part).y for trial in trials])


def accuracies(trials: list[Trial], engine: str) -> dict[str, np.ndarray]:
    """Train every arm on every trial with one engine and return accuracies in percent."""
    dtype = torch.float64 if engine == "float64" else torch.float32
    found, said = {}, None
    for arm in SEES:
        distillation = PROTOCOL.distillation if arm == "kd" else Distillation(teacher_weight=0)
        data = [views(trials, arm, "train", dtype), labels(trials, "train")]
        if said is not None and arm == "kd":
            data.append(PROTOCOL.distillation.soften(said))

        def by_torch(
            parameters: Any, x: Tensor, *rest: Tensor, loss: Distillation = distillation
        ) -> Tensor:
            return loss(logits(parameters, x), *rest)

        loss = distillation if engine == "kernel" else by_torch
        method = TEACHER if arm == "teacher" else NO_KD  # where the KD student starts too
        network = PROTOCOL.network(DIAGRAM, method)
        starts = stack([trial.start(method.init_stream, network) for trial in trials])
        initial = tuple(t.to(dtype) for t in starts)
        trained = minimise(loss, initial, tuple(data), PROTOCOL.optimiser)
        if arm == "teacher":
            said = logits(trained, data[0])
        right = logits(trained, views(trials, arm, "test", dtype)).argmax(-1)
        found[arm] = 100 * (right == labels(trials, "test")).double().mean(-1).numpy()
    return found | {"gain": found["kd"] - found["no_kd"]}


def main() -> None:
    """Compare the engines and write it down."""
    trials = [PROTOCOL.trial(DIAGRAM, seed) for seed in SEEDS]
    found = {engine: accuracies(trials, engine) for engine in tqdm(ENGINES, unit="engine")}
    rows: list[dict[str, Any]] = []
    for engine in ENGINES[1:]:
        for what in found[engine]:
            apart = found[engine][what] - found["float64"][what]
            error = apart.std(ddof=1) / len(SEEDS) ** 0.5
            rows.append(
                {
                    "engine": engine,
                    "what": what,
                    "mean": apart.mean(),
                    "error": error,
                    "sd": apart.std(ddof=1),
                }
            )
    lines = [
        "Minus the same in float64, in percentage points; synthetic protocol, gamma 3/7, "
        f"{len(SEEDS)} seeds:",
        "",
        "| engine | accuracy of | mean ± standard error | sd of one network |",
        "|---|---|---|---|",
        *(
            f"| {row['engine']} | {row['what']} | {row['mean']:+.3f} ± {row['error']:.3f} "
            f"| {row['sd']:.2f} |"
            for row in rows
        ),
    ]
    print("\n".join(lines))
    write(
        "rounding", {"rows": rows, "seeds": list(SEEDS), "environment": environment("cpu")}, lines
    )


if __name__ == "__main__":
    main()
