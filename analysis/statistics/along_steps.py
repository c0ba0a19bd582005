"""A sweep's table along the steps of training."""

import numpy as np
import pandas as pd

from venn import ArgumentError


def along_steps(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each state that was kept on the way of a training.

    Parameters
    ----------
    frame : DataFrame
        A sweep with the measure ``accuracy_along``, as ``store.frame()`` returns it.

    Returns
    -------
    DataFrame
        The same columns, with the accuracy of each state in ``accuracy`` and, in ``step``, after
        which step that was; so ``sweep_curves(along_steps(frame), "step", "accuracy")`` draws it.

    Raises
    ------
    ArgumentError
        If no state was kept.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from analysis import Plan, Synthetic, run
    >>> from venn import growing_gamma
    >>> usual = Synthetic(width=2)
    >>> kept = replace(usual, optimiser=replace(usual.optimiser, steps=40, snapshots=2))
    >>> plan = Plan(growing_gamma((4,)), kept, ("no_kd",), range(2), measures=["accuracy_along"])
    >>> along_steps(run(plan).frame(plan))["step"].tolist()
    [20, 40, 20, 40]
    """
    kept = frame.get("accuracy_along", pd.Series(dtype=object))
    told = frame[kept.map(lambda each: isinstance(each, tuple))] if len(kept) else frame[:0]
    if not len(told):
        allowed = "must have states on the way: snapshots=20 and the measure accuracy_along"
        raise ArgumentError("frame", f"{len(frame)} rows", allowed)
    counts = told["accuracy_along"].map(len).to_numpy()
    found = told.iloc[np.repeat(np.arange(len(told)), counts)].reset_index(drop=True)
    place = np.concatenate([np.arange(1, count + 1) for count in counts])
    found["step"] = found["steps"] * place // np.repeat(counts, counts)
    found["accuracy"] = [each for own in told["accuracy_along"] for each in own]
    return found.drop(columns="accuracy_along")
