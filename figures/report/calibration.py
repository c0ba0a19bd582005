"""How often the judge errs, and what it finds, as a page."""

import json
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

from analysis.verdicts import LEVEL, Calibration
from analysis.verdicts.calibration import LOOKS, PATIENCE, worst
from analysis.verdicts.judge import FEWEST

NAMES = ("calibration.md", "calibration.json")
"""Files that `write` writes."""

KINDS = {
    "null": "null worlds",
    "margin": "at the margin",
    "watched": "watched",
    "effect": "power",
}
"""What the columns are called."""

INTRODUCTION = """# Calibration: is the judge right?

`{command}` makes this page and [calibration.json](calibration.json).

Each claim's experiment was run for {pool:,} seeds ({first:,} and up, which no verdict uses), in the paper's
world and, where the claim has one, in a world of MLPs.  {repeats:,} times for each case, {seeds} of these seeds were drawn, with
replacement, and the claim was judged.  Numbers are the percentage of cases in which it was
*supported*, with the 95 % Clopper-Pearson interval:

- **null worlds**: the effect is absent by construction; the worst of the claim's null worlds.  A null that
  puts a control in the place of what it controls makes that lead exactly 0, which never is support.
- **at the margin**: one part alone, its values in a null world shifted so that their mean is the margin,
  which is the hardest world in which the part is false; the worst part.  A claim is supported more
  rarely than any of its parts.
- **watched**: the same, by someone who looks after each {looks} seeds from {fewest} on, up to {most:,}, and stops as
  soon as it is supported.
- **power**: the claim as a whole, where every part has the paper's own effect as its mean: the published
  value where there is one; else, on the side that the claim states, a mean as far from the margin as was
  measured here in the paper's world.
- **wrongly refuted**: the largest share that was refuted, at the margin or with the paper's effect.

Support in the first three columns is wrong: at most {level:.0%} is allowed.  It is counted at the level of the
last row that Holm's method decides, {loosest:.2g}, where it is most frequent (wrong refutation has as much).  Power is
counted at the level of the first of the {rows} rows of a report on these claims, {strictest:.2g}, where it is least; at
least 95 % is wanted.
"""


def markdown(calibration: Calibration, command: str) -> str:
    """Return a calibration as a page in Markdown.

    Parameters
    ----------
    calibration : Calibration
        From `analysis.verdicts.calibrate`.
    command : str
        What made it.
    """
    made = calibration.configuration
    first, last = made["pool"]
    introduction = INTRODUCTION.format(
        command=command,
        pool=last - first + 1,
        first=first,
        repeats=made["repeats"],
        seeds=made["seeds"],
        looks=LOOKS,
        fewest=FEWEST,
        most=PATIENCE * made["seeds"],
        level=LEVEL,
        rows=made["rows"],
        loosest=LEVEL / 2,
        strictest=LEVEL / 2 / made["rows"],
    )
    return "\n".join([introduction, _summary(calibration), "", _details(calibration)])


def write(calibration: Calibration, folder: Path, command: str) -> None:
    """Write a calibration's page and its numbers into a folder."""
    (folder / NAMES[0]).write_text(markdown(calibration, command), encoding="utf-8")
    content: dict[str, Any] = {
        "command": command,
        "configuration": calibration.configuration,
        "cases": calibration.table.to_dict("records"),
    }
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / NAMES[1]).write_text(text + "\n", encoding="utf-8")


def _summary(calibration: Calibration) -> str:
    names = [*KINDS.values(), "wrongly refuted"]
    lines = [f"| claim | world | {' | '.join(names)} |", f"|---|---|{'---:|' * len(names)}"]
    for _, cases in worst(calibration).groupby(["claim", "world"], sort=False):
        by_kind = {case["kind"]: case for case in cases.to_dict("records")}
        cells = [_share(by_kind[kind], kind) for kind in KINDS]
        first = cases.iloc[0]
        table = calibration.table
        here = (table["claim"] == first["claim"]) & (table["world"] == first["world"])
        wrong = table[here & table["kind"].isin(["margin", "effect"])]
        cells.append(f"{100 * (wrong['refuted'] / wrong['repeats']).max():.1f}")
        lines.append(f"| `{first['claim']}` | {first['world']} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _share(case: Mapping[Hashable, Any], kind: str = "") -> str:
    """Return a rate in percent with its limits, in bold where it misses the bound of its kind."""
    rate, low, high = (100 * case[name] for name in ("rate", "low", "high"))
    missed = rate < 100 * (1 - LEVEL) if kind == "effect" else kind and rate > 100 * LEVEL
    mark = "**" if missed else ""
    return f"{mark}{rate:.1f}{mark} [{low:.1f}, {high:.1f}]"


def _details(calibration: Calibration) -> str:
    lines = ["## Every case", ""]
    for _, cases in calibration.table.groupby(["claim", "world"], sort=False):
        first = cases.iloc[0]
        lines += [f"### {first['claim']}: {first['world']}", ""]
        lines += ["| kind | case | supported, % | refuted, % |", "|---|---|---:|---:|"]
        for case in cases.to_dict("records"):
            share = _share(case)
            refuted = f"{100 * case['refuted'] / case['repeats']:.1f}"
            lines.append(f"| {KINDS[case['kind']]} | {case['case']} | {share} | {refuted} |")
        lines.append("")
    return "\n".join(lines)
