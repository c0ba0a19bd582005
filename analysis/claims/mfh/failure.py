"""Table 1: a multimodal teacher that is more accurate, and a student that is none the better."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from analysis.protocols import Protocol
from analysis.sweeps.plan import Plan
from analysis.sweeps.runs import run
from analysis.verdicts.claim import Claim, Part
from analysis.verdicts.experiments import exchanged, leads
from analysis.verdicts.further import facts, means
from analysis.verdicts.judge import decide, weigh
from analysis.verdicts.worlds import PAPER, WORLDS
from venn import simplex
from venn.paths import FIGURE3_DIMS

GRID = simplex(decisive=21, step=7, dims=FIGURE3_DIMS)
SWEPT = ("no_kd", "um_kd", "kd_multimodal", "kd_multimodal_shuffled")

SEARCH = range(1_000_000, 1_000_020)
"""Seeds on which the diagram is searched for; nothing is tested on them."""

LEAST = 4.64
"""Points by which the multimodal teacher must lead there: the smaller of the two published leads,
that on NYU Depth V2."""

FOUND = 1
"""The place in the grid that `search` returns: the diagram on which the claim is tested."""

SIDES = {"multimodal_teacher": "um_teacher", "kd_multimodal": "um_kd"}
"""Each arm of the multimodal side and its counterpart."""

PARTS = (
    Part(
        "student's lead",
        "its student is none the better: its lead is below a quarter of a point",
        side="below",
        margin=0.25,
        published=-0.37,
    ),
    Part("teacher's lead", "the multimodal teacher leads the unimodal one", published=7.04),
)


def search() -> int:
    """Return the place in the grid where the failure is largest in the paper's world.

    Of the diagrams where the multimodal teacher leads by at least `LEAST` on the seeds of the search,
    it is that where the multimodal student lies furthest below the unimodal one, or leads by least.
    """
    lead = ahead(run(_plan(WORLDS[PAPER], SEARCH), device="cpu").frame())
    student, teacher = (lead[part.name].mean() for part in PARTS)
    return int(np.nanargmin(student.where(teacher >= LEAST)))


def ahead(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return by how many points the multimodal side leads: one row a seed, one column a diagram."""
    return {
        "student's lead": leads(rows, "point", "kd_multimodal", "um_kd"),
        "teacher's lead": leads(rows, "point", "multimodal_teacher", "um_teacher"),
    }


def _plan(protocol: Protocol, seeds: Sequence[int]) -> Plan:
    return Plan(GRID, protocol, SWEPT, seeds)


def _rows(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(found=frame["point"] == FOUND)


def _values(rows: pd.DataFrame) -> pd.DataFrame:
    lead = ahead(rows[rows["found"]])
    return pd.DataFrame({part.name: lead[part.name].iloc[:, 0] for part in PARTS})


def where_it_holds(rows: pd.DataFrame) -> pd.DataFrame:
    """Judge the claim at every diagram of the grid, corrected for their number.

    Returns
    -------
    DataFrame
        One row a diagram: ``point``, ``alpha``, ``beta``, ``gamma``; ``found``, whether it is the
        one of the search; the mean of each part, named as the part; and the ``verdict``.
    """
    lead = ahead(rows)
    weight = weigh(PARTS, np.stack([lead[part.name].to_numpy() for part in PARTS], axis=-1))
    judged = decide(pd.DataFrame({"support": weight.support, "refute": weight.refute}))
    places = rows.drop_duplicates("point").sort_values("point", ignore_index=True)
    return places[["point", "alpha", "beta", "gamma", "found"]].assign(
        verdict=judged["verdict"], **{name: own.mean().to_numpy() for name, own in lead.items()}
    )


def _further(rows: pd.DataFrame) -> pd.DataFrame:
    here = rows[rows["found"]]
    compared = {
        "gain of unimodal KD": ("um_kd", "no_kd"),
        "gain of multimodal KD": ("kd_multimodal", "no_kd"),
        "multimodal KD beyond shuffled": ("kd_multimodal", "kd_multimodal_shuffled"),
    }
    beyond = {name: leads(here, "point", *arms).iloc[:, 0] for name, arms in compared.items()}
    grid = where_it_holds(rows)
    counts = grid["verdict"].value_counts()
    words = {"supported": "it holds", "refuted": "it fails", "inconclusive": "it is open"}
    place = grid[grid["found"]].iloc[0]
    shares = {"α": "alpha", "β": "beta", "γ": "gamma"}
    return pd.concat(
        [
            means(pd.DataFrame(beyond), "points"),
            facts(
                {f"{sign} of the diagram found": place[shares[sign]] for sign in shares}, "share"
            ),
            facts(
                {f"diagrams where {said}": counts.get(word, 0) for word, said in words.items()},
                f"of {len(grid)}",
            ),
        ],
        ignore_index=True,
    )


CLAIM = Claim(
    name="mfh-failure",
    title="A better multimodal teacher, no better student",
    words="There are diagrams where a multimodal teacher is more accurate than one of the student's own "
    "modality, and its student is not.",
    source="Xue et al. (ICLR 2023), Table 1 (published: AV-MNIST)",
    method="The multimodal teacher sees both modalities, the unimodal one what the student sees. On "
    "seeds of its own and in the paper's world, the diagram is searched for where, of those where the "
    "teacher leads by 4.64 points or more, the lead of the multimodal teacher's student is smallest, "
    "among 10 over all shares of 21 features. It is then tested in every world on other seeds. Further "
    "numbers say whether either teacher helps at all, and where on the grid the claim holds.",
    plan=_plan,
    rows=_rows,
    values=_values,
    parts=PARTS,
    nulls={
        "multimodal and unimodal exchanged at random in each seed": partial(exchanged, arms=SIDES)
    },
    worlds=WORLDS,
    further=_further,
)
