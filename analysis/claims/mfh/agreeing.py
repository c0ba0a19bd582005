"""Linear teachers of one diagram that preserve more and more of what is general."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float
from torch import Tensor

from analysis.claims.mfh.preservation import preserved, unmatched
from analysis.claims.mfh.ranking import checked, permuted_rows, seen, started
from analysis.methods.arms import NO_KD, TEACHER, UM_TEACHER
from analysis.protocols.synthetic import Synthetic
from analysis.reproductions.table2 import diagram
from analysis.training.minimise import minimise
from analysis.training.objectives import Distillation
from analysis.training.optimiser import Optimiser
from analysis.training.outputs import accuracy, outputs
from analysis.training.pairs import train_pair
from analysis.verdicts.claim import Trained
from analysis.verdicts.worlds import World

DIAGRAM = diagram(10, 10)
"""That of Table 2 at γ = ½."""

AGREEMENTS = (0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
"""How much each teacher is to say the same as a network that sees the student's modality."""

TOGETHER = Optimiser("sgd", learning_rate=0.01, steps=1000)
"""Rate and steps of Algorithm 1; at this rate the largest agreement does not diverge yet."""

FRESH = 2000
"""Rows on which the error is measured, for each seed."""

STUDENTS = ["no_kd", "kd", "kd_scaled", "kd_shuffled"]


def agreeing(world: World, seeds: Sequence[int], trained: Trained) -> pd.DataFrame:
    """Train teachers that agree more and more with the student's modality, and their students.

    The students of a seed start from one point.  Those of the arm ``kd_scaled`` imitate logits whose
    difference has, over the training rows, the standard deviation of the teacher that need not
    agree; those of ``kd_shuffled`` what their teacher says of other rows.

    Parameters
    ----------
    world : World
        One of linear models.
    seeds : sequence of int
        What a seed's rows hold does not depend on the others.
    trained : callable
        Called with the number of networks that have just been trained.

    Returns
    -------
    DataFrame
        One row a seed and teacher: ``seed``; ``agreement``; the test accuracies ``teacher``,
        ``no_kd``, ``kd``, ``kd_scaled`` and ``kd_shuffled``, fractions; ``preserved``, the share of
        general features in the teacher's weights; ``error``, what the best linear match leaves of
        the variance of its output on fresh rows.

    Raises
    ------
    FloatingPointError
        If a network diverged.
    """
    protocol = world.protocol
    trials = [protocol.trial(DIAGRAM, seed) for seed in seeds]
    x, x_student, y = seen(trials, "train")
    x_test, x_student_test, y_test = seen(trials, "test")
    starting = (TEACHER, UM_TEACHER, NO_KD)
    first, second, start = (started(world, trials, method) for method in starting)

    def score(loss: Distillation, *targets: Tensor) -> Float[np.ndarray, " seed"]:
        """Return accuracies of students of labels and, where they are given, of targets."""
        student = checked(minimise(loss, start, (x_student, y, *targets), protocol.setup.optimiser))
        return accuracy(student, x_student_test, y_test).numpy()

    no_kd = score(Distillation(teacher_weight=0.0))
    blocks, weights, confidence = [], [], None
    for agreement in AGREEMENTS:
        pair = train_pair(first, second, x, x_student, y, TOGETHER, agreement=agreement)
        teacher = checked(pair[0])
        said = outputs(teacher, x)
        spread = (said[..., 1] - said[..., 0]).std(1)[:, None, None]
        confidence = spread if confidence is None else confidence
        taught = {
            "kd": said,
            "kd_scaled": said * confidence / spread,
            "kd_shuffled": permuted_rows(said, trials),
        }
        scores = {"teacher": accuracy(teacher, x_test, y_test).numpy(), "no_kd": no_kd}
        for arm, targets in taught.items():
            scores[arm] = score(protocol.distillation, protocol.distillation.soften(targets))
        blocks.append(pd.DataFrame({"seed": seeds, "agreement": agreement} | scores))
        weights.append((teacher[0][:, 1] - teacher[0][:, 0]).double().numpy())
    trained(len(seeds) * (1 + (2 + len(taught)) * len(AGREEMENTS)))
    rows = pd.concat(blocks, ignore_index=True)
    return rows.assign(**_shares(protocol, seeds, np.stack(weights)))


def _shares(
    protocol: Synthetic, seeds: Sequence[int], weights: Float[np.ndarray, "agreement seed channel"]
) -> dict[str, Float[np.ndarray, " row"]]:
    """Return what of each teacher is general, and what of it cannot be matched on fresh rows."""
    population = protocol.population(DIAGRAM)
    teacher, student = DIAGRAM.modalities
    drawn = protocol.n_train + protocol.n_test
    errors = []
    for seed, own in zip(seeds, weights.swapaxes(0, 1), strict=True):
        fresh = population.sample(drawn + FRESH, seed, labelled=False)[drawn:]
        errors.append(unmatched(fresh.views[teacher] @ own.T, fresh.views[student]))
    general = preserved(weights.reshape(-1, weights.shape[-1]), population.roles[teacher])
    return {"preserved": general, "error": np.stack(errors, axis=1).ravel()}
