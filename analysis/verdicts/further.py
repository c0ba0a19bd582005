"""Further numbers of a claim, as tables show them: means over seeds with their intervals."""

import pandas as pd

from analysis.statistics import always_valid_interval


def means(values: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Return the mean of each column with its always-valid 95 % interval, a row a column.

    Parameters
    ----------
    values : DataFrame
        One row a seed, one column a number, named as readers see it.
    unit : str
        Of them all.

    Returns
    -------
    DataFrame
        Columns ``name``, ``value``, ``low``, ``high`` and ``unit``.

    Raises
    ------
    ArgumentError
        If there are no seeds, or a value is no finite number.
    """
    numbers = values.to_numpy(dtype=float)
    low, high = always_valid_interval(numbers)
    table = pd.DataFrame({"name": values.columns, "value": numbers.mean(axis=0)})
    return table.assign(low=low, high=high, unit=unit)


def facts(values: dict[str, float], unit: str) -> pd.DataFrame:
    """Return numbers that nothing is estimated by, such as counts, as `means` returns its own.

    The interval of each is the number itself.
    """
    numbers = [float(value) for value in values.values()]
    table = pd.DataFrame({"name": list(values), "value": numbers, "low": numbers, "high": numbers})
    return table.assign(unit=unit)
