"""Colours, markers and sizes, one meaning each, in every picture."""

import os
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal

from matplotlib import style as matplotlib_style
from matplotlib.colors import is_color_like
from matplotlib.figure import Figure

from venn import ArgumentError, FrozenMapping, staged
from venn.checks import one_of

# The colour-blind-safe palette of Okabe and Ito (2008).
TEACHER = "#D55E00"
STUDENT = "#0072B2"
GENERAL = "#8F4E8B"
PALE = "#DCC4DB"  # of the colour before
HIDDEN = "#6E6E6E"
INK = "#222222"
BASELINE = "#555555"

ARM_STYLE: dict[str, dict[str, Any]] = {
    "teacher": {"color": TEACHER, "marker": "^", "linestyle": "-"},
    "kd": {"color": STUDENT, "marker": "o", "linestyle": "-"},
    "no_kd": {"color": BASELINE, "marker": "s", "linestyle": "--"},
}
ARM_LABEL = {"teacher": "teacher", "kd": "KD student", "no_kd": "No-KD student"}
SHARE_LABEL = {
    "alpha": "α, share of teacher-specific features",
    "gamma": "γ, share of modality-general features",
    "beta": "β, share of student-specific features",
}

ORANGE, GREEN, PURPLE, SILVER = "#E69F00", "#009E73", "#CC79A7", "#8C8C8C"
CONTROL: dict[str, Any] = {"linewidth": 1.1, "markerfacecolor": "white", "markeredgewidth": 1.0}
"""An arm that others are held against: a thinner line and hollow marks."""

SWEEP_STYLE: dict[str, dict[str, Any]] = {
    **ARM_STYLE,
    "kd_oracle": {"color": INK, "marker": "*", "linestyle": "-", "markersize": 8},
    "kd_general": {"color": GENERAL, "marker": "D", "linestyle": (0, (6, 1))},
    "kd_multimodal": {"color": ORANGE, "marker": "p", "linestyle": (0, (6, 1, 1, 1))},
    "um_kd": {"color": GREEN, "marker": "d", "linestyle": (0, (4, 1.5)), **CONTROL},
    "hard_label": {"color": PURPLE, "marker": "P", "linestyle": (0, (4, 1.5, 1, 1.5)), **CONTROL},
    "kd_shuffled": {"color": SILVER, "marker": "x", "linestyle": (0, (1, 1.2)), **CONTROL},
    "kd_multimodal_shuffled": {
        "color": ORANGE,
        "marker": "x",
        "linestyle": (0, (1, 1.2)),
        **CONTROL,
    },
    "general_teacher": {"color": GENERAL, "marker": "v", "linestyle": (0, (3.5, 1.5))},
    "multimodal_teacher": {"color": ORANGE, "marker": ">", "linestyle": (0, (3.5, 1.5))},
    "um_teacher": {"color": GREEN, "marker": "<", "linestyle": (0, (3.5, 1.5))},
}
"""Every arm of a sweep, those to be drawn on top first.  Triangles are teachers; the students of
the last three have their colours."""
PART_STYLE: dict[str, dict[str, Any]] = {
    "gain": SWEEP_STYLE["kd"],
    "knowledge": {
        "color": PALE,
        "marker": "D",
        "markersize": 7.5,
        "markeredgecolor": GENERAL,
        "linestyle": "-",
        "linewidth": 6,
        "ecolor": GENERAL,
        "zorder": 1.9,
    },
    "shrinkage": SWEEP_STYLE["kd_shuffled"],
    "step size": SWEEP_STYLE["hard_label"],
}
"""What is said of a gain; the side effects look like the controls that measure them.  Knowledge is a
pale band below all lines: where no control gains anything it is the gain, and both are seen."""

SWEEP_LABEL = {
    **ARM_LABEL,
    "kd_oracle": "oracle KD",
    "kd_general": "general KD",
    "kd_multimodal": "multimodal KD",
    "um_kd": "unimodal KD",
    "hard_label": "hard labels",
    "kd_shuffled": "shuffled KD",
    "kd_multimodal_shuffled": "shuffled multimodal KD",
    "general_teacher": "general teacher",
    "multimodal_teacher": "multimodal teacher",
    "um_teacher": "unimodal teacher",
}

OWN_COLOURS = (
    "#56B4E9",
    "#882255",
    "#117733",
    "#999933",
    "#332288",
    "#AA4499",
    "#661100",
    "#44AA99",
)
OWN_MARKERS = "hX8HPpd*"
"""Of arms that have no style here, one after another: with the colours above they can be told apart."""


def arm_styles(
    arms: Iterable[str], colours: Mapping[str, str] = FrozenMapping({})
) -> dict[str, dict[str, Any]]:
    """Return the style of each arm: its own, or else the next of those for new arms.

    Parameters
    ----------
    arms : iterable of str
        In the order in which new ones are given theirs.
    colours : mapping of str to str
        Colours that arms are to have instead.

    Returns
    -------
    dict
        Those to be drawn on top first.

    Raises
    ------
    ArgumentError
        If a colour is none, or there are more new arms than can be told apart.
    """
    asked = list(dict.fromkeys(arms))
    new = [arm for arm in asked if arm not in SWEEP_STYLE]
    if len(new) > len(OWN_COLOURS):
        allowed = (
            f"hold {len(new)} arms without a style; at most {len(OWN_COLOURS)} can be told apart"
        )
        raise ArgumentError("arms", new, allowed)
    for arm, colour in colours.items():
        one_of("colours", arm, asked)
        if not is_color_like(colour):
            raise ArgumentError(f"colours[{arm!r}]", colour, "must be a colour, such as '#0072B2'")
    looks = zip(new, OWN_COLOURS, OWN_MARKERS, strict=False)
    styles = {arm: {"color": c, "marker": m, "linestyle": "-"} for arm, c, m in looks}
    styles |= {arm: style for arm, style in SWEEP_STYLE.items() if arm in asked}
    return {arm: {**style, **_coloured(colours.get(arm))} for arm, style in styles.items()}


def _coloured(colour: str | None) -> dict[str, str]:
    return {} if colour is None else {"color": colour}


def arm_label(arm: str, labels: Mapping[str, str] = FrozenMapping({})) -> str:
    """Return what an arm is called: as it is told here, in words of its own, or by its name."""
    return labels.get(arm) or SWEEP_LABEL.get(arm, arm)


Style = Literal["paper", "talk"]
SLIDE = (12.8, 7.2)
"""Inches of a figure for a talk: 16 to 9, at which 18 points are 25 of 1280 pixels."""

RC: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "figure.titlesize": 10.5,
    "axes.titlesize": 10,
    "axes.labelsize": 9,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "lines.markersize": 5,
    "lines.linewidth": 1.6,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "savefig.dpi": 200,
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "mfh",
}
STYLES: dict[Style, dict[str, Any]] = {
    "paper": RC,
    "talk": {
        **RC,
        "figure.figsize": SLIDE,
        "figure.constrained_layout.h_pad": 0.15,
        "figure.constrained_layout.w_pad": 0.15,
        "figure.titlesize": 22,
        "font.size": 22,  # of which "small" is 18
        "axes.titlesize": 22,
        "axes.labelsize": 18,
        "axes.titlepad": 12,
        "axes.labelpad": 8,
        "axes.ymargin": 0.08,
        "axes.linewidth": 1.6,
        "grid.linewidth": 1.2,
        "legend.fontsize": 18,
        "legend.handlelength": 1.6,
        "legend.handletextpad": 0.6,
        "legend.columnspacing": 1.2,
        "lines.markersize": 10,
        "lines.linewidth": 3.2,
        "lines.markeredgewidth": 2,
        "patch.linewidth": 2,
        "xtick.labelsize": 18,
        "ytick.labelsize": 18,
        **{f"{axis}tick.major.{length}": 7 for axis in "xy" for length in ("size", "pad")},
        **{f"{axis}tick.major.width": 1.6 for axis in "xy"},
    },
}
"""Matplotlib's settings, for a page that is read and for a slide that is seen from afar: no text on
it is below 18 points, and all that is drawn is twice as large."""


def known_style(style: Style | None) -> Style:
    """Return a style, that of the paper where none is given, or fail."""
    known: Style = "paper" if style is None else style
    one_of("style", known, STYLES)
    return known


def styled(style: Style = "paper", **changes: Any) -> AbstractContextManager[None]:
    """Return a context in which artists are made in a style, with any changes to it.

    What a style leaves open is as matplotlib comes, whatever the user's settings are.
    """
    changed = {key.replace("_", "."): value for key, value in changes.items()}
    settings: Any = {**STYLES[known_style(style)], **changed}
    return matplotlib_style.context(["default", settings])


def settle(figure: Figure) -> None:
    """Lay a figure out for good; its layout would else move with every writing of a file."""
    for _ in range(2):  # it comes close to its limit, and then rests
        figure.draw_without_rendering()
    figure.set_layout_engine("none")


FORMATS: dict[str, dict[str, str | None]] = {
    "png": {},
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
}
"""Every format, with the metadata that keeps the same figure at the same bytes."""


def save(figure: Figure, out: str | os.PathLike[str], description: str = "") -> None:
    """Write a figure in the format that the path's suffix names; the same figure, the same bytes.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to write.
    out : path
        Ends in ``.png``, ``.svg`` or ``.pdf``; its folder is made if it is missing.
    description : str
        What made the figure; kept in the file's metadata.

    Raises
    ------
    ArgumentError
        If the suffix is another, or the file cannot be written.
    """
    suffix = check_format(out)
    metadata = dict(FORMATS[suffix])
    if description:
        metadata["Subject" if suffix == "pdf" else "Description"] = description
    with staged(Path(out).parent, shown=out) as folder, styled():
        figure.savefig(folder / Path(out).name, format=suffix, metadata=metadata)


def check_format(out: str | os.PathLike[str]) -> str:
    """Return the format that a path's suffix names, or fail."""
    suffix = Path(out).suffix.removeprefix(".").lower()
    if suffix not in FORMATS:
        raise ArgumentError("out", str(out), "must end in .png, .svg or .pdf")
    return suffix
