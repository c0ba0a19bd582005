"""A fitted model had back: fitted anew, to the same bits."""

from typing import NamedTuple

from analysis.methods.fitting import fit
from analysis.methods.method import Model
from analysis.methods.trials import Trial
from analysis.sweeps.plan import Plan
from analysis.sweeps.shards import Family, Shard, drawn_for
from analysis.training.device import resolve_device
from analysis.training.surroundings import undisturbed
from venn.checks import ArgumentError, instance, one_of, whole


class Refitted(NamedTuple):
    """A fitted model and what it was fitted on.

    Parameters
    ----------
    model : Model
        Its ``outputs(rows)`` are logits (1, sample, class), its ``hidden(rows)`` hidden layers.
    trial : Trial
        With the rows that it learned from, ``trial.train``, and those that it is tested on.
    """

    model: Model
    trial: Trial


@undisturbed()
def refit(plan: Plan, arm: str, seed: int, *, point: int = 0, device: str = "auto") -> Refitted:
    """Fit the model of a plan's arm once more, and all that it needs.

    Parameters
    ----------
    plan : Plan
        The sweep.
    arm : str
        One of its arms.
    seed : int
        One of its seeds.
    point : int
        The place of the point in ``plan.points``.
    device : {"auto", "cpu", "cuda"}
        Where.  On a CPU the model is that of the sweep to the last bit.

    Returns
    -------
    Refitted
        The model and its trial.

    Raises
    ------
    ArgumentError
        If the plan has no such arm, seed or point.

    Examples
    --------
    >>> from analysis import Plan, refit
    >>> from venn import growing_gamma
    >>> model, trial = refit(Plan(growing_gamma(), seeds=range(3)), "kd", 2, point=5)
    >>> model.outputs(trial.test).shape, model.hidden(trial.test)[0].shape
    (torch.Size([1, 1000, 2]), torch.Size([1, 1000, 64]))
    """
    instance("plan", plan, Plan, "Plan(growing_gamma())")
    arms = plan.methods[whole("point", point, at_most=len(plan.points) - 1)]
    recipe = plan.uses[point, one_of("arm", arm, arms)]
    if seed not in plan.seeds:
        raise ArgumentError("seed", seed, "must be one of the plan's")
    family = next(family for family in plan.families if recipe in family)
    wanted = Family(seed, family, frozenset()).only([(recipe.identity, seed)])
    tasks = drawn_for(Shard((wanted,)), resolve_device(device)).tasks
    cell = recipe.identity, seed
    return Refitted(fit(tasks)[cell], tasks[cell].trial)
