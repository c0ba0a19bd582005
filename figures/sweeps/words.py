"""Settings, their values, and what was measured, as a person reads them."""

from typing import Any

import pandas as pd

from figures.style.theme import SHARE_LABEL


def in_order(values: "pd.Series[Any]") -> list[Any]:
    """Return the distinct values: numbers by size, names as they come."""
    distinct = list(dict.fromkeys(values.tolist()))
    return sorted(distinct) if is_numeric(values) else distinct


def is_numeric(values: "pd.Series[Any]") -> bool:
    """Return whether values are numbers, as opposed to names or yes and no."""
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def in_words(value: Any) -> str:
    """Write a setting's value for a person."""
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else f"{value:.3g}"
    return str(value).replace("$", r"\$")  # a dollar sign in a name is no mathematics


def signed(number: float, digits: int) -> str:
    """Write a gain with its sign; nothing has none before a zero."""
    rounded = round(number, digits)
    return f"{rounded:+.{digits}f}".replace("-", "−") if rounded else f"{0:.{digits}f}"


def in_measure(value: str, measure: str = "accuracy") -> tuple[str, str]:
    """Return what is averaged, in words, and its unit in brackets, where it has one.

    Parameters
    ----------
    value : str
        ``"gain"``, or a measure.
    measure : str
        What a gain is measured by.
    """
    # Here, because they bring torch with them, which the other pictures do not need.
    from analysis.measures.named import MEASURES  # noqa: PLC0415
    from analysis.statistics.tidy import ACCURACIES  # noqa: PLC0415

    gain = value == "gain"
    name = measure if gain else value
    words = name.replace("_", " ")
    if name in ACCURACIES:
        what, unit = ("gain" if name == "accuracy" else f"gain in {words}", "points")
        return (what, f" ({unit})") if gain else (f"test {words}", " (%)")
    bits = name in MEASURES and MEASURES[name].unit == "bits"
    return f"gain in {words}" if gain else f"test {words}", " (bits)" if bits else ""


def label(setting: str) -> str:
    """Return what a setting is called on an axis: its name, and what it is."""
    # Here, because it brings torch with it, which the other pictures do not need.
    from analysis.sweeps.settings import BOTH, SETTINGS  # noqa: PLC0415

    if setting in SHARE_LABEL:
        return SHARE_LABEL[setting]
    what = f", {SETTINGS[setting].what}" if setting in SETTINGS else ""
    what = ", of teachers and students" if setting in BOTH else what
    return (setting + what).replace("$", r"\$")
