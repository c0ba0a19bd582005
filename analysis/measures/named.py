"""The measures that come with a name."""

from collections.abc import Iterable, Mapping

from analysis.measures.accuracy import Accuracy
from analysis.measures.accuracy_along import AccuracyAlong
from analysis.measures.agreement import agreement
from analysis.measures.auroc import auroc
from analysis.measures.balanced_accuracy import BalancedAccuracy
from analysis.measures.calibration_error import calibration_error
from analysis.measures.constant import Constant
from analysis.measures.measure import Measure, Target
from analysis.measures.negative_log_likelihood import negative_log_likelihood
from analysis.measures.r_squared import r_squared
from analysis.measures.share_kept import ShareKept
from analysis.measures.squared_error import squared_error
from analysis.methods.functions import check_fields, value_of
from venn.checks import ArgumentError

MEASURES: Mapping[str, Measure] = {
    "accuracy": Accuracy(),
    "balanced_accuracy": BalancedAccuracy(),
    "negative_log_likelihood": negative_log_likelihood(),
    "calibration_error": calibration_error(),
    "auroc": auroc(),
    "agreement": agreement(),
    "squared_error": squared_error(),
    "r_squared": r_squared(),
    "share_kept": ShareKept(),
    "constant": Constant(),
    "accuracy_along": AccuracyAlong(),
}
"""Every measure that has a name of its own, in the order of tables."""

USUAL: Mapping[Target, tuple[str, ...]] = {
    "classes": ("accuracy", "balanced_accuracy", "constant"),
    "real": ("squared_error", "r_squared", "constant"),
}
"""What is measured of every model, by what labels are."""

Measures = Iterable[str] | Mapping[str, Measure]
"""Names of `MEASURES`, or measures of one's own under names of one's own."""


def named(measures: Measures, taken: Iterable[str] = ()) -> dict[str, Measure]:
    """Return measures by their names.

    Parameters
    ----------
    measures : iterable of str, or mapping of str to Measure
        Names of `MEASURES`, or values; a kind stands for the value that it has without settings.
    taken : iterable of str
        Names of other columns.

    Raises
    ------
    ArgumentError
        If a name is unknown, taken or that of another measure of ours, or what is given is none.
    """
    if isinstance(measures, str):
        raise ArgumentError("measures", measures, "must be several: ['agreement']")
    if not isinstance(measures, Mapping):
        for name in measures:
            if name not in MEASURES:
                raise ArgumentError("measures", name, f"is unknown; known: {', '.join(MEASURES)}")
        return {name: MEASURES[name] for name in measures}
    columns, found = {*taken}, {}
    for name, given in measures.items():
        allowed = (
            f"must be a measure: @measure makes one of a function; known: {', '.join(MEASURES)}"
        )
        found[name] = value_of(f"measures[{name!r}]", given, Measure, allowed)
        check_fields(found[name])
        if name in columns or MEASURES.get(name, found[name]) != found[name]:
            allowed = "has the name of another column of a sweep's table; choose another"
            raise ArgumentError(f"measures[{name!r}]", found[name], allowed)
    return found
