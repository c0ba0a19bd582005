"""What a claim is: a statement of the literature, the sweep that tests it, and its parts."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from analysis.protocols import Protocol
from analysis.sweeps.plan import Plan
from analysis.verdicts.worlds import PAPER, WORLDS
from venn.checks import ArgumentError, instance, number, one_of
from venn.frozen import FrozenMapping

Side = Literal["above", "below"]

Planned = Callable[[Protocol, Sequence[int]], Plan]
"""What is fitted in a world, for some seeds: ``plan(protocol, seeds)``."""

Rows = Callable[[pd.DataFrame], pd.DataFrame]
"""Makes of a plan's frame the rows that a claim reads, one a measurement, with a column ``seed``.

What it returns of a seed must not depend on the other seeds.
"""

Values = Callable[[pd.DataFrame], pd.DataFrame]
"""What a claim's rows say of each part: one row a seed, one column a part."""

Null = Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]
"""Makes of a claim's rows those of a world in which the effect is absent by construction.

It treats each seed by itself.
"""

Further = Callable[[pd.DataFrame], pd.DataFrame]
"""Further numbers of a claim's rows, for readers: ``name``, ``value``, ``low``, ``high``,
``unit``."""


@dataclass(frozen=True)
class Part:
    r"""One number that a claim speaks of, and on which side of a margin it says that it lies.

    .. math:: \theta = \mathrm{E}_{\text{seed}} [v], \qquad \theta > m \text{ or } \theta < m

    Parameters
    ----------
    name : str
        The column of its values.
    statement : str
        What it says, as a sentence.
    side : {"above", "below"}
        On which side of the margin it says that the mean over seeds lies.
    margin : float
        m, set before any run, in the unit.
    unit : str
        Of values, margin and published value.
    published : float, optional
        What the paper has for it.
    """

    name: str
    statement: str
    side: Side = "above"
    margin: float = 0.0
    unit: str = "points"
    published: float | None = None

    def __post_init__(self) -> None:
        one_of("side", self.side, get_args(Side))
        object.__setattr__(self, "margin", number("margin", self.margin, at_least=-math.inf))


def _same(frame: pd.DataFrame) -> pd.DataFrame:
    return frame


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A statement of the literature with the sweep and the rule that judge it.

    A claim is supported where all of its parts are, and refuted where one is: `judge`.

    Parameters
    ----------
    name : str
        As the command line writes it: small letters, digits and hyphens.
    title : str
        A few words.
    words : str
        The statement, in our words.
    source : str
        Paper, and the figure, table or section that makes it.
    method : str
        What is trained and measured, for people.
    plan : callable
        ``plan(protocol, seeds) -> Plan``: what is fitted in a world, for these seeds and no others.
    values : callable
        ``values(rows) -> a column a part, a row a seed``.
    parts : sequence of Part
        The first is the effect that tables show.
    nulls : mapping of str to callable
        Worlds in which the effect is absent by construction, each by what makes it so.
    rows : callable, optional
        ``rows(frame) -> rows`` for the frame of the plan's results; the frame itself unless given.
    worlds : mapping of str to Protocol
        Where it is tested, by a name; the first is the paper's.
    further : callable, optional
        Numbers that decide nothing and that readers ask for.
    """

    name: str
    title: str
    words: str
    source: str
    method: str
    plan: Planned
    values: Values
    parts: tuple[Part, ...]
    nulls: Mapping[str, Null]
    rows: Rows = _same
    worlds: Mapping[str, Protocol] = FrozenMapping({PAPER: WORLDS[PAPER]})
    further: Further | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self.name):
            raise ArgumentError("name", self.name, "must be small letters, digits and hyphens")
        for name in ("title", "words", "source", "method", "parts", "nulls", "worlds"):
            if not getattr(self, name):
                raise ArgumentError(name, getattr(self, name), "must not be empty")
        names = [part.name for part in self.parts]
        if len(set(names)) < len(names):
            raise ArgumentError("parts", names, "must have each once")
        instance("worlds", self.worlds, Mapping, "worlds()")
        for name, world in self.worlds.items():
            instance(f"worlds[{name!r}]", world, Protocol, "Synthetic()")
        object.__setattr__(self, "worlds", FrozenMapping(self.worlds))
